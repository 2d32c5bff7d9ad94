//! What the simulator was asked, counted, so that tests and benches can say how much a run cost.

use std::collections::BTreeMap;

use serde::Serialize;

/// Calls since the simulator started, or since the counters were last cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// All calls.
    pub total: u64,
    /// By service and action.
    pub actions: BTreeMap<String, BTreeMap<String, u64>>,
    /// Of Azure by method, type and action, `GET Microsoft.Compute/virtualMachines/read`.
    pub requests: BTreeMap<String, u64>,
    /// Those of them that were served, and not refused.
    pub served: BTreeMap<String, u64>,
    /// By the host they were addressed to.
    pub hosts: BTreeMap<String, u64>,
    /// Refusals by the vendor's code.
    pub errors: BTreeMap<String, u64>,
    /// Answers to challenges of NTLM at RDP ports: each is one attempt to log on.
    pub log_ons: u64,
}

/// Hosts and codes beyond this many are counted together as `other`.
const NAMES: usize = 256;

impl Counters {
    /// How often an action was called.
    #[must_use]
    pub fn calls(&self, service: &str, action: &str) -> u64 {
        self.actions.get(service).and_then(|actions| actions.get(action)).copied().unwrap_or(0)
    }

    pub(crate) fn called(&mut self, service: &str, action: &str, host: &str) {
        self.total += 1;
        let actions = self.actions.entry(service.to_owned()).or_default();
        *actions.entry(action.to_owned()).or_default() += 1;
        bump(&mut self.hosts, host);
    }

    /// Notes what Azure was asked for, and by which method.
    pub(crate) fn requested(&mut self, method: &str, permission: &str, host: &str) {
        self.called("azure", permission, host);
        bump(&mut self.requests, &format!("{method} {permission}"));
    }

    /// Notes what others than the resource manager were asked for: the directory, a console's gateway, a blob.
    pub(crate) fn beside(&mut self, method: &str, what: &str, was_served: bool) {
        bump(&mut self.requests, &format!("{method} {what}"));
        if was_served {
            self.served(method, what);
        }
    }

    /// Notes that what Azure was asked for was given.
    pub(crate) fn served(&mut self, method: &str, permission: &str) {
        bump(&mut self.served, &format!("{method} {permission}"));
    }

    pub(crate) fn refused(&mut self, code: &str) {
        bump(&mut self.errors, code);
    }
}

fn bump(counts: &mut BTreeMap<String, u64>, name: &str) {
    let known = counts.len() < NAMES || counts.contains_key(name);
    *counts.entry(if known { name } else { "other" }.to_owned()).or_default() += 1;
}
