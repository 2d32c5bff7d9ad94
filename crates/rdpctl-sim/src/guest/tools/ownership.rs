//! `takeown`: an administrator takes an object over.

use super::Tool;
use crate::guest::acl::Sid;
use crate::guest::files::Node;
use crate::guest::order::User;
use crate::guest::text::fill;

pub(super) fn takeown(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let texts = tool.texts();
    let has = |switch: &str| words.iter().any(|word| word.eq_ignore_ascii_case(switch));
    let file = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case("/f"))
        .and_then(|at| words.get(at + 1));
    let Some(file) = file else { return tool.refuse(texts.syntax_incorrect) };
    let owner = match &tool.user {
        _ if has("/a") => Sid::administrators(),
        User::System => Sid::system(),
        User::Named(name) if name.eq_ignore_ascii_case("Administrator") => Sid::local_account(500),
        User::Named(_) => Sid::local_account(1000),
        User::Ordinary(_) => Sid::local_account(1001),
    };
    let path = tool.path(file);
    let objects: Vec<(String, Node)> = {
        let files = tool.guest.files();
        let found = if has("/r") { files.tree(&path) } else { files.matching(&path) };
        found.into_iter().map(|(path, node)| (path, node.clone())).collect()
    };
    if objects.is_empty() {
        return tool.refuse(texts.file_not_found);
    }
    for (path, node) in objects {
        tool.guest.put_file(&path, Node { owner: owner.clone(), ..node });
        let text = fill(texts.takeown_done, &[&path]);
        tool.line(&format!("\r\n{}{text}", texts.success_prefix));
    }
    0
}
