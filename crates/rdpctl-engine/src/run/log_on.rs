//! One log-on from outside for each machine, one machine after another: the first is the canary of all that use its secret.
//!
//! The order is fixed, and the first check that fails ends it with nothing offered: the guest is asked again, its account
//! and its certificate are looked at, the door is met, and only then the intent is written down and the secret used.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_contract::log_on::{LoggedOn, Towards};
use rdpctl_model::Said;
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::guest::{Answer, Event};
use rdpctl_model::handshake::Problem;
use rdpctl_model::host::Host;
use rdpctl_model::outcome::{
    JournalEntry, JournalSubject, LogonAttempt, LogonResult, ProofStage, Receipt, StepEvent,
};
use rdpctl_model::plan::Plan;
use rdpctl_model::secret::SecretRef;
use rdpctl_model::{Evidence, InstanceName, ResourceId, RunId, SourceKey, StepNumber};
use tokio::sync::Mutex;

use super::Scene;
use super::refusal::{self, Logged};
use super::report::Ended;
use super::roster::{self, Cell};
use super::sources::Sources;
use super::unit::Unit;
use crate::refresh::{Depth, look_again};
use crate::refusal::spoils;
use crate::said::say;

/// Held while one log-on is under way; where each secret was refused.
#[derive(Default)]
pub(crate) struct OneByOne(Mutex<BTreeMap<SecretRef, String>>);

/// One machine whose turn it is.
struct One {
    cell: Cell,
    name: InstanceName,
    key: SourceKey,
    id: ResourceId,
    number: StepNumber,
    port: u16,
    access: Arc<GuestAccess>,
}

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    run: RunId,
    ones: Vec<One>,
}

impl Work {
    pub(crate) fn new(plan: &Plan, sources: &Sources, unit: &Unit, run: &RunId) -> Self {
        let one = |cell: Cell| {
            let member = roster::member(plan, cell)?;
            let found = sources.of_member(&member.name)?;
            let port = roster::bound(plan, cell)?.action.log_on()?.port;
            Some(One {
                cell,
                name: member.name.clone(),
                key: found.key.clone(),
                id: member.id.clone(),
                number: plan.number(cell.step),
                port,
                access: Arc::clone(&found.access),
            })
        };
        Self { run: run.clone(), ones: unit.cells().filter_map(one).collect() }
    }
}

pub(crate) async fn perform(scene: &Scene, work: Work) {
    for one in &work.ones {
        let mut refused = scene.log_ons.0.lock().await;
        let ended = attempt(scene, &work.run, one, &mut refused).await;
        drop(refused);
        scene.reports.tell(vec![(one.cell, ended)]).await;
    }
}

async fn attempt(
    scene: &Scene,
    run: &RunId,
    one: &One,
    refused: &mut BTreeMap<SecretRef, String>,
) -> Ended {
    let (towards, before) = match prepare(scene, one, refused).await {
        Ok(prepared) => prepared,
        Err(why) => return Ended::Skipped(say::nothing_offered(why)),
    };
    let (user, reference) = (towards.user.clone(), towards.password.clone());
    let threshold = match scene.hands.log_on.approach(towards, &scene.stop).await {
        Ok(threshold) => threshold,
        Err(why) => return Ended::Skipped(say::nothing_offered(why)),
    };
    if let Err(error) = write_intent(scene, run, one).await {
        return Ended::Skipped(say::nothing_offered(say::state_does_not_serve(error.to_string())));
    }
    // From here on nothing is repeated.
    let came = threshold.cross().await;
    let logged = match came {
        LoggedOn::Authenticated => None,
        LoggedOn::Refused(_) | LoggedOn::Unclear => {
            let after = look(scene, one).await.ok().and_then(|evidence| evidence.guest.answer);
            after.and_then(|answer| Logged::of(&before, &answer.said.refusals, &user))
        }
    };
    let spoils = came != LoggedOn::Authenticated && refusal::code(came, logged).is_none_or(spoils);
    if spoils {
        refused.insert(reference, one.name.to_string());
    }
    ended(&user, came, logged)
}

/// All that is looked at before the door is met; with it the refusals that the guest's log holds already.
async fn prepare(
    scene: &Scene,
    one: &One,
    refused: &BTreeMap<SecretRef, String>,
) -> Result<(Towards, Answer<Vec<Event>>), Said> {
    if scene.gently.is_cancelled() {
        return Err(say::interrupted());
    }
    let proof = one.access.proof.as_ref().ok_or_else(say::no_log_on_declared)?;
    let password = proof.password.clone().ok_or_else(say::its_secret_not_granted)?;
    if let Some(where_else) = refused.get(&password) {
        return Err(say::refused_elsewhere(password.to_string(), where_else));
    }
    let before = scene.hands.clock.now();
    let evidence = look(scene, one).await?;
    let guest = evidence.guest.answer.as_ref().filter(|_| evidence.guest.failed.is_none());
    // What an earlier run saw is no ground: a certificate may have been another one then.
    let guest = guest.filter(|answer| answer.at >= before).map(|answer| &answer.said);
    let guest = guest.ok_or_else(say::no_answer_in_this_run)?;
    let now = scene.hands.clock.now();
    let ground = rdpctl_facets::log_on_ground(guest, proof, now)?;
    let outside = evidence.outside.said();
    if outside.is_some_and(|seen| seen.problems.contains(&Problem::ClockSkew)) {
        return Err(say::its_clock_is_off());
    }
    let cloud = evidence.cloud.said().and_then(|cloud| cloud.handles.public_ip);
    let host = one.access.host.clone().or(cloud.map(Host::Address));
    let host = host.ok_or_else(say::it_has_no_address)?;
    let towards = Towards {
        host,
        port: one.port,
        certificate: ground.certificate,
        computer: ground.computer,
        user: proof.user.clone(),
        password,
    };
    Ok((towards, guest.refusals.clone()))
}

/// Looks into the guest again, and gives what is known now.
async fn look(scene: &Scene, one: &One) -> Result<Evidence, Said> {
    let asked = [(one.key.clone(), one.id.clone())];
    let (eyes, author) = (scene.hands.eyes(), scene.permit.author());
    let looked = look_again(
        &scene.estate,
        &eyes,
        scene.store.as_ref(),
        &author,
        &asked,
        Depth::Guest,
        &scene.stop,
    );
    looked.await.map_err(|error| Said::quoted(error.to_string()))?;
    let known = scene.store.evidence(std::slice::from_ref(&one.name)).await;
    let known = known.map_err(|error| say::state_does_not_serve(error.to_string()))?;
    known.into_iter().next().flatten().ok_or_else(say::nothing_known_of_it)
}

/// Durably, before anything is offered.
async fn write_intent(
    scene: &Scene,
    run: &RunId,
    one: &One,
) -> Result<(), rdpctl_contract::StoreError> {
    let entry = JournalEntry {
        step: one.number.clone(),
        subject: JournalSubject::Instance(one.name.clone()),
        event: StepEvent::Intent { token: String::new() },
        at: scene.hands.clock.now(),
    };
    scene.store.journal(scene.permit.token(), run, &[entry]).await
}

fn ended(user: &str, came: LoggedOn, logged: Option<Logged>) -> Ended {
    match came {
        LoggedOn::Authenticated => Ended::Done(Receipt {
            note: say::logged_on(user),
            proved: Some(ProofStage::Logon),
            logon: Some(LogonAttempt {
                account: user.to_owned(),
                result: LogonResult::Accepted,
                status: None,
            }),
            ..Receipt::default()
        }),
        LoggedOn::Refused(_) | LoggedOn::Unclear => {
            Ended::Failed(refusal::failure(user, came, logged))
        }
    }
}
