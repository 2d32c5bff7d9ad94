//! One connection to a server, waited for from where waiting keeps nobody up.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::runtime::Handle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use crate::database::fault::{Fault, SilentServer};
use crate::database::value::Value;

/// A statement that is ready.
pub(crate) type Prepared = tokio_postgres::Statement;

/// How long one statement may take, a lock that is waited for included.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many statements are under way at once.
const WINDOW: usize = 256;

/// One connection.
pub(crate) struct Link {
    client: Client,
    runtime: Handle,
    prepared: RefCell<HashMap<String, Prepared>>,
    is_broken: Cell<bool>,
}

impl Link {
    pub(crate) fn new(client: Client, runtime: Handle) -> Self {
        Self { client, runtime, prepared: RefCell::default(), is_broken: Cell::new(false) }
    }

    /// Whether nothing more will come of it.
    pub(crate) fn is_over(&self) -> bool {
        self.is_broken.get() || self.client.is_closed()
    }

    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Fault> {
        let answer = async { tokio::time::timeout(PATIENCE, answer).await };
        let Ok(answer) = self.runtime.block_on(answer) else {
            // What is still under way there is not known: nothing more is said over this connection.
            self.is_broken.set(true);
            return Err(Fault::Silent(SilentServer { seconds: PATIENCE.as_secs() }));
        };
        Ok(answer?)
    }

    /// Makes a statement ready, or takes the one that is.
    pub(crate) fn prepared(&self, sql: &str) -> Result<Prepared, Fault> {
        if let Some(known) = self.prepared.borrow().get(sql) {
            return Ok(known.clone());
        }
        let prepared = self.wait(self.client.prepare(&numbered(sql)))?;
        self.prepared.borrow_mut().insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }

    /// Executes statements without places, one after another.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), Fault> {
        self.wait(self.client.batch_execute(sql))
    }

    /// Executes a statement; says how many rows it touched.
    pub(crate) fn execute(
        &self,
        statement: &Prepared,
        values: &[Value<'_>],
    ) -> Result<usize, Fault> {
        let touched = self.wait(self.client.execute(statement, &places(values)))?;
        Ok(usize::try_from(touched).unwrap_or(usize::MAX))
    }

    /// Executes many, without waiting for one before the next is sent; they are done in their order.
    pub(crate) fn execute_all(&self, all: &[(&str, Vec<Value<'_>>)]) -> Result<(), Fault> {
        for window in all.chunks(WINDOW) {
            let mut ready = Vec::with_capacity(window.len());
            for (sql, values) in window {
                ready.push((self.prepared(sql)?, places(values)));
            }
            let sent =
                ready.iter().map(|(statement, values)| self.client.execute(statement, values));
            self.wait(try_join_all(sent))?;
        }
        Ok(())
    }

    /// Asks.
    pub(crate) fn query(
        &self,
        statement: &Prepared,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, Fault> {
        self.wait(self.client.query(statement, &places(values)))
    }
}

fn places<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// A statement with its places as Postgres writes them.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}
