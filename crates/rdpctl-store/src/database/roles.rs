//! The roles of the contract, call by call. Short calls are made where they stand, if the state is a file; bulk, and
//! whatever waits for a server, goes aside, where it keeps nobody waiting.

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_contract::store::{
    Author, Chronicle, Claim, Holding, Lease, LeaseName, Ledger, Made, Memory, Moment,
    PressedSurvey, Recorded, Runs, StoreError, Token,
};
use rdpctl_model::chronicle::{Order, Turned};
use rdpctl_model::facts::{Facts, Tried, Update};
use rdpctl_model::outcome::{Created, Growth, JournalEntry, RunEnd, RunRecord};
use rdpctl_model::plan::Budget;
use rdpctl_model::{Evidence, FacetId, InstanceName, Plan, RunId};

use super::durability::Durability::{self, Power, Process};
use super::fault::Fault;
use super::place::Doing;
use super::runs::Ready;
use super::sql::Connection;
use super::{
    Database, Inner, chain, chronicle, created, evidence, facts, forget, journal, lease, runs,
    tried,
};

impl Inner {
    /// Changes what is remembered, if the token is current.
    fn fenced<T>(
        &self,
        durability: Durability,
        token: Option<&Token>,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.write(|session| {
            session.change(durability, |connection| {
                if let Some(token) = token {
                    lease::fence(connection, token)?;
                }
                work(connection)
            })
        })
    }

    fn ready(&self, document: &impl serde::Serialize) -> Result<Ready, StoreError> {
        Ready::of(document).map_err(|fault| fault.at(&self.place, Doing::Writing))
    }
}

#[async_trait]
impl Lease for Database {
    async fn acquire(
        &self,
        lease: &LeaseName,
        claim: &Claim,
        gone: Option<&Holding>,
    ) -> Result<Token, StoreError> {
        let (lease, claim, gone) = (lease.clone(), claim.clone(), gone.cloned());
        self.short(move |inner| {
            inner.write(|session| {
                session.transact(Power, |connection| {
                    lease::acquire(connection, &lease, &claim, gone.as_ref())
                })
            })
        })
        .await
    }

    async fn renew(&self, token: &Token, at: Moment) -> Result<(), StoreError> {
        let token = token.clone();
        self.short(move |inner| {
            inner.write(|session| {
                session.transact(Process, |connection| lease::renew(connection, &token, at))
            })
        })
        .await
    }

    async fn release(&self, token: &Token) -> Result<(), StoreError> {
        let token = token.clone();
        self.short(move |inner| {
            inner.write(|session| {
                session.transact(Process, |connection| lease::release(connection, &token))
            })
        })
        .await
    }

    async fn holder(&self, lease: &LeaseName) -> Result<Option<Holding>, StoreError> {
        let lease = lease.clone();
        self.short(move |inner| inner.read(|connection| lease::holder(connection, &lease))).await
    }

    async fn holders(&self) -> Result<Vec<Holding>, StoreError> {
        self.short(|inner| inner.read(lease::holders)).await
    }
}

#[async_trait]
impl Runs for Database {
    async fn begin(&self, run: &RunRecord, plan: &Plan) -> Result<(), StoreError> {
        let ready = self.inner.ready(plan)?;
        let run = run.clone();
        self.short(move |inner| {
            inner
                .fenced(Power, Some(&run.token), |connection| runs::begin(connection, &run, &ready))
        })
        .await
    }

    async fn extend(
        &self,
        token: &Token,
        run: &RunId,
        growth: &Growth,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let ready = self.inner.ready(growth)?;
        let (token, run) = (token.clone(), run.clone());
        self.short(move |inner| {
            inner.fenced(Power, Some(&token), |connection| {
                runs::extend(connection, &run, &ready, at)
            })
        })
        .await
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
        let (token, run, cost) = (token.clone(), run.clone(), cost.clone());
        self.short(move |inner| {
            inner.fenced(Power, Some(&token), |connection| {
                runs::end(connection, &run, at, end, &cost)
            })
        })
        .await
    }

    async fn head(&self) -> Result<Option<String>, StoreError> {
        let head = self.short(move |inner| inner.read(chain::head)).await?;
        Ok(Some(chain::hexadecimal(&head)))
    }

    async fn unfinished(&self, token: &Token) -> Result<Vec<Recorded>, StoreError> {
        let token = token.clone();
        self.short(move |inner| inner.read(|connection| runs::unfinished(connection, &token))).await
    }

    async fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.short(move |inner| inner.read(|connection| runs::list(connection, limit))).await
    }

    async fn run(&self, run: &RunId) -> Result<Option<Recorded>, StoreError> {
        let run = run.clone();
        self.short(move |inner| inner.read(|connection| runs::one(connection, &run))).await
    }

    async fn history(
        &self,
        instance: &InstanceName,
        limit: usize,
    ) -> Result<Vec<(RunId, JournalEntry)>, StoreError> {
        let instance = instance.clone();
        self.short(move |inner| {
            inner.read(|connection| journal::of_subject(connection, &instance, limit))
        })
        .await
    }
}

#[async_trait]
impl Ledger for Database {
    async fn created(&self) -> Result<Vec<Made>, StoreError> {
        self.short(|inner| inner.read(created::list)).await
    }

    async fn enter(&self, by: &Author, made: &Made) -> Result<(), StoreError> {
        let (by, made) = (by.clone(), made.clone());
        self.short(move |inner| {
            inner.fenced(Power, by.token(), |connection| created::add(connection, &made))
        })
        .await
    }

    async fn released(&self, by: &Author, created: &Created) -> Result<(), StoreError> {
        let (by, created) = (by.clone(), created.clone());
        self.short(move |inner| {
            inner.fenced(Power, by.token(), |connection| created::release(connection, &created))
        })
        .await
    }
}

#[async_trait]
impl Memory for Database {
    async fn facts(&self) -> Result<Facts, StoreError> {
        self.short(|inner| inner.read(facts::load)).await
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
        surveys: Vec<(InstanceName, PressedSurvey)>,
    ) -> Result<(), StoreError> {
        let by = by.clone();
        self.aside(move |inner| {
            let mut batch = evidence::Batch::default();
            for (instance, survey) in surveys {
                batch
                    .add(&instance, survey)
                    .map_err(|fault| fault.at(&inner.place, Doing::Writing))?;
            }
            inner.fenced(Process, by.token(), |connection| batch.save(connection))
        })
        .await
    }

    async fn left_standing(&self, by: &Author, tried: &[Tried]) -> Result<(), StoreError> {
        let (by, tried) = (by.clone(), tried.to_vec());
        self.short(move |inner| {
            inner.fenced(Process, by.token(), |connection| tried::add(connection, &tried))
        })
        .await
    }

    async fn try_again(
        &self,
        by: &Author,
        parts: &[(InstanceName, FacetId)],
    ) -> Result<(), StoreError> {
        let (by, parts) = (by.clone(), parts.to_vec());
        self.short(move |inner| {
            inner.fenced(Process, by.token(), |connection| tried::again(connection, &parts))
        })
        .await
    }

    async fn forget(&self, by: &Author, instances: &[InstanceName]) -> Result<u64, StoreError> {
        let (by, instances) = (by.clone(), instances.to_vec());
        self.short(move |inner| {
            inner.fenced(Process, by.token(), |connection| forget::forget(connection, &instances))
        })
        .await
    }
}

#[async_trait]
impl Chronicle for Database {
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
        let instance = instance.clone();
        self.short(move |inner| {
            inner.read(|connection| chronicle::of(connection, &instance, facet, limit))
        })
        .await
    }

    async fn standing(&self) -> Result<Vec<Turned>, StoreError> {
        self.aside(|inner| inner.read(chronicle::standing)).await
    }

    async fn turned_since(&self, at: Timestamp, limit: usize) -> Result<Vec<Turned>, StoreError> {
        self.aside(move |inner| inner.read(|connection| chronicle::since(connection, at, limit)))
            .await
    }

    async fn order(&self, order: &Order) -> Result<(), StoreError> {
        let order = order.clone();
        self.short(move |inner| {
            inner.fenced(Power, None, |connection| chronicle::add_order(connection, &order))
        })
        .await
    }

    async fn orders(&self, after: u64) -> Result<Vec<(u64, Order)>, StoreError> {
        self.short(move |inner| inner.read(|connection| chronicle::orders(connection, after))).await
    }
}
