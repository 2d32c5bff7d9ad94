//! What is held: steps that may not be done yet, put together where one answer would let them all go.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_model::plan::{Group, Held, Member, Plan, PlannedStep, SecurityDelta};
use rdpctl_model::step::{Action, CloudAction, Disruption, Guarded};
use rdpctl_model::{FacetId, InstanceName, ProfileName, Said, StepNumber, Verdict};
use serde::Serialize;

use super::cause::StepWords;
use super::next::root;
use super::opening::Opening;
use crate::deed::Says;
use crate::digest::digest;

/// For what something is held.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Waits {
    /// A person is asked.
    Asks {
        /// By which guards.
        guards: Vec<Guarded>,
    },
    /// A window.
    Window(Opening),
    /// Nothing: a guard says no.
    Denied {
        /// Which.
        guard: Guarded,
    },
    /// Another way in.
    LockOut {
        /// Which would be closed.
        why: Said,
    },
}

/// Steps of one group that are held for one reason.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct HeldLine {
    /// Its name in addresses; the same as long as the same is asked about the same instances.
    pub id: String,
    /// For what.
    pub waits: Waits,
    /// The profile that declares it.
    pub profile: ProfileName,
    /// What differs.
    pub differences: Vec<Difference>,
    /// All steps of the group, in order, those that are held among them.
    pub steps: Vec<StepLine>,
    /// What becomes weaker or stronger by the whole plan.
    pub security: Vec<SecurityDelta>,
    /// How many instances.
    pub instances: usize,
    /// Who.
    pub members: Vec<InstanceName>,
    /// What a yes is bound to: the digest over all that is done to each.
    pub digest: String,
    /// The same for each.
    #[serde(skip)]
    pub consents: BTreeMap<InstanceName, String>,
    /// What costs money, by how many.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub money: BTreeMap<String, u64>,
    /// What a person answered, where it still holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<Answered>,
    /// To how many of them somebody said yes already.
    #[serde(skip_serializing_if = "is_zero")]
    pub allowed: usize,
    /// Steps among them that reboot.
    pub reboots: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What a person answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Answered {
    /// Yes or no.
    pub says: Says,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Until when a yes holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// How a yes is bound to what it is about. Whoever plans says it.
pub trait Binding {
    /// All that is done to a member, as a digest.
    fn of(&self, plan: &Plan, group: &Group, member: &Member) -> String;
    /// The digest over several.
    fn all(&self, members: &BTreeMap<InstanceName, String>) -> String;
    /// What steps make weaker or stronger, held or not: a plan's own sentence is about what it does of itself.
    fn security(&self, plan: &Plan, steps: &[&PlannedStep]) -> Vec<SecurityDelta>;
    /// What steps cost in money.
    fn money(&self, plan: &Plan, steps: &[&PlannedStep]) -> BTreeMap<String, u64>;
    /// The calls or commands of a step, as they are for the first of its subjects.
    fn exactly(&self, plan: &Plan, planned: &PlannedStep) -> Vec<String>;
}

/// One facet's difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The facet.
    pub facet: FacetId,
    /// The conclusion.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// A step for people.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepLine {
    /// Its number in the plan.
    pub number: StepNumber,
    /// The facet that wants it.
    pub facet: FacetId,
    /// In words.
    #[serde(flatten)]
    pub words: StepWords,
    /// Why.
    pub why: Said,
    /// The founding document's step.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub seed: String,
    /// What it disrupts.
    pub disruption: Disruption,
    /// Whether the way back is known.
    pub reversible: bool,
    /// The steps that must be done before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<StepNumber>,
    /// For what it is held, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Waits>,
}

/// What a plan holds.
pub(super) fn held(
    plan: &Plan,
    say: &dyn Fn(&rdpctl_model::Step) -> StepWords,
    binding: &dyn Binding,
) -> Vec<HeldLine> {
    let mut all = Vec::new();
    for group in &plan.groups {
        let steps: Vec<&PlannedStep> = group.steps.iter().filter_map(|id| plan.step(*id)).collect();
        let mut reasons: Vec<Waits> = Vec::new();
        for reason in steps.iter().filter_map(|step| asked_with(plan, &steps, step)) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        for reason in reasons {
            let with_commands = |step: &&PlannedStep| {
                let mut line = line(plan, step, say);
                line.words.exactly = binding.exactly(plan, step);
                line
            };
            let lines: Vec<StepLine> = steps.iter().map(with_commands).collect();
            let members: Vec<InstanceName> =
                group.members.iter().map(|member| member.name.clone()).collect();
            let named: Vec<&str> = members.iter().map(InstanceName::as_str).collect();
            let does: Vec<&Said> = lines.iter().map(|line| &line.words.does).collect();
            let what = format!("{:?} {reason:?} {does:?} {named:?}", group.profile);
            let consents: BTreeMap<InstanceName, String> = match &reason {
                Waits::Asks { .. } => {
                    let members = group.members.iter();
                    let of = |it: &Member| (it.name.clone(), binding.of(plan, group, it));
                    members.map(of).collect()
                }
                Waits::Window { .. } | Waits::Denied { .. } | Waits::LockOut { .. } => {
                    BTreeMap::new()
                }
            };
            all.push(HeldLine {
                digest: binding.all(&consents),
                consents,
                money: binding.money(plan, &steps),
                answered: None,
                allowed: 0,
                id: format!("{:016x}", digest(what.as_bytes())),
                profile: group.profile.clone(),
                differences: group
                    .facets
                    .iter()
                    .filter(|one| one.blocked_by.is_none())
                    .filter(|one| matches!(one.verdict, Verdict::Drifted { .. }))
                    .map(|one| Difference { facet: one.facet, verdict: one.verdict.clone() })
                    .collect(),
                reboots: lines.iter().filter(|line| line.disruption == Disruption::Reboots).count(),
                steps: lines,
                security: binding.security(plan, &steps),
                instances: members.len(),
                members,
                waits: reason,
            });
        }
    }
    let order = |waits: &Waits| match waits {
        Waits::Asks { .. } => 0_u8,
        Waits::Window { .. } => 1,
        Waits::LockOut { .. } => 2,
        Waits::Denied { .. } => 3,
    };
    all.sort_by_key(|line| (order(&line.waits), std::cmp::Reverse(line.instances)));
    all
}

fn waits(plan: &Plan, step: &PlannedStep) -> Option<Waits> {
    match root(plan, step.held.as_ref()?) {
        Held::Asks { guards } => Some(Waits::Asks { guards: guards.clone() }),
        Held::Denied { guard } => Some(Waits::Denied { guard: *guard }),
        Held::Window { opens } => Some(Waits::Window(Opening::of(opens))),
        Held::LockOut { why } => Some(Waits::LockOut { why: why.clone() }),
        Held::Behind { .. } => None,
    }
}

/// For what a step is held, with all that one answer has to allow: what asks for a step asks for those that it needs, and
/// a copy of a disk is asked about with what it is made for.
fn asked_with(plan: &Plan, steps: &[&PlannedStep], step: &PlannedStep) -> Option<Waits> {
    let Waits::Asks { guards: mut all } = waits(plan, step)? else { return waits(plan, step) };
    let copy = Action::Cloud(CloudAction::SnapshotSystemDisk);
    let mut about: Vec<&PlannedStep> = vec![step];
    if step.step.action == copy {
        let is_for = |it: &&&PlannedStep| {
            it.needs.iter().filter_map(|need| plan.step(*need)).any(|need| std::ptr::eq(need, step))
        };
        about.extend(steps.iter().filter(is_for));
    }
    let mut place = 0;
    while let Some(one) = about.get(place).copied() {
        place += 1;
        let asks = match waits(plan, one) {
            Some(Waits::Asks { guards }) => guards,
            Some(Waits::Window { .. } | Waits::Denied { .. } | Waits::LockOut { .. }) | None => {
                Vec::new()
            }
        };
        all.extend(asks);
        for need in one.needs.iter().filter_map(|need| plan.step(*need)) {
            if !about.iter().any(|known| std::ptr::eq(*known, need)) {
                about.push(need);
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    Some(Waits::Asks { guards: all })
}

/// A planned step for people.
#[must_use]
pub fn line(
    plan: &Plan,
    planned: &PlannedStep,
    say: &dyn Fn(&rdpctl_model::Step) -> StepWords,
) -> StepLine {
    let step = &planned.step;
    StepLine {
        number: planned.number.clone(),
        facet: step.facet,
        words: say(step),
        why: step.why.clone(),
        seed: step.seed.clone(),
        disruption: step.disruption,
        reversible: step.reversible,
        needs: planned.needs.iter().map(|need| plan.number(*need)).collect(),
        held: waits(plan, planned),
    }
}
