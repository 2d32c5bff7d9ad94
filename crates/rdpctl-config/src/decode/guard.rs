//! `[guard]`: what needs permission, how much at once, and when.

use rdpctl_model::declaration::{GuardAnswer, GuardKey, Guards, Share};
use rdpctl_model::step::Guarded;

use crate::diagnostic::Problems;
use crate::parse::Named;
use crate::suggest::did_you_mean;
use crate::tree::{Node, unknown_key};

use super::window;

/// The keys that are no guards themselves.
pub(crate) const KEYS: &[&str] = &["max-disrupted", "windows"];
pub(crate) const ANSWERS: [(&str, GuardAnswer); 3] =
    [("allow", GuardAnswer::Allow), ("ask", GuardAnswer::Ask), ("deny", GuardAnswer::Deny)];

pub(super) fn decode(entries: &Named<'_>, problems: &mut Problems) -> Guards {
    let mut guards = Guards::default();
    for (name, entry) in entries {
        let node = entry.node;
        if let Some(guarded) = Guarded::from_name(name) {
            if let Some(answer) = answer(node, name, problems) {
                guards.answers.insert(GuardKey(guarded), answer);
            }
            continue;
        }
        match *name {
            "max-disrupted" => {
                if let Some(share) = share(node, problems) {
                    guards.max_disrupted = share;
                }
            }
            "windows" => {
                let list = if node.value.is_str() {
                    Some(vec![node])
                } else {
                    node.list("windows", problems)
                };
                guards.windows = list
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|one| window::decode(one, problems))
                    .collect();
            }
            _ => {
                let known = Guarded::ALL.map(Guarded::name);
                let known: Vec<&str> = known.iter().chain(KEYS).copied().collect();
                unknown_key(entry.key, "`[guard]`", known, problems);
            }
        }
    }
    guards
}

fn answer(node: Node<'_>, name: &str, problems: &mut Problems) -> Option<GuardAnswer> {
    if let Some(flag) = node.value.as_bool() {
        let meant = if flag { "allow" } else { "deny" };
        problems
            .error(node.place, format!("`{name}` takes \"allow\", \"ask\" or \"deny\""))
            .help(format!("did you mean `{name} = \"{meant}\"`?"));
        return None;
    }
    let text = node.text(name, problems)?;
    let found = ANSWERS.iter().find(|(word, _)| *word == text).map(|(_, answer)| *answer);
    if found.is_none() {
        problems
            .error(
                node.place,
                format!("`{name}` takes \"allow\", \"ask\" or \"deny\", not `{text}`"),
            )
            .maybe_help(|| did_you_mean(text, ANSWERS.map(|(word, _)| word)));
    }
    found
}

fn share(node: Node<'_>, problems: &mut Problems) -> Option<Share> {
    let read = match node.value.as_str() {
        None => node.integer().and_then(|count| u32::try_from(count).ok()).map(Share::Count),
        Some(text) => match text.strip_suffix('%') {
            Some(percent) => percent
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|percent| *percent > 0.0 && *percent <= 100.0)
                .map(Share::Percent),
            None => text.trim().parse().ok().map(Share::Count),
        },
    };
    let share = read.filter(|share| *share != Share::Count(0));
    if share.is_none() {
        problems
            .error(node.place, "`max-disrupted` is a number of instances or a share of the fleet")
            .help("for example `max-disrupted = 5` or `max-disrupted = \"10%\"`; at least one, at most 100%");
    }
    share
}
