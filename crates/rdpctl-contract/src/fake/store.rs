//! A store in memory: all roles, nothing lasts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_model::chronicle::{Order, Turned};
use rdpctl_model::facts::{Facts, Tried, Update};
use rdpctl_model::outcome::{Created, Growth, JournalEntry, RunEnd, RunRecord, StepEvent};
use rdpctl_model::plan::Budget;
use rdpctl_model::{Evidence, FacetId, InstanceName, Plan, RunId};

use super::chronicle::History;
use super::facts::Remembered;
use crate::store::{
    Author, Chronicle, Claim, Holding, Lease, LeaseName, Ledger, Made, Memory, Moment,
    PressedSurvey, Recorded, Runs, StoreError, Token,
};

/// Remembers for as long as it lives. Clones are the same store.
#[derive(Clone, Debug, Default)]
pub struct FakeStore(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    leases: BTreeMap<LeaseName, (u64, Option<Holding>)>,
    runs: Vec<Recorded>,
    created: Vec<(Made, bool)>,
    facts: Remembered,
    evidence: BTreeMap<InstanceName, Evidence>,
    tried: BTreeMap<(InstanceName, FacetId), Tried>,
    chronicle: History,
}

/// No run is recorded under that id.
#[derive(Debug, thiserror::Error)]
#[error("no run `{0}` is recorded")]
struct NoSuchRun(RunId);

impl FakeStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, for whoever writes under a token that is current, or under none.
    fn fenced(&self, token: Option<&Token>) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.state();
        match token {
            Some(token) if !state.is_current(token) => Err(StoreError::LeaseLost),
            Some(_) | None => Ok(state),
        }
    }
}

impl State {
    fn is_current(&self, token: &Token) -> bool {
        let held = self.leases.get(&token.lease).and_then(|(_, held)| held.as_ref());
        held.is_some_and(|held| held.token == *token)
    }

    fn run(&mut self, run: &RunId) -> Result<&mut Recorded, StoreError> {
        self.runs.iter_mut().find(|one| one.record.id == *run).ok_or_else(|| StoreError::Write {
            place: "memory".to_owned(),
            source: Box::new(NoSuchRun(run.clone())),
        })
    }

    fn enter(&mut self, made: Made) {
        match self.created.iter_mut().find(|(known, _)| known.created == made.created) {
            Some((known, released)) => {
                known.subject = made.subject;
                *released = false;
            }
            None => self.created.push((made, false)),
        }
    }
}

#[async_trait]
impl Lease for FakeStore {
    async fn acquire(
        &self,
        lease: &LeaseName,
        claim: &Claim,
        gone: Option<&Holding>,
    ) -> Result<Token, StoreError> {
        let mut state = self.state();
        let (epoch, held) = state.leases.entry(lease.clone()).or_default();
        if let Some(held) = held
            && gone.is_none_or(|gone| (&gone.token, gone.renewals) != (&held.token, held.renewals))
        {
            return Err(StoreError::Held { holding: Box::new(held.clone()) });
        }
        *epoch += 1;
        let token = Token { lease: lease.clone(), epoch: *epoch };
        *held = Some(Holding {
            token: token.clone(),
            holder: claim.holder.clone(),
            since: claim.at.wall,
            renewed: claim.at,
            renewals: 0,
            ttl: claim.ttl,
        });
        Ok(token)
    }

    async fn renew(&self, token: &Token, at: Moment) -> Result<(), StoreError> {
        let mut state = self.fenced(Some(token))?;
        if let Some((_, Some(held))) = state.leases.get_mut(&token.lease) {
            held.renewed = at;
            held.renewals += 1;
        }
        Ok(())
    }

    async fn release(&self, token: &Token) -> Result<(), StoreError> {
        let mut state = self.fenced(Some(token))?;
        if let Some((_, held)) = state.leases.get_mut(&token.lease) {
            *held = None;
        }
        Ok(())
    }

    async fn holder(&self, lease: &LeaseName) -> Result<Option<Holding>, StoreError> {
        Ok(self.state().leases.get(lease).and_then(|(_, held)| held.clone()))
    }

    async fn holders(&self) -> Result<Vec<Holding>, StoreError> {
        Ok(self.state().leases.values().filter_map(|(_, held)| held.clone()).collect())
    }
}

#[async_trait]
impl Runs for FakeStore {
    async fn head(&self) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    async fn begin(&self, run: &RunRecord, plan: &Plan) -> Result<(), StoreError> {
        let journal = Vec::new();
        let recorded = Recorded { record: run.clone(), plan: plan.clone(), journal };
        self.fenced(Some(&run.token))?.runs.push(recorded);
        Ok(())
    }

    async fn extend(
        &self,
        token: &Token,
        run: &RunId,
        growth: &Growth,
        _at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut state = self.fenced(Some(token))?;
        growth.clone().add_to(&mut state.run(run)?.plan);
        Ok(())
    }

    async fn journal(
        &self,
        token: &Token,
        run: &RunId,
        entries: &[JournalEntry],
    ) -> Result<(), StoreError> {
        let mut state = self.fenced(Some(token))?;
        if entries.is_empty() {
            return Ok(());
        }
        state.run(run)?.journal.extend_from_slice(entries);
        for entry in entries {
            if let StepEvent::Done { receipt } = &entry.event
                && let Some(created) = &receipt.created
            {
                let (subject, created) = (entry.subject.clone(), created.clone());
                state.enter(Made { subject, created, at: entry.at });
            }
        }
        Ok(())
    }

    async fn end(
        &self,
        token: &Token,
        run: &RunId,
        at: Timestamp,
        end: RunEnd,
        cost: &Budget,
    ) -> Result<(), StoreError> {
        let mut state = self.fenced(Some(token))?;
        let record = &mut state.run(run)?.record;
        (record.ended, record.end, record.cost) = (Some(at), Some(end), cost.clone());
        Ok(())
    }

    async fn unfinished(&self, token: &Token) -> Result<Vec<Recorded>, StoreError> {
        let over = |run: &&Recorded| {
            let RunRecord { ended, token: under, .. } = &run.record;
            ended.is_none() && under.lease == token.lease && under.epoch < token.epoch
        };
        Ok(self.state().runs.iter().filter(over).cloned().collect())
    }

    async fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        let newest = |state: &State| -> Vec<RunRecord> {
            state.runs.iter().rev().take(limit).map(|run| run.record.clone()).collect()
        };
        Ok(newest(&self.state()))
    }

    async fn run(&self, run: &RunId) -> Result<Option<Recorded>, StoreError> {
        Ok(self.state().runs.iter().find(|one| one.record.id == *run).cloned())
    }

    async fn history(
        &self,
        instance: &InstanceName,
        limit: usize,
    ) -> Result<Vec<(RunId, JournalEntry)>, StoreError> {
        let state = self.state();
        let entries = state.runs.iter().rev().flat_map(|run| {
            run.journal.iter().rev().map(|entry| (run.record.id.clone(), entry.clone()))
        });
        Ok(entries
            .filter(|(_, entry)| entry.subject.instance() == Some(instance))
            .take(limit)
            .collect())
    }
}

#[async_trait]
impl Ledger for FakeStore {
    async fn created(&self) -> Result<Vec<Made>, StoreError> {
        let state = self.state();
        let ours = state.created.iter().filter(|(_, released)| !released);
        Ok(ours.map(|(made, _)| made.clone()).collect())
    }

    async fn enter(&self, by: &Author, made: &Made) -> Result<(), StoreError> {
        self.fenced(by.token())?.enter(made.clone());
        Ok(())
    }

    async fn released(&self, by: &Author, created: &Created) -> Result<(), StoreError> {
        for (made, released) in &mut self.fenced(by.token())?.created {
            *released |= made.created == *created;
        }
        Ok(())
    }
}

#[async_trait]
impl Memory for FakeStore {
    async fn facts(&self) -> Result<Facts, StoreError> {
        let state = self.state();
        Ok(Facts { tried: state.tried.values().cloned().collect(), ..state.facts.told() })
    }

    async fn learn(&self, by: &Author, update: Update) -> Result<(), StoreError> {
        self.fenced(by.token())?.facts.learn(update)
    }

    async fn evidence(
        &self,
        instances: &[InstanceName],
    ) -> Result<Vec<Option<Evidence>>, StoreError> {
        let state = self.state();
        Ok(instances.iter().map(|name| state.evidence.get(name).cloned()).collect())
    }

    async fn save_evidence(
        &self,
        by: &Author,
        surveys: Vec<(InstanceName, PressedSurvey)>,
    ) -> Result<(), StoreError> {
        let mut state = self.fenced(by.token())?;
        for (instance, survey) in surveys {
            let survey = survey.into_survey().map_err(|source| StoreError::Write {
                place: "memory".to_owned(),
                source: Box::new(source),
            })?;
            state.evidence.entry(instance).or_default().take(survey);
        }
        Ok(())
    }

    async fn left_standing(&self, by: &Author, tried: &[Tried]) -> Result<(), StoreError> {
        let mut state = self.fenced(by.token())?;
        for one in tried {
            state.tried.insert((one.instance.clone(), one.facet), one.clone());
        }
        Ok(())
    }

    async fn try_again(
        &self,
        by: &Author,
        parts: &[(InstanceName, FacetId)],
    ) -> Result<(), StoreError> {
        let mut state = self.fenced(by.token())?;
        state.tried.retain(|part, _| !parts.contains(part));
        Ok(())
    }

    async fn forget(&self, by: &Author, instances: &[InstanceName]) -> Result<u64, StoreError> {
        let mut state = self.fenced(by.token())?;
        state.tried.retain(|(name, _), _| !instances.contains(name));
        let forgotten = instances.iter().filter(|name| {
            let evidence = state.evidence.remove(*name).is_some();
            state.facts.forget(name) || evidence
        });
        Ok(u64::try_from(forgotten.count()).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl Chronicle for FakeStore {
    async fn turned(&self, turns: &[Turned]) -> Result<(), StoreError> {
        self.state().chronicle.add(turns);
        Ok(())
    }

    async fn turns(
        &self,
        instance: &InstanceName,
        facet: Option<FacetId>,
        limit: usize,
    ) -> Result<Vec<Turned>, StoreError> {
        Ok(self.state().chronicle.of(instance, facet, limit))
    }

    async fn standing(&self) -> Result<Vec<Turned>, StoreError> {
        Ok(self.state().chronicle.standing())
    }

    async fn turned_since(&self, at: Timestamp, limit: usize) -> Result<Vec<Turned>, StoreError> {
        Ok(self.state().chronicle.since(at, limit))
    }

    async fn order(&self, order: &Order) -> Result<(), StoreError> {
        self.state().chronicle.orders.push(order.clone());
        Ok(())
    }

    async fn orders(&self, after: u64) -> Result<Vec<(u64, Order)>, StoreError> {
        Ok(self.state().chronicle.after(after))
    }
}
