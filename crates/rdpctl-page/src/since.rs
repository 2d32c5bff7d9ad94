//! Since when: a day, a moment, or so long ago.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// It, as a query says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// The beginning of a day, by the reader's clock: `2026-11-26`.
    Day(Date),
    /// A moment (RFC 3339).
    At(Timestamp),
    /// So many hours ago: `24h`.
    Hours(u16),
    /// So many days ago: `3d`.
    Days(u16),
}

impl Since {
    /// What is meant by a text.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let number = |unit: char| text.strip_suffix(unit)?.parse().ok();
        number('h')
            .map(Self::Hours)
            .or_else(|| number('d').map(Self::Days))
            .or_else(|| text.parse().ok().map(Self::At))
            .or_else(|| text.parse().ok().map(Self::Day))
    }

    /// As a query says it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::At(at) => at.to_string(),
            Self::Hours(hours) => format!("{hours}h"),
            Self::Days(days) => format!("{days}d"),
        }
    }

    /// The moment, for a reader with this clock.
    #[must_use]
    pub fn of(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let back = |hours: i64| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
        match self {
            Self::Day(day) => day.to_zoned(zone.clone()).map_or(now, |day| day.timestamp()),
            Self::At(at) => *at,
            Self::Hours(hours) => back(i64::from(*hours)),
            Self::Days(days) => back(i64::from(*days) * 24),
        }
    }
}

/// Yesterday at six in the evening: since then whoever comes in the morning has not looked.
pub(crate) fn yesterday_evening(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let evening = today.checked_sub(1.day()).map(|day| day.at(18, 0, 0, 0));
    let evening = evening.and_then(|evening| evening.to_zoned(zone.clone()));
    evening.map_or(now, |evening| evening.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_day_a_moment_or_so_long_ago_by_the_readers_clock() {
        let now: Timestamp = "2026-11-26T00:14:32Z".parse().unwrap();
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        for (said, is) in [
            ("24h", "2026-11-25T00:14:32Z"),
            ("3d", "2026-11-23T00:14:32Z"),
            ("2026-11-24", "2026-11-23T15:00:00Z"),
            ("2026-11-24T10:00:00+09:00", "2026-11-24T01:00:00Z"),
        ] {
            let since = Since::read(said).unwrap();
            assert_eq!(since.of(now, &seoul).to_string(), is, "{said}");
            assert_eq!(Since::read(&since.name()), Some(since), "{said}");
        }
        for wrong in ["", "h", "-3d", "99999999h", "tomorrow"] {
            assert_eq!(Since::read(wrong), None, "{wrong}");
        }
        // 09:14 in Seoul: the evening before is 18:00 there.
        assert_eq!(yesterday_evening(now, &seoul).to_string(), "2026-11-25T09:00:00Z");
    }
}
