//! `makecab` and `expand`: cabinets with one file, compressed as MSZIP.

mod format;

use super::Tool;
use crate::guest::files::Node;

fn file_name(path: &str) -> &str {
    path.rsplit('\\').next().unwrap_or(path)
}

pub(super) fn makecab(tool: &mut Tool<'_>) -> i32 {
    let names: Vec<String> =
        tool.words().into_iter().filter(|word| !word.starts_with('/')).collect();
    let Some(from) = names.first() else { return 1 };
    let path = tool.path(from);
    let data = tool.guest.files().get(&path).filter(|node| !node.folder).map(|n| n.data.clone());
    let Some(data) = data else {
        tool.line(&format!("ERROR: Could not find file: {from}"));
        return 1;
    };
    let default = format!("{}_", &from[..from.len().saturating_sub(1)]);
    let target = tool.path(names.get(1).unwrap_or(&default));
    let packed = format::pack(file_name(&path), &data);
    let (before, after) = (data.len(), packed.len());
    tool.guest.put_file(&target, Node::file(file_name(&target), &packed));
    tool.took += 60;
    let title = tool.texts().cab_done;
    tool.line(&format!("{title}\r\n"));
    tool.line(&format!("100.00% - {} (1 of 1)", file_name(&path)));
    tool.line(&format!("  {before} bytes in 1 files, {after} bytes in the cabinet"));
    0
}

pub(super) fn expand(tool: &mut Tool<'_>) -> i32 {
    let mut pattern = None;
    let mut names = Vec::new();
    for word in tool.words() {
        match word.strip_prefix(['-', '/']) {
            Some(switch) if switch.to_ascii_lowercase().starts_with("f:") => {
                pattern = Some(switch[2..].to_owned());
            }
            Some(_) => {}
            None => names.push(word),
        }
    }
    let [from, to] = &names[..] else {
        tool.line("Syntax: expand [-F:Files] Source Destination");
        return 1;
    };
    let data = tool.guest.files().get(&tool.path(from)).map(|node| node.data.clone());
    let Some(data) = data else {
        tool.line(&format!("Can't open input file: {from}."));
        return 1;
    };
    let Some(files) = format::unpack(&data) else {
        tool.line(&format!("{from} is not a cabinet."));
        return 1;
    };
    let target = tool.path(to);
    let folder = tool.guest.files().get(&target).is_some_and(|node| node.folder);
    let mut expanded = 0;
    for (name, bytes) in files {
        if pattern.as_ref().is_some_and(|p| !crate::guest::files::wildcard(p, &name)) {
            continue;
        }
        let path = if folder { format!("{target}\\{name}") } else { target.clone() };
        tool.line(&format!("Expanding {from} to {path}."));
        tool.guest.put_file(&path, Node::file(file_name(&path), &bytes));
        expanded += 1;
    }
    i32::from(expanded == 0)
}
