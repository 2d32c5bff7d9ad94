//! Questions as pages: what is asked, of whom, what it costs, disturbs and opens, whether there is a way back, and what a no
//! means. All figures come from the plan that was shown.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rdpctl_engine::approve::{About, Question};
use rdpctl_model::action::traits::Restarts;
use rdpctl_model::guest::LoggedOn;
use rdpctl_model::plan::{Direction, Held, Member, Plan, PlannedStep, StepId};
use rdpctl_model::step::Guarded;
use rdpctl_term::{Ink, Page, Words, grid};

use crate::asked::{AT, LONGEST, keys};
use crate::report::plan::{Commands, disturbs, price};
use crate::report::sessions;
use crate::report::summary::{Summary, effort};
use crate::report::words::{self, count, grouped};

/// Steps that a question names; the plan above it names all.
const STEPS: usize = 3;
/// Names that details show.
const NAMES: usize = 50;
/// What is known when a question is asked.
pub(super) struct Asking<'a> {
    pub(super) plan: &'a Plan,
    pub(super) question: &'a Question,
    /// Which question of how many.
    pub(super) place: (usize, usize),
    /// Guards that were allowed so far.
    pub(super) allowed: &'a [Guarded],
}

impl Asking<'_> {
    fn steps(&self) -> Vec<&PlannedStep> {
        let asked = self.question.steps.iter();
        asked.filter_map(|asked| self.plan.find(&asked.number)).collect()
    }

    /// The question with all that decides the answer.
    pub(super) fn page(&self) -> Page {
        match self.question.about {
            About::Guard(guard) => self.of_guard(guard),
            About::Plan => self.of_plan(),
        }
    }

    /// What stands before the cursor.
    pub(super) fn prompt(&self) -> String {
        match self.question.about {
            About::Guard(guard) => format!("{}> ", guard.name()),
            About::Plan => "apply> ".to_owned(),
        }
    }

    fn of_guard(&self, guard: Guarded) -> Page {
        let mut page = Page::new();
        let (number, of) = self.place;
        let steps = self.steps();
        let asked = format!("{} {}?", may(guard), who(self.plan, &steps));
        page.push(grid::plain(
            Words::new().own(format!("Question {number} of {of}  ")).said_in(Ink::Strong, &asked),
        ));
        // What ends sessions is what is asked about; the plan above has all in their order.
        let mut named = steps.clone();
        named.sort_by_key(|planned| planned.step.action.traits().restarts == Restarts::Nothing);
        for planned in named.iter().take(STEPS) {
            let group = self.plan.groups.get(planned.group);
            let text = Words::new()
                .own(format!("{}  ", planned.number))
                .said(&words::on_members(&planned.step, group));
            page.push(grid::field(AT, "step", LONGEST, text).rail(disturbs(&planned.step)));
        }
        if steps.len() > STEPS {
            let more = format!("and {}", count(steps.len() - STEPS, "more step"));
            page.push(grid::field(AT, "", LONGEST, Words::new().own(more)));
        }
        for (what, pieces) in &self.question.money {
            page.push(grid::field(AT, "price", LONGEST, price(self.plan, what, *pieces)));
        }
        if let Some(drops) = self.drops(&steps) {
            page.push(grid::field(AT, "drops", LONGEST, Words::new().said(&drops)));
        }
        let weaker = rdpctl_plan::security_of(self.plan, steps.iter().copied());
        let weaker: Vec<String> = weaker
            .iter()
            .filter(|delta| delta.direction == Direction::Weaker)
            .map(|delta| rdpctl_words::english(&delta.what))
            .collect();
        if !weaker.is_empty() {
            page.push(grid::field(AT, "risk", LONGEST, Words::new().said(&weaker.join("; "))));
        }
        page.push(grid::field(AT, "undo", LONGEST, Words::new().own(way_back(&steps))));
        page.push(grid::field(AT, "if not", LONGEST, Words::new().own(self.if_not(&steps))));
        keys(
            &mut page,
            &[("y", "yes"), ("n", "leave it held"), ("d", "details"), ("q", "do nothing at all")],
        );
        page
    }

    fn of_plan(&self) -> Page {
        let mut page = Page::new();
        let steps = self.steps();
        let summary = Summary::of(self.plan);
        let effort = effort(self.plan).unwrap_or_default();
        page.push(grid::plain(Words::new().ink(Ink::Strong, "Ready").own(format!(
            ": {} on {}, {effort}.",
            count(summary.changes, "change"),
            words::count(instances(self.plan, &steps), "instance")
        ))));
        let allowed: Vec<&str> = self.allowed.iter().map(|guard| guard.name()).collect();
        let allowed = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
        let held = self.plan.steps.iter().filter(|planned| planned.held.is_some());
        let held: Vec<String> = held.map(|planned| planned.number.to_string()).collect();
        let held = if held.is_empty() { "nothing".to_owned() } else { list(&held) };
        page.push(grid::indented(
            AT,
            Words::new().own(format!("allowed: {allowed}. Held: {held}.")),
        ));
        for (what, pieces) in &self.question.money {
            let price = price(self.plan, what, *pieces);
            page.push(grid::indented(AT, Words::new().own("costs ").and(price).own(".")));
        }
        page.push(grid::indented(
            AT,
            "Ctrl-C stops later after the steps in hand; the state stays true.".into(),
        ));
        keys(&mut page, &[("y", "do it"), ("n", "do nothing"), ("d", "show the plan again")]);
        page
    }

    /// Who is concerned by name, and the exact calls.
    pub(super) fn details(&self, commands: &Commands) -> Page {
        let mut page = Page::new();
        page.blank();
        let steps = self.steps();
        let names: BTreeSet<Cow<'_, str>> =
            members(self.plan, &steps).map(Member::called).collect();
        for name in names.iter().take(NAMES) {
            page.push(grid::indented(AT, Words::new().said(name)));
        }
        if names.len() > NAMES {
            let more = format!("and {} more", grouped(names.len() - NAMES));
            page.push(grid::indented(AT, Words::new().own(more)));
        }
        self.logged_on(&mut page, &steps);
        for (id, planned) in self.plan.numbered() {
            if !steps.iter().any(|asked| asked.number == planned.number) {
                continue;
            }
            page.push(grid::step(
                &planned.number.to_string(),
                Words::new().own(rdpctl_words::english(&planned.step.why)),
            ));
            for command in commands.get(&id).into_iter().flatten() {
                page.push(grid::command(Words::new().ink(Ink::Faint, "$ ").said(command)));
            }
        }
        page
    }

    /// Who is logged on there, by name.
    fn logged_on(&self, page: &mut Page, steps: &[&PlannedStep]) {
        let dropped = rdpctl_plan::dropped(self.plan, steps.iter().copied());
        if dropped.sessions.is_empty() {
            return;
        }
        let head = format!("Logged on, {}", count(dropped.sessions.len(), "session"));
        page.push(grid::indented(AT, Words::new().ink(Ink::Strong, head)));
        let shown = &dropped.sessions[..dropped.sessions.len().min(NAMES)];
        let widest = |text: &dyn Fn(&(&Member, &LoggedOn)) -> String| {
            shown.iter().map(|it| rdpctl_term::width(&text(it))).max().unwrap_or_default()
        };
        let names = widest(&|(member, _)| member.called().into_owned());
        let users = widest(&|(_, one)| one.user.clone());
        for (member, one) in shown {
            let before = vec![
                (AT - grid::GAP, Words::new()),
                (names, Words::new().said(&member.called())),
                (users, Words::new().said(&one.user)),
            ];
            page.push(grid::columns(before, Words::new().said(&sessions::state(one))));
        }
        if dropped.sessions.len() > NAMES {
            let more = format!("and {} more", grouped(dropped.sessions.len() - NAMES));
            page.push(grid::indented(AT, Words::new().own(more)));
        }
    }

    /// Which sessions end, where any may.
    fn drops(&self, steps: &[&PlannedStep]) -> Option<String> {
        let disturbs = steps.iter().any(|planned| planned.step.disrupts());
        let dropped = rdpctl_plan::dropped(self.plan, steps.iter().copied());
        let more = if dropped.sessions.len() > sessions::NAMED { "; d lists them" } else { "" };
        disturbs.then(|| format!("{}{more}", sessions::line(&dropped)))
    }

    /// What a no means: these steps stay held, and those that wait for them.
    fn if_not(&self, steps: &[&PlannedStep]) -> String {
        let asked: Vec<StepId> = self
            .plan
            .numbered()
            .filter(|(_, planned)| steps.iter().any(|it| it.number == planned.number))
            .map(|(id, _)| id)
            .collect();
        let mut held: Vec<String> = steps.iter().map(|it| it.number.to_string()).collect();
        for planned in &self.plan.steps {
            if let Some(Held::Behind { step }) = &planned.held
                && asked.contains(step)
            {
                held.push(planned.number.to_string());
            }
        }
        match held.as_slice() {
            [one] => format!("{one} stays held; nothing else waits for it"),
            many => format!("{} stay held", list(many)),
        }
    }
}

/// What a guard asks leave for.
const fn may(guard: Guarded) -> &'static str {
    match guard {
        Guarded::Reboot => "May rdpctl reboot",
        Guarded::Spend => "May rdpctl spend money on",
        Guarded::StopService => "May rdpctl stop what holds the port on",
        Guarded::MovePort => "May rdpctl move RDP to another port on",
        Guarded::OfflineRepair => "May rdpctl stop and repair the disk of",
        Guarded::FirewallOff => "May rdpctl turn the Windows firewall off on",
        Guarded::OpenToWorld => "May rdpctl open RDP to everybody on",
        Guarded::Weaken => "May rdpctl make something weaker on",
        Guarded::LogOn => "May rdpctl try one log-on on",
        Guarded::Nmi => "May rdpctl stop Windows by an interrupt on",
        Guarded::DiskIdentity => "May rdpctl change which disk the boot store names on",
    }
}

fn members<'p>(
    plan: &'p Plan,
    steps: &[&PlannedStep],
) -> impl Iterator<Item = &'p Member> + use<'p> {
    let groups: BTreeSet<usize> = steps.iter().map(|planned| planned.group).collect();
    let groups = groups.into_iter().filter_map(|group| plan.groups.get(group));
    groups.flat_map(|group| &group.members)
}

fn instances(plan: &Plan, steps: &[&PlannedStep]) -> usize {
    members(plan, steps).map(|member| &member.name).collect::<BTreeSet<_>>().len()
}

fn who(plan: &Plan, steps: &[&PlannedStep]) -> String {
    let names: Vec<Cow<'_, str>> = members(plan, steps).map(Member::called).collect();
    match names.as_slice() {
        [one] => one.to_string(),
        [one, other] => format!("{one} and {other}"),
        many => count(many.len(), "instance"),
    }
}

fn way_back(steps: &[&PlannedStep]) -> String {
    let gone: Vec<String> = steps
        .iter()
        .filter(|planned| !planned.step.reversible)
        .map(|planned| planned.number.to_string())
        .collect();
    if gone.is_empty() {
        "`rdpctl undo` plans the way back".to_owned()
    } else {
        format!("there is no way back for {}", list(&gone))
    }
}

/// Numbers in a row, so that they stay readable.
fn list(numbers: &[String]) -> String {
    const SHOWN: usize = 8;
    match numbers {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] if numbers.len() <= SHOWN => {
            format!("{} and {last}", before.join(", "))
        }
        many => format!("{} and {} more", many[..SHOWN].join(", "), grouped(many.len() - SHOWN)),
    }
}
