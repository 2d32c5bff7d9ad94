//! The proof: an RDP handshake from outside, after everything else.

use std::collections::BTreeMap;
use std::time::Duration;

use rdpctl_model::assessment::Members;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::{Action, FacetId, ResourceId, Verdict};

use super::{Failure, Report, Scene, observe};
use crate::assess::{Filter, Unseen, judge};
use crate::estate::Estate;
use crate::refresh::{Depth, look_again};

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    step: StepId,
    members: Vec<(usize, String, ResourceId)>,
    port: u16,
}

impl Work {
    pub(crate) fn new(plan: &Plan, estate: &Estate, step: StepId, members: Vec<usize>) -> Self {
        let port = match plan.step(step).map(|planned| &planned.step.action) {
            Some(Action::Prove { port }) => *port,
            Some(Action::Cloud(_) | Action::Guest(_) | Action::Observe { .. }) | None => 3389,
        };
        Self { step, members: observe::found(plan, estate, step, members), port }
    }
}

/// Looks: a service that was just started, or a rule that was just written, may need a moment.
const LOOKS: u32 = 5;

pub(crate) async fn perform(scene: &Scene, work: Work) -> Report {
    let eyes = scene.hands.eyes();
    let mut last: BTreeMap<ResourceId, Verdict> = BTreeMap::new();
    let mut pause = Duration::from_millis(200);
    for look in 0..LOOKS {
        let waiting: Vec<(String, ResourceId)> = work
            .members
            .iter()
            .filter(|(_, _, id)| !last.get(id).is_some_and(Verdict::is_healthy))
            .map(|(_, key, id)| (key.clone(), id.clone()))
            .collect();
        if waiting.is_empty() || scene.stop.is_cancelled() {
            break;
        }
        if look > 0 {
            tokio::select! {
                () = scene.stop.cancelled() => break,
                () = tokio::time::sleep(pause) => {}
            }
            pause *= 2;
        }
        let Ok(facts) = look_again(
            &scene.estate,
            &eyes,
            scene.store.as_ref(),
            &waiting,
            Depth::Door(work.port),
            &scene.stop,
        )
        .await
        else {
            break;
        };
        for one in judge(
            &scene.estate,
            &facts,
            &Filter::default(),
            scene.hands.clock.now(),
            Unseen::LeftOut,
        ) {
            if let (Some(assessment), Members::Named(members)) =
                (&one.facets[FacetId::Reachable], &one.members)
            {
                for member in members {
                    last.insert(member.id.clone(), assessment.verdict.clone());
                }
            }
        }
        // Those in whom nothing differs are only counted; they are the ones that were seen and not named.
        for row in facts.chunks.iter().flat_map(rdpctl_model::facts::Chunk::rows) {
            last.entry(ResourceId::new(row.id))
                .or_insert_with(|| Verdict::healthy("answers as declared"));
        }
    }
    let results = work
        .members
        .iter()
        .map(|(place, _, id)| {
            let result = match last.get(id) {
                Some(Verdict::Healthy { seen }) => {
                    Ok(Receipt { note: seen.clone(), ..Receipt::default() })
                }
                Some(Verdict::NotApplicable { reason }) => {
                    Ok(Receipt { note: reason.clone(), ..Receipt::default() })
                }
                Some(Verdict::Drifted { from, .. } | Verdict::Blocked { from, .. }) => {
                    Err(Failure {
                        why: format!("inside all is as declared, outside it is not: {from}"),
                        advice: "`rdpctl probe --level full HOST:PORT` shows what is seen from here, and `rdpctl plan` what each layer says".to_owned(),
                    })
                }
                Some(Verdict::Unknown { gap }) => {
                    Err(Failure { why: gap.to_string(), advice: String::new() })
                }
                None => {
                    Err(Failure { why: "no answer from outside".to_owned(), advice: String::new() })
                }
            };
            (work.step, *place, result)
        })
        .collect();
    Report { results, observed: None }
}
