//! Maintenance windows: weekly, in a time zone.

use jiff::civil::Time;
use jiff::{Timestamp, ToSpan, Zoned};
use rdpctl_model::declaration::MaintenanceWindow;

/// When the next window opens, in its own zone; `None` when one is open now, or none is declared.
#[must_use]
pub fn next_opening(windows: &[MaintenanceWindow], now: Timestamp) -> Option<Zoned> {
    let mut earliest: Option<Zoned> = None;
    for window in windows {
        // A zone that the machine does not know was refused when the declaration was read; UTC keeps this total.
        let zoned =
            now.in_tz(&window.zone).unwrap_or_else(|_| now.to_zoned(jiff::tz::TimeZone::UTC));
        for offset in -1..=7_i64 {
            let Ok(day) = zoned.date().checked_add(offset.days()) else { continue };
            let weekday = u8::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
            if !window.days.is_empty() && !window.days.contains(&weekday) {
                continue;
            }
            let at = |minutes: u16| {
                let time = Time::new(
                    i8::try_from(minutes / 60 % 24).unwrap_or(0),
                    i8::try_from(minutes % 60).unwrap_or(0),
                    0,
                    0,
                )
                .unwrap_or(Time::midnight());
                let date = if minutes >= window.start {
                    day
                } else {
                    day.checked_add(1.day()).unwrap_or(day)
                };
                date.to_datetime(time).to_zoned(zoned.time_zone().clone())
            };
            let (Ok(opens), Ok(closes)) = (at(window.start), at(window.end)) else { continue };
            if opens.timestamp() <= now && now < closes.timestamp() {
                return None;
            }
            if opens.timestamp() > now && earliest.as_ref().is_none_or(|soonest| opens < *soonest) {
                earliest = Some(opens);
            }
        }
    }
    earliest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saturday_night() -> MaintenanceWindow {
        MaintenanceWindow { days: vec![5], start: 120, end: 300, zone: "Asia/Seoul".to_owned() }
    }

    #[test]
    fn inside_a_window_nothing_waits() {
        // Saturday 03:00 in Seoul is Friday 18:00 in UTC.
        assert_eq!(
            next_opening(&[saturday_night()], "2026-11-20T18:00:00Z".parse().unwrap()),
            None
        );
    }

    #[test]
    fn outside_the_next_opening_is_named() {
        let next = next_opening(&[saturday_night()], "2026-11-22T00:00:00Z".parse().unwrap());
        assert_eq!(next, Some("2026-11-28T02:00:00+09:00[Asia/Seoul]".parse().unwrap()));
    }

    #[test]
    fn a_window_may_end_on_the_next_day() {
        let night =
            MaintenanceWindow { days: vec![], start: 23 * 60, end: 60, zone: "UTC".to_owned() };
        assert_eq!(
            next_opening(std::slice::from_ref(&night), "2026-11-22T00:30:00Z".parse().unwrap()),
            None
        );
        let next = next_opening(&[night], "2026-11-22T01:00:00Z".parse().unwrap());
        assert_eq!(next, Some("2026-11-22T23:00:00+00:00[UTC]".parse().unwrap()));
    }

    #[test]
    fn without_windows_nothing_waits() {
        assert_eq!(next_opening(&[], "2026-11-22T00:00:00Z".parse().unwrap()), None);
    }
}
