//! Who is logged on where steps end sessions: one value for the bill, the question, its details and the record of a run.

use rdpctl_model::guest::{LoggedOn, Presence};
use rdpctl_plan::Dropped;

use super::words::{count, grouped};

/// Sessions that one line names; more are counted.
pub(crate) const NAMED: usize = 3;

/// Whose sessions they are, in one line. What others wrote is in it.
pub(crate) fn line(dropped: &Dropped<'_>) -> String {
    let Dropped { sessions, seen, unseen } = dropped;
    let of = seen + unseen;
    if *seen == 0 {
        return "who is logged on was not seen".to_owned();
    }
    let mut text = match sessions.len() {
        0 => "nobody was logged on".to_owned(),
        alive => {
            let on = match (dropped.on(), of) {
                (_, 1) => String::new(),
                (on, of) if on == of => format!(" on {}", count(on, "instance")),
                (on, of) => format!(" on {} of {}", grouped(on), count(of, "instance")),
            };
            format!("{}{on}: {}", count(alive, "session"), whose(dropped, of))
        }
    };
    if *unseen > 0 {
        text.push_str(&format!(
            "; who is logged on was not seen on {}",
            if *unseen == of { "any".to_owned() } else { count(*unseen, "instance") }
        ));
    }
    text
}

/// The sessions by name, or how many there are of each kind.
fn whose(dropped: &Dropped<'_>, of: usize) -> String {
    let all = &dropped.sessions;
    if all.len() <= NAMED {
        let named = all.iter().map(|(member, one)| match of {
            1 => one_of(one),
            _ => format!("{} {}", member.called(), one_of(one)),
        });
        return named.collect::<Vec<_>>().join(", ");
    }
    let active = all.iter().filter(|(_, one)| one.presence == Presence::Active).count();
    let kinds = [(active, "active"), (all.len() - active, "disconnected")];
    let kinds = kinds.into_iter().filter(|(many, _)| *many > 0);
    kinds.map(|(many, kind)| format!("{} {kind}", grouped(many))).collect::<Vec<_>>().join(", ")
}

/// `bob (disconnected, idle 2 h)`.
pub(crate) fn one_of(one: &LoggedOn) -> String {
    format!("{} ({})", one.user, state(one))
}

/// How a session stands.
pub(crate) fn state(one: &LoggedOn) -> String {
    let presence = match one.presence {
        Presence::Active => "active",
        Presence::Disconnected => "disconnected",
    };
    match one.idle_minutes {
        Some(idle @ 1..) => format!("{presence}, idle {}", span(idle)),
        Some(0) | None => presence.to_owned(),
    }
}

/// Minutes as people say them.
fn span(minutes: u32) -> String {
    match minutes {
        0..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_session_was_left_alone_is_said_as_people_say_it() {
        let one = |presence, idle_minutes| {
            state(&LoggedOn { user: "x".to_owned(), session: 2, presence, idle_minutes })
        };
        assert_eq!(one(Presence::Active, None), "active");
        assert_eq!(one(Presence::Active, Some(5)), "active, idle 5 min");
        assert_eq!(one(Presence::Disconnected, Some(125)), "disconnected, idle 2 h");
        assert_eq!(one(Presence::Disconnected, Some(4_327)), "disconnected, idle 3 days");
    }
}
