//! Steps, verdicts and reasons in words.

use std::borrow::Cow;

use rdpctl_model::action::traits::Owner;
use rdpctl_model::facet::World;
use rdpctl_model::plan::{Group, Held, Member, Plan, StepId, opening};
use rdpctl_model::step::{Action, Step};
use rdpctl_model::{Said, Stage, Verdict};
pub(crate) use rdpctl_page::grouped;
use rdpctl_words::{Language, english, title};

/// What a step does, in a few words.
pub(crate) fn action(action: &Action) -> String {
    english(&title::title(action))
}

/// What a step does to a group's members: to what is their own, where that is known of them and can be said in a line.
pub(crate) fn on_members(step: &Step, group: Option<&Group>) -> String {
    let plain = action(&step.action);
    if !step.action.is_own() {
        return plain;
    }
    let members = group.map(|group| group.members.as_slice()).unwrap_or_default();
    let bound = |member: &Member| {
        let binds = member.binds.as_deref()?;
        let said = title::deed(&step.deed(binds).ok()?);
        // An edit of a shared rule set concerns whoever else is behind it.
        let edits = binds.openings.iter().chain(&binds.closings);
        let concerned = edits.filter_map(|edit| edit.affects).max().filter(|all| *all > 1);
        let shared = step.action.traits().owner == Owner::Shared;
        Some(match concerned.filter(|_| shared) {
            Some(all) => title::concerns(said, all),
            None => said,
        })
    };
    let mut said: Vec<Said> = members.iter().filter_map(bound).collect();
    let all = said.len() == members.len();
    said.dedup();
    match said.as_slice() {
        [one] if all => english(one),
        _ => plain,
    }
}

/// The worlds, by the keys of their names.
pub(crate) const fn world(world: World) -> &'static str {
    match world {
        World::Cloud => "cloud",
        World::Guest => "guest",
        World::Outside => "outside",
    }
}

/// Why a step is held.
pub(crate) fn held(plan: &Plan, held: &Held) -> String {
    english(&held_said(held, |step| say::held_behind(plan.number(step).to_string())))
}

/// The same where the numbers of a plan mean nothing.
pub(crate) fn held_alone(held: &Held) -> Said {
    held_said(held, |_| say::held_behind_a_held_one())
}

fn held_said(held: &Held, behind: impl FnOnce(StepId) -> Said) -> Said {
    match held {
        Held::Asks { guards } => {
            say::held_asks(guards.iter().map(|guard| guard.name()).collect::<Vec<_>>())
        }
        Held::Denied { guard } => say::held_denied(guard.name()),
        Held::Window { opens } => say::held_window(opening(opens)),
        Held::LockOut { why } => say::held_why(why),
        Held::Behind { step } => behind(*step),
    }
}

rdpctl_model::says! { "verdict":
    held_asks(guards);
    held_denied(guard);
    held_window(opens);
    held_why(why);
    held_behind(step);
    held_behind_a_held_one();
}

/// A verdict's mark, as in a diff.
pub(crate) const fn mark(verdict: &Verdict) -> char {
    match verdict {
        Verdict::Healthy { .. } => ' ',
        Verdict::Drifted { .. } => '~',
        Verdict::Unknown { .. } => '?',
        Verdict::Blocked { .. } => '!',
        Verdict::NotApplicable { .. } => '-',
    }
}

/// A verdict in one line.
pub(crate) fn verdict(verdict: &Verdict) -> String {
    super::says::text(Language::English, verdict)
}

/// Who a group is.
pub(crate) fn members(group: &Group) -> String {
    const SHOWN: usize = 3;
    let names: Vec<Cow<'_, str>> = group.members.iter().take(SHOWN).map(Member::called).collect();
    match group.members.len() {
        0..=SHOWN => names.join(", "),
        count => format!(
            "{} instances: {} and {} more",
            grouped(count),
            names.join(", "),
            grouped(count - SHOWN)
        ),
    }
}

/// `1 instance`, `2 instances`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(number)) }
}

/// Seconds as people say them.
pub(crate) fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        _ => format!("{} min", seconds.div_ceil(60)),
    }
}

/// Where in a connection a stage is.
pub(crate) const fn place(stage: Stage) -> &'static str {
    match stage {
        Stage::Way => "on the way",
        Stage::Tcp => "at TCP",
        Stage::Negotiation => "at the negotiation",
        Stage::Tls => "at TLS",
        Stage::LogOn => "at the log-on",
        Stage::Session => "in the session",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1234), "1,234");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
