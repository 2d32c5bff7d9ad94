//! The service control manager: starting and stopping, with the reasons why not.

use super::definition::{Health, ServiceDefinition};
use super::runtime::{ServiceRun, ServiceState};
use crate::guest::machine::Guest;
use crate::guest::registry::KeyPath;

const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";

/// Win32 errors of the service control manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ControlError {
    AccessDenied,
    DependentsRunning,
    NotStoppable,
    AlreadyRunning,
    Disabled,
    NoSuchService,
    CannotAccept,
    NotActive,
    ProcessDied,
    DependencyFailed,
    BadAccount,
    DependencyMissing,
}

impl ControlError {
    pub(crate) fn code(self) -> i32 {
        match self {
            Self::AccessDenied => 5,
            Self::DependentsRunning => 1051,
            Self::NotStoppable => 1052,
            Self::AlreadyRunning => 1056,
            Self::Disabled => 1058,
            Self::NoSuchService => 1060,
            Self::CannotAccept => 1061,
            Self::NotActive => 1062,
            Self::ProcessDied => 1067,
            Self::DependencyFailed => 1068,
            Self::BadAccount => 1069,
            Self::DependencyMissing => 1075,
        }
    }
}

/// How long things take, in simulated milliseconds.
const START_TAKES: u64 = 900;
const STOP_TAKES: u64 = 700;
/// A start that never ends.
const NEVER: u64 = u64::MAX;

/// A service that was told to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stopped {
    pub(crate) index: usize,
    /// When it will have stopped.
    pub(crate) until: u64,
}

impl Guest {
    /// The position of a service whose key still exists.
    pub(crate) fn service(&self, name: &str) -> Option<usize> {
        let index = self
            .template
            .services
            .iter()
            .position(|known| known.name.eq_ignore_ascii_case(name))?;
        let key = Self::service_key(name)?;
        self.registry().exists(&key).then_some(index)
    }

    pub(crate) fn service_key(name: &str) -> Option<KeyPath> {
        Some(KeyPath::parse(SERVICES)?.join(name))
    }

    pub(crate) fn definition(&self, index: usize) -> &ServiceDefinition {
        &self.template.services[index]
    }

    pub(crate) fn service_run(&self, index: usize) -> ServiceRun {
        self.runtime().services.get(index).copied().unwrap_or_default()
    }

    /// Whether a service of that name runs.
    pub(crate) fn runs(&self, name: &str) -> bool {
        self.service(name)
            .is_some_and(|index| self.service_run(index).state == ServiceState::Running)
    }

    /// A number among a service's registry values.
    pub(crate) fn service_value(&self, name: &str, value: &str) -> Option<u32> {
        self.registry().dword(&Self::service_key(name)?, value)
    }

    pub(crate) fn start_type(&self, name: &str) -> u32 {
        self.service_value(name, "Start").unwrap_or(3)
    }

    /// What a service needs, from the registry.
    pub(crate) fn dependencies(&self, name: &str) -> Vec<String> {
        let Some(key) = Self::service_key(name) else { return Vec::new() };
        let Some(value) = self.registry().value(&key, "DependOnService") else { return Vec::new() };
        value.as_many().into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Running services that need this one.
    pub(crate) fn running_dependents(&self, index: usize) -> Vec<usize> {
        let name = self.definition(index).name.clone();
        (0..self.template.services.len())
            .filter(|other| {
                *other != index
                    && !matches!(self.service_run(*other).state, ServiceState::Stopped)
                    && self
                        .dependencies(&self.definition(*other).name)
                        .iter()
                        .any(|needed| needed.eq_ignore_ascii_case(&name))
            })
            .collect()
    }

    /// Starts a service and what it needs. The result is when it will be running.
    pub(crate) fn start_service(&mut self, name: &str, now: u64) -> Result<u64, ControlError> {
        self.settle(now);
        let index = self.service(name).ok_or(ControlError::NoSuchService)?;
        match self.service_run(index).state {
            ServiceState::Running | ServiceState::StartPending | ServiceState::Paused => {
                return Err(ControlError::AlreadyRunning);
            }
            ServiceState::StopPending => return Err(ControlError::CannotAccept),
            ServiceState::Stopped => {}
        }
        let ready = self.start_needed(index, now, 0)?;
        self.begin_start(index, ready)
    }

    /// Starts what a service needs; the result is when all of it runs.
    fn start_needed(&mut self, index: usize, now: u64, depth: u32) -> Result<u64, ControlError> {
        let name = self.definition(index).name.clone();
        if self.start_type(&name) == 4 {
            return Err(ControlError::Disabled);
        }
        let mut ready = now;
        for needed in self.dependencies(&name) {
            let Some(other) = self.service(&needed) else {
                return Err(ControlError::DependencyMissing);
            };
            match self.service_run(other).state {
                ServiceState::Running | ServiceState::Paused => {}
                ServiceState::StartPending => ready = ready.max(self.service_run(other).until),
                ServiceState::Stopped if depth < 8 => {
                    let below = self.start_needed(other, ready, depth + 1);
                    let started = below.and_then(|at| self.begin_start(other, at));
                    ready = ready.max(started.map_err(|_| ControlError::DependencyFailed)?);
                }
                ServiceState::Stopped | ServiceState::StopPending => {
                    return Err(ControlError::DependencyFailed);
                }
            }
        }
        Ok(ready)
    }

    fn begin_start(&mut self, index: usize, now: u64) -> Result<u64, ControlError> {
        let definition = self.definition(index);
        let health = definition.health;
        let name = definition.name.clone();
        if health == Health::Crashes {
            self.runtime_mut().services[index] = ServiceRun { exit: 1067, ..ServiceRun::default() };
            self.log_service_failure(&name, 7034, now);
            return Err(ControlError::ProcessDied);
        }
        if name.eq_ignore_ascii_case("TermService") && self.service_library().is_none() {
            self.runtime_mut().services[index] = ServiceRun { exit: 1067, ..ServiceRun::default() };
            self.log_service_failure(&name, 7023, now);
            return Err(ControlError::ProcessDied);
        }
        if !self.account_fits(&name) {
            self.log_service_failure(&name, 7000, now);
            return Err(ControlError::BadAccount);
        }
        let pid = self.host_pid(index);
        let until = if health == Health::Hangs { NEVER } else { now + START_TAKES };
        self.runtime_mut().services[index] =
            ServiceRun { state: ServiceState::StartPending, pid, until, exit: 0 };
        Ok(until)
    }

    /// `TermService` cannot log on with an account other than its own.
    fn account_fits(&self, name: &str) -> bool {
        if !name.eq_ignore_ascii_case("TermService") {
            return true;
        }
        let account = Self::service_key(name)
            .and_then(|key| self.registry().text(&key, "ObjectName"))
            .unwrap_or_default();
        account.to_lowercase().replace(' ', "").ends_with(r"\networkservice")
    }

    /// The process that the service runs in: a shared one that lives, or a new one.
    pub(crate) fn host_pid(&mut self, index: usize) -> u32 {
        let definition = self.definition(index);
        if definition.is_driver() {
            return 0;
        }
        let name = definition.name.clone();
        let shares = definition.shares && self.service_value(&name, "Type") != Some(0x10);
        let host = definition.host;
        if shares {
            let runtime = self.runtime();
            let lives = self
                .template
                .services
                .iter()
                .zip(&runtime.services)
                .find(|(other, run)| other.host == host && other.shares && run.pid != 0);
            if let Some((_, run)) = lives {
                return run.pid;
            }
        }
        self.runtime_mut().new_pid()
    }

    /// Tells a service to stop. Dependents must have stopped before.
    pub(crate) fn stop_service(&mut self, name: &str, now: u64) -> Result<Stopped, ControlError> {
        self.settle(now);
        let index = self.service(name).ok_or(ControlError::NoSuchService)?;
        match self.service_run(index).state {
            ServiceState::Stopped => return Err(ControlError::NotActive),
            ServiceState::StartPending | ServiceState::StopPending => {
                return Err(ControlError::CannotAccept);
            }
            ServiceState::Running | ServiceState::Paused => {}
        }
        if !self.definition(index).stoppable {
            return Err(ControlError::NotStoppable);
        }
        if !self.running_dependents(index).is_empty() {
            return Err(ControlError::DependentsRunning);
        }
        let until = now + STOP_TAKES;
        let run = &mut self.runtime_mut().services[index];
        run.state = ServiceState::StopPending;
        run.until = until;
        Ok(Stopped { index, until })
    }

    /// Tells a paused service to go on.
    pub(crate) fn continue_service(&mut self, name: &str, now: u64) -> Result<usize, ControlError> {
        self.settle(now);
        let index = self.service(name).ok_or(ControlError::NoSuchService)?;
        match self.service_run(index).state {
            ServiceState::Paused => {
                self.runtime_mut().services[index].state = ServiceState::Running;
                Ok(index)
            }
            ServiceState::Stopped => Err(ControlError::NotActive),
            ServiceState::Running | ServiceState::StartPending | ServiceState::StopPending => {
                Err(ControlError::CannotAccept)
            }
        }
    }

    /// Finishes what was pending until now.
    pub(crate) fn settle(&mut self, now: u64) {
        if self.state.runtime.is_none() {
            // The shared state has nothing pending.
            return;
        }
        loop {
            let next = self
                .runtime()
                .services
                .iter()
                .enumerate()
                .filter(|(_, run)| run.until != 0 && run.until <= now)
                .min_by_key(|(_, run)| run.until)
                .map(|(index, run)| (index, *run));
            let Some((index, run)) = next else { return };
            let at = run.until;
            let slot = &mut self.runtime_mut().services[index];
            slot.until = 0;
            match run.state {
                ServiceState::StartPending => {
                    slot.state = ServiceState::Running;
                    self.started(index, at);
                }
                ServiceState::StopPending => {
                    slot.state = ServiceState::Stopped;
                    slot.pid = 0;
                    self.stopped(index);
                }
                ServiceState::Running | ServiceState::Stopped | ServiceState::Paused => {}
            }
        }
    }

    /// What follows from a service having started.
    pub(crate) fn started(&mut self, index: usize, now: u64) {
        match &*self.definition(index).name {
            "SessionEnv" => self.renew_certificate(now),
            "TermService" => {
                self.renew_certificate(now);
                self.open_listener(now);
                // What the connection manager needs beside it; a disabled one stays as it is.
                for name in ["CertPropSvc", "SessionEnv"] {
                    if !self.runs(name) {
                        let _ = self.start_service(name, now);
                    }
                }
            }
            _ => {}
        }
    }

    /// The session manager starts a service that was not needed while connections were denied.
    pub(crate) fn connections_changed(&mut self, were_allowed: bool, now: u64) {
        if !were_allowed && self.connections_allowed() && !self.runs("TermService") {
            // Where it cannot be started, nobody is told.
            let _ = self.start_service("TermService", now);
        }
    }

    fn stopped(&mut self, index: usize) {
        if self.definition(index).name == "TermService" {
            self.runtime_mut().listener = None;
        }
    }

    /// Ends a process; `false` when there is none with that id.
    pub(crate) fn kill_process(&mut self, pid: u32) -> bool {
        let hosted: Vec<usize> = (0..self.template.services.len())
            .filter(|index| pid != 0 && self.service_run(*index).pid == pid)
            .collect();
        for index in &hosted {
            self.runtime_mut().services[*index] =
                ServiceRun { exit: 1067, ..ServiceRun::default() };
            self.stopped(*index);
        }
        let program = self.template.programs.iter().any(|program| program.pid == pid)
            && !self.runtime().killed.contains(&pid);
        if program {
            self.runtime_mut().killed.push(pid);
        }
        program || !hosted.is_empty()
    }
}
