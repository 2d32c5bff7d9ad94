//! `snapshot = { first = true, keep = "7d" }`: the copy of the system disk before something risky.

use std::time::Duration;

use rdpctl_model::declaration::{ProviderKind, SnapshotFirst, SnapshotWish};

use crate::diagnostic::Problems;
use crate::tree::{Fields, Node};

pub(crate) const KEYS: &[&str] = &["first", "keep"];
/// A copy that is kept for a shorter time is gone before anybody looks.
const SHORTEST: Duration = Duration::from_hours(1);
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// What is declared; a copy for a week where nothing is.
pub(super) fn wish(
    of: &Fields<'_>,
    kind: Option<ProviderKind>,
    problems: &mut Problems,
) -> SnapshotWish {
    let mut wish = SnapshotWish::default();
    let Some(node) = of.get("snapshot") else { return wish };
    if kind == Some(ProviderKind::Static) {
        problems
            .error(node.place, "a host without a cloud has nobody who could copy its disk")
            .help("leave `snapshot` out, and see to a backup before `apply`");
        return wish;
    }
    let what = "`snapshot`".to_owned();
    let Some(fields) = Fields::open(node, node.place, what, KEYS, problems) else { return wish };
    if let Some(first) = fields.get("first").and_then(|node| node.boolean("first", problems)) {
        wish.first = if first { SnapshotFirst::Yes } else { SnapshotFirst::No };
    }
    if let Some(keep) = fields.get("keep").and_then(|node| kept(node, problems)) {
        wish.keep = keep;
    }
    wish
}

/// How long something is kept.
pub(super) fn kept(node: Node<'_>, problems: &mut Problems) -> Option<Duration> {
    let keep = node.value.as_str().and_then(span);
    let keep = keep.filter(|keep| (SHORTEST..=LONGEST).contains(keep));
    if keep.is_none() {
        node.wrong("keep", "a span of one hour to a year, such as \"12h\" or \"7d\"", problems);
    }
    keep
}

/// A number of minutes, hours or days.
fn span(text: &str) -> Option<Duration> {
    let (unit, seconds) = [("m", 60), ("h", 3600), ("d", 86_400)]
        .into_iter()
        .find(|(unit, _)| text.ends_with(unit))?;
    let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_carry_their_unit() {
        for (text, hours) in [("7d", Some(168)), ("12h", Some(12)), ("120m", Some(2))] {
            assert_eq!(span(text), hours.map(Duration::from_hours), "{text}");
        }
        for text in ["7", "d", "-1d", "1.5h", "99999999999999999999d"] {
            assert_eq!(span(text), None, "{text}");
        }
    }
}
