//! Paths as people write them.

/// A full path from what was written, relative to a folder.
pub(in crate::guest) fn full_path(folder: &str, text: &str) -> String {
    let text = text.replace('"', "").replace('/', "\\");
    let absolute = if text.get(1..3) == Some(":\\") {
        text
    } else if text.get(1..2) == Some(":") {
        format!("{}\\{}", &text[..2], &text[2..])
    } else if let Some(rest) = text.strip_prefix('\\') {
        format!("{}\\{rest}", &folder[..2])
    } else {
        format!("{}\\{text}", folder.trim_end_matches('\\'))
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in absolute.split('\\') {
        match part {
            ".." if parts.len() > 1 => {
                parts.pop();
            }
            "" | "." | ".." => {}
            part => parts.push(part),
        }
    }
    if parts.len() == 1 { format!("{}\\", parts[0]) } else { parts.join("\\") }
}
