//! What a person allowed on the page, held against what would be done now: to whom it is still the same, it is done once.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use rdpctl_engine::approve::{About, Answer, Approver, Question, Refused};
use rdpctl_model::anew::Anew;
use rdpctl_model::chronicle::{Approval, Order};
use rdpctl_model::outcome::{Allowed, Means};
use rdpctl_model::plan::Held;
use rdpctl_model::step::Guarded;
use rdpctl_model::{InstanceName, Plan};

/// Leave for one run.
#[derive(Clone, Debug)]
pub(crate) struct Leave {
    /// Who gave it.
    pub(crate) by: String,
    /// To what, by its name on the page.
    pub(crate) target: String,
    /// What may be done.
    pub(crate) guards: BTreeSet<Guarded>,
    /// To whom, each by the digest of what is done to it.
    members: BTreeMap<InstanceName, String>,
    /// What it may cost.
    spends: BTreeMap<String, u64>,
    /// What he was shown of prices and sessions.
    shown: Anew,
}

impl Leave {
    /// Of an approval.
    pub(crate) fn of(order: &Order, approval: &Approval) -> Self {
        Self {
            by: order.by.clone(),
            target: order.target.clone(),
            guards: approval.guards.iter().copied().collect(),
            members: approval.members.clone(),
            spends: approval.spends.clone(),
            shown: approval.shown.clone(),
        }
    }

    /// To whom of a plan exactly this would be done.
    pub(crate) fn covers(&self, plan: &Plan) -> BTreeSet<InstanceName> {
        let mut covered = BTreeSet::new();
        for group in &plan.groups {
            for member in &group.members {
                if let Some(digest) = self.members.get(&member.name)
                    && rdpctl_engine::consent(plan, group, member) == *digest
                {
                    covered.insert(member.name.clone());
                }
            }
        }
        covered
    }

    /// For whom nothing else stands in the way any more, of a plan that was made with this leave.
    pub(crate) fn may_be_done(&self, plan: &Plan) -> BTreeSet<InstanceName> {
        let asked = plan.changes().filter(|(_, planned)| {
            planned.step.guards.iter().any(|guard| self.guards.contains(guard))
        });
        let groups = asked.filter_map(|(_, planned)| plan.groups.get(planned.group));
        groups.flat_map(|group| &group.members).map(|member| member.name.clone()).collect()
    }
}

/// Answers for whoever gave leave: yes to what he saw, to whom he saw it, and no to everything else.
pub(crate) struct ByLeave<'a>(pub(crate) &'a Leave);

#[async_trait]
impl Approver for ByLeave<'_> {
    fn beforehand(&self) -> Vec<Allowed> {
        Vec::new()
    }

    /// Whoever moved since it was allowed, in this very look, is not touched.
    async fn show(&self, plan: &Plan) -> Result<(), Refused> {
        let covered = self.0.covers(plan);
        let asks = plan.steps.iter().filter(|step| match &step.held {
            Some(Held::Asks { guards }) => guards.iter().any(|it| self.0.guards.contains(it)),
            Some(
                Held::Denied { .. }
                | Held::Window { .. }
                | Held::LockOut { .. }
                | Held::Behind { .. },
            )
            | None => false,
        });
        let groups = asks.filter_map(|step| plan.groups.get(step.group));
        let mut asked = groups.flat_map(|group| &group.members);
        if asked.all(|member| covered.contains(&member.name)) { Ok(()) } else { Err(Refused::Left) }
    }

    async fn show_again(&self, _: &Plan) -> Result<(), Refused> {
        Ok(())
    }

    async fn answer(&self, question: &Question) -> Result<Answer, Refused> {
        let yes = Answer::Yes { by: self.0.by.clone(), means: Means::Page };
        Ok(match question.about {
            About::Guard(guard) => {
                let within = |(what, count): (&String, &u64)| {
                    self.0.spends.get(what).is_some_and(|allowed| count <= allowed)
                };
                let is_paid = question.money.iter().all(within);
                let quotes = question.cost.quotes.iter();
                let quotes = quotes.filter(|quote| question.money.contains_key(&quote.what));
                let now = Anew { quotes: quotes.cloned().collect(), sessions: question.sessions };
                let fits = is_paid && now.above(&self.0.shown).is_empty();
                if self.0.guards.contains(&guard) && fits { yes } else { Answer::No }
            }
            About::Plan => yes,
        })
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_model::plan::{Budget, Per, Price, Quote, Sighted};

    use super::*;

    #[tokio::test]
    async fn what_would_cost_more_than_was_shown_is_not_done() {
        let quoted = |millionths| Quote {
            what: "addresses".to_owned(),
            price: Sighted::Seen(Price { millionths, currency: None, per: Per::Gigabyte }),
        };
        let leave = Leave {
            by: "ana".to_owned(),
            target: "c8e2f0".to_owned(),
            guards: [Guarded::Spend].into(),
            members: BTreeMap::new(),
            spends: [("addresses".to_owned(), 2)].into(),
            shown: Anew { quotes: vec![quoted(800_000)], ..Anew::default() },
        };
        let asked = |count, millionths, sessions| Question {
            about: About::Guard(Guarded::Spend),
            steps: Vec::new(),
            money: [("addresses".to_owned(), count)].into(),
            cost: Budget { quotes: vec![quoted(millionths)], ..Budget::default() },
            sessions,
        };
        let by = ByLeave(&leave);
        let yes = Answer::Yes { by: "ana".to_owned(), means: Means::Page };
        for (question, answer) in [
            (asked(2, 800_000, Sighted::NotSeen), yes.clone()),
            (asked(1, 879_999, Sighted::NotSeen), yes),
            (asked(3, 800_000, Sighted::NotSeen), Answer::No),
            (asked(2, 900_000, Sighted::NotSeen), Answer::No),
            (asked(2, 800_000, Sighted::Seen(1)), Answer::No),
        ] {
            assert_eq!(by.answer(&question).await, Ok(answer), "{question:?}");
        }
    }
}
