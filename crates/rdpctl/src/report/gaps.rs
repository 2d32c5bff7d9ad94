//! What is not known, and how old is what is: one gap is one line with what it hides.

use jiff::Timestamp;
use rdpctl_model::plan::{Basis, FacetFinding, Group, Plan, Reached};
use rdpctl_model::{FacetId, Gap, Verdict};
use rdpctl_words::english;

use super::words;

/// What one gap hides of a group: it is told once, whatever hangs on it.
pub(crate) struct Hidden<'a> {
    /// Why it is not known.
    pub(crate) gap: &'a Gap,
    /// Of which it is a consequence.
    pub(crate) follows: Option<FacetId>,
    /// What is not known.
    pub(crate) findings: Vec<&'a FacetFinding>,
}

/// The gaps of a group in the order in which their first facets stand, each with all that it hides.
pub(crate) fn hidden(group: &Group) -> Vec<Hidden<'_>> {
    let hidden = group.hidden().into_iter();
    hidden
        .map(|one| Hidden { gap: one.gap, follows: one.follows, findings: one.findings })
        .collect()
}

impl Hidden<'_> {
    /// What it hides, in a few words: a facet's name, or how many.
    pub(crate) fn what(&self) -> String {
        match self.findings.as_slice() {
            [only] => only.facet.to_string(),
            many => words::count(many.len(), "facet"),
        }
    }

    /// The gap in full: why, what it hides, and what was last known of that.
    pub(crate) fn why(&self, group: &Group, basis: &Basis) -> String {
        let mut text = english(&self.gap.said());
        if let [_, _, ..] = self.findings.as_slice() {
            let names: Vec<&str> = self.findings.iter().map(|it| it.facet.name()).collect();
            text.push_str("; hides ");
            text.push_str(&names.join(", "));
        }
        if let Some(last) = self.last(group, basis) {
            text.push_str("; ");
            text.push_str(&last);
        }
        text
    }

    /// What was last seen of it and when, where anything was.
    fn last(&self, group: &Group, basis: &Basis) -> Option<String> {
        let known: Vec<(FacetId, &Verdict)> = self
            .findings
            .iter()
            .filter_map(|finding| Some((finding.facet, finding.last.as_deref()?)))
            .collect();
        let (first, _) = known.first()?;
        let world = first.world();
        let answered = || group.members.iter().filter_map(|member| member.answered.get(&world));
        let age = match (answered().min(), answered().max(), basis.at) {
            (Some(oldest), Some(newest), Some(now)) => between(*oldest, *newest, now),
            _ => "before".to_owned(),
        };
        let differing: Vec<String> = known
            .iter()
            .filter(|(_, last)| !last.is_quiet())
            .map(|(facet, last)| format!("{facet} {}", words::verdict(last)))
            .collect();
        Some(if differing.is_empty() {
            format!("as declared when last seen, {age}")
        } else {
            format!("when last seen, {age}: {}", differing.join(", "))
        })
    }
}

/// From when to when, as people count it back from now.
pub(crate) fn between(oldest: Timestamp, newest: Timestamp, now: Timestamp) -> String {
    let (oldest, newest) = (ago(oldest, now), ago(newest, now));
    if oldest == newest { format!("{oldest} ago") } else { format!("{oldest} to {newest} ago") }
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second() - at.as_second()).unwrap_or(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Evidence is worth a word about its age once it is older than a run of a command would make it.
const FRESH: i64 = 300;

/// How old the evidence of a plan is, where that is not plain; and what nobody could see.
pub(crate) fn basis(plan: &Plan) -> Vec<String> {
    let basis = &plan.basis;
    let mut lines = Vec::new();
    if let Some(all) = basis.of {
        let part = words::grouped(plan.instances);
        lines.push(if plan.instances < all {
            format!("Partial: {part} of {}.", words::count(all, "instance"))
        } else {
            format!("Partial: not all facets of {}.", words::count(all, "instance"))
        });
    }
    if let Some(now) = basis.at {
        let old: Vec<String> = basis
            .answered
            .iter()
            .filter(|(_, span)| {
                basis.reached == Reached::NotTried
                    || now.as_second() - span.oldest.as_second() > FRESH
            })
            .map(|(world, span)| {
                format!("{} seen {}", world.name(), between(span.oldest, span.newest, now))
            })
            .collect();
        match (basis.reached, old.is_empty()) {
            (Reached::NotTried, true) => lines.push("Evidence: none; nobody looked.".to_owned()),
            (Reached::NotTried, false) => {
                lines.push(format!("Evidence: {}; nothing was looked at now.", old.join("; ")));
            }
            (Reached::Something | Reached::Nothing, true) => {}
            (Reached::Something | Reached::Nothing, false) => {
                lines.push(format!("Evidence: {}.", old.join("; ")));
            }
        }
    }
    for unseen in &basis.unseen {
        let why = english(&unseen.gap.said());
        lines.push(format!("? fleet {}  its members are unknown: {why}", unseen.fleet));
    }
    lines
}
