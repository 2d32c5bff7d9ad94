//! Memory: what was last seen, what rdpctl made, what runs did, and a lock that keeps two runs apart.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_model::facts::{Chunk, Dictionary, Facts, Topic};
use rdpctl_model::outcome::{Created, JournalEntry, RunEnd, RunRecord};
use rdpctl_model::plan::Budget;
use rdpctl_model::{Evidence, InstanceName, Plan, RunId, Survey};

/// Remembers. Losing it loses history and ownership, never correctness.
#[async_trait]
pub trait Store: Send + Sync {
    /// The compact facts about all instances.
    async fn facts(&self) -> Result<Facts, StoreError>;

    /// Replaces the facts of the given sources (`instance.NAME`, `fleet.NAME#…`) and adds what is new to the
    /// dictionaries, in one transaction. Sources not named keep their facts.
    async fn save_facts(
        &self,
        dictionaries: &[(Topic, Dictionary)],
        sources: &[String],
        chunks: Vec<Chunk>,
    ) -> Result<(), StoreError>;

    /// Replaces the rows of single instances within their sources, in one transaction.
    async fn save_rows(
        &self,
        dictionaries: &[(Topic, Dictionary)],
        rows: Vec<Chunk>,
    ) -> Result<(), StoreError>;

    /// The full evidence about some instances, where there is any.
    async fn evidence(
        &self,
        instances: &[InstanceName],
    ) -> Result<Vec<Option<Evidence>>, StoreError>;

    /// Remembers what looks brought: each world's answer replaces its former one, a failure is noted beside it, and
    /// what was not part of a look stays.
    async fn save_evidence(&self, surveys: Vec<(InstanceName, Survey)>) -> Result<(), StoreError>;

    /// Forgets instances: facts and evidence.
    async fn forget(&self, instances: &[InstanceName]) -> Result<u64, StoreError>;

    /// What rdpctl made and has not given back, with the instance for which it made it.
    async fn created(&self) -> Result<Vec<(InstanceName, Created, Timestamp)>, StoreError>;

    /// Marks something as given back.
    async fn released(&self, created: &Created) -> Result<(), StoreError>;

    /// Takes the lock, or says who holds it.
    async fn lock(&self, info: &LockInfo, ttl: Duration) -> Result<(), StoreError>;

    /// Renews the lock that this id holds; fails when it was taken away.
    async fn renew(&self, id: &str, now: Timestamp, ttl: Duration) -> Result<(), StoreError>;

    /// Gives the lock back.
    async fn unlock(&self, id: &str) -> Result<(), StoreError>;

    /// Who holds the lock.
    async fn holder(&self) -> Result<Option<LockInfo>, StoreError>;

    /// Begins a run: the plan is saved before anything is done.
    async fn begin_run(&self, run: &RunRecord, plan: &Plan) -> Result<(), StoreError>;

    /// Adds to a run's journal, durably before it returns. Created objects in receipts are recorded with it.
    async fn journal(&self, run: &RunId, entries: &[JournalEntry]) -> Result<(), StoreError>;

    /// Ends a run.
    async fn end_run(
        &self,
        run: &RunId,
        at: Timestamp,
        end: RunEnd,
        cost: &Budget,
    ) -> Result<(), StoreError>;

    /// The run that never ended, if there is one, with its plan and journal.
    async fn unfinished(&self) -> Result<Option<(RunRecord, Plan, Vec<JournalEntry>)>, StoreError>;

    /// Runs, newest first.
    async fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError>;

    /// One run's plan and journal.
    async fn run(
        &self,
        run: &RunId,
    ) -> Result<Option<(RunRecord, Plan, Vec<JournalEntry>)>, StoreError>;

    /// Journal entries that concern an instance, newest first.
    async fn history(
        &self,
        instance: &InstanceName,
        limit: usize,
    ) -> Result<Vec<(RunId, JournalEntry)>, StoreError>;
}

/// Who holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockInfo {
    /// Names this holding.
    pub id: String,
    /// The user.
    pub owner: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// For which command.
    pub command: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was last renewed.
    pub renewed: Timestamp,
    /// When it lapses unless renewed.
    pub expires: Timestamp,
}

/// Why the memory did not serve.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or read.
    #[error("cannot open the state at {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer rdpctl wrote it.
    #[error("the state at {} has format {found}; this rdpctl knows up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// It is not a state file, or it is damaged.
    #[error("the state at {} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No room, or the file system refuses to write.
    #[error("cannot write the state at {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody else holds the lock.
    #[error("the state is locked by {}@{} (pid {}) for `{}` since {}", holder.owner, holder.host, holder.pid, holder.command, holder.since)]
    Locked {
        /// Who.
        holder: Box<LockInfo>,
    },
    /// The lock was taken away while we held it.
    #[error("the lock on the state was lost")]
    LockLost,
    /// No such kind of state URL.
    #[error("`{url}` is not a state this rdpctl can open")]
    Unsupported {
        /// The URL.
        url: String,
    },
}
