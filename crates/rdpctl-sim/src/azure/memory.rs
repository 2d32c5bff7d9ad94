//! What the gateway remembers: tokens, operations, budgets, and what the graph answered last.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::Timestamp;

use super::{throttle::Throttle, work::Operation};
use crate::world::{AccountIndex, Text, VmIndex};

/// An answer of the graph, kept so that the pages of one answer are of one moment.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) account: AccountIndex,
    pub(super) query: String,
    pub(super) generation: u64,
    pub(super) at: Timestamp,
    /// Each as JSON, so that a page is put together without reading them again.
    pub(super) rows: Arc<Vec<String>>,
}

/// A link that was given out.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) snapshot: Text,
    pub(super) until: Timestamp,
    /// How many reads it still honours, where the world says so.
    pub(super) reads: Option<u32>,
    /// Whether whoever comes with it over a public network is served.
    pub(super) is_served: bool,
    pub(super) content: Arc<Vec<u8>>,
}

/// The gateway's own memory. It lasts as long as the process: an operation that nobody remembers is a 404, as it is
/// with the vendor after some hours.
#[derive(Debug, Default)]
pub(crate) struct Arm {
    tokens: HashMap<String, (AccountIndex, i64)>,
    /// Assertions that were shown, and until when each is remembered.
    shown: HashMap<String, i64>,
    operations: HashMap<String, Operation>,
    pub(super) throttle: Throttle,
    /// Links to the content of snapshots, by their signature.
    pub(super) links: HashMap<String, Link>,
    pub(super) graph: Vec<Answered>,
    /// Sessions at serial consoles that were named.
    pub(super) sessions: HashMap<String, (VmIndex, AccountIndex)>,
    /// Accounts that switched their consoles off or on.
    pub(super) consoles_off: HashMap<AccountIndex, bool>,
    /// VMs whose console somebody has.
    pub(crate) taken: BTreeSet<VmIndex>,
}

impl Arm {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Gives a token for so many seconds.
    pub(super) fn lend(&mut self, account: AccountIndex, seconds: i64) -> String {
        let now = jiff::Timestamp::now().as_second();
        self.tokens.retain(|_, (_, until)| *until > now - 60);
        let token = format!("sim.{}", uuid::Uuid::new_v4().simple());
        self.tokens.insert(token.clone(), (account, now.saturating_add(seconds)));
        token
    }

    /// Whether an assertion is shown for the first time, by its id.
    pub(super) fn is_first_shown(&mut self, id: &str, now: i64) -> bool {
        self.shown.retain(|_, until| *until > now);
        self.shown.insert(id.to_owned(), now + 86_400).is_none()
    }

    /// The VM that a session is at, and whose it is.
    pub(crate) fn session(&self, id: &str) -> Option<(VmIndex, AccountIndex)> {
        self.sessions.get(id).copied()
    }

    /// Whose token that is.
    pub(crate) fn whose(&self, token: &str) -> Option<AccountIndex> {
        self.lent(token).map(|(account, _)| account)
    }

    pub(super) fn lent(&self, token: &str) -> Option<(AccountIndex, i64)> {
        self.tokens.get(token).copied()
    }

    pub(super) fn begin(&mut self, operation: Operation) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        self.operations.insert(id.clone(), operation);
        id
    }

    pub(super) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.get(id)
    }
}
