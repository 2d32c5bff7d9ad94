//! What differs: instance by instance where all differ by themselves, else group by group under letters.

use std::borrow::Cow;

use rdpctl_model::plan::{Group, Member, Plan};
use rdpctl_model::verdict::Answers;
use rdpctl_model::{FacetId, Verdict};
use rdpctl_term::{Ink, Mark, Page, Row, Words, grid, width};
use rdpctl_words::english;

use super::steps::{self, Style};
use super::{Accepted, Amount, Commands, GROUPS_SHOWN, LINES};
use crate::report::standing::{Standing, mark, stops_at};
use crate::report::{gaps, says, words};

/// Names of a group that are shown.
const NAMES: usize = 3;

/// The groups in the order in which they are shown: the worst first, and among equals the plan's order.
fn ordered(plan: &Plan) -> Vec<&Group> {
    let mut groups: Vec<&Group> = plan.groups.iter().collect();
    groups.sort_by_key(|group| Standing::of(group));
    groups
}

/// By which letter a group is known: `A` to `Z`, then `AA`.
fn letter(place: usize) -> String {
    let last = char::from(b'A' + u8::try_from(place % 26).unwrap_or(0));
    if place < 26 { last.to_string() } else { format!("{}{last}", letter(place / 26 - 1)) }
}

/// The letter of each group in the plan's order; none where all stand by themselves, or one group is all there is.
pub(super) fn letters(plan: &Plan) -> Vec<String> {
    if plan.groups.len() == 1 || plan.groups.iter().all(|group| group.members.len() <= 1) {
        return Vec::new();
    }
    let mut letters = vec![String::new(); plan.groups.len()];
    for (place, group) in ordered(plan).into_iter().enumerate() {
        if let Some(own) = plan.groups.iter().position(|it| std::ptr::eq(it, group)) {
            letters[own] = letter(place);
        }
    }
    letters
}

/// The group of a letter, or the first in which a fleet differs in a facet: `kiosks/tls`.
pub(super) fn find<'p>(plan: &'p Plan, which: &str) -> Option<&'p Group> {
    let groups = ordered(plan);
    let by_letter =
        groups.iter().enumerate().find(|(place, _)| letter(*place).eq_ignore_ascii_case(which));
    if let Some((_, group)) = by_letter {
        return Some(group);
    }
    let (who, facet) = which.rsplit_once('/')?;
    let facet = FacetId::from_name(facet)?;
    let is_meant = |group: &&&Group| {
        let first = group.first_cause().is_some_and(|finding| finding.facet == facet);
        first
            && (fleet(group) == Some(who)
                || group.members.iter().any(|it| it.name.as_str() == who || it.called() == who))
    };
    groups.iter().find(is_meant).copied()
}

/// Shows the groups, and says how many of them.
pub(super) fn all(
    page: &mut Page,
    plan: &Plan,
    commands: &Commands,
    amount: Amount,
    accepted: Accepted,
) -> (usize, usize) {
    let lettered = plan.groups.iter().any(|group| group.members.len() > 1);
    // What was accepted stands last, so that no letter moves where it is shown.
    let mut groups = ordered(plan);
    if accepted == Accepted::Counted {
        groups.retain(|group| !group.is_accepted());
    }
    let (most, lines) = match amount {
        Amount::Readable => (GROUPS_SHOWN, LINES),
        Amount::All => (usize::MAX, usize::MAX),
    };
    let mut section = None;
    let mut shown = 0;
    for (place, group) in groups.iter().enumerate().take(most) {
        let mut one = Page::new();
        let standing = Standing::of(group);
        if lettered && section != Some(standing) {
            one.blank();
            one.push(heading(standing, &groups));
        }
        if lettered {
            in_letters(&mut one, plan, group, &letter(place), commands);
        } else {
            alone(&mut one, plan, group, commands);
            one.blank();
        }
        // The first is shown whole, however long it is.
        if shown > 0 && page.len() + one.len() > lines {
            break;
        }
        if lettered && section.is_some() && section != Some(standing) {
            page.blank();
        }
        section = Some(standing);
        page.append(one);
        shown += 1;
    }
    page.blank();
    (shown, groups.len())
}

/// What the groups below have in common, and how many they are.
fn heading(standing: Standing, groups: &[&Group]) -> Row {
    let alike: Vec<&&Group> = groups.iter().filter(|it| Standing::of(it) == standing).collect();
    let instances: usize = alike.iter().map(|group| group.members.len()).sum();
    let what = match standing {
        Standing::Shut if instances == 1 => "Does not answer",
        Standing::Shut => "Do not answer",
        Standing::Differs if alike.iter().all(|it| it.answers == Answers::Yes) => {
            "Differ, but answer"
        }
        Standing::Differs => "Differ",
        Standing::Unknown => "Unknown",
        Standing::Accepted => "Accepted",
    };
    let of = format!(
        "{} in {}",
        words::count(instances, "instance"),
        words::count(alike.len(), "group")
    );
    grid::plain(Words::new().ink(Ink::Strong, what)).rail(Words::new().ink(Ink::Faint, of))
}

/// The fleet of which all members of a group are.
fn fleet(group: &Group) -> Option<&str> {
    let mut fleets = group.members.iter().map(|it| it.name.fleet());
    let first = fleets.next()??;
    fleets.all(|fleet| fleet == Some(first)).then_some(first)
}

/// One instance with its whole story.
fn alone(page: &mut Page, plan: &Plan, group: &Group, commands: &Commands) {
    let Some(member) = group.members.first() else { return };
    let mut head = Words::new().said_in(Ink::Strong, &member.called());
    head = match (Standing::of(group), group.answers) {
        (Standing::Shut, _) => {
            let head = head.ink(Ink::Bad, "  does not answer");
            match stops_at(group) {
                Some(stage) => head.own(format!(": ends {}", words::place(stage))),
                None => head,
            }
        }
        (Standing::Differs, Answers::Yes) => head.own("  differs, but answers"),
        (Standing::Differs, Answers::No | Answers::NotSeen) => head.own("  differs"),
        (Standing::Unknown, _) => head.ink(Ink::Unknown, "  unknown"),
        (Standing::Accepted, _) => head.ink(Ink::Faint, "  accepted"),
    };
    head = head.said_in(Ink::Faint, &format!("  {}", group.provider));
    if member.id.as_str() != member.name.as_str() {
        head = head.said_in(Ink::Faint, &format!("  {}", member.id.short()));
    }
    page.push(grid::plain(head.said_in(Ink::Faint, &format!("  {}", group.profile))));
    let hidden = gaps::hidden(group);
    let longest = group
        .facets
        .iter()
        .filter(|finding| !matches!(finding.verdict, Verdict::Unknown { .. }))
        .map(|finding| finding.facet.name().len())
        .chain(hidden.iter().map(|gap| width(&gap.what())))
        .max()
        .unwrap_or(0);
    let mut left = group.steps.as_slice();
    let mut named: Vec<FacetId> = Vec::new();
    for finding in &group.facets {
        if let Some(gap) = hidden.iter().find(|gap| std::ptr::eq(gap.findings[0], finding)) {
            page.push(grid::fact(
                Mark::Unknown,
                Words::new().own(gap.what()),
                longest,
                unknown(gap, group, plan),
            ));
        }
        if matches!(finding.verdict, Verdict::Unknown { .. }) {
            continue;
        }
        let name = Words::new().ink(Ink::Strong, finding.facet.name());
        let row = grid::fact(mark(group, finding), name, longest, concludes(finding));
        page.push(row.rail(seed(plan, group, finding.facet)));
        for note in stands_against(&finding.verdict) {
            page.push(grid::more(longest, note));
        }
        named.push(finding.facet);
        // Steps stand in the order in which they are done; beneath a finding stand its own, as far as that allows.
        let own = left.iter().take_while(|id| steps::is_of(plan, **id, &named)).count();
        let (here, rest) = left.split_at(own);
        steps::all(page, plan, here, Style::Alone(Some(finding.facet)), commands);
        left = rest;
    }
    steps::all(page, plan, left, Style::Alone(None), commands);
}

/// Many that differ alike: what they have in common in a line each, and what is done to all of them.
fn in_letters(page: &mut Page, plan: &Plan, group: &Group, letter: &str, commands: &Commands) {
    let count = words::grouped(group.members.len());
    let who = match (fleet(group), group.members.as_slice()) {
        (_, [only]) => only.called(),
        (Some(fleet), _) => fleet.into(),
        (None, _) => "".into(),
    };
    let hidden = gaps::hidden(group);
    let mut is_first = true;
    let mut row = |mark: Mark, name: Words, text: Words| {
        let row = if std::mem::take(&mut is_first) {
            grid::group(letter, &count, mark, name, text)
                .rail(Words::new().said_in(Ink::Faint, &who))
        } else {
            grid::of_group(mark, name, text)
        };
        page.push(row);
    };
    let mut notes = Vec::new();
    let causes = group.facets.iter().filter(|finding| finding.blocked_by.is_none());
    for finding in causes.chain(group.facets.iter().filter(|it| it.blocked_by.is_some())) {
        if let Some(gap) = hidden.iter().find(|gap| std::ptr::eq(gap.findings[0], finding)) {
            row(Mark::Unknown, Words::new().own(gap.what()), unknown(gap, group, plan));
        }
        if matches!(finding.verdict, Verdict::Unknown { .. }) {
            continue;
        }
        let name = Words::new().ink(Ink::Strong, finding.facet.name());
        row(mark(group, finding), name, concludes(finding));
        notes.extend(stands_against(&finding.verdict));
    }
    if group.members.len() > 1 && fleet(group).is_none() {
        page.push(grid::group_note(Words::new().said(&names(group))));
    }
    for note in notes {
        page.push(grid::group_note(note));
    }
    steps::all(page, plan, &group.steps, Style::InLetters, commands);
}

fn names(group: &Group) -> String {
    let names: Vec<Cow<'_, str>> = group.members.iter().take(NAMES).map(Member::called).collect();
    let more = group.members.len().saturating_sub(NAMES);
    let more = if more > 0 { format!(" and {} more", words::grouped(more)) } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// What a finding says: a consequence says of what.
fn concludes(finding: &rdpctl_model::plan::FacetFinding) -> Words {
    let said = match finding.blocked_by {
        Some(cause) => Words::new().own(format!("follows from {cause}")),
        None => match &finding.verdict {
            // By what stands in a line of its own.
            Verdict::Blocked { from, to, .. } => Words::new().change(&english(from), &english(to)),
            verdict @ (Verdict::Healthy { .. }
            | Verdict::Drifted { .. }
            | Verdict::Unknown { .. }
            | Verdict::NotApplicable { .. }) => says::verdict(verdict),
        },
    };
    match &finding.accepted {
        Some(accepted) if finding.blocked_by.is_none() => {
            said.own("  accepted: ").said(&accepted.words())
        }
        Some(_) | None => said,
    }
}

fn unknown(gap: &gaps::Hidden<'_>, group: &Group, plan: &Plan) -> Words {
    let why = gap.why(group, &plan.basis);
    let words = Words::new().ink(Ink::Unknown, "unknown").own(": ").said(&why);
    match gap.follows {
        Some(cause) => words.own(format!("; follows from {cause}")),
        None => words,
    }
}

/// What stands against a change, and what its reader can do about that.
fn stands_against(verdict: &Verdict) -> Vec<Words> {
    match verdict {
        Verdict::Blocked { by, advice, .. } => vec![
            Words::new().ink(Ink::Strong, "blocked").own(" by ").said(&english(by)),
            Words::new().own("what you can do: ").said(&english(advice)),
        ],
        Verdict::Drifted { .. }
        | Verdict::Unknown { .. }
        | Verdict::Healthy { .. }
        | Verdict::NotApplicable { .. } => Vec::new(),
    }
}

/// The founding document's step that explains a facet's difference.
fn seed(plan: &Plan, group: &Group, facet: FacetId) -> Words {
    let steps = group.steps.iter().filter_map(|id| plan.step(*id));
    let mut seeds = steps.filter(|it| it.step.facet == facet).map(|it| it.step.seed.as_str());
    match seeds.find(|seed| !seed.is_empty()) {
        Some(seed) => Words::new().said_in(Ink::Faint, seed),
        None => Words::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_last_letter_two_letters_come() {
        let said: Vec<String> = [0, 25, 26, 51, 52, 701, 702].into_iter().map(letter).collect();
        assert_eq!(said, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
