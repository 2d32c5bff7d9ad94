//! Log-ons that are declared to be proved: which of them are due, by what the journal says of those that were tried.
//!
//! One attempt is one attempt. A refusal, and an attempt of which nobody knows the end, stand until a person says
//! otherwise or the declaration's account or reference changes; a success is good for a week.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::store::{Recorded, Runs, StoreError};
use rdpctl_model::assessment::{Assessment, Members};
use rdpctl_model::declaration::LogOnProof;
use rdpctl_model::facts::{Chunk, Facts};
use rdpctl_model::outcome::StepEvent;
use rdpctl_model::plan::Member;
use rdpctl_model::step::{Action, Disruption, Guarded, Step};
use rdpctl_model::{Assessed, FacetId, InstanceName, RunId, Said, Verdict};

use crate::assess::Pattern;
use crate::estate::{Estate, Who};
use crate::refusal::spoils;

/// How long a success is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Entries of an instance that are looked through for its last attempt.
const LOOKED_THROUGH: usize = 400;

/// The last attempts, by instance.
#[derive(Clone, Debug, Default)]
pub struct LogOns(HashMap<InstanceName, Attempt>);

/// One attempt that was made.
#[derive(Clone, Debug)]
struct Attempt {
    user: String,
    reference: String,
    at: Timestamp,
    ended: Ended,
}

#[derive(Clone, Debug)]
enum Ended {
    Accepted,
    /// As it was said, with the NTSTATUS where the server gave one.
    Refused(Said, Option<u32>),
    /// It was begun, and nobody knows its end.
    Unclear,
}

impl LogOns {
    /// What the journal says of those for whom a log-on is declared.
    pub async fn recall(
        store: &dyn Runs,
        estate: &Estate,
        facts: &Facts,
    ) -> Result<Self, StoreError> {
        let mut tried = HashMap::new();
        let mut runs: HashMap<RunId, Option<Recorded>> = HashMap::new();
        for name in declared(estate, facts) {
            for (run, entry) in store.history(&name, LOOKED_THROUGH).await? {
                if !runs.contains_key(&run) {
                    runs.insert(run.clone(), store.run(&run).await?);
                }
                let step = runs
                    .get(&run)
                    .and_then(Option::as_ref)
                    .and_then(|recorded| recorded.plan.find(&entry.step));
                let Some(offered) = step.and_then(|it| it.step.action.log_on()) else { continue };
                let ended = match entry.event {
                    StepEvent::Done { .. } => Ended::Accepted,
                    StepEvent::Failed { why, logon, .. } => {
                        Ended::Refused(why, logon.and_then(|attempt| attempt.status))
                    }
                    StepEvent::Intent { .. } => Ended::Unclear,
                    // Nothing was offered.
                    StepEvent::Skipped { .. } => continue,
                };
                let (user, reference) = (offered.user.to_owned(), offered.reference.to_owned());
                tried.insert(name.clone(), Attempt { user, reference, at: entry.at, ended });
                break;
            }
        }
        Ok(Self(tried))
    }

    /// What stands in the way of an attempt now, or that there is none to make.
    fn of(
        &self,
        name: &InstanceName,
        proof: &LogOnProof,
        again: &[Pattern],
        now: Timestamp,
    ) -> Due {
        let reference = proof.password.as_ref().map(ToString::to_string).unwrap_or_default();
        let last = self.0.get(name);
        let last = last.filter(|it| it.user == proof.user && it.reference == reference);
        if again.iter().any(|pattern| pattern.names(name.as_str())) {
            return Due::Now;
        }
        match last.map(|attempt| (attempt, &attempt.ended)) {
            None => self.spoilt(name, &reference),
            Some((attempt, Ended::Accepted)) if now.duration_since(attempt.at) < GOOD_FOR => {
                Due::Proved
            }
            Some((_, Ended::Accepted)) => self.spoilt(name, &reference),
            Some((attempt, Ended::Refused(why, _))) => {
                Due::Stands(say::came_at(why, attempt.at.to_string()))
            }
            Some((attempt, Ended::Unclear)) => {
                Due::Stands(say::begun_and_no_end(attempt.at.to_string()))
            }
        }
    }

    /// Whether the same secret was refused on another machine: one wrong variable costs one failure, however many use it
    /// and however often somebody applies.
    fn spoilt(&self, name: &InstanceName, reference: &str) -> Due {
        let against_it = |attempt: &Attempt| match &attempt.ended {
            Ended::Accepted => false,
            Ended::Refused(_, status) => status.is_none_or(spoils),
            Ended::Unclear => true,
        };
        let elsewhere = self
            .0
            .iter()
            .find(|(other, it)| *other != name && it.reference == reference && against_it(it));
        match elsewhere {
            None => Due::Now,
            Some((other, attempt)) => {
                Due::Stands(say::not_taken_elsewhere(other.as_str(), attempt.at.to_string()))
            }
        }
    }
}

enum Due {
    Now,
    /// It was proved lately.
    Proved,
    /// What came of the last one stands.
    Stands(Said),
}

/// Everybody for whom a log-on is declared.
fn declared(estate: &Estate, facts: &Facts) -> Vec<InstanceName> {
    let mut names = Vec::new();
    for source in estate.sources().filter(|source| source.guest.proof.is_some()) {
        match source.who {
            Who::One(instance) => names.push(instance.name.clone()),
            Who::Fleet(_) => {
                let chunks = facts.chunks.iter().filter(|chunk| chunk.source == source.key);
                names.extend(chunks.flat_map(Chunk::rows).map(|row| source.member(row.id)));
            }
        }
    }
    names
}

/// Adds the log-ons that are due to what the facets conclude: on machines of which nothing else is to be mended.
pub(crate) fn propose(
    estate: &Estate,
    assessed: Vec<Assessed>,
    tried: &LogOns,
    again: &[Pattern],
    now: Timestamp,
) -> Vec<Assessed> {
    let mut proofs: HashMap<InstanceName, &LogOnProof> = HashMap::new();
    let mut fleets: HashMap<&str, &LogOnProof> = HashMap::new();
    for source in estate.sources() {
        let Some(proof) = &source.guest.proof else { continue };
        match source.who {
            Who::One(instance) => {
                proofs.insert(instance.name.clone(), proof);
            }
            Who::Fleet(fleet) => {
                fleets.insert(fleet.name.as_str(), proof);
            }
        }
    }
    if proofs.is_empty() && fleets.is_empty() {
        return assessed;
    }
    let proof_of = |member: &Member| {
        let fleet = || fleets.get(member.name.member()?.0).copied();
        proofs.get(&member.name).copied().or_else(fleet)
    };
    let mut all = Vec::new();
    for one in assessed {
        let Members::Named(members) = &one.members else {
            all.push(one);
            continue;
        };
        let quiet =
            one.facets.iter().filter_map(|(_, it)| it.as_ref()).all(|it| it.verdict.is_quiet());
        let answers = one.facets[FacetId::Reachable]
            .as_ref()
            .is_some_and(|it| matches!(it.verdict, Verdict::Healthy { .. }));
        let mut rest = Vec::new();
        for member in members {
            let concluded = proof_of(member).and_then(|proof| {
                (quiet && answers)
                    .then(|| conclusion(proof, member, tried, again, one.port, now))?
            });
            match concluded {
                None => rest.push(member.clone()),
                Some(assessment) => {
                    let mut facets = (*one.facets).clone();
                    facets[FacetId::Logon] = Some(Arc::new(assessment));
                    all.push(Assessed {
                        facets: Arc::new(facets),
                        members: Members::Named(vec![member.clone()]),
                        ..one.clone()
                    });
                }
            }
        }
        let members = if quiet { Members::Quiet(rest.len()) } else { Members::Named(rest) };
        if !members.is_empty() {
            all.push(Assessed { members, ..one });
        }
    }
    all
}

/// What is to be said of a member's declared log-on; nothing where it was proved lately.
fn conclusion(
    proof: &LogOnProof,
    member: &Member,
    tried: &LogOns,
    again: &[Pattern],
    port: u16,
    now: Timestamp,
) -> Option<Assessment> {
    let Some(password) = &proof.password else {
        let gap = proof.closed.clone()?;
        return Some(Assessment::of(Verdict::Unknown { gap }));
    };
    match tried.of(&member.name, proof, again, now) {
        Due::Proved => None,
        Due::Stands(why) => Some(Assessment::of(Verdict::Blocked {
            from: say::was_tried_once(&proof.user, why),
            to: say::proved_up_to_the_log_on(),
            by: say::never_repeated(),
            advice: say::see_to_the_account(member.name.as_str()),
        })),
        Due::Now => {
            let from = say::not_proved(&proof.user);
            let to = say::proved_up_to_the_log_on();
            let step = Step {
                facet: FacetId::Logon,
                action: Action::LogOn {
                    port,
                    user: proof.user.clone(),
                    reference: password.to_string(),
                },
                before: from.clone(),
                after: to.clone(),
                why: say::ends_before_the_log_on(),
                seed: String::new(),
                disruption: Disruption::None,
                guards: vec![Guarded::LogOn],
                reversible: false,
                expects: Vec::new(),
            };
            let verdict = Verdict::drifted(from, to);
            Some(Assessment { steps: vec![step], ..Assessment::of(verdict) })
        }
    }
}

rdpctl_model::says! { "engine":
    came_at(why, at);
    begun_and_no_end(at);
    not_taken_elsewhere(machine, at);
    was_tried_once(user, came);
    proved_up_to_the_log_on();
    never_repeated();
    see_to_the_account(instance);
    not_proved(user);
    ends_before_the_log_on();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::LOGON_FAILURE;

    fn refused(status: Option<u32>) -> Ended {
        Ended::Refused(Said::quoted("refused"), status)
    }

    fn proof(user: &str) -> LogOnProof {
        LogOnProof {
            user: user.to_owned(),
            password: Some("env:OPS_PASSWORD".parse().unwrap()),
            even_administrator: false,
            closed: None,
        }
    }

    /// What is due on web-02 after one attempt on a machine: `now`, `proved` or `stands`.
    fn due(on: &str, user: &str, ended: Ended, hours: i64, again: &[&str]) -> &'static str {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(10_000);
        let attempt = Attempt {
            user: "ops".to_owned(),
            reference: "env:OPS_PASSWORD".to_owned(),
            at: now - SignedDuration::from_hours(hours),
            ended,
        };
        let tried = LogOns([(InstanceName::new(on), attempt)].into());
        let again: Vec<Pattern> = again.iter().map(|pattern| pattern.parse().unwrap()).collect();
        match tried.of(&InstanceName::new("web-02"), &proof(user), &again, now) {
            Due::Now => "now",
            Due::Proved => "proved",
            Due::Stands(_) => "stands",
        }
    }

    #[test]
    fn one_attempt_is_one_attempt_until_a_person_or_another_account_says_otherwise() {
        let wrong = || refused(Some(LOGON_FAILURE));
        assert_eq!(due("web-02", "ops", wrong(), 1, &[]), "stands");
        assert_eq!(due("web-02", "ops", wrong(), 9_000, &[]), "stands");
        assert_eq!(due("web-02", "ops", Ended::Unclear, 1, &[]), "stands");
        assert_eq!(due("web-02", "ops", wrong(), 1, &["web-02/logon"]), "now");
        assert_eq!(due("web-02", "ops", wrong(), 1, &["web-01"]), "stands");
        assert_eq!(due("web-02", "ops", Ended::Accepted, 24, &[]), "proved");
        assert_eq!(due("web-02", "ops", Ended::Accepted, 24 * 8, &[]), "now");
    }

    #[test]
    fn a_secret_that_was_refused_on_one_machine_is_offered_to_no_other() {
        let wrong = || refused(Some(LOGON_FAILURE));
        assert_eq!(due("web-01", "ops", wrong(), 1, &[]), "stands");
        assert_eq!(due("web-01", "ops", Ended::Unclear, 1, &[]), "stands");
        assert_eq!(due("web-01", "ops", refused(None), 1, &[]), "stands");
        // What is said of the account there says nothing of the secret.
        let disabled = refused(Some(0xc000_0072));
        assert_eq!(due("web-01", "ops", disabled, 1, &[]), "now");
        assert_eq!(due("web-01", "ops", Ended::Accepted, 1, &[]), "now");
        assert_eq!(due("web-01", "ops", wrong(), 1, &["web-02"]), "now");
    }
}
