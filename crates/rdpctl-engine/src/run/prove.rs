//! The proof: an RDP handshake from outside, after everything else.

use std::collections::HashMap;
use std::time::Duration;

use rdpctl_model::assessment::Members;
use rdpctl_model::facts::{Chunk, Facts};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::plan::Plan;
use rdpctl_model::{FacetId, ResourceId, Verdict};

use super::Scene;
use super::report::{Ended, Failure, Results};
use super::roster::{self, Cell};
use super::sources::Sources;
use super::unit::Unit;
use crate::assess::{Filter, Unseen, judge};
use crate::refresh::{Depth, look_again};
use crate::settled::settled;

/// Somebody who is looked at, with the source under which their facts are kept.
#[derive(Clone)]
pub(super) struct Looked {
    pub(super) cell: Cell,
    pub(super) key: String,
    pub(super) id: ResourceId,
}

/// The members of a unit that looks.
pub(super) fn looked_at(plan: &Plan, sources: &Sources, unit: &Unit) -> Vec<Looked> {
    unit.cells()
        .filter_map(|cell| {
            let member = roster::member(plan, cell)?;
            let key = sources.of_member(&member.name)?.key.clone();
            Some(Looked { cell, key, id: member.id.clone() })
        })
        .collect()
}

pub(super) fn asked(members: &[Looked]) -> Vec<(String, ResourceId)> {
    members.iter().map(|one| (one.key.clone(), one.id.clone())).collect()
}

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    members: Vec<Looked>,
    port: u16,
}

impl Work {
    pub(crate) fn new(plan: &Plan, sources: &Sources, unit: &Unit, port: u16) -> Self {
        Self { members: looked_at(plan, sources, unit), port }
    }
}

/// Looks: a service that was just started, or a rule that was just written, may need a moment.
const LOOKS: u32 = 5;

pub(crate) async fn perform(scene: &Scene, work: Work) {
    let eyes = settled(scene.hands.eyes());
    let mut waiting = work.members;
    let mut last: HashMap<ResourceId, Verdict> = HashMap::new();
    let mut pause = Duration::from_millis(200);
    for look in 0..LOOKS {
        if look > 0 {
            tokio::select! {
                () = scene.stop.cancelled() => break,
                () = scene.gently.cancelled() => break,
                () = tokio::time::sleep(pause) => {}
            }
            pause *= 2;
        }
        let depth = Depth::Door(work.port);
        let looked = look_again(
            &scene.estate,
            &eyes,
            scene.store.as_ref(),
            &scene.permit.author(),
            &asked(&waiting),
            depth,
            &scene.stop,
        )
        .await;
        let Ok(facts) = looked else { break };
        last.extend(verdicts(scene, &facts));
        let mut proved = Vec::new();
        waiting.retain(|one| {
            let Some(note) = last.get(&one.id).and_then(as_declared) else { return true };
            let receipt = Receipt { note, ..Receipt::default() };
            proved.push((one.cell, Ended::Done(receipt)));
            false
        });
        scene.reports.tell(proved).await;
        if waiting.is_empty() {
            return;
        }
    }
    let interrupted = scene.gently.is_cancelled();
    let left: Results = waiting
        .into_iter()
        .map(|one| {
            let ended = match last.remove(&one.id) {
                _ if interrupted => Ended::Skipped("interrupted".to_owned()),
                verdict => Ended::Failed(not_proved(verdict)),
            };
            (one.cell, ended)
        })
        .collect();
    scene.reports.tell(left).await;
}

/// What is seen from outside of everybody who was looked at.
fn verdicts(scene: &Scene, facts: &Facts) -> HashMap<ResourceId, Verdict> {
    let now = scene.hands.clock.now();
    // Those in whom nothing differs are only counted; they are the ones that were seen and not named.
    let mut seen: HashMap<ResourceId, Verdict> = facts
        .chunks
        .iter()
        .flat_map(Chunk::rows)
        .map(|row| (ResourceId::new(row.id), Verdict::healthy("answers as declared")))
        .collect();
    for one in judge(&scene.estate, facts, &Filter::default(), now, Unseen::LeftOut) {
        if let (Some(assessment), Members::Named(members)) =
            (&one.facets[FacetId::Reachable], &one.members)
        {
            for member in members {
                seen.insert(member.id.clone(), assessment.verdict.clone());
            }
        }
    }
    seen
}

fn as_declared(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Healthy { seen } => Some(seen.clone()),
        Verdict::NotApplicable { reason } => Some(reason.clone()),
        Verdict::Drifted { .. } | Verdict::Blocked { .. } | Verdict::Unknown { .. } => None,
    }
}

fn not_proved(verdict: Option<Verdict>) -> Failure {
    match verdict {
        Some(Verdict::Drifted { from, .. } | Verdict::Blocked { from, .. }) => Failure::new(
            format!("inside all is as declared, outside it is not: {from}"),
            "`rdpctl probe --level full HOST:PORT` shows what is seen from here, and `rdpctl plan` what each layer says",
        ),
        Some(Verdict::Unknown { gap }) => Failure::new(gap.to_string(), ""),
        Some(Verdict::Healthy { .. } | Verdict::NotApplicable { .. }) | None => {
            Failure::new("no answer from outside", "")
        }
    }
}
