//! Power and time: starting, stopping, and what falls due in between.

use super::delta::GoingDown;
use super::events::{Event, Provider};
use super::machine::Guest;
use super::registry::{KeyPath, Value};
use super::services::{BootMode, Runtime};

const HARDWARE: &str = "hklm\x01hardware";
const SAFE_BOOT_OPTION: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot\Option";
const CONTROL: &str = r"HKLM\SYSTEM\CurrentControlSet\Control";
/// What a boot completes and thereby removes.
const PENDING: [&str; 2] = [
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired",
];

/// Milliseconds between 1601 and 1970.
const FILETIME_EPOCH: u64 = 11_644_473_600_000;

impl Guest {
    /// The machine has been switched on and has started.
    pub fn on_power_on(&mut self, now: u64) {
        self.be_born(now);
        let untouched = self.state.registry.is_empty() && self.state.files.is_empty();
        let first = self.state.boots == 0;
        self.state.boots += 1;
        self.state.booted_at = Some(now);
        self.state.going_down = None;
        self.state.next_policy_refresh = Some(now + self.policy_interval());
        if first && untouched {
            // The template holds the outcome.
            return;
        }
        self.boot(now);
        self.apply_domain_policy(now);
        self.run_due_tasks(now);
    }

    /// The machine has been switched off, cleanly or not.
    pub fn on_power_off(&mut self, now: u64) {
        if self.state.going_down.take().is_some()
            && let Some(key) = KeyPath::parse(CONTROL).map(|key| key.join("Windows"))
        {
            let filetime = (now + FILETIME_EPOCH) * 10_000;
            self.set_value(&key, "ShutdownTime", Value::binary(&filetime.to_le_bytes()));
            self.log(Event::new(now, Provider::KernelGeneral, 13, 4, &[]));
        }
        self.state.booted_at = None;
        self.state.registry.forget(HARDWARE);
        self.state.runtime = Some(Box::new(Runtime::off(self.template.services.len())));
        self.state.firewall_memory.clear();
    }

    /// When the machine was last started; `None` while it is off.
    #[must_use]
    pub fn booted_at(&self) -> Option<u64> {
        self.state.booted_at
    }

    /// When the guest itself asked to be restarted.
    #[must_use]
    pub fn reboot_requested(&self) -> Option<u64> {
        self.state.going_down.filter(|down| down.restart).map(|down| down.at)
    }

    /// When the guest itself asked to be switched off.
    #[must_use]
    pub fn shutdown_requested(&self) -> Option<u64> {
        self.state.going_down.filter(|down| !down.restart).map(|down| down.at)
    }

    pub(super) fn go_down(&mut self, at: u64, restart: bool) {
        self.state.going_down = Some(GoingDown { at, restart });
    }

    /// Time has passed: pending states end, tasks and policy refreshes that are due happen.
    pub fn tick(&mut self, now: u64) {
        if self.state.boots == 0 {
            self.on_power_on(now);
        }
        if self.state.booted_at.is_none() {
            return;
        }
        self.settle(now);
        self.run_due_tasks(now);
        self.refresh_policy_when_due(now);
        self.settle(now);
    }

    /// The state after the first boot of a fresh machine, and the events that it wrote.
    pub(super) fn first_boot(mut self) -> (Runtime, Vec<Event>) {
        self.bring_up(0);
        self.apply_declared_states(0);
        self.open_listener_if_running(0);
        self.log_complaints(0);
        (self.runtime().into_owned(), self.state.events)
    }

    /// A real boot from what the registry says now.
    fn boot(&mut self, now: u64) {
        for key in PENDING {
            if let Some(key) = KeyPath::parse(key)
                && self.registry().exists(&key)
            {
                self.remove_key(&key);
            }
        }
        if let Some(key) = KeyPath::parse(CONTROL).map(|key| key.join("Session Manager"))
            && self.registry().value(&key, "PendingFileRenameOperations").is_some()
        {
            self.remove_value(&key, "PendingFileRenameOperations");
        }
        self.state.firewall_memory.clear();
        self.bring_up(now);
        self.mark_boot_mode();
        // A boot starts SessionEnv before TermService answers.
        if self.runs("SessionEnv") || self.runs("TermService") {
            self.renew_certificate(now);
        }
        self.open_listener_if_running(now);
        self.log_complaints(now);
    }

    fn bring_up(&mut self, now: u64) {
        let mut runtime = Runtime::off(self.template.services.len());
        runtime.mode = self.configured_boot_mode();
        runtime.protocols = self.configured_protocols();
        runtime.suites = self.configured_suites();
        runtime.stumbles = self.stumbles_over_tls13();
        runtime.ems = self.serial_console_enabled();
        self.state.runtime = Some(Box::new(runtime));
        self.start_at_boot(now);
    }

    fn open_listener_if_running(&mut self, now: u64) {
        if self.runs("TermService") {
            self.open_listener(now);
        } else {
            self.runtime_mut().listener = None;
        }
    }

    /// The marks that the boot mode leaves in the registry while it lasts.
    fn mark_boot_mode(&mut self) {
        let mode = self.runtime().mode;
        let (Some(option), Some(control)) =
            (KeyPath::parse(SAFE_BOOT_OPTION), KeyPath::parse(CONTROL))
        else {
            return;
        };
        let (number, text) = match mode {
            BootMode::Normal => {
                if self.registry().exists(&option) {
                    self.remove_key(&option);
                    let options = Value::text(" NOEXECUTE=OPTOUT");
                    self.set_value(&control, "SystemStartOptions", options);
                }
                return;
            }
            BootMode::SafeMinimal => (1, "MINIMAL"),
            BootMode::SafeNetwork => (2, "NETWORK"),
            BootMode::DirectoryRepair => (3, "DSREPAIR"),
        };
        self.set_value(&option, "OptionValue", Value::dword(number));
        let options = Value::text(&format!(" NOEXECUTE=OPTOUT SAFEBOOT:{text}"));
        self.set_value(&control, "SystemStartOptions", options);
    }
}
