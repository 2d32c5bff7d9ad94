//! How a span of time is written.

use std::time::Duration;

/// Nobody means more.
const YEAR: u64 = 366 * 24 * 3_600;

/// Reads `90s`, `15m` or `2h`.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write it as 90s, 15m or 2h");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    match number.checked_mul(seconds) {
        Some(seconds @ 1..=YEAR) => Ok(Duration::from_secs(seconds)),
        Some(_) | None => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_with_its_unit_and_never_nothing() {
        assert_eq!(span("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(span("15m"), Ok(Duration::from_mins(15)));
        assert_eq!(span("2h"), Ok(Duration::from_hours(2)));
        for wrong in ["", "s", "0s", "-1m", "15", "1.5h", "99999999999999999999h", "9999h", "1д"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
