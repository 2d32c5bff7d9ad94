//! What an observation reveals is planned, within what it announced, and added to the run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rdpctl_model::action::CloudAction;
use rdpctl_model::assessment::Members;
use rdpctl_model::declaration::SnapshotFirst;
use rdpctl_model::facts::Facts;
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::{Action, Assessed, FacetId, InstanceName};

use super::RunError;
use super::conductor::Conductor;
use super::observe::announced;
use super::roster::{self, Cell};
use crate::assess::{Filter, Unseen, judge};
use crate::bind::{Extent, bind};
use crate::event::Event;
use crate::mask::restrict;

/// What tells apart what is planned for machines that were observed together: the facets that were announced, and the
/// held step for which a proof of them would wait in vain.
type Share = (BTreeSet<FacetId>, Option<StepId>);

impl Conductor {
    /// Plans what was seen of some machines, and adds it.
    pub(super) async fn grow(&mut self, seen: &[Cell], facts: &Facts) -> Result<(), RunError> {
        let mut shares: BTreeMap<Share, BTreeSet<StepId>> = BTreeMap::new();
        let mut of_step: HashMap<StepId, Share> = HashMap::new();
        let mut of_name: HashMap<InstanceName, Share> = HashMap::new();
        for cell in seen {
            let share = of_step.entry(cell.step).or_insert_with(|| {
                let held = rdpctl_plan::held_before(&self.plan, cell.step);
                (announced(&self.plan, cell.step), held)
            });
            shares.entry(share.clone()).or_default().insert(cell.step);
            of_name.insert(roster::subject(&self.plan, *cell), share.clone());
        }
        let now = self.scene.hands.clock.now();
        let assessed = judge(&self.scene.estate, facts, &Filter::default(), now, Unseen::LeftOut);
        for (share, observed) in shares {
            let mine = of_share(&assessed, &share, &of_name);
            let mut added = self.plan_of(mine, &share.0);
            let store = self.scene.store.as_ref();
            let tariffs = self.scene.hands.tariffs();
            bind(&self.scene.estate, store, &mut added, Extent::All, &tariffs).await?;
            if let Some(violation) = rdpctl_plan::violations(&added).first() {
                return Err(RunError::Unsound(violation.to_string()));
            }
            let observed: Vec<StepId> = observed.into_iter().collect();
            self.add(&observed, added).await?;
        }
        Ok(())
    }

    /// Only the facets that the observation announced, under the same guards.
    fn plan_of(&self, mut assessed: Vec<Assessed>, facets: &BTreeSet<FacetId>) -> Plan {
        restrict(&mut assessed, facets);
        // One copy before the first risky step of a run is enough.
        for one in assessed.iter_mut().filter(|one| self.has_copied(one)) {
            one.snapshot = SnapshotFirst::No;
        }
        rdpctl_plan::plan(rdpctl_plan::Request {
            assessed,
            guards: &self.scene.estate.guards,
            allowed: &self.options.allowed,
            now: self.scene.hands.clock.now(),
            declaration: self.plan.declaration.clone(),
            survey: self.plan.survey.clone(),
            basis: self.plan.basis.clone(),
            tariffs: &self.scene.hands.tariffs(),
        })
    }

    /// Whether this run copies the disk of one of these machines, or has done so.
    fn has_copied(&self, one: &Assessed) -> bool {
        let Members::Named(members) = &one.members else { return false };
        let copies = |step: &StepId| {
            self.plan.step(*step).is_some_and(|planned| {
                planned.step.action == Action::Cloud(CloudAction::SnapshotSystemDisk)
            })
        };
        self.plan.groups.iter().filter(|group| group.steps.iter().any(copies)).any(|group| {
            group.members.iter().any(|own| members.iter().any(|member| member.name == own.name))
        })
    }

    async fn add(&mut self, observed: &[StepId], added: Plan) -> Result<(), RunError> {
        let (groups, security) = (self.plan.groups.len(), self.plan.security.len());
        let from = rdpctl_plan::graft(&mut self.plan, observed, added);
        self.roster.extend(&self.plan);
        let moved = self.board.extend(&self.plan, &self.roster);
        let first = observed.first().copied().unwrap_or(from);
        self.save_growth(first, groups, from, security).await?;
        self.tell(Event::Observed {
            step: first,
            from,
            steps: self.plan.steps[from.0 as usize..].to_vec(),
            groups: self.plan.groups[groups..].to_vec(),
        })
        .await;
        self.settle(moved).await
    }
}

/// The conclusions about the machines of one share.
fn of_share(
    assessed: &[Assessed],
    share: &Share,
    of_name: &HashMap<InstanceName, Share>,
) -> Vec<Assessed> {
    let mine = |one: &Assessed| {
        let Members::Named(members) = &one.members else { return None };
        let members: Vec<_> =
            members.iter().filter(|it| of_name.get(&it.name) == Some(share)).cloned().collect();
        (!members.is_empty()).then(|| Assessed { members: Members::Named(members), ..one.clone() })
    };
    assessed.iter().filter_map(mine).collect()
}
