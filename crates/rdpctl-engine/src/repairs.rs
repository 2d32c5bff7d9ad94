//! Whose disk is repaired: of machines that run and whose repair is declared, those of which neither their guest nor their
//! port answered at the last look.

use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::{DiskDeed, DiskWork};
use rdpctl_model::declaration::Instance;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Chunk, Facts, Slot, UNSEEN};
use rdpctl_model::plan::{Budget, Plan, Quote, Sighted};
use rdpctl_model::repair::{PlannedRepair, RepairStage, RepairStep};
use rdpctl_model::tariff::RepairTariff;
use rdpctl_model::{Assessed, FacetId, Gap, SourceKey, StepNumber};
use tokio_util::sync::CancellationToken;

use crate::assess::{Filter, assess};
use crate::draft::Draft;
use crate::outside::Hands;

/// A price is worth waiting for so long; without it the question is asked all the same.
const WITHIN: Duration = Duration::from_secs(10);

impl Draft<'_> {
    /// The repairs that stand behind so many steps, one after another.
    pub(crate) fn repairs(&self, facts: &Facts, scope: &Filter, steps: u32) -> Vec<PlannedRepair> {
        let mut repairs = Vec::new();
        let mut before = steps;
        for instance in &self.estate.instances {
            if instance.guest.offline.is_none() || !scope.takes(instance.name.as_str()) {
                continue;
            }
            let Some(because) = silence(facts, instance) else { continue };
            if !self.runs_and_is_deaf(facts, instance, self.now) {
                continue;
            }
            let tariff = self.tariffs.clouds.get(&instance.provider);
            let tariff = tariff.map(|tariff| tariff.repair).unwrap_or_default();
            let Some(repair) = of(instance, because, &tariff) else { continue };
            let repair = repair.after(before);
            before += u32::try_from(repair.steps.len()).unwrap_or(0);
            repairs.push(repair);
        }
        repairs
    }

    fn runs_and_is_deaf(&self, facts: &Facts, instance: &Instance, now: Timestamp) -> bool {
        let assessed = assess(self.estate, facts, &Filter::of([&instance.name]), now);
        let is_healthy = |facet: FacetId| {
            let one: Option<&Assessed> = assessed.first();
            let judged = one.and_then(|one| one.facets[facet].as_ref());
            judged.is_some_and(|judged| judged.verdict.is_healthy())
        };
        is_healthy(FacetId::Power) && !is_healthy(FacetId::Reachable)
    }
}

/// The repair of one machine's disk, numbered from 1. Nothing where none is declared.
#[must_use]
pub fn of(instance: &Instance, because: Gap, tariff: &RepairTariff) -> Option<PlannedRepair> {
    let wish = instance.guest.offline?;
    let keep_seconds = wish.keep.as_secs();
    let step = |stage: RepairStage| RepairStep {
        number: StepNumber::first_level(stage.place()),
        stage,
        what: stage.said(&instance.name, keep_seconds),
    };
    let takes = tariff.whole(wish.hold);
    Some(PlannedRepair {
        provider: instance.provider.clone(),
        instance: instance.name.clone(),
        id: instance.id.clone(),
        profile: instance.profile.clone(),
        because,
        keep_seconds,
        hold: wish.hold,
        steps: RepairStage::of(wish.hold).map(step).collect(),
        guards: PlannedRepair::GUARDS.to_vec(),
        stopped_seconds: u64::from(takes.seconds),
        budget: Budget {
            api_calls: u64::from(takes.calls),
            seconds: u64::from(takes.seconds),
            money: [(PlannedRepair::BILLED.to_owned(), 1)].into(),
            ..Budget::default()
        },
    })
}

/// Asks for the price of each repair of a plan, as one sum for all that it makes.
pub async fn quote(plan: &mut Plan, hands: &Hands, stop: &CancellationToken) {
    for repair in &mut plan.repairs {
        let work = DiskWork {
            vm: repair.id.clone(),
            takes: Duration::from_secs(repair.budget.seconds),
            deed: DiskDeed::Repair { keep: Duration::from_secs(repair.keep_seconds) },
        };
        let price = match hands.clouds.get(&repair.provider) {
            None => None,
            Some(cloud) => {
                let asked = tokio::time::timeout(WITHIN, cloud.price_of_work(&work, stop)).await;
                asked.ok().and_then(|answer| {
                    answer.inspect_err(|error| tracing::debug!(%error, "no price quoted")).ok()?
                })
            }
        };
        let price = price.map_or(Sighted::NotSeen, Sighted::Seen);
        repair.budget.quotes = vec![Quote { what: PlannedRepair::BILLED.to_owned(), price }];
    }
}

/// Why nobody in it answered at the last look; nothing where somebody did, or where nobody was asked.
fn silence(facts: &Facts, instance: &Instance) -> Option<Gap> {
    let key = SourceKey::instance(instance.name.clone());
    let rows = facts.chunks.iter().filter(|chunk| chunk.source == key);
    let slot: Slot = rows.flat_map(Chunk::rows).next()?.known.looks.failed[World::Guest];
    let gap = (slot != UNSEEN).then(|| rdpctl_facets::reason_of(facts, slot))?;
    is_silence(&gap).then_some(gap)
}

/// Whether nobody was there to answer; who was not asked, or may not be, is another matter.
fn is_silence(gap: &Gap) -> bool {
    match gap {
        Gap::AgentUnavailable { .. } | Gap::Unreachable { .. } | Gap::TimedOut { .. } => true,
        Gap::NotRunning
        | Gap::NotSurveyed
        | Gap::NotAsked
        | Gap::NotFound { .. }
        | Gap::NoChannel
        | Gap::NotGranted { .. }
        | Gap::Denied { .. }
        | Gap::Truncated { .. }
        | Gap::Garbled { .. }
        | Gap::ApiError { .. } => false,
    }
}
