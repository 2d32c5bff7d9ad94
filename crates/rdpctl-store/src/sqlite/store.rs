//! The contract, call by call. Short calls are made where they stand; bulk goes aside, where it keeps nobody waiting.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_contract::store::{LockInfo, Store, StoreError};
use rdpctl_model::facts::{Chunk, Dictionary, Facts, Topic};
use rdpctl_model::outcome::{Created, JournalEntry, RunEnd, RunRecord};
use rdpctl_model::plan::Budget;
use rdpctl_model::{Evidence, InstanceName, Plan, RunId, Survey};

use super::fault::{Doing, Fault};
use super::session::Durability::{Power, Process};
use super::{SqliteStore, created, evidence, facts, forget, journal, lock, runs};
use crate::codec::json;

impl SqliteStore {
    /// Takes the lock as [`Store::lock`] does, and hands back the lapsed holder whose lock was taken over.
    pub fn take_lock(
        &self,
        info: &LockInfo,
        ttl: Duration,
    ) -> Result<Option<LockInfo>, StoreError> {
        self.inner.write(|session| {
            session.transact(Power, |connection| lock::take(connection, info, ttl))
        })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn facts(&self) -> Result<Facts, StoreError> {
        self.inner.read(facts::load)
    }

    async fn save_facts(
        &self,
        dictionaries: &[(Topic, Dictionary)],
        sources: &[String],
        chunks: Vec<Chunk>,
    ) -> Result<(), StoreError> {
        let dictionaries = owned(dictionaries);
        let sources = sources.to_vec();
        self.aside(move |inner| {
            inner.write(|session| {
                session.change(Process, |connection| {
                    facts::save(connection, &dictionaries, &sources, chunks)
                })
            })
        })
        .await
    }

    async fn save_rows(
        &self,
        dictionaries: &[(Topic, Dictionary)],
        rows: Vec<Chunk>,
    ) -> Result<(), StoreError> {
        let dictionaries = owned(dictionaries);
        self.aside(move |inner| {
            inner.write(|session| {
                session
                    .change(Process, |connection| facts::save_rows(connection, &dictionaries, rows))
            })
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

    async fn save_evidence(&self, surveys: Vec<(InstanceName, Survey)>) -> Result<(), StoreError> {
        self.aside(move |inner| {
            let mut batch = evidence::Batch::default();
            for (instance, survey) in surveys {
                batch
                    .add(&instance, survey)
                    .map_err(|fault| fault.at(&inner.path, Doing::Writing))?;
            }
            inner.write(|session| session.change(Process, |connection| batch.save(connection)))
        })
        .await
    }

    async fn forget(&self, instances: &[InstanceName]) -> Result<u64, StoreError> {
        self.inner.write(|session| {
            session.change(Process, |connection| forget::forget(connection, instances))
        })
    }

    async fn created(&self) -> Result<Vec<(InstanceName, Created, Timestamp)>, StoreError> {
        self.inner.read(created::list)
    }

    async fn released(&self, made: &Created) -> Result<(), StoreError> {
        self.inner
            .write(|session| session.change(Power, |connection| created::release(connection, made)))
    }

    async fn lock(&self, info: &LockInfo, ttl: Duration) -> Result<(), StoreError> {
        if let Some(lapsed) = self.take_lock(info, ttl)? {
            tracing::warn!(
                owner = lapsed.owner,
                host = lapsed.host,
                pid = lapsed.pid,
                command = lapsed.command,
                since = %lapsed.since,
                expired = %lapsed.expires,
                "took over a lock that had lapsed"
            );
        }
        Ok(())
    }

    async fn renew(&self, id: &str, now: Timestamp, ttl: Duration) -> Result<(), StoreError> {
        self.inner.write(|session| {
            session.transact(Process, |connection| lock::renew(connection, id, now, ttl))
        })
    }

    async fn unlock(&self, id: &str) -> Result<(), StoreError> {
        self.inner.write(|session| {
            session.transact(Process, |connection| lock::give_back(connection, id))
        })
    }

    async fn holder(&self) -> Result<Option<LockInfo>, StoreError> {
        self.inner.read(lock::holder)
    }

    async fn begin_run(&self, run: &RunRecord, plan: &Plan) -> Result<(), StoreError> {
        let pressed = json::encode(plan)
            .map_err(|error| Fault::from(error).at(&self.inner.path, Doing::Writing))?;
        self.inner.write(|session| {
            session.change(Power, |connection| runs::begin(connection, run, &pressed))
        })
    }

    async fn journal(&self, run: &RunId, entries: &[JournalEntry]) -> Result<(), StoreError> {
        self.append(run, entries).await
    }

    async fn end_run(
        &self,
        run: &RunId,
        at: Timestamp,
        end: RunEnd,
        cost: &Budget,
    ) -> Result<(), StoreError> {
        self.inner.write(|session| {
            session.change(Power, |connection| runs::end(connection, run, at, end, cost))
        })
    }

    async fn unfinished(&self) -> Result<Option<(RunRecord, Plan, Vec<JournalEntry>)>, StoreError> {
        self.inner.read(|connection| match runs::unfinished(connection)? {
            None => Ok(None),
            Some(run) => runs::one(connection, &run),
        })
    }

    async fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.inner.read(|connection| runs::list(connection, limit))
    }

    async fn run(
        &self,
        run: &RunId,
    ) -> Result<Option<(RunRecord, Plan, Vec<JournalEntry>)>, StoreError> {
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

fn owned(dictionaries: &[(Topic, Dictionary)]) -> facts::Dictionaries {
    dictionaries.iter().map(|(topic, dictionary)| (*topic, dictionary.texts().to_vec())).collect()
}
