//! What the console says of the machine without anybody logging on: its commands `id` and `s`.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};

use super::screen::Screen;

/// Why the console opens no channel for commands, as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// The service that opens them has never registered: it is not yet started, is disabled, or is broken. The console
    /// itself tells these no further apart.
    NotRegistered,
    /// The service registered, and did not answer in time.
    NoTime,
    /// The console was told to open none.
    Off,
}

/// What the console said to whoever asked for a channel. These are the words of the one language in which they are
/// documented; in another, nothing is known.
#[must_use]
pub fn barred(screen: &Screen) -> Option<Barred> {
    let text = screen.rows().join(" ").to_lowercase();
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let answer = text.rsplit_once("sac>cmd").map_or("", |(_, answer)| answer);
    // What is asked of the console again stands behind its whole answer.
    let answer = answer.strip_suffix("sac>")?;
    [
        ("has not yet registered", Barred::NotRegistered),
        ("has timed out", Barred::NoTime),
        ("command prompt channels is disabled", Barred::Off),
    ]
    .into_iter()
    .find_map(|(words, why)| answer.contains(words).then_some(why))
}

/// Who a machine says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name, as it says; untrusted text.
    pub name: String,
    /// How long ago it started, as it says: hours, minutes and seconds.
    pub up: String,
}

impl Identity {
    /// The same as a span; nothing where its numbers are none.
    #[must_use]
    pub fn since_boot(&self) -> Option<Duration> {
        let parts: Vec<u64> = self.up.split(':').map_while(|part| part.parse().ok()).collect();
        let [hours, minutes, seconds] = parts[..] else { return None };
        let seconds = hours.checked_mul(3600)?.checked_add(minutes * 60)?.checked_add(seconds)?;
        Some(Duration::from_secs(seconds))
    }
}

/// Reads the answer to `id`. Its labels are translated, its order and shapes are not: the first row has the name behind
/// its colon, and the time since the start is the one of the form `h:mm:ss`.
#[must_use]
pub fn identity(screen: &Screen) -> Option<Identity> {
    let rows = screen.rows();
    let asked = rows.iter().rposition(|row| row.trim_end() == "SAC>id")?;
    let answered = &rows[asked + 1..];
    let value = |row: &String| row.split_once(':').map(|(_, value)| value.trim().to_owned());
    let name = answered.iter().find_map(value).filter(|name| !name.is_empty())?;
    let up = answered.iter().filter_map(value).find(|value| is_duration(value))?;
    let name = name.chars().filter(|letter| !letter.is_control()).take(64).collect();
    Some(Identity { name, up })
}

/// Reads the answer to `s`: the guest's clock in universal time, by its shapes alone. Its year has two digits or four.
#[must_use]
pub fn clock(screen: &Screen) -> Option<DateTime> {
    let rows = screen.rows();
    let asked = rows.iter().rposition(|row| row.trim_end() == "SAC>s")?;
    let words: Vec<&str> =
        rows[asked + 1..].iter().flat_map(|row| row.split_whitespace()).collect();
    let date = words.iter().find_map(|word| date(word))?;
    let time = words.iter().find_map(|word| time(word))?;
    Some(date.to_datetime(time))
}

fn date(word: &str) -> Option<Date> {
    let parts: Vec<i16> = word.split('/').map_while(|part| part.parse().ok()).collect();
    let [month, day, year] = parts[..] else { return None };
    let year = if year < 100 { 2000 + year } else { year };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Its fourth part is milliseconds.
fn time(word: &str) -> Option<Time> {
    let parts: Vec<i8> = word.split(':').take(3).map_while(|part| part.parse().ok()).collect();
    let [hour, minute, second] = parts[..] else { return None };
    Time::new(hour, minute, second, 0).ok()
}

fn is_duration(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(digits) && parts[1..].iter().all(|part| part.len() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_no_channel_is_opened_is_known_by_the_consoles_own_words_once_it_has_said_them_all() {
        let seen = |text: &str| {
            let mut screen = Screen::default();
            screen.feed(text.as_bytes());
            barred(&screen)
        };
        for (answer, why) in [
            (
                "Error: Unable to launch a Command Prompt.  The service responsible for launching\r\nCommand Prompt channels has not yet\r\nregistered.",
                Some(Barred::NotRegistered),
            ),
            (
                "Timeout: Unable to launch a Command Prompt.  The service has timed out.",
                Some(Barred::NoTime),
            ),
            ("Launching of Command Prompt channels is disabled.", Some(Barred::Off)),
            ("Der Dienst hat sich noch nicht registriert.", None),
            ("The Command Prompt session was successfully launched.", None),
        ] {
            assert_eq!(seen(&format!("SAC>cmd\r\n{answer}\r\nSAC>")), why, "{answer}");
            // Not before it asks for its next command, and not of a command before this one.
            assert_eq!(seen(&format!("SAC>cmd\r\n{answer}\r\n")), None);
            assert_eq!(seen(&format!("SAC>cmd\r\n{answer}\r\nSAC>cmd\r\n")), None);
        }
    }

    #[test]
    fn name_and_time_since_the_start_are_read_in_any_language() {
        for page in [
            "SAC>id\r\n            Computer Name: WEB-01\r\n  Computer GUID: 2bc31f39-2705-11e8-9101-509a4c7c4926\r\nTime since last reboot: 3:04:05\r\nSAC>",
            "SAC>id\r\n컴퓨터 이름: WEB-01\r\n빌드: 17763\r\n마지막 재부팅 이후 시간: 3:04:05\r\nSAC>",
        ] {
            let mut screen = Screen::default();
            screen.feed(page.as_bytes());
            let seen = identity(&screen);
            assert_eq!(
                seen,
                Some(Identity { name: "WEB-01".to_owned(), up: "3:04:05".to_owned() })
            );
        }
        assert_eq!(identity(&Screen::default()), None);
        let up = |up: &str| Identity { name: String::new(), up: up.to_owned() }.since_boot();
        assert_eq!(up("3:04:05"), Some(Duration::from_secs(11_045)));
        assert_eq!(up("99999999999999999999:04:05"), None);
    }

    #[test]
    fn the_clock_is_read_by_its_shapes() {
        let read = |answer: &str| {
            let mut screen = Screen::default();
            screen.feed(format!("SAC>s\r\n{answer}\r\nSAC>").as_bytes());
            clock(&screen).map(|at| at.to_string())
        };
        let seen = Some("2026-11-27T21:06:07".to_owned());
        assert_eq!(read("Date: 11/27/26  Time (GMT): 21:06:07:0123"), seen);
        assert_eq!(read("날짜: 11/27/2026  시간(GMT): 21:06:07:0000"), seen);
        assert_eq!(read("Date: 13/40/26  Time (GMT): 21:06:07:0123"), None);
        assert_eq!(read("none"), None);
    }
}
