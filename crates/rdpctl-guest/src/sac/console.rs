//! What the console says of the machine without anybody logging on: its command `id`.

use super::screen::Screen;

/// Who a machine says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name, as it says; untrusted text.
    pub name: String,
    /// How long ago it started, as it says: hours, minutes and seconds.
    pub up: String,
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

fn is_duration(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(digits) && parts[1..].iter().all(|part| part.len() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
