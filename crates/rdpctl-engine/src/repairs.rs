//! Whose disk is repaired: of machines that run and whose repair is declared, those of which neither their guest nor their
//! port answered at the last look.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use rdpctl_contract::{DiskDeed, DiskWork, WorkPriced};
use rdpctl_model::assessment::Members;
use rdpctl_model::declaration::Instance;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Chunk, Facts, Row, Slot, UNSEEN};
use rdpctl_model::mending::Hold;
use rdpctl_model::plan::{Budget, Plan};
use rdpctl_model::repair::{AtOnce, PlannedRepair, RepairStage, RepairStep, SecondWay};
use rdpctl_model::tariff::{RepairTariff, Takes};
use rdpctl_model::{Assessed, FacetId, Gap, InstanceName, ResourceId, SourceKey, StepNumber};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::assess::{Filter, assess_everybody};
use crate::draft::Draft;
use crate::estate::{Source, Who};
use crate::outside::Hands;

/// A price is worth waiting for so long; without it the question is asked all the same.
const WITHIN: Duration = Duration::from_secs(10);
/// All prices of a plan together.
const ALL_WITHIN: Duration = Duration::from_secs(30);

/// Somebody of whom nobody answered at the last look.
struct Silent<'f> {
    instance: Instance,
    because: Gap,
    chunk: &'f Chunk,
    row: Row<'f>,
}

impl Draft<'_> {
    /// The repairs that stand behind so many steps, one after another: instances first, then members of fleets by name.
    pub(crate) fn repairs(&self, facts: &Facts, scope: &Filter, steps: u32) -> Vec<PlannedRepair> {
        let silent = self.silent(facts, scope);
        if silent.is_empty() {
            return Vec::new();
        }
        let deaf = self.run_and_are_deaf(facts, &silent);
        let mut repairs = Vec::new();
        let mut before = steps;
        for Silent { instance, because, .. } in silent {
            if !deaf.contains(&instance.name) {
                continue;
            }
            let tariff = self.tariffs.clouds.get(&instance.provider);
            let tariff = tariff.map(|tariff| tariff.repair).unwrap_or_default();
            let Some(mut repair) = of(&instance, because, &tariff) else { continue };
            // Whoever holds it for a person's hands reads and writes nothing there.
            if let Some(ways) = self.second.filter(|_| repair.hold == Hold::GoOn) {
                offer(&mut repair, ways.of(&instance.id, self.now), &tariff);
            }
            let repair = repair.after(before);
            before = before.saturating_add(u32::try_from(repair.steps.len()).unwrap_or(0));
            repairs.push(repair);
        }
        repairs
    }

    /// Those whose repair is declared and of whom nobody answered, each machine once however it is declared.
    fn silent<'f>(&self, facts: &'f Facts, scope: &Filter) -> Vec<Silent<'f>> {
        let sources = self.estate.sources().filter(|source| source.guest.offline.is_some());
        let sources: Vec<Source<'_>> = sources.collect();
        if sources.is_empty() {
            return Vec::new();
        }
        let mut chunks: HashMap<&SourceKey, Vec<&Chunk>> = HashMap::new();
        for chunk in &facts.chunks {
            chunks.entry(&chunk.source).or_default().push(chunk);
        }
        let id = |id: &str| id.to_ascii_lowercase();
        let mut known: HashSet<String> =
            self.estate.instances.iter().map(|instance| id(instance.id.as_str())).collect();
        let mut gaps: HashMap<Slot, Option<Gap>> = HashMap::new();
        let mut silent = Vec::new();
        for source in sources {
            let first = silent.len();
            for chunk in chunks.get(&source.key).into_iter().flatten() {
                for row in chunk.rows() {
                    let slot = row.known.looks.failed[World::Guest];
                    let because = gaps.entry(slot).or_insert_with(|| silence(facts, slot)).clone();
                    let Some(because) = because else { continue };
                    let name = source.member(row.id);
                    if !scope.takes(name.as_str()) {
                        continue;
                    }
                    let instance = match source.who {
                        Who::One(instance) => instance.clone(),
                        Who::Fleet(_) if !known.insert(id(row.id)) => continue,
                        Who::Fleet(fleet) => fleet.member(name, ResourceId::new(row.id)),
                    };
                    silent.push(Silent { instance, because, chunk, row });
                }
            }
            silent[first..].sort_by(|one, other| one.instance.name.cmp(&other.instance.name));
        }
        silent
    }

    /// Who of them runs and does not answer from outside either: these few are judged once, whatever is asked about.
    fn run_and_are_deaf(&self, facts: &Facts, silent: &[Silent<'_>]) -> BTreeSet<InstanceName> {
        let mut few = Facts {
            seen: facts.seen.clone(),
            grounds: facts.grounds.clone(),
            gaps: facts.gaps.clone(),
            edition: facts.edition,
            chunks: Vec::new(),
            tried: facts.tried.clone(),
        };
        for one in silent {
            let of = one.chunk;
            // They stand source by source.
            let last = few.chunks.last_mut().filter(|chunk| chunk.source == of.source);
            if let Some(chunk) = last {
                chunk.push(one.row);
            } else {
                let mut chunk = Chunk::new(of.source.clone(), of.provider.clone());
                chunk.push(one.row);
                few.chunks.push(chunk);
            }
        }
        let assessed = assess_everybody(self.estate, &few, self.now);
        let is_healthy = |one: &Assessed, facet: FacetId| {
            one.facets[facet].as_ref().is_some_and(|judged| judged.verdict.is_healthy())
        };
        assessed
            .iter()
            .filter(|one| is_healthy(one, FacetId::Power) && !is_healthy(one, FacetId::Reachable))
            .flat_map(|one| match &one.members {
                Members::Named(members) => members.as_slice(),
                Members::Quiet(_) => &[],
            })
            .map(|member| member.name.clone())
            .collect()
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
        second: None,
    })
}

/// Says of a repair what its second way adds: what it takes, without the link that is not read by and the sectors that are not
/// sent.
pub fn offer(repair: &mut PlannedRepair, way: SecondWay, tariff: &RepairTariff) {
    let spared = [RepairStage::Reading, RepairStage::Writing].map(|stage| tariff.0[stage as usize]);
    let all = |of: fn(&Takes) -> u32| spared.iter().map(|takes| u64::from(of(takes))).sum::<u64>();
    repair.offer(SecondWay {
        api_calls: way.api_calls.saturating_sub(all(|takes| takes.calls)),
        seconds: way.seconds.saturating_sub(all(|takes| takes.seconds)),
        ..way
    });
}

/// Asks for the price of each repair of a plan, as one sum for all that it makes.
pub async fn quote(plan: &mut Plan, hands: &Hands, stop: &CancellationToken) {
    let until = Instant::now() + ALL_WITHIN;
    for repair in &mut plan.repairs {
        let work = DiskWork {
            vm: repair.id.clone(),
            takes: Duration::from_secs(repair.budget.seconds),
            longer: repair.seconds_by_second_way().map(Duration::from_secs),
            deed: DiskDeed::Repair { keep: Duration::from_secs(repair.keep_seconds) },
        };
        let price = match hands.clouds.get(&repair.provider) {
            None => None,
            Some(cloud) => {
                let within = WITHIN.min(until.saturating_duration_since(Instant::now()));
                let asked = tokio::time::timeout(within, cloud.price_of_work(&work, stop)).await;
                asked.ok().and_then(|answer| {
                    answer.inspect_err(|error| tracing::debug!(%error, "no price quoted")).ok()
                })
            }
        };
        let WorkPriced { price, longer, no_link } = price.unwrap_or_default();
        let is_open = repair.second.is_some() && !repair.goes_second();
        match no_link.filter(|_| is_open) {
            None => repair.quote(price, longer),
            Some(why) => {
                repair.go_second(AtOnce { why, asked: None });
                repair.quote(longer, None);
            }
        }
    }
}

/// Why nobody answered at the last look; nothing where somebody did, or where nobody was asked.
fn silence(facts: &Facts, slot: Slot) -> Option<Gap> {
    let gap = (slot != UNSEEN).then(|| rdpctl_facets::reason_of(facts, slot))?;
    is_silence(&gap).then_some(gap)
}

/// Whether nobody was there to answer; who was not asked, or may not be, is another matter.
fn is_silence(gap: &Gap) -> bool {
    match gap {
        Gap::AgentUnavailable { .. }
        | Gap::Unreachable { .. }
        | Gap::Unresponsive { .. }
        | Gap::TimedOut { .. } => true,
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
