//! Times as people read them: in the reader's own zone, which is named, and never finer than a second. Whoever reads by
//! program finds RFC 3339 in JSON, and in events.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::out;

/// Day, time to the second, zone.
pub(crate) fn second(at: Timestamp) -> String {
    // Days of one digit leave their column straight.
    shown(at, out::zone(), "%d %b %Y %H:%M:%S %Z")
}

/// The day alone.
pub(crate) fn day(at: Timestamp) -> String {
    shown(at, out::zone(), "%d %b %Y")
}

/// Day, time to the minute, zone.
pub(crate) fn moment(at: Timestamp) -> String {
    shown(at, out::zone(), "%-d %b %Y %H:%M %Z")
}

/// The time of a day that is said beside it.
pub(crate) fn clock(at: Timestamp) -> String {
    shown(at, out::zone(), "%H:%M:%S")
}

/// The same without a word of any language.
pub(crate) fn plain(at: Timestamp) -> String {
    shown(at, out::zone(), "%Y-%m-%d %H:%M:%S %Z")
}

/// As lines of a log begin.
pub(crate) fn line(at: Timestamp) -> String {
    shown(at, out::zone(), "%Y-%m-%dT%H:%M:%S%:z")
}

fn shown(at: Timestamp, zone: &TimeZone, form: &str) -> String {
    at.to_zoned(zone.clone()).strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_no_nanoseconds_and_name_their_zone() {
        let at: Timestamp = "2026-11-26T15:02:21.026087485Z".parse().unwrap();
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        assert_eq!(shown(at, &seoul, "%-d %b %Y %H:%M:%S %Z"), "27 Nov 2026 00:02:21 KST");
    }
}
