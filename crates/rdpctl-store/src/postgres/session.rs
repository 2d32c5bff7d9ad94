//! A session with a server: one connection, made again where it was lost.

use tokio::runtime::Handle;

use super::link::Link;
use super::server::Server;
use crate::database::durability::Durability;
use crate::database::fault::Fault;
use crate::database::sql::Connection;

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Looking.
    Read,
    /// Looking and changing.
    Write,
}

/// A session.
pub(crate) struct Session {
    server: Server,
    access: Access,
    runtime: Handle,
    link: Option<Link>,
}

/// How long a transaction may lie still: whoever was stopped in the middle holds up nobody for longer.
const IDLE: &str = "20s";

/// How long a writer waits for another before it gives up.
const PATIENCE: &str = "15s";

impl Session {
    pub(crate) const fn new(server: Server, access: Access, runtime: Handle) -> Self {
        Self { server, access, runtime, link: None }
    }

    /// The schema.
    pub(crate) fn schema(&self) -> &str {
        &self.server.schema
    }

    /// Reads one consistent moment, however many statements it takes.
    pub(crate) fn read<T>(
        &mut self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.within("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)
    }

    /// Writes in one transaction, one writer after another.
    pub(crate) fn transact<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.within(
            match durability {
                Durability::Process => {
                    "BEGIN; SET LOCAL synchronous_commit TO off; SELECT FROM state FOR UPDATE"
                }
                Durability::Power => {
                    "BEGIN; SET LOCAL synchronous_commit TO on; SELECT FROM state FOR UPDATE"
                }
            },
            work,
        )
    }

    /// Does something within one transaction that begins so, or not at all.
    pub(crate) fn within<T>(
        &mut self,
        begin: &str,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let link = self.link()?;
        let done = link.batch(begin).and_then(|()| work(&Connection::Postgres(link)));
        match done {
            Ok(done) => {
                link.batch("COMMIT")?;
                Ok(done)
            }
            Err(fault) => {
                // Where even that fails the connection is over, and the transaction with it.
                if link.is_over() || link.batch("ROLLBACK").is_err() {
                    self.link = None;
                }
                Err(fault)
            }
        }
    }

    fn link(&mut self) -> Result<&Link, Fault> {
        if self.link.as_ref().is_some_and(Link::is_over) {
            self.link = None;
        }
        if self.link.is_none() {
            self.link = Some(self.connect()?);
        }
        match &self.link {
            Some(link) => Ok(link),
            None => Err(Fault::NoRow),
        }
    }

    fn connect(&self) -> Result<Link, Fault> {
        let config = &self.server.config;
        let client = self.runtime.block_on(async {
            // The connection's own work goes on until the client is dropped, or the server goes away.
            match &self.server.tls {
                None => {
                    let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
                    drop(tokio::spawn(connection));
                    Ok::<_, tokio_postgres::Error>(client)
                }
                Some(tls) => {
                    let (client, connection) = config.connect(tls.connector()).await?;
                    drop(tokio::spawn(connection));
                    Ok(client)
                }
            }
        })?;
        let link = Link::new(client, self.runtime.clone());
        let read_only = match self.access {
            Access::Read => "on",
            Access::Write => "off",
        };
        link.batch(&format!(
            "SET search_path TO {}; SET default_transaction_read_only TO {read_only};
             SET idle_in_transaction_session_timeout TO '{IDLE}'; SET lock_timeout TO '{PATIENCE}';
             SET client_min_messages TO warning",
            self.server.schema
        ))?;
        Ok(link)
    }
}
