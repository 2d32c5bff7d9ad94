//! The roles of the contract, call by call. Short calls are made where they stand; bulk goes aside, where it keeps
//! nobody waiting.

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_contract::store::{
    Author, Chronicle, Claim, Holding, Lease, LeaseName, Ledger, Made, Memory, Moment, Recorded,
    Runs, StoreError, Token,
};
use rdpctl_model::chronicle::{Order, Turned};
use rdpctl_model::facts::{Facts, Tried, Update};
use rdpctl_model::outcome::{Created, Growth, JournalEntry, RunEnd, RunRecord};
use rdpctl_model::plan::Budget;
use rdpctl_model::{Evidence, FacetId, InstanceName, Plan, RunId, Survey};
use rusqlite::Transaction;

use super::fault::{Doing, Fault};
use super::runs::Ready;
use super::session::Durability::{self, Power, Process};
use super::{
    Inner, SqliteStore, chronicle, created, evidence, facts, forget, journal, lease, runs, tried,
};

impl Inner {
    /// Changes what is remembered, if the token is current.
    fn fenced<T>(
        &self,
        durability: Durability,
        token: Option<&Token>,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.write(|session| {
            session.change(durability, |transaction| {
                if let Some(token) = token {
                    lease::fence(transaction, token)?;
                }
                work(transaction)
            })
        })
    }

    fn ready(&self, document: &impl serde::Serialize) -> Result<Ready, StoreError> {
        Ready::of(document).map_err(|fault| fault.at(&self.path, Doing::Writing))
    }
}

#[async_trait]
impl Lease for SqliteStore {
    async fn acquire(
        &self,
        lease: &LeaseName,
        claim: &Claim,
        gone: Option<&Holding>,
    ) -> Result<Token, StoreError> {
        self.inner.write(|session| {
            session.transact(Power, |connection| lease::acquire(connection, lease, claim, gone))
        })
    }

    async fn renew(&self, token: &Token, at: Moment) -> Result<(), StoreError> {
        self.inner.write(|session| {
            session.transact(Process, |connection| lease::renew(connection, token, at))
        })
    }

    async fn release(&self, token: &Token) -> Result<(), StoreError> {
        self.inner.write(|session| {
            session.transact(Process, |connection| lease::release(connection, token))
        })
    }

    async fn holder(&self, lease: &LeaseName) -> Result<Option<Holding>, StoreError> {
        self.inner.read(|connection| lease::holder(connection, lease))
    }

    async fn holders(&self) -> Result<Vec<Holding>, StoreError> {
        self.inner.read(lease::holders)
    }
}

#[async_trait]
impl Runs for SqliteStore {
    async fn begin(&self, run: &RunRecord, plan: &Plan) -> Result<(), StoreError> {
        let ready = self.inner.ready(plan)?;
        self.inner
            .fenced(Power, Some(&run.token), |connection| runs::begin(connection, run, &ready))
    }

    async fn extend(
        &self,
        token: &Token,
        run: &RunId,
        growth: &Growth,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let ready = self.inner.ready(growth)?;
        self.inner
            .fenced(Power, Some(token), |connection| runs::extend(connection, run, &ready, at))
    }

    async fn journal(
        &self,
        token: &Token,
        run: &RunId,
        entries: &[JournalEntry],
    ) -> Result<(), StoreError> {
        self.append(token, run, entries).await
    }

    async fn end(
        &self,
        token: &Token,
        run: &RunId,
        at: Timestamp,
        end: RunEnd,
        cost: &Budget,
    ) -> Result<(), StoreError> {
        self.inner
            .fenced(Power, Some(token), |connection| runs::end(connection, run, at, end, cost))
    }

    async fn unfinished(&self, token: &Token) -> Result<Vec<Recorded>, StoreError> {
        self.inner.read(|connection| runs::unfinished(connection, token))
    }

    async fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.inner.read(|connection| runs::list(connection, limit))
    }

    async fn run(&self, run: &RunId) -> Result<Option<Recorded>, StoreError> {
        self.inner.read(|connection| runs::one(connection, run))
    }

    async fn history(
        &self,
        instance: &InstanceName,
        limit: usize,
    ) -> Result<Vec<(RunId, JournalEntry)>, StoreError> {
        self.inner.read(|connection| journal::of_subject(connection, instance, limit))
    }
}

#[async_trait]
impl Ledger for SqliteStore {
    async fn created(&self) -> Result<Vec<Made>, StoreError> {
        self.inner.read(created::list)
    }

    async fn enter(&self, token: &Token, made: &Made) -> Result<(), StoreError> {
        self.inner.fenced(Power, Some(token), |connection| created::add(connection, made))
    }

    async fn released(&self, token: &Token, created: &Created) -> Result<(), StoreError> {
        self.inner.fenced(Power, Some(token), |connection| created::release(connection, created))
    }
}

#[async_trait]
impl Memory for SqliteStore {
    async fn facts(&self) -> Result<Facts, StoreError> {
        self.inner.read(facts::load)
    }

    async fn learn(&self, by: &Author, update: Update) -> Result<(), StoreError> {
        let by = by.clone();
        self.aside(move |inner| {
            inner.fenced(Process, by.token(), |connection| facts::learn(connection, update))
        })
        .await
    }

    async fn evidence(
        &self,
        instances: &[InstanceName],
    ) -> Result<Vec<Option<Evidence>>, StoreError> {
        let instances = instances.to_vec();
        self.aside(move |inner| inner.read(|connection| evidence::load(connection, &instances)))
            .await
    }

    async fn save_evidence(
        &self,
        by: &Author,
        surveys: Vec<(InstanceName, Survey)>,
    ) -> Result<(), StoreError> {
        let by = by.clone();
        self.aside(move |inner| {
            let mut batch = evidence::Batch::default();
            for (instance, survey) in surveys {
                batch
                    .add(&instance, survey)
                    .map_err(|fault| fault.at(&inner.path, Doing::Writing))?;
            }
            inner.fenced(Process, by.token(), |connection| batch.save(connection))
        })
        .await
    }

    async fn left_standing(&self, by: &Author, tried: &[Tried]) -> Result<(), StoreError> {
        self.inner.fenced(Process, by.token(), |connection| tried::add(connection, tried))
    }

    async fn try_again(
        &self,
        by: &Author,
        parts: &[(InstanceName, FacetId)],
    ) -> Result<(), StoreError> {
        self.inner.fenced(Process, by.token(), |connection| tried::again(connection, parts))
    }

    async fn forget(&self, by: &Author, instances: &[InstanceName]) -> Result<u64, StoreError> {
        self.inner.fenced(Process, by.token(), |connection| forget::forget(connection, instances))
    }
}

#[async_trait]
impl Chronicle for SqliteStore {
    async fn turned(&self, turns: &[Turned]) -> Result<(), StoreError> {
        let turns = turns.to_vec();
        self.aside(move |inner| {
            inner.fenced(Process, None, |connection| chronicle::add(connection, &turns))
        })
        .await
    }

    async fn turns(
        &self,
        instance: &InstanceName,
        facet: Option<FacetId>,
        limit: usize,
    ) -> Result<Vec<Turned>, StoreError> {
        self.inner.read(|connection| chronicle::of(connection, instance, facet, limit))
    }

    async fn standing(&self) -> Result<Vec<Turned>, StoreError> {
        self.aside(|inner| inner.read(chronicle::standing)).await
    }

    async fn order(&self, order: &Order) -> Result<(), StoreError> {
        self.inner.fenced(Power, None, |connection| chronicle::add_order(connection, order))
    }

    async fn orders(&self, after: u64) -> Result<Vec<(u64, Order)>, StoreError> {
        self.inner.read(|connection| chronicle::orders(connection, after))
    }
}
