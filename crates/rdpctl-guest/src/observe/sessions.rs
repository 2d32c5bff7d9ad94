//! Who is logged on, by `qwinsta`, and for how long nobody touched it, by `quser`.
//!
//! Headings and states are translated, so neither is read. A row holds its session's number, which is the last number in it; a
//! session that nobody is connected to has no name, and its column stays blank. `qwinsta` always shows the session of the
//! services: where it shows nothing, this Windows does not have it (or not for a program of 32 bits), and nothing was seen.
//! `quser` is no witness of that: where nobody is logged on it ends with 1 and an error.

use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, LoggedOn, Presence};

use crate::frame::{Batch, Frames};
use crate::said::say;

const TAG: &str = "qs";

/// Stands between the two tables.
const BETWEEN: &str = "-";

/// More sessions no machine has for which it matters who they are.
const MOST: usize = 1_000;

/// Adds the question.
pub(super) fn ask(batch: &mut Batch) {
    let text = format!(r"!X!\qwinsta.exe 2>nul&echo {BETWEEN}&!X!\quser.exe 2>nul");
    batch.ask(TAG, &text);
}

/// Who is logged on, by the session's number.
pub(super) fn read(frames: &Frames) -> Answer<Vec<LoggedOn>> {
    let text = &frames.get(TAG)?.text;
    let (sessions, idle) = text
        .lines()
        .position(|line| line.trim_end() == BETWEEN)
        .map(|at| (text.lines().take(at), text.lines().skip(at + 1)))
        .ok_or_else(unread)?;
    let rows: Vec<Row<'_>> = sessions.filter_map(row).take(MOST).collect();
    if rows.is_empty() {
        return Err(unread());
    }
    let idle: Vec<&str> = idle.collect();
    let mut all: Vec<LoggedOn> = rows
        .into_iter()
        .filter(|row| !row.user.is_empty())
        .map(|row| LoggedOn {
            user: row.user.to_owned(),
            session: row.session,
            presence: row.presence,
            idle_minutes: idle.iter().find_map(|line| idle_of(line, &row)),
        })
        .collect();
    all.sort_by_key(|one| one.session);
    Ok(all)
}

fn unread() -> Gap {
    Gap::garbled(say::who_is_logged_on())
}

struct Row<'a> {
    user: &'a str,
    session: u32,
    presence: Presence,
}

/// A row of `qwinsta`: a mark of one's own session or a blank, the session's name, the user, the number, the state.
fn row(line: &str) -> Option<Row<'_>> {
    let line = line.trim_end();
    let rest = line.strip_prefix([' ', '>'])?;
    let (before, session) = before_last_number(rest)?;
    let (presence, user) = if rest.starts_with(' ') {
        (Presence::Disconnected, before)
    } else {
        let (_, user) = before.split_once(' ').unwrap_or((before, ""));
        (Presence::Active, user)
    };
    Some(Row { user: user.trim(), session, presence })
}

/// What stands before the last word that is a number and has a word behind it, and the number.
fn before_last_number(text: &str) -> Option<(&str, u32)> {
    let mut end = text.rfind(' ')?;
    loop {
        let head = text[..end].trim_end();
        let at = head.rfind(' ').map_or(0, |blank| blank + 1);
        if let Ok(number) = head[at..].parse() {
            return Some((&head[..at], number));
        }
        end = at.checked_sub(1)?;
    }
}

/// The minutes of a row of `quser` that is of this session: the user, the session's name, its number, the state, how long
/// it was left alone, and since when it stands, in the manner of the country.
fn idle_of(line: &str, row: &Row<'_>) -> Option<u32> {
    let rest = line.strip_prefix([' ', '>'])?.strip_prefix(row.user)?;
    let mut words = rest.strip_prefix(' ')?.split_whitespace();
    let number = row.session.to_string();
    // With or without the session's name before it.
    (words.next()? == number || words.next()? == number).then_some(())?;
    minutes(words.nth(1)?)
}

/// `5`, `2:05` or `3+02:05`; a point or a word where it is less than a minute, or cannot be told.
fn minutes(text: &str) -> Option<u32> {
    let (days, rest) = match text.split_once('+') {
        Some((days, rest)) => (days.parse::<u32>().ok()?, rest),
        None => (0, text),
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?),
        None => (0, rest.parse::<u32>().ok()?),
    };
    days.checked_mul(24)?.checked_add(hours)?.checked_mul(60)?.checked_add(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Nonce;

    /// What is read of this answer, a word for each.
    fn said(sessions: &str, idle: &str) -> Result<Vec<String>, Gap> {
        let mut batch = Batch::new(Nonce::from_number(1));
        ask(&mut batch);
        let raw = format!(
            "#00000001 B qs\r\n{}\r\n-\r\n{}\r\n#00000001 E 0\r\n#00000001 Z\r\n",
            sessions.trim_matches('\n').replace('\n', "\r\n"),
            idle.trim_matches('\n').replace('\n', "\r\n")
        );
        let all = read(&Frames::read(&batch, raw.as_bytes()))?;
        let word = |one: LoggedOn| {
            let presence = match one.presence {
                Presence::Active => "active",
                Presence::Disconnected => "disconnected",
            };
            let idle = one.idle_minutes.map_or("?".to_owned(), |idle| idle.to_string());
            format!("{} {} {presence} {idle}", one.session, one.user)
        };
        Ok(all.into_iter().map(word).collect())
    }

    const ENGLISH: &str = "
 SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE
>services                                    0  Disc
 console                                     1  Conn
 rdp-tcp#0         alice                     2  Active
                   Bob van Dyk               3  Disc
                   4711                      4  Disc    rdpwd
 rdp-tcp                                 65536  Listen";

    #[test]
    fn users_are_those_with_a_name_whatever_the_name_is() {
        let idle = "
 USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME
>alice                 rdp-tcp#0           2  Active          .  11/27/2026 9:01 AM
 Bob van Dyk                               3  Disc         2:05  11/27/2026 7:01 AM
 4711                                      4  Disc      3+00:07  11/24/2026 7:01 AM";
        assert_eq!(
            said(ENGLISH, idle).unwrap(),
            ["2 alice active ?", "3 Bob van Dyk disconnected 125", "4 4711 disconnected 4327"]
        );
        assert_eq!(
            said(ENGLISH, "").unwrap()[1],
            "3 Bob van Dyk disconnected ?",
            "without the second table"
        );
    }

    #[test]
    fn no_word_of_a_language_is_read() {
        let korean = "
 세션 이름         사용자 이름              ID  상태    종류        장치
 services                                    0  디스크
 console           Administrator             1  활성
                   홍길동                    2  디스크
 rdp-tcp                                 65536  수신 대기";
        let idle = " 사용자 이름           세션 이름          ID  상태    유휴 시간  로그온 시간
 administrator         console             1  활성         없음  2026-11-27 오전 9:01
 홍길동                                    2  디스크         16  2026-11-27 오전 7:01";
        assert_eq!(
            said(korean, idle).unwrap(),
            ["1 Administrator active ?", "2 홍길동 disconnected 16"]
        );
    }

    #[test]
    fn where_nobody_is_logged_on_the_services_are_the_witness() {
        let nobody = " services                                    0  Getr.\n rdp-tcp                                 65536  Abhör.";
        assert_eq!(said(nobody, "").unwrap(), Vec::<String>::new());
        // A Windows without the tool, and a program of 32 bits, which does not find it.
        assert!(said("", "").is_err());
    }

    #[test]
    fn no_bytes_bring_it_down() {
        for line in ["", " ", ">", " 7", " 7 ", " a 7", "  7 x", " 99999999999 x", " \u{3000}", "é"]
        {
            let _ = row(line);
            let _ = idle_of(line, &Row { user: "", session: 7, presence: Presence::Active });
        }
        assert_eq!(minutes("99999999+99:99"), None);
    }
}
