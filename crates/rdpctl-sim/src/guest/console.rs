//! What the machine shows on its serial port.

use std::collections::BTreeMap;

use super::machine::Guest;
use super::services::{Runtime, ServiceState};
use super::spec::{Password, SerialFault};

/// The console as it stands.
#[derive(Clone, Debug)]
pub struct ConsoleFace {
    /// When the machine was started.
    pub booted: u64,
    /// The computer's name.
    pub name: String,
    /// The build of Windows.
    pub build: u32,
    /// Whether command channels are opened.
    pub commands: Commands,
    /// Who may log on.
    pub users: BTreeMap<String, Password>,
    /// What is wrong with the line.
    pub fault: SerialFault,
    /// How long each thing on it takes, in milliseconds.
    pub latency: u64,
}

/// Whether command channels are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commands {
    /// They are.
    Opened,
    /// The service that opens them may not run, and has never registered.
    NotRegistered,
    /// The console's driver is told to open none.
    Off,
}

/// What an interrupt that cannot be masked comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// Windows is told to take no notice.
    Ignored,
    /// It stops with an error and starts anew.
    StartsAnew,
    /// It stops with an error and stays there.
    Stops,
}

const CRASHES: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl";

const DRIVER: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\sacdrv";

impl Guest {
    /// Interrupts it in a way that it cannot mask.
    pub fn interrupt(&mut self) -> Interrupted {
        let is_off = |guest: &Self, name| guest.dword(CRASHES, name) == Some(0);
        if is_off(self, "NMICrashDump") {
            return Interrupted::Ignored;
        }
        if !is_off(self, "AutoReboot") {
            return Interrupted::StartsAnew;
        }
        self.state.booted_at = None;
        self.state.runtime = Some(Box::new(Runtime::off(self.template.services.len())));
        Interrupted::Stops
    }

    /// The console, where there is one: emergency management was on at the start, and its driver runs.
    #[must_use]
    pub fn console_face(&self) -> Option<ConsoleFace> {
        let booted = self.booted_at()?;
        if !self.runtime().ems || !self.runs("sacdrv") {
            return None;
        }
        let faults = &self.template.faults;
        Some(ConsoleFace {
            booted,
            name: self.hostname().to_uppercase(),
            build: self.template.os.build(),
            commands: if self.dword(DRIVER, "DisableCmdSessions").is_some() {
                Commands::Off
            } else if self.start_type("sacsvr") < 4 {
                Commands::Opened
            } else {
                Commands::NotRegistered
            },
            users: self.template.usable_users(),
            // Whoever was overloaded is not any more once he was started anew.
            fault: if faults.serial == SerialFault::Overloaded && self.state.boots > 1 {
                SerialFault::None
            } else {
                faults.serial
            },
            latency: faults.serial_latency,
        })
    }

    /// The service that opens command channels starts when one is asked for.
    pub fn wake_console(&mut self) {
        let Some(index) = self.service("sacsvr") else { return };
        if self.runtime().services[index].state == ServiceState::Stopped {
            let pid = self.runtime_mut().new_pid();
            let run = &mut self.runtime_mut().services[index];
            (run.state, run.pid, run.exit) = (ServiceState::Running, pid, 0);
        }
    }
}
