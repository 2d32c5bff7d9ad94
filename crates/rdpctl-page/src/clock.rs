//! Moments and ages as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::html::{Element, el};
use crate::words::{Words, grouped};

/// A reader's clock, as of a moment.
#[derive(Clone, Debug)]
pub(crate) struct Clock<'a> {
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
    pub(crate) words: &'a Words,
}

impl Clock<'_> {
    /// The zone's name.
    pub(crate) fn zone_name(&self) -> String {
        let offset = self.zone.to_offset_info(self.now);
        let short = offset.abbreviation().to_owned();
        match self.zone.iana_name() {
            Some(name) if name != short => format!("{name} ({short})"),
            Some(_) | None => short,
        }
    }

    /// A moment: the clock alone on the day of the snapshot, else with its day.
    pub(crate) fn moment(&self, at: Timestamp) -> Element {
        let zoned = at.to_zoned(self.zone.clone());
        let today = self.now.to_zoned(self.zone.clone()).date();
        let form = if zoned.date() == today {
            "clock.today"
        } else if zoned.date().year() == today.year() {
            "clock.this-year"
        } else {
            "clock.any-year"
        };
        time(at).c(zoned.strftime(self.words.get(form)).to_string())
    }

    /// The clock alone.
    pub(crate) fn hour(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string()
    }

    /// How long ago, below an hour and beyond.
    pub(crate) fn ago(&self, at: Timestamp) -> String {
        let seconds = usize::try_from(self.now.as_second() - at.as_second()).unwrap_or(0);
        self.span("age.ago", seconds)
    }

    /// How long.
    pub(crate) fn age(&self, from: Timestamp) -> String {
        let seconds = usize::try_from(self.now.as_second() - from.as_second()).unwrap_or(0);
        self.span("age.plain", seconds)
    }

    /// So many seconds.
    pub(crate) fn span(&self, key: &str, seconds: usize) -> String {
        let (number, unit) = match seconds {
            0..120 => (seconds, "age.seconds"),
            120..7_200 => (seconds / 60, "age.minutes"),
            7_200..172_800 => (seconds / 3_600, "age.hours"),
            _ => (seconds / 86_400, "age.days"),
        };
        let span = self.words.fill(unit, &[("n", &grouped(number))]);
        self.words.fill(key, &[("span", &span)])
    }
}

/// A moment for machines; what stands inside is for people.
pub(crate) fn time(at: Timestamp) -> Element {
    el("time").a("datetime", at.to_string())
}
