//! What `icacls /save` stores: pairs of lines, an object's name and its DACL as SDDL.

/// Names with their DACLs.
#[must_use]
pub fn saved(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut name: Option<&str> = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match (line.starts_with("D:"), name.take()) {
            (true, Some(owner)) => pairs.push((owner.to_owned(), line.to_owned())),
            (true, None) => {}
            (false, _) => name = Some(line),
        }
    }
    pairs
}

/// The exit code of `icacls`, which stands in a line before them, and the saved lists.
pub(crate) fn listed(text: &str) -> Option<(i32, Vec<(String, String)>)> {
    let (first, rest) = text.split_once('\n')?;
    Some((first.strip_prefix("rc ")?.trim().parse().ok()?, saved(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_lists_go_in_pairs_and_a_lone_line_is_dropped() {
        let text = "D:orphan\nf686_a\nD:PAI(A;;FA;;;SY)\n\nname without a list\nf686_b\nD:(A;;FA;;;BA)\nlast\n";
        let pairs = saved(text);
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, dacl)| (name.as_str(), dacl.as_str())).collect();
        assert_eq!(pairs, [("f686_a", "D:PAI(A;;FA;;;SY)"), ("f686_b", "D:(A;;FA;;;BA)")]);
    }
}
