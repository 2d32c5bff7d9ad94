//! Virtual machines: lists, views, and power.

use serde_json::{Value, json};

use super::{
    call::{Call, Follow, Served},
    place::Place,
    refusal::Refusal,
    work::Operation,
};
use crate::{
    estate::{Accepted, Work},
    world::{Power, StopCharging, VmIndex},
};

/// How many VMs are listed on a page.
const PAGE: usize = 200;

impl Call<'_> {
    pub(super) fn vm_request(
        &mut self,
        method: &str,
        place: &Place<'_>,
    ) -> Result<Served, Refusal> {
        let Some(name) = place.name else {
            return self.list_vms(place);
        };
        let vm = match self.vm(place.group, name) {
            Ok(vm) => vm,
            Err(missing) => return self.helper_request(method, place, name, missing),
        };
        let verb = place.rest.first().copied().unwrap_or_default().to_ascii_lowercase();
        match (method, verb.as_str()) {
            ("GET", "") => {
                let mut shown = self.show_vm(vm);
                if self
                    .parameter("$expand")
                    .is_some_and(|what| what.eq_ignore_ascii_case("instanceView"))
                {
                    shown["properties"]["instanceView"] = self.show_view(vm);
                }
                Ok(Served::ok(shown))
            }
            ("GET", "instanceview") => {
                let mut view = self.show_view(vm);
                // The agent reports it; a list of states has it not.
                if view.get("vmAgent").is_some()
                    && let Some(thumbprint) = self.estate.rdp_thumbprint(vm)
                {
                    view["rdpThumbPrint"] = json!(thumbprint);
                }
                Ok(Served::ok(view))
            }
            ("POST", "start") => {
                self.power(vm, "start", Work::Start, |power| power == Power::Running)
            }
            ("POST", "poweroff") => {
                let off = Work::Stop(StopCharging::KeepCharging);
                self.power(vm, "powerOff", off, |power| power == Power::Stopped)
            }
            ("POST", "deallocate") => {
                let off = Work::Stop(StopCharging::Free);
                self.power(vm, "deallocate", off, |_| false)
            }
            ("POST", "restart") => {
                if !self.estate.vm(vm).seen_power(self.estate.now).is_on() {
                    return Err(Refusal::new(409, "OperationNotAllowed", "The VM is not running."));
                }
                self.power(vm, "restart", Work::Reboot, |_| false)
            }
            ("POST", "retrievebootdiagnosticsdata") => Ok(self.boot_diagnostics(vm)),
            ("POST", "runcommand") => self.run_command(vm),
            (_, "runcommands") => self.managed_request(method, vm, place),
            ("PATCH", "") => self.patch_vm(vm),
            (_, "providers") if place.is_serial_port() => self.serial_port(method, vm, place),
            _ => Err(Refusal::new(405, "MethodNotAllowed", "This is not served here.")),
        }
    }

    fn list_vms(&self, place: &Place<'_>) -> Result<Served, Refusal> {
        let status =
            self.parameter("statusOnly").is_some_and(|only| only.eq_ignore_ascii_case("true"));
        if status && place.group.is_some() {
            return Err(Refusal::new(400, "InvalidParameter", "statusOnly is not supported here."));
        }
        let mut vms = self.vms();
        if let Some(group) = place.group {
            let world = &self.estate.world;
            vms.retain(|vm| world.place(*vm).0.resource_group.eq_ignore_ascii_case(group));
        }
        Ok(Served::ok(
            self.page(
                &vms,
                PAGE,
                |vm| {
                    if status { self.show_status(*vm) } else { self.show_vm(*vm) }
                },
            ),
        ))
    }

    /// One page of a list, with the link to the next.
    pub(super) fn page<T>(&self, all: &[T], size: usize, show: impl Fn(&T) -> Value) -> Value {
        let skip = self.parameter("$skipToken").and_then(|text| text.parse().ok()).unwrap_or(0);
        let value: Vec<Value> = all.iter().skip(skip).take(size).map(show).collect();
        let end = skip + value.len();
        let mut body = json!({ "value": value });
        if end < all.len() {
            let rest: Vec<&str> = self
                .query
                .split('&')
                .filter(|pair| !pair.to_ascii_lowercase().contains("skiptoken"))
                .collect();
            let path = self.path;
            body["nextLink"] =
                json!(format!("{}{path}?{}&$skipToken={end}", self.base, rest.join("&")));
        }
        body
    }

    /// Begins work on a VM, unless something else is under way; what is there already is accepted and done.
    fn power(
        &mut self,
        vm: VmIndex,
        action: &'static str,
        work: Work,
        there: fn(Power) -> bool,
    ) -> Result<Served, Refusal> {
        let request = self.estate.request_id();
        let state = self.estate.vm(vm).into_owned();
        if state.operation.is_some() {
            return Err(Refusal::new(
                409,
                "AnotherOperationInProgress",
                "Another operation is in progress on this VM.",
            ));
        }
        if !there(state.power) {
            self.estate.begin(vm, work, &Accepted { action, request: request.clone() });
        }
        let region = self.estate.place(vm).0.region.to_string();
        let accepted = Served::empty(202);
        let operation = Operation::Power { vm, request };
        Ok(self.following(accepted, operation, "Microsoft.Compute", &region, Follow::Both))
    }
}
