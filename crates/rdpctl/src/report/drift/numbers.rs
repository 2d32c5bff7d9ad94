//! The five numbers in words; the page's function counts them.

use rdpctl_page::Numbers;

use crate::report::words;

/// The numbers in one line, the worst first.
pub(super) fn line(numbers: &Numbers) -> String {
    let named = [
        (
            if numbers.not_reachable == 1 { "does not answer" } else { "do not answer" },
            numbers.not_reachable,
        ),
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

/// The worst that is true, and what is true beside it.
pub(super) fn sentence(numbers: &Numbers, all: usize) -> String {
    let is = |number: usize| if number == 1 { "is" } else { "are" };
    let differ = |number: usize| if number == 1 { "differs" } else { "differ" };
    let of = |number: usize| match all {
        1 => "The instance".to_owned(),
        all => format!("{} of {}", words::grouped(number), words::count(all, "instance")),
    };
    let mut more = Vec::new();
    let first = if numbers.not_reachable > 0 {
        if numbers.differ > 0 {
            let verb = differ(numbers.differ);
            more.push(format!("{} more {verb}", words::grouped(numbers.differ)));
        }
        let does = if numbers.not_reachable == 1 { "does" } else { "do" };
        format!("{} {does} not answer RDP.", of(numbers.not_reachable))
    } else if numbers.differ > 0 {
        let verb = differ(numbers.differ);
        format!("{} {verb} from what is declared.", of(numbers.differ))
    } else if numbers.unknown > 0 {
        return format!("{} cannot be judged.", of(numbers.unknown));
    } else {
        let is = is(numbers.accepted);
        return format!(
            "No drift but what was accepted: {} {is} not as declared.",
            of(numbers.accepted)
        );
    };
    if numbers.unknown > 0 {
        more.push(format!("{} {} unknown", words::grouped(numbers.unknown), is(numbers.unknown)));
    }
    if more.is_empty() { first } else { format!("{first} {}.", more.join(", ")) }
}
