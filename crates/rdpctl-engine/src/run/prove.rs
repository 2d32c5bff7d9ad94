//! The proof: an RDP handshake from outside, after everything else.

use std::collections::HashMap;
use std::time::Duration;

use rdpctl_model::Said;
use rdpctl_model::assessment::Members;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Chunk, Facts};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::plan::Plan;
use rdpctl_model::{FacetId, ResourceId, SourceKey, Verdict};

use super::Scene;
use super::impostor::Impostors;
use super::report::{Ended, Failure, Results};
use super::roster::{self, Cell};
use super::sources::Sources;
use super::unit::Unit;
use crate::assess::{Filter, Unseen, judge};
use crate::refresh::{Again, Depth, look_again};
use crate::said::say;
use crate::settled::settled;

/// Somebody who is looked at, with the source under which their facts are kept.
#[derive(Clone)]
pub(super) struct Looked {
    pub(super) cell: Cell,
    pub(super) key: SourceKey,
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

pub(super) fn asked(members: &[Looked]) -> Vec<(SourceKey, ResourceId)> {
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
    let mut last: HashMap<ResourceId, View> = HashMap::new();
    let mut impostors = Impostors::default();
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
        let Ok(Again { facts, doors }) = looked else { break };
        last.extend(verdicts(scene, &facts));
        for id in impostors.among(scene, &asked(&waiting), &doors).await {
            let view = View::of(Verdict::drifted(say::impostor(), say::own_certificate()));
            last.insert(id, view);
        }
        let mut proved = Vec::new();
        waiting.retain(|one| {
            let seen = last.get(&one.id);
            let Some(note) = seen.and_then(|view| as_declared(&view.outside)) else { return true };
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
                _ if interrupted => Ended::Skipped(say::interrupted()),
                view => Ended::Failed(not_proved(view)),
            };
            (one.cell, ended)
        })
        .collect();
    scene.reports.tell(left).await;
}

/// What is known of one machine when its proof is looked at.
#[derive(Clone)]
struct View {
    /// What was seen from outside.
    outside: Verdict,
    /// Facets of the inside that were looked at and are as declared.
    sound: Vec<FacetId>,
    /// Facets of the inside that differ.
    differs: Vec<FacetId>,
}

impl View {
    const fn of(outside: Verdict) -> Self {
        Self { outside, sound: Vec::new(), differs: Vec::new() }
    }
}

/// What is seen of everybody who was looked at.
fn verdicts(scene: &Scene, facts: &Facts) -> HashMap<ResourceId, View> {
    let now = scene.hands.clock.now();
    // Those in whom nothing differs are only counted; they are the ones that were seen and not named.
    let mut seen: HashMap<ResourceId, View> = facts
        .chunks
        .iter()
        .flat_map(Chunk::rows)
        .map(|row| {
            (ResourceId::new(row.id), View::of(Verdict::healthy(say::answers_as_declared())))
        })
        .collect();
    for one in judge(&scene.estate, facts, &Filter::default(), now, Unseen::LeftOut) {
        if let (Some(assessment), Members::Named(members)) =
            (&one.facets[FacetId::Reachable], &one.members)
        {
            let inside = |wanted: fn(&Verdict) -> bool| -> Vec<FacetId> {
                FacetId::ALL
                    .into_iter()
                    .filter(|facet| facet.world() == World::Guest)
                    .filter(|facet| {
                        one.facets[*facet].as_ref().is_some_and(|it| wanted(&it.verdict))
                    })
                    .collect()
            };
            let view = View {
                outside: assessment.verdict.clone(),
                sound: inside(Verdict::is_healthy),
                differs: inside(|verdict| {
                    matches!(verdict, Verdict::Drifted { .. } | Verdict::Blocked { .. })
                }),
            };
            for member in members {
                seen.insert(member.id.clone(), view.clone());
            }
        }
    }
    seen
}

fn as_declared(verdict: &Verdict) -> Option<Said> {
    match verdict {
        Verdict::Healthy { seen } => Some(seen.clone()),
        Verdict::NotApplicable { reason } => Some(reason.clone()),
        Verdict::Drifted { .. } | Verdict::Blocked { .. } | Verdict::Unknown { .. } => None,
    }
}

fn not_proved(view: Option<View>) -> Failure {
    match view {
        Some(View {
            outside: Verdict::Drifted { from, .. } | Verdict::Blocked { from, .. },
            sound,
            differs,
        }) => Failure::new(
            say::not_as_declared(from, inside(&sound, &differs)),
            say::probe_and_doctor(),
        ),
        Some(View { outside: Verdict::Unknown { gap }, .. }) => {
            Failure::new(gap.said(), Said::default())
        }
        Some(View { outside: Verdict::Healthy { .. } | Verdict::NotApplicable { .. }, .. })
        | None => Failure::new(say::no_answer_from_outside(), Said::default()),
    }
}

/// What the last look at the inside said, and of how much of it.
fn inside(sound: &[FacetId], differs: &[FacetId]) -> Said {
    let names = |facets: &[FacetId]| facets.iter().map(|facet| facet.name()).collect::<Vec<_>>();
    match (sound, differs) {
        ([], []) => say::inside_unknown(),
        (_, []) => say::inside_sound(names(sound)),
        (_, differs) => say::inside_differs(names(differs)),
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_words::english;

    use super::*;

    #[test]
    fn a_failed_proof_says_which_facets_were_looked_at() {
        let all = [FacetId::Service, FacetId::Port];
        assert_eq!(
            english(&inside(&all, &[])),
            "inside, as declared when last looked at: service, port"
        );
        assert_eq!(
            english(&inside(&all, &[FacetId::Firewall])),
            "inside, still not as declared: firewall"
        );
        assert_eq!(english(&inside(&[], &[])), "of the inside nothing is known");
    }
}
