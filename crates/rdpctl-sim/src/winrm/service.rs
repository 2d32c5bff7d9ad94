//! The command shell's service of one guest: shells, their commands, and what they hand out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::counters::Counters;
use super::inject::{Effect, Injection, Operation, strike};
use super::machine::{Call, Machine};
use super::quota::Quotas;
use super::shells::{Inside, OpenShell, Output, Running, same_user};
use super::soap::{Body, Fault, Request, Response, Signal};

/// What an envelope costs beside its output, by the measure of real answers.
const ENVELOPE_OVERHEAD: usize = 3_200;
/// The most input that a command is given.
const STDIN_LIMIT: usize = 8 * 1024 * 1024;
/// The shortest idle time that Windows takes.
const SHORTEST_IDLE: Duration = Duration::from_mins(1);

/// The service of one guest.
pub(super) struct Service {
    name: String,
    machine: Arc<dyn Machine>,
    quotas: Quotas,
    state: Mutex<Inside>,
}

impl Service {
    pub(super) fn new(name: String, machine: Arc<dyn Machine>, quotas: Quotas) -> Self {
        Self { name, machine, quotas, state: Mutex::default() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn machine(&self) -> &dyn Machine {
        self.machine.as_ref()
    }

    pub(super) fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, what: impl FnOnce(&mut Counters)) {
        what(&mut self.inside().counters);
    }

    pub(super) fn counters(&self) -> Counters {
        let mut inside = self.inside();
        inside.expire();
        Counters { open_shells: inside.shells.len(), ..inside.counters.clone() }
    }

    pub(super) fn inject(&self, injection: Injection) {
        self.inside().injections.push(injection);
    }

    /// Whether the machine runs. Shells do not outlive a boot.
    pub(super) fn is_on(&self) -> bool {
        let boot = self.machine.boot();
        let before = std::mem::replace(&mut self.inside().boot, boot);
        if boot != before {
            self.lose_shells();
        }
        boot.is_some()
    }

    /// Forgets all shells, as a reboot does.
    pub(super) fn lose_shells(&self) {
        let lost = std::mem::take(&mut self.inside().shells);
        for running in lost.values().flat_map(|shell| shell.commands.values()) {
            running.changed.notify_waiters();
        }
    }

    /// The effect that strikes at this request, if one does.
    pub(super) fn strike(&self, request: &Request) -> Option<Effect> {
        strike(&mut self.inside().injections, operation(&request.body))
    }

    pub(super) fn fault(&self, relates_to: &str, fault: Fault) -> Response {
        Response::fault(relates_to, fault, &self.name)
    }

    /// Does what a client asks.
    pub(super) async fn handle(&self, request: &Request, user: &str) -> Response {
        match self.serve(request, user).await {
            Ok(response) => response,
            Err(fault) => self.fault(&request.message_id, fault),
        }
    }

    async fn serve(&self, request: &Request, user: &str) -> Result<Response, Fault> {
        let id = &request.message_id;
        let shell = request.shell.as_deref().unwrap_or_default();
        if request.body != Body::Identify && !self.machine.admits(user) {
            return Err(Fault::AccessDenied);
        }
        let _counted = Operating::begin(self, user)?;
        match &request.body {
            Body::Identify => Ok(Response::identify()),
            Body::Create { code_page, idle } => self.create(id, user, *code_page, *idle),
            Body::Get => self
                .inside()
                .shell(shell, user)
                .map(|open| Response::got(id, &open.describe(shell))),
            Body::Command { line, skip_cmd, id: wanted } => {
                self.start(id, shell, user, line, *skip_cmd, wanted.as_deref()).await
            }
            Body::Receive { command } => self.receive(request, shell, user, command).await,
            Body::Send { command, data, end } => {
                self.send(id, shell, user, (command, data, *end)).await
            }
            Body::Signal { command, signal } => self.signal(id, shell, user, command, *signal),
            Body::Delete => self.delete(id, shell, user),
        }
    }

    fn create(
        &self,
        id: &str,
        user: &str,
        code_page: Option<u32>,
        idle: Option<Duration>,
    ) -> Result<Response, Fault> {
        let idle = idle.unwrap_or(self.quotas.idle);
        if idle < SHORTEST_IDLE {
            return Err(Fault::Schema);
        }
        let mut inside = self.inside();
        inside.expire();
        if inside.shells.values().filter(|shell| same_user(&shell.owner, user)).count()
            >= self.quotas.shells_per_user
        {
            return Err(Fault::TooManyShells);
        }
        let shell = Uuid::new_v4().hyphenated().to_string().to_uppercase();
        let open = OpenShell {
            owner: user.to_owned(),
            code_page,
            idle,
            last_used: Instant::now(),
            commands: BTreeMap::new(),
        };
        let response = Response::created(id, &open.describe(&shell));
        inside.shells.insert(shell, open);
        inside.counters.creates += 1;
        inside.counters.most_shells = inside.counters.most_shells.max(inside.shells.len());
        inside.counters.longest_idle = inside.counters.longest_idle.max(idle.as_secs());
        Ok(response)
    }

    async fn start(
        &self,
        id: &str,
        shell: &str,
        user: &str,
        line: &str,
        skip_cmd: bool,
        wanted: Option<&str>,
    ) -> Result<Response, Fault> {
        let command = wanted
            .map_or_else(|| Uuid::new_v4().hyphenated().to_string().to_uppercase(), str::to_owned);
        {
            let mut inside = self.inside();
            let open = inside.shell(shell, user)?;
            if open.commands.len() >= self.quotas.commands_per_shell {
                return Err(Fault::TooManyCommands);
            }
            let running = Running {
                line: line.to_owned(),
                skip_cmd,
                stdin: Vec::new(),
                output: None,
                changed: Arc::new(Notify::new()),
            };
            open.commands.insert(command.clone(), running);
        }
        if !self.machine.reads_stdin(line) {
            self.run(shell, user, &command).await?;
        }
        Ok(Response::started(id, &command))
    }

    /// Lets the machine run a command to its end, away from the network's threads.
    async fn run(&self, shell: &str, user: &str, command: &str) -> Result<(), Fault> {
        let (line, skip_cmd, stdin, code_page) = {
            let mut inside = self.inside();
            let code_page = inside.shell(shell, user)?.code_page;
            let running = inside.command(shell, user, command)?;
            let started = (
                running.line.clone(),
                running.skip_cmd,
                std::mem::take(&mut running.stdin),
                code_page,
            );
            inside.counters.ran(&started.0);
            started
        };
        let (machine, owner) = (Arc::clone(&self.machine), user.to_owned());
        let ran = tokio::task::spawn_blocking(move || {
            machine.run(&Call { line: &line, skip_cmd, stdin: &stdin, code_page, user: &owner })
        })
        .await
        .map_err(|_| Fault::Aborted)?;
        let mut inside = self.inside();
        // The shell may have gone in the meantime; the command ran all the same.
        if let Ok(running) = inside.command(shell, user, command) {
            running.output = Some(Output::of(ran));
            running.changed.notify_waiters();
        }
        Ok(())
    }

    async fn receive(
        &self,
        request: &Request,
        shell: &str,
        user: &str,
        command: &str,
    ) -> Result<Response, Fault> {
        let deadline = Instant::now() + request.timeout.min(self.quotas.max_timeout);
        let room =
            request.max_envelope.min(self.quotas.max_envelope).saturating_sub(ENVELOPE_OVERHEAD)
                / 4
                * 3;
        let room = room.min(self.quotas.piece).max(1);
        let mut seen = false;
        loop {
            let (changed, ready) = {
                let mut inside = self.inside();
                let running = match inside.command(shell, user, command) {
                    // It was there when the operation began, and was killed under it.
                    Err(Fault::NoSuchCommand) if seen => return Err(Fault::Aborted),
                    other => other?,
                };
                seen = true;
                let now = Instant::now();
                if let Some(output) = running.output.as_mut().filter(|output| output.ready <= now) {
                    let (chunks, state) = output.take(room);
                    return Ok(Response::received(&request.message_id, command, &chunks, state));
                }
                let ready =
                    running.output.as_ref().map_or(deadline, |output| output.ready.min(deadline));
                (Arc::clone(&running.changed).notified_owned(), ready)
            };
            let woken = timeout_at(ready, changed).await.is_ok();
            if !self.is_on() {
                return Err(Fault::Aborted);
            }
            if !woken && Instant::now() >= deadline {
                return Err(Fault::TimedOut);
            }
        }
    }

    async fn send(
        &self,
        id: &str,
        shell: &str,
        user: &str,
        input: (&str, &[u8], bool),
    ) -> Result<Response, Fault> {
        let (command, data, end) = input;
        {
            let mut inside = self.inside();
            let running = inside.command(shell, user, command)?;
            if running.stdin.len() + data.len() > STDIN_LIMIT {
                return Err(Fault::RequestTooLarge);
            }
            running.stdin.extend_from_slice(data);
            if !end || running.output.is_some() {
                return Ok(Response::sent(id));
            }
        }
        self.run(shell, user, command).await?;
        Ok(Response::sent(id))
    }

    fn signal(
        &self,
        id: &str,
        shell: &str,
        user: &str,
        command: &str,
        signal: Signal,
    ) -> Result<Response, Fault> {
        let mut inside = self.inside();
        let running = inside.command(shell, user, command)?;
        let changed = Arc::clone(&running.changed);
        match signal {
            Signal::Terminate => {
                inside.shell(shell, user)?.commands.remove(command);
                inside.counters.terminates += 1;
            }
            Signal::Interrupt => running.output = Some(Output::interrupted()),
        }
        changed.notify_waiters();
        Ok(Response::signalled(id))
    }

    fn delete(&self, id: &str, shell: &str, user: &str) -> Result<Response, Fault> {
        let mut inside = self.inside();
        inside.shell(shell, user)?;
        let closed = inside.shells.remove(shell);
        inside.counters.deletes += 1;
        for running in closed.iter().flat_map(|shell| shell.commands.values()) {
            running.changed.notify_waiters();
        }
        Ok(Response::deleted(id))
    }
}

/// One operation of a user, counted while it lasts.
struct Operating<'a> {
    service: &'a Service,
    user: String,
}

impl<'a> Operating<'a> {
    fn begin(service: &'a Service, user: &str) -> Result<Self, Fault> {
        let user = user.to_lowercase();
        let mut inside = service.inside();
        let running = inside.operations.entry(user.clone()).or_insert(0);
        if *running >= service.quotas.operations_per_user {
            return Err(Fault::TooManyOperations);
        }
        *running += 1;
        drop(inside);
        Ok(Self { service, user })
    }
}

impl Drop for Operating<'_> {
    fn drop(&mut self) {
        let mut inside = self.service.inside();
        if let Some(running) = inside.operations.get_mut(&self.user) {
            *running -= 1;
            if *running == 0 {
                inside.operations.remove(&self.user);
            }
        }
    }
}

fn operation(body: &Body) -> Operation {
    match body {
        Body::Identify => Operation::Identify,
        Body::Create { .. } => Operation::Create,
        Body::Get => Operation::Get,
        Body::Command { .. } => Operation::Command,
        Body::Receive { .. } => Operation::Receive,
        Body::Send { .. } => Operation::Send,
        Body::Signal { .. } => Operation::Signal,
        Body::Delete => Operation::Delete,
    }
}
