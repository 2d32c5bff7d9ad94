//! Steps inside Windows: check what they expect, do them in one batch, read back what they prove.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::channel::{CheckAsk, Finding};
use rdpctl_contract::{Channel, ChannelError, Order, told};
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::step::{Action, Check, Disruption};
use rdpctl_model::{GuestAction, InstanceName, ProviderName, ResourceId};
use tokio::sync::Semaphore;

use super::{Failure, Report, Scene, source_key};
use crate::guests::{Guest, WITHIN};

/// What a unit needs, taken out of the plan before it goes its own way.
pub(crate) struct Work {
    steps: Vec<Todo>,
    members: Vec<One>,
    provider: Option<ProviderName>,
    port: u16,
    room: Arc<Semaphore>,
    limit: usize,
}

#[derive(Clone)]
struct Todo {
    id: StepId,
    action: GuestAction,
    expects: Vec<Check>,
    disrupts: bool,
}

#[derive(Clone)]
struct One {
    place: usize,
    name: InstanceName,
    id: ResourceId,
    token: String,
}

impl Work {
    pub(crate) fn new(
        plan: &Plan,
        group: usize,
        steps: Vec<StepId>,
        members: Vec<usize>,
        tokens: &BTreeMap<(StepId, usize), String>,
        (room, limit): (Arc<Semaphore>, usize),
    ) -> Self {
        let todos: Vec<Todo> = steps
            .iter()
            .filter_map(|id| {
                let planned = plan.step(*id)?;
                let Action::Guest(action) = &planned.step.action else { return None };
                let disrupts = planned.step.disruption != Disruption::None
                    || matches!(action, GuestAction::Reboot | GuestAction::RestartRdp { .. });
                Some(Todo {
                    id: *id,
                    action: action.clone(),
                    expects: planned.step.expects.clone(),
                    disrupts,
                })
            })
            .collect();
        let members = members
            .into_iter()
            .filter_map(|place| {
                let member = plan.groups.get(group)?.members.get(place)?;
                let token = steps
                    .first()
                    .and_then(|step| tokens.get(&(*step, place)))
                    .cloned()
                    .unwrap_or_default();
                Some(One { place, name: member.name.clone(), id: member.id.clone(), token })
            })
            .collect();
        let found = plan.groups.get(group);
        Self {
            steps: todos,
            members,
            provider: found.map(|group| group.provider.clone()),
            port: found.map_or(3389, |group| group.port),
            room,
            limit,
        }
    }
}

type Results = Vec<(StepId, usize, Result<Receipt, Failure>)>;

pub(crate) async fn perform(scene: &Scene, work: Work) -> Report {
    let mut results = Vec::new();
    let disrupts = work.steps.iter().any(|todo| todo.disrupts);
    // Disruption comes to a few at a time; what disrupts nobody goes to all at once.
    let chunk = if disrupts { work.limit.max(1) } else { work.members.len().max(1) };
    for members in work.members.chunks(chunk) {
        let permits = u32::try_from(members.len()).unwrap_or(1);
        // The semaphore is never closed; were it, the limit would be kept by the chunk alone.
        let permit = if disrupts { work.room.acquire_many(permits).await.ok() } else { None };
        results.extend(batch(scene, &work, members).await);
        drop(permit);
    }
    Report { results, observed: None }
}

async fn batch(scene: &Scene, work: &Work, members: &[One]) -> Results {
    let mut results = Vec::new();
    let mut by_channel: BTreeMap<ChannelKind, Vec<(One, Guest)>> = BTreeMap::new();
    let names: Vec<InstanceName> = members.iter().map(|one| one.name.clone()).collect();
    let evidence = scene.store.evidence(&names).await.unwrap_or_default();
    for (index, one) in members.iter().enumerate() {
        let access = access(scene, &one.name);
        let survey = evidence.get(index).and_then(Option::as_ref);
        let cloud = survey.and_then(|survey| survey.cloud.as_ref().ok()).cloned().map(Arc::new);
        let guest = Guest {
            name: one.name.clone(),
            id: one.id.clone(),
            provider: work.provider.clone().unwrap_or_else(|| ProviderName::new("")),
            access: Arc::new(access),
            cloud,
            port: work.port,
            profile: Arc::default(),
        };
        // The way that answered last is the way that will answer; else the first that is not refused.
        let answered = survey.and_then(|survey| survey.guest.as_ref().ok()).map(|guest| guest.via);
        let way = answered.filter(|kind| guest.access.via.contains(kind)).or_else(|| {
            guest.access.via.iter().copied().find(|kind| guest.refusal(*kind).is_none())
        });
        match way {
            Some(kind) => by_channel.entry(kind).or_default().push((one.clone(), guest)),
            None => results.extend(all_failed(
                work,
                one,
                &Failure {
                    why: "no channel into the guest answers".to_owned(),
                    advice: "see `rdpctl plan` for the reason of each channel".to_owned(),
                },
            )),
        }
    }
    for (kind, guests) in by_channel {
        let key = (work.provider.clone().unwrap_or_else(|| ProviderName::new("")), kind);
        match scene.hands.channels.get(&key) {
            Some(channel) => results.extend(over(scene, work, channel.as_ref(), guests).await),
            None => {
                for (one, _) in &guests {
                    results.extend(all_failed(
                        work,
                        one,
                        &Failure {
                            why: format!("{} is not available here", kind.name()),
                            advice: String::new(),
                        },
                    ));
                }
            }
        }
    }
    results
}

/// Check, do, read back: three round trips for any number of steps, one where nothing is expected or proved.
async fn over(
    scene: &Scene,
    work: &Work,
    channel: &dyn Channel,
    guests: Vec<(One, Guest)>,
) -> Results {
    let mut results = Vec::new();
    let expected: Vec<Check> = work
        .steps
        .iter()
        .flat_map(|todo| todo.expects.iter().cloned().chain(todo.action.proves()))
        .collect();
    let before = check(scene, channel, &guests, &expected).await;
    let mut ready: Vec<(One, Guest, Vec<usize>)> = Vec::new();
    for ((one, guest), findings) in guests.into_iter().zip(before) {
        match findings {
            Err(error) => results.extend(all_failed(work, &one, &failure(&error))),
            Ok(findings) => {
                let (todo, mut said) = sort_out(work, &one, &findings);
                results.append(&mut said);
                if !todo.is_empty() {
                    ready.push((one, guest, todo));
                }
            }
        }
    }
    let orders = ready
        .iter()
        .map(|(one, guest, todo)| Order {
            target: guest.target(),
            actions: todo.iter().map(|index| work.steps[*index].action.clone()).collect(),
            token: one.token.clone(),
            within: WITHIN,
        })
        .collect();
    let answers = channel.perform(orders, &scene.stop).await;
    let mut done: Vec<Acted> = Vec::new();
    for ((one, guest, todo), answer) in ready.into_iter().zip(answers) {
        match answer {
            Ok(receipts) => done.push(Acted { one, guest, todo, answer: Ok(receipts) }),
            // Nobody knows what came of it: reading back decides, nothing is repeated.
            Err(
                ChannelError::OutcomeUnknown { source, .. } | ChannelError::Damaged { source, .. },
            ) => done.push(Acted { one, guest, todo, answer: Err(source.told()) }),
            Err(error) => results.extend(failed_at(work, &one, &todo, &error)),
        }
    }
    if let Some(reboot) = work.steps.last().filter(|todo| todo.action == GuestAction::Reboot) {
        let lost = await_boot(scene, channel, &done).await;
        for (one, why) in lost {
            done.retain(|acted| {
                let same = acted.one.place == one.place;
                if same {
                    results.extend(not_back(work, reboot.id, acted, &why));
                }
                !same
            });
        }
    }
    let proofs: Vec<Check> = work.steps.iter().flat_map(|todo| todo.action.proves()).collect();
    let pairs: Vec<(One, Guest)> =
        done.iter().map(|acted| (acted.one.clone(), acted.guest.clone())).collect();
    let after = check(scene, channel, &pairs, &proofs).await;
    for (acted, findings) in done.into_iter().zip(after) {
        results.extend(read_back(work, &acted, findings));
    }
    results
}

/// A guest to which an order was sent.
struct Acted {
    one: One,
    guest: Guest,
    /// The places of the steps in the order.
    todo: Vec<usize>,
    /// What it said of each, or why the answer was lost.
    answer: Result<Vec<Receipt>, String>,
}

async fn check(
    scene: &Scene,
    channel: &dyn Channel,
    guests: &[(One, Guest)],
    checks: &[Check],
) -> Vec<Result<Vec<Finding>, ChannelError>> {
    if checks.is_empty() || guests.is_empty() {
        return guests.iter().map(|_| Ok(Vec::new())).collect();
    }
    let asks = guests
        .iter()
        .map(|(_, guest)| CheckAsk {
            target: guest.target(),
            checks: checks.to_vec(),
            within: WITHIN,
        })
        .collect();
    channel.check(asks, &scene.stop).await
}

/// Which steps are still to be done, and what is already said about the others.
fn sort_out(work: &Work, one: &One, findings: &[Finding]) -> (Vec<usize>, Results) {
    let mut todo = Vec::new();
    let mut said = Vec::new();
    let mut left = findings;
    let mut stale: Option<String> = None;
    for (index, step) in work.steps.iter().enumerate() {
        let proves = step.action.proves();
        let (expected, rest) = left.split_at(step.expects.len().min(left.len()));
        let (proved, rest) = rest.split_at(proves.len().min(rest.len()));
        left = rest;
        let done = step.action.is_done_once_proved()
            && !proved.is_empty()
            && proved.iter().all(|finding| *finding == Finding::Holds);
        if let Some(why) = &stale {
            said.push((
                step.id,
                one.place,
                Err(Failure { why: why.clone(), advice: "run `rdpctl plan` again".to_owned() }),
            ));
        } else if done {
            let receipt =
                Receipt { note: "already so".to_owned(), already: true, ..Receipt::default() };
            said.push((step.id, one.place, Ok(receipt)));
        } else if let Some(found) = expected.iter().find_map(|finding| match finding {
            Finding::Differs(found) => Some(found.clone()),
            Finding::Holds | Finding::Unknown(_) => None,
        }) {
            let why = format!("the guest has changed since the plan: {found}");
            said.push((
                step.id,
                one.place,
                Err(Failure { why: why.clone(), advice: "run `rdpctl plan` again".to_owned() }),
            ));
            stale = Some("a step before it found the guest changed".to_owned());
        } else {
            todo.push(index);
        }
    }
    (todo, said)
}

fn read_back(work: &Work, acted: &Acted, findings: Result<Vec<Finding>, ChannelError>) -> Results {
    let Acted { one, todo, answer, .. } = acted;
    let findings = match findings {
        Ok(findings) => findings,
        Err(error) => {
            let why = format!("done, but it could not be read back: {}", told(&error));
            return todo
                .iter()
                .map(|index| {
                    (
                        work.steps[*index].id,
                        one.place,
                        Err(Failure {
                            why: why.clone(),
                            advice: "run `rdpctl plan` again".to_owned(),
                        }),
                    )
                })
                .collect();
        }
    };
    let mut results = Vec::new();
    let mut left = findings.as_slice();
    for (index, step) in work.steps.iter().enumerate() {
        let (proved, rest) = left.split_at(step.action.proves().len().min(left.len()));
        left = rest;
        let Some(order) = todo.iter().position(|place| *place == index) else { continue };
        let refreshed = matches!(step.action, GuestAction::RefreshPolicy { .. });
        let wrong = proved.iter().find_map(|finding| match finding {
            Finding::Holds => None,
            Finding::Differs(found) if refreshed => Some(put_back(found)),
            Finding::Differs(found) => Some(format!("it did not take effect: {found}")),
            Finding::Unknown(gap) => Some(format!("it could not be read back: {gap}")),
        });
        let receipt = answer.as_ref().map(|receipts| receipts.get(order));
        let result = match (wrong, receipt) {
            (Some(why), Err(lost)) => Err(Failure {
                why: format!("{why} (the answer was lost: {lost})"),
                advice: "run `rdpctl plan` again".to_owned(),
            }),
            (Some(why), Ok(_)) => Err(Failure { why, advice: advice_on(step).to_owned() }),
            (None, Ok(Some(receipt))) => Ok(receipt.clone()),
            (None, lost) if proved.is_empty() => {
                let why = lost.err().map_or_else(String::new, |lost| format!(" ({lost})"));
                Err(Failure {
                    why: format!(
                        "the answer was lost{why}, and only a new survey can tell whether it took effect"
                    ),
                    advice: "run `rdpctl plan` again".to_owned(),
                })
            }
            (None, lost) => {
                let why = lost.err().map_or_else(String::new, |lost| format!(" ({lost})"));
                let note = format!("answer lost{why}, read back as done");
                Ok(Receipt { note, ..Receipt::default() })
            }
        };
        results.push((step.id, one.place, result));
    }
    results
}

/// Waits until the guests answer without the nonce that was set before they were rebooted. Gives back those that do
/// not, with what is known of them: a machine that did not boot has nothing in force.
async fn await_boot(scene: &Scene, channel: &dyn Channel, done: &[Acted]) -> Vec<(One, String)> {
    let mut waiting: Vec<(&One, &Guest, String)> = done
        .iter()
        .map(|acted| (&acted.one, &acted.guest, "nobody looked whether it came back".to_owned()))
        .collect();
    let mut pause = Duration::from_millis(200);
    let deadline = tokio::time::Instant::now() + scene.patience.boot;
    while !waiting.is_empty() && tokio::time::Instant::now() < deadline {
        tokio::select! {
            () = scene.stop.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(Duration::from_secs(5));
        let asks = waiting
            .iter()
            .map(|(_, guest, _)| rdpctl_contract::Ask {
                target: guest.target(),
                questions: Arc::new(rdpctl_contract::Questions::default()),
                within: WITHIN,
            })
            .collect();
        let answers = channel.answer(asks, &scene.stop).await;
        let mut still = Vec::new();
        for ((one, guest, _), answer) in waiting.into_iter().zip(answers) {
            let why = match answer.map(|survey| survey.boot_nonce) {
                Ok(Ok(None)) => continue,
                Ok(Ok(Some(_))) => "it was told to reboot and did not".to_owned(),
                Ok(Err(gap)) => format!("it answers, but not whether it rebooted: {gap}"),
                Err(error) => format!("it did not come back: {}", told(&error)),
            };
            still.push((one, guest, why));
        }
        waiting = still;
    }
    waiting.into_iter().map(|(one, _, why)| (one.clone(), why)).collect()
}

/// What was done before a reboot that did not come about is done; it is not in force.
fn not_back(work: &Work, reboot: StepId, acted: &Acted, why: &str) -> Results {
    let Acted { one, todo, answer, .. } = acted;
    let receipts = answer.as_deref().unwrap_or_default();
    todo.iter()
        .enumerate()
        .map(|(order, index)| {
            let id = work.steps[*index].id;
            let result = if id == reboot {
                Err(Failure {
                    why: why.to_owned(),
                    advice: "look at its console, then run `rdpctl plan` again".to_owned(),
                })
            } else {
                // Without a receipt the answer was lost as well; the next survey tells what stands.
                receipts.get(order).cloned().ok_or_else(|| Failure {
                    why: "the answer was lost, and it did not come back".to_owned(),
                    advice: "run `rdpctl plan` again".to_owned(),
                })
            };
            (id, one.place, result)
        })
        .collect()
}

fn access(scene: &Scene, name: &InstanceName) -> GuestAccess {
    let key = source_key(&scene.estate, name);
    scene
        .estate
        .sources()
        .find(|source| Some(&source.key) == key.as_ref())
        .map(|source| source.guest.clone())
        .unwrap_or_default()
}

const UNDOES: &str =
    "something in the guest undoes or refuses the change: a policy, or protection software";

/// What the user can do about a step that did not take effect.
fn advice_on(todo: &Todo) -> &'static str {
    if matches!(todo.action, GuestAction::RefreshPolicy { .. }) {
        "change that policy, or keep it from this machine; `gpresult /h` in the guest shows what applies to it"
    } else {
        UNDOES
    }
}

/// A policy that puts a change back is told as what it is, not as a command that went wrong.
fn failure_of(todo: &Todo, error: &ChannelError) -> Failure {
    match (&todo.action, error) {
        (GuestAction::RefreshPolicy { .. }, ChannelError::NotProved { found, .. }) => {
            Failure { why: put_back(found), advice: advice_on(todo).to_owned() }
        }
        (_, error) => failure(error),
    }
}

fn put_back(found: &str) -> String {
    format!("a policy of the domain put the change back: {found}")
}

fn failure(error: &ChannelError) -> Failure {
    let advice = match error {
        ChannelError::Failed { advice, .. } => advice.clone(),
        ChannelError::NotProved { .. } => UNDOES.to_owned(),
        ChannelError::Refused { .. } => "check the user and the password".to_owned(),
        ChannelError::Untrusted { .. } => {
            "give the certificate's authority or its fingerprint in `guest.winrm`".to_owned()
        }
        ChannelError::Unreachable { .. }
        | ChannelError::Quota { .. }
        | ChannelError::Unavailable { .. }
        | ChannelError::OutcomeUnknown { .. }
        | ChannelError::Damaged { .. }
        | ChannelError::Stopped => "run `rdpctl plan` again to see what is".to_owned(),
    };
    Failure { why: told(error), advice }
}

fn all_failed(work: &Work, one: &One, failure: &Failure) -> Results {
    work.steps.iter().map(|todo| (todo.id, one.place, Err(failure.clone()))).collect()
}

/// The actions before the one that failed were done; those after it were not run.
fn failed_at(work: &Work, one: &One, todo: &[usize], error: &ChannelError) -> Results {
    let failed = match error {
        ChannelError::Failed { action, .. } | ChannelError::NotProved { action, .. } => *action,
        ChannelError::Unreachable { .. }
        | ChannelError::Refused { .. }
        | ChannelError::Untrusted { .. }
        | ChannelError::Quota { .. }
        | ChannelError::Unavailable { .. }
        | ChannelError::OutcomeUnknown { .. }
        | ChannelError::Damaged { .. }
        | ChannelError::Stopped => 0,
    };
    todo.iter()
        .enumerate()
        .map(|(order, index)| {
            let result = match order.cmp(&failed) {
                std::cmp::Ordering::Less => {
                    Ok(Receipt { note: "done".to_owned(), ..Receipt::default() })
                }
                std::cmp::Ordering::Equal => Err(failure_of(&work.steps[*index], error)),
                std::cmp::Ordering::Greater => Err(Failure {
                    why: "not run, since a step before it failed".to_owned(),
                    advice: String::new(),
                }),
            };
            (work.steps[*index].id, one.place, result)
        })
        .collect()
}
