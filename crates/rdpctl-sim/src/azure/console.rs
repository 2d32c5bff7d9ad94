//! The serial console's part of the resource manager: whether a subscription has it, a VM's port, and sessions.

use serde_json::json;

use super::{
    call::{Call, Served},
    place::Place,
    refusal::Refusal,
};
use crate::world::{Power, VmIndex};

impl Call<'_> {
    /// The console service of the subscription.
    pub(super) fn console_service(
        &mut self,
        method: &str,
        place: &Place<'_>,
    ) -> Result<Served, Refusal> {
        if !place.name.is_some_and(|name| name.eq_ignore_ascii_case("default")) {
            return Err(Refusal::missing("Microsoft.SerialConsole/consoleServices"));
        }
        match (method, place.rest.first().copied().unwrap_or_default()) {
            ("GET", "") => {}
            ("POST", verb) if verb.eq_ignore_ascii_case("enableConsole") => {
                self.arm.consoles_off.insert(self.account, false);
            }
            ("POST", verb) if verb.eq_ignore_ascii_case("disableConsole") => {
                self.arm.consoles_off.insert(self.account, true);
            }
            _ => return Err(Refusal::new(405, "MethodNotAllowed", "This is not served here.")),
        }
        Ok(Served::ok(json!({ "properties": { "disabled": self.has_no_console() } })))
    }

    fn has_no_console(&self) -> bool {
        let declared = self.estate.world.account(self.account).serial_console_off;
        self.arm.consoles_off.get(&self.account).copied().unwrap_or(declared)
    }

    /// A VM's serial port, and what is asked of it.
    pub(super) fn serial_port(
        &mut self,
        method: &str,
        vm: VmIndex,
        place: &Place<'_>,
    ) -> Result<Served, Refusal> {
        match (method, &place.rest[..]) {
            ("GET", [_, _, _, "0"]) => {
                let state = if self.arm.taken.contains(&vm) { "active" } else { "inactive" };
                Ok(Served::ok(json!({
                    "name": "0",
                    "type": "Microsoft.SerialConsole/serialPorts",
                    "properties": { "state": "enabled", "connectionState": state },
                })))
            }
            ("POST", [_, _, _, "0", verb]) if verb.eq_ignore_ascii_case("connect") => {
                if self.has_no_console() {
                    return Err(Refusal::new(
                        400,
                        "SerialConsoleDisabled",
                        "The serial console is disabled for this subscription.",
                    ));
                }
                if self.estate.vm(vm).seen_power(self.estate.now) != Power::Running {
                    return Err(Refusal::new(
                        409,
                        "OperationNotAllowed",
                        "The serial console cannot be opened while the VM is not running.",
                    ));
                }
                let session = uuid::Uuid::new_v4().simple().to_string();
                let container = uuid::Uuid::new_v4().simple();
                // The official client replaces every "ws" of the address when it sends commands.
                let base = self.base.replacen("http", "ws", 1);
                let url = format!("{base}/n/connector/{container}/sessions/{session}/client");
                self.arm.sessions.insert(session, (vm, self.account));
                Ok(Served::ok(json!({ "connectionString": url })))
            }
            _ => Err(Refusal::new(405, "MethodNotAllowed", "This is not served here.")),
        }
    }
}
