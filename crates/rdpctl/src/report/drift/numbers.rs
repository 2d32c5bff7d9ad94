//! The five numbers in words; the page's function counts them.

use rdpctl_page::Numbers;

use crate::report::words;

/// The numbers in one line, the worst first.
pub(super) fn line(numbers: &Numbers) -> String {
    let named = [
        ("not reachable as declared", numbers.not_reachable),
        ("differ otherwise", numbers.differ),
        ("unknown", numbers.unknown),
        ("accepted", numbers.accepted),
        ("as declared", numbers.as_declared),
    ];
    let parts: Vec<String> = named
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(name, number)| format!("{} {name}", words::grouped(*number)))
        .collect();
    parts.join(", ")
}
