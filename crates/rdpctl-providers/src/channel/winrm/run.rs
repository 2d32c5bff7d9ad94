//! One script in one guest: open a shell, run each line, fetch its output, close the shell whatever happened.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use winrm_rs::{ReceiveOutput, WinrmClient};

use super::account::Account;
use super::endpoint::Endpoint;
use super::failure::Failure;
use super::host::Host;
use super::limits::CONNECT;
use super::symptom::{Symptom, symptom};
use crate::channel::dialect::RawReply;
use crate::channel::why::say;

/// How long closing may take.
const CLEAN_UP: Duration = Duration::from_secs(10);
/// An answer without output that comes sooner than this is no long poll.
const QUICK: Duration = Duration::from_millis(500);
/// Quick answers without output in a row that are taken before the service is no longer believed.
const QUICK_LIMIT: u32 = 20;

/// What one run needs.
pub(super) struct Run {
    pub(super) endpoint: Endpoint,
    pub(super) client: Arc<WinrmClient>,
    pub(super) account: Arc<Account>,
    pub(super) host: Arc<Host>,
    pub(super) lines: Arc<[String]>,
    pub(super) within: Duration,
    /// The most output bytes.
    pub(super) most: usize,
    pub(super) stop: CancellationToken,
}

impl Run {
    /// Runs the script once.
    pub(super) async fn go(&self) -> Result<RawReply, Failure> {
        self.host.may_open()?;
        let deadline = Instant::now() + self.within;
        let shell = self.open(deadline).await?;
        let ran = self.run_lines(&shell, deadline).await;
        self.close(&shell).await;
        ran
    }

    /// Opens a shell, which logs on.
    async fn open(&self, deadline: Instant) -> Result<String, Failure> {
        let authority = self.endpoint.authority();
        if !self.account.is_proven() {
            // Only one may try an unproven credential; it should not be somebody whose host is not even there.
            self.reach().await?;
        }
        let _turn = tokio::select! {
            turn = self.account.turn(&authority) => turn?,
            () = self.stop.cancelled() => return Err(Failure::Stopped),
        };
        loop {
            let symptom = match self.create(deadline).await? {
                Ok(shell) => {
                    self.account.accepted();
                    return Ok(shell);
                }
                Err(symptom) => symptom,
            };
            let Symptom::Rejected { perhaps_by_chance } = symptom else {
                return Err(symptom.before());
            };
            self.account.refused(&authority)?;
            if !perhaps_by_chance {
                return Err(symptom.before());
            }
        }
    }

    /// Asks for a shell. When the run is stopped meanwhile, one that still comes about is closed.
    async fn create(&self, deadline: Instant) -> Result<Result<String, Symptom>, Failure> {
        let creating = self.client.create_shell(&self.endpoint.host);
        tokio::pin!(creating);
        tokio::select! {
            created = timeout_at(deadline, &mut creating) => match created {
                Ok(created) => Ok(created.map_err(|error| symptom(&error))),
                Err(_) => Err(Failure::Unreachable(say::no_shell_within(self.within.as_secs()))),
            },
            () = self.stop.cancelled() => {
                if let Ok(Ok(shell)) = timeout(CLEAN_UP, creating).await {
                    self.close(&shell).await;
                }
                Err(Failure::Stopped)
            }
        }
    }

    async fn reach(&self) -> Result<(), Failure> {
        let address = self.endpoint.authority();
        let reached = tokio::select! {
            reached = timeout(CONNECT, TcpStream::connect(&address)) => reached,
            () = self.stop.cancelled() => return Err(Failure::Stopped),
        };
        match reached {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Failure::Unreachable(say::at(address, error.to_string()))),
            Err(_) => {
                Err(Failure::Unreachable(say::no_connection_within(address, CONNECT.as_secs())))
            }
        }
    }

    async fn run_lines(&self, shell: &str, deadline: Instant) -> Result<RawReply, Failure> {
        let mut reply = RawReply::default();
        for (number, line) in self.lines.iter().enumerate() {
            if self.stop.is_cancelled() {
                return Err(if number == 0 { Failure::Stopped } else { stopped() });
            }
            let command = self.start(shell, line, number > 0, deadline).await?;
            let fetched = self.fetch(shell, &command, &mut reply, deadline).await;
            // The last command of a shell that ended by itself needs no signal: closing the shell frees it.
            let last = number + 1 == self.lines.len();
            if !last || fetched.is_err() {
                self.terminate(shell, &command).await;
            }
            fetched?;
        }
        Ok(reply)
    }

    /// Starts a command. From here on, nobody may do it again.
    async fn start(
        &self,
        shell: &str,
        line: &str,
        others_ran: bool,
        deadline: Instant,
    ) -> Result<String, Failure> {
        match timeout_at(
            deadline,
            self.client.execute_command(&self.endpoint.host, shell, line, &[]),
        )
        .await
        {
            Ok(Ok(command)) => Ok(command),
            Ok(Err(error)) => {
                let symptom = symptom(&error);
                let untouched = symptom.nothing_was_done() && !others_ran;
                Err(if untouched { symptom.before() } else { symptom.after() })
            }
            Err(_) => Err(self.too_late()),
        }
    }

    /// Fetches a command's output to its end.
    async fn fetch(
        &self,
        shell: &str,
        command: &str,
        reply: &mut RawReply,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let mut quick = 0;
        loop {
            let asked = Instant::now();
            let polled = tokio::select! {
                polled = timeout_at(deadline, self.client.receive_output_raw(&self.endpoint.host, shell, command)) => polled,
                () = self.stop.cancelled() => return Err(stopped()),
            };
            let ReceiveOutput { stdout, stderr, exit_code, done } = match polled {
                Ok(Ok(output)) => output,
                Ok(Err(error)) => return Err(symptom(&error).after()),
                Err(_) => return Err(self.too_late()),
            };
            let empty = stdout.is_empty() && stderr.is_empty();
            reply.stdout.extend_from_slice(&stdout);
            reply.stderr.extend_from_slice(&stderr);
            if reply.stdout.len() + reply.stderr.len() > self.most {
                return Err(Failure::OutcomeUnknown(say::printed_too_much(self.most)));
            }
            if done {
                reply.exit = exit_code;
                return Ok(());
            }
            // The crate takes an answer that is no answer for one without output; do not ask again in a hurry.
            if empty && asked.elapsed() < QUICK {
                quick += 1;
                if quick > QUICK_LIMIT {
                    return Err(Failure::OutcomeUnknown(say::answers_say_nothing()));
                }
                sleep(QUICK.min(Duration::from_millis(25) * quick)).await;
            } else {
                quick = 0;
            }
        }
    }

    /// Ends a command, as well as it goes: closing the shell ends it too.
    async fn terminate(&self, shell: &str, command: &str) {
        let told =
            timeout(CLEAN_UP, self.client.signal_terminate(&self.endpoint.host, shell, command))
                .await;
        if !matches!(told, Ok(Ok(()))) {
            tracing::debug!(host = %self.endpoint.host, "a command could not be told to end");
        }
    }

    async fn close(&self, shell: &str) {
        let closed =
            match timeout(CLEAN_UP, self.client.delete_shell(&self.endpoint.host, shell)).await {
                Ok(Ok(())) => true,
                // It is gone already.
                Ok(Err(error)) => {
                    matches!(symptom(&error), Symptom::Fault(super::symptom::Fault::NoShell, _))
                }
                Err(_) => false,
            };
        if !closed {
            tracing::warn!(host = %self.endpoint.host, "a WinRM shell could not be closed and will time out");
        }
        self.host.closed(closed);
    }

    fn too_late(&self) -> Failure {
        Failure::OutcomeUnknown(say::no_end_within(self.within.as_secs()))
    }
}

fn stopped() -> Failure {
    Failure::OutcomeUnknown(say::stopped_while_running())
}
