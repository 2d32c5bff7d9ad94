//! Maintenance windows: `Sat 02:00-05:00 Asia/Seoul`.

use jiff::tz::TimeZoneDatabase;
use rdpctl_model::declaration::MaintenanceWindow;

use crate::diagnostic::Problems;
use crate::suggest::nearest;
use crate::tree::Node;

const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const EXAMPLE: &str = "write days, hours and time zone: \"Sat 02:00-05:00 Asia/Seoul\"";

/// A word of the text with its offset.
type Word<'t> = (usize, &'t str);

pub(super) fn decode(node: Node<'_>, problems: &mut Problems) -> Option<MaintenanceWindow> {
    let text = node.text("windows", problems)?;
    let words = words(text);
    let (days, hours, zone) = match *words.as_slice() {
        [days, hours, zone] => (Some(days), hours, zone),
        [hours, zone] if hours.1.contains(':') => (None, hours, zone),
        [_, hours] if hours.1.contains(':') => {
            problems
                .error(node.place, format!("`{text}` names no time zone"))
                .help("add the IANA name of one, for example `Asia/Seoul` or `UTC`");
            return None;
        }
        _ => {
            problems
                .error(node.place, format!("`{text}` is not a maintenance window"))
                .help(EXAMPLE);
            return None;
        }
    };
    let mut point = |word: Word<'_>, message: String, help: Option<String>| {
        let place = node.part(text, word.0, word.0 + word.1.len());
        problems.error(place, message).help(help.unwrap_or_else(|| EXAMPLE.to_owned()));
    };
    let days = match days {
        None => Some(Vec::new()),
        Some(word) => match days_of(word.1) {
            Ok(days) => Some(days),
            Err(stranger) => {
                let help = nearest(stranger, DAYS.map(|day| &day[..3]))
                    .map(|day| format!("did you mean `{}{}`?", day[..1].to_uppercase(), &day[1..]));
                point(word, format!("`{stranger}` is not a day of the week"), help);
                None
            }
        },
    };
    let span = hours_of(hours.1);
    if span.is_none() {
        point(hours, format!("`{}` is not a span of hours", hours.1), None);
    }
    let database = TimeZoneDatabase::bundled();
    let known = database.get(zone.1).ok().and_then(|zone| zone.iana_name().map(str::to_owned));
    if known.is_none() {
        let help = nearest_zone(&database, zone.1).map(|near| format!("did you mean `{near}`?"));
        point(zone, format!("no time zone is named `{}`", zone.1), help);
    }
    let (start, end) = span?;
    Some(MaintenanceWindow { days: days?, start, end, zone: known? })
}

fn words(text: &str) -> Vec<Word<'_>> {
    text.split_ascii_whitespace()
        .map(|word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
        .collect()
}

/// `Sat`, `Mon-Fri`, `Mon,Wed`, `daily`; the error is the part that is no day.
fn days_of(text: &str) -> Result<Vec<u8>, &str> {
    if text.eq_ignore_ascii_case("daily") {
        return Ok(Vec::new());
    }
    let mut days = Vec::new();
    for part in text.split(',') {
        match part.split_once('-') {
            None => days.push(day_of(part)?),
            Some((from, to)) => {
                let (from, to) = (day_of(from)?, day_of(to)?);
                // `Fri-Mon` goes over the end of the week.
                let length = (to + 7 - from) % 7;
                days.extend((0..=length).map(|offset| (from + offset) % 7));
            }
        }
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn day_of(text: &str) -> Result<u8, &str> {
    let lower = text.to_ascii_lowercase();
    let found = DAYS.iter().position(|day| *day == lower || day[..3] == lower);
    found.and_then(|index| u8::try_from(index).ok()).ok_or(text)
}

fn hours_of(text: &str) -> Option<(u16, u16)> {
    let (start, end) = text.split_once('-')?;
    let (start, end) = (minutes_of(start)?, minutes_of(end)?);
    (start != end && start < 24 * 60).then_some((start, end))
}

/// Minutes after midnight; `24:00` is the end of a day.
fn minutes_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two(hours) || !two(minutes) || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 24 * 60).then_some(total)
}

fn nearest_zone(database: &TimeZoneDatabase, name: &str) -> Option<String> {
    let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
    // People write the city alone, or misspell it.
    let city = |zone: &str| zone.rsplit('/').next().unwrap_or_default().to_owned();
    names
        .iter()
        .find(|zone| city(zone).eq_ignore_ascii_case(name))
        .map(String::as_str)
        .or_else(|| nearest(name, names.iter().map(String::as_str)))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_names_lists_and_spans() {
        for (text, expected) in [
            ("Sat", Ok(vec![5])),
            ("mon-fri", Ok(vec![0, 1, 2, 3, 4])),
            ("Fri-Mon", Ok(vec![0, 4, 5, 6])),
            ("Mon,Wednesday", Ok(vec![0, 2])),
            ("daily", Ok(vec![])),
            ("Sut", Err("Sut")),
            ("Mon-Someday", Err("Someday")),
        ] {
            assert_eq!(days_of(text), expected, "{text}");
        }
    }

    #[test]
    fn hours_may_cross_midnight() {
        for (text, expected) in [
            ("02:00-05:00", Some((120, 300))),
            ("22:30-04:00", Some((1350, 240))),
            ("20:00-24:00", Some((1200, 1440))),
            ("2:00-5:00", Some((120, 300))),
            ("02:00-25:00", None),
            ("02:60-05:00", None),
            ("02:00-02:00", None),
            ("02.00-05.00", None),
        ] {
            assert_eq!(hours_of(text), expected, "{text}");
        }
    }
}
