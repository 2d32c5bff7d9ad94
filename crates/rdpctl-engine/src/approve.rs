//! Questions before anything is done, as values: whoever answers them, on a terminal, by flags, on a page or by an
//! annotation, is asked the same.

use std::collections::BTreeMap;

use async_trait::async_trait;
use rdpctl_model::outcome::{Allowed, Means};
use rdpctl_model::plan::{Budget, Held, PlannedStep, Sighted};
use rdpctl_model::step::{Action, Disruption, Guarded};
use rdpctl_model::{FacetId, InstanceName, Plan, Said, StepNumber};

/// Whom a step concerns is named so far; beyond that they are counted.
const NAMED: usize = 12;

/// Somebody who is shown plans and answers questions about them.
///
/// Whoever asks does not wait for an answer that nobody needs any more: it drops the question where it was stopped.
#[async_trait]
pub trait Approver: Send + Sync {
    /// What is allowed before anybody has looked.
    fn beforehand(&self) -> Vec<Allowed>;

    /// Shows the plan about which is going to be asked, or that has nothing to be asked about.
    async fn show(&self, plan: &Plan) -> Result<(), Refused>;

    /// Shows what has become of the plan by the answers so far.
    async fn show_again(&self, plan: &Plan) -> Result<(), Refused>;

    /// Answers one question.
    async fn answer(&self, question: &Question) -> Result<Answer, Refused>;

    /// Answers what a declaration asks for, before anything is looked at. Whoever does not say otherwise grants nothing.
    async fn grant(&self, _question: &GrantQuestion) -> Result<Answer, Refused> {
        Err(Refused::Nobody)
    }
}

/// What a declaration asks for that its author may not give himself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantQuestion {
    /// Which question of how many.
    pub place: (usize, usize),
    /// What is asked for, and where it is declared.
    pub asks: Vec<(Said, Option<String>)>,
    /// The lines that a yes writes down.
    pub lines: String,
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is asked.
    pub about: About,
    /// The steps that hang on the answer, in the plan's order.
    pub steps: Vec<Asked>,
    /// What these steps cost in money, by what it is for.
    pub money: BTreeMap<String, u64>,
    /// What all that nothing holds back costs, with what the vendor quotes where it was asked.
    pub cost: Budget,
    /// Sessions that are alive on the machines concerned, where somebody looked.
    pub sessions: Sighted<u64>,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Whether what this guard holds back may be done.
    Guard(Guarded),
    /// Whether the plan is to be done, as far as nothing holds it back.
    Plan,
}

impl About {
    /// The answers that are possible.
    #[must_use]
    pub const fn choices(self) -> &'static [Choice] {
        match self {
            Self::Guard(_) => &[Choice::Yes, Choice::No, Choice::Leave],
            Self::Plan => &[Choice::Yes, Choice::Leave],
        }
    }
}

/// What may be said to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Choice {
    /// Do it.
    Yes,
    /// Leave this held, and go on with the rest.
    No,
    /// Do nothing at all.
    Leave,
}

/// A step about which is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// By which number people know it.
    pub number: StepNumber,
    /// For which facet.
    pub facet: FacetId,
    /// What would be done.
    pub action: Action,
    /// What would be so afterwards.
    pub after: Said,
    /// On whom, the first of them.
    pub on: Vec<InstanceName>,
    /// On how many.
    pub width: usize,
    /// What it disturbs.
    pub disruption: Disruption,
    /// Whether there is a way back.
    pub reversible: bool,
}

/// An answer that lets things go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes {
        /// Who says so.
        by: String,
        /// How.
        means: Means,
    },
    /// This stays held.
    No,
}

/// Why nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Somebody said so.
    Left,
    /// Nobody is there to be asked.
    Nobody,
    /// The plan could not be shown.
    Unseen,
}

/// The questions that the guards of a plan ask, one a guard.
#[must_use]
pub fn of_guards(plan: &Plan) -> Vec<Question> {
    let mut by_guard: BTreeMap<Guarded, Vec<&PlannedStep>> = BTreeMap::new();
    for planned in &plan.steps {
        if let Some(Held::Asks { guards }) = &planned.held {
            for guard in guards {
                by_guard.entry(*guard).or_default().push(planned);
            }
        }
    }
    let question = |(guard, steps)| of(plan, About::Guard(guard), steps);
    by_guard.into_iter().map(question).collect()
}

/// The question whether a plan is to be done.
#[must_use]
pub fn of_plan(plan: &Plan) -> Question {
    let steps = plan.changes().map(|(_, planned)| planned).collect();
    of(plan, About::Plan, steps)
}

fn of(plan: &Plan, about: About, steps: Vec<&PlannedStep>) -> Question {
    Question {
        about,
        money: rdpctl_plan::money_of(plan, steps.iter().copied()),
        sessions: rdpctl_plan::dropped(plan, steps.iter().copied()).alive(),
        steps: steps.into_iter().map(|planned| asked(plan, planned)).collect(),
        cost: plan.budget.clone(),
    }
}

fn asked(plan: &Plan, planned: &PlannedStep) -> Asked {
    let members = plan.groups.get(planned.group).map(|group| group.members.as_slice());
    let members = members.unwrap_or_default();
    Asked {
        number: planned.number.clone(),
        facet: planned.step.facet,
        action: planned.step.action.clone(),
        after: planned.step.after.clone(),
        on: members.iter().take(NAMED).map(|member| member.name.clone()).collect(),
        width: members.len(),
        disruption: planned.step.disruption,
        reversible: planned.step.reversible,
    }
}
