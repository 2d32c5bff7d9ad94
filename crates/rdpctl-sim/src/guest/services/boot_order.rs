//! Which services a boot brings up.

use super::definition::Health;
use super::kind::SafeBoot;
use super::runtime::{BootMode, ServiceRun, ServiceState};
use crate::guest::machine::Guest;
use crate::guest::spec::StateSpec;

/// Starts that `TermService` brings along.
const WITH_TERMSERVICE: [&str; 3] = ["CertPropSvc", "SessionEnv", "UmRdpService"];

impl Guest {
    /// Brings up every service that the boot mode and the registry ask for, at once.
    pub(crate) fn start_at_boot(&mut self, now: u64) {
        let mode = self.runtime().mode;
        for index in 0..self.template.services.len() {
            let definition = self.definition(index);
            let name = definition.name.clone();
            let demanded = definition.demanded;
            if !admitted(definition.safe, mode) {
                continue;
            }
            let start = self.start_type(&name);
            if start <= 2 || (start == 3 && demanded) {
                self.boot_one(index, now, 0);
            }
        }
        // The session manager starts a manual TermService when connections are allowed.
        if self.connections_allowed()
            && mode != BootMode::SafeMinimal
            && let Some(index) = self.service("TermService")
        {
            self.boot_one(index, now, 0);
        }
        if self.runs("TermService") {
            for name in WITH_TERMSERVICE {
                if let Some(index) = self.service(name) {
                    self.boot_one(index, now, 0);
                }
            }
        }
    }

    /// Starts one service with what it needs; whether it runs afterwards.
    fn boot_one(&mut self, index: usize, now: u64, depth: u32) -> bool {
        let run = self.service_run(index);
        if run.state == ServiceState::Running {
            return true;
        }
        let definition = self.definition(index);
        let name = definition.name.clone();
        let health = definition.health;
        let hang = health == Health::Hangs;
        if self.service(&name).is_none() || self.start_type(&name) >= 4 || depth > 8 {
            return false;
        }
        for needed in self.dependencies(&name) {
            let up =
                self.service(&needed).is_some_and(|other| self.boot_one(other, now, depth + 1));
            if !up {
                self.runtime_mut().services[index].exit = 1068;
                self.log_service_failure(&name, 7001, now);
                return false;
            }
        }
        if health == Health::Crashes {
            self.runtime_mut().services[index].exit = 1067;
            self.log_service_failure(&name, 7034, now);
            return false;
        }
        let pid = self.host_pid(index);
        let (state, until) =
            if hang { (ServiceState::StartPending, u64::MAX) } else { (ServiceState::Running, 0) };
        self.runtime_mut().services[index] = ServiceRun { state, pid, until, exit: 0 };
        !hang
    }

    /// What the world says about running services holds for the first boot.
    pub(crate) fn apply_declared_states(&mut self, now: u64) {
        for index in 0..self.template.services.len() {
            match self.definition(index).declared {
                Some(StateSpec::Stopped) => {
                    let exit = self.definition(index).odd.exit.unwrap_or(0);
                    self.runtime_mut().services[index] =
                        ServiceRun { exit, ..ServiceRun::default() };
                }
                Some(StateSpec::Stopping) => {
                    self.boot_one(index, now, 0);
                    let run = &mut self.runtime_mut().services[index];
                    run.state = ServiceState::StopPending;
                    run.until = u64::MAX;
                }
                Some(StateSpec::Paused) => {
                    self.boot_one(index, now, 0);
                    self.runtime_mut().services[index].state = ServiceState::Paused;
                }
                Some(StateSpec::Running) => {
                    self.boot_one(index, now, 0);
                }
                None => {}
            }
        }
        // Nothing runs whose need was declared stopped.
        for index in 0..self.template.services.len() {
            if self.definition(index).declared == Some(StateSpec::Stopped) {
                for dependent in self.running_dependents(index) {
                    self.runtime_mut().services[dependent] = ServiceRun::default();
                }
            }
        }
    }
}

fn admitted(safe: SafeBoot, mode: BootMode) -> bool {
    match mode {
        BootMode::Normal => true,
        BootMode::SafeNetwork => safe != SafeBoot::Never,
        BootMode::SafeMinimal | BootMode::DirectoryRepair => safe == SafeBoot::Always,
    }
}
