//! When a maintenance window opens, as people write it: in its own zone, on which weekday.

use jiff::Zoned;

/// Day, clock and zone of an opening as a plan has it; one without a zone of its own stays as it is written.
#[must_use]
pub fn opening(at: &str) -> String {
    let zoned: Result<Zoned, _> = at.parse();
    zoned.map_or_else(|_| at.to_owned(), |at| at.strftime("%a %-d %b %H:%M %Z").to_string())
}

#[cfg(test)]
mod tests {
    use super::opening;

    #[test]
    fn a_window_opens_in_its_own_zone() {
        assert_eq!(opening("2026-11-28T02:00:00+09:00[Asia/Seoul]"), "Sat 28 Nov 02:00 KST");
        assert_eq!(opening("2026-11-27T17:00:00Z"), "2026-11-27T17:00:00Z");
    }
}
