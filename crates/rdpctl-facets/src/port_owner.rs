//! Who owns the port that RDP should have.

use rdpctl_model::action::is_protected;
use rdpctl_model::guest::Process;
use serde::{Deserialize, Serialize};

use crate::facet::Context;

/// A program that owns a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Intruder {
    pub(crate) image: String,
    pub(crate) services: Vec<String>,
    pub(crate) kernel: bool,
}

impl Intruder {
    /// Its services where it has some, and its image.
    pub(crate) fn name(&self) -> String {
        if self.services.is_empty() {
            self.image.clone()
        } else {
            format!("{} ({})", self.services.join(", "), self.image)
        }
    }
}

/// The program of a process.
pub(crate) fn intruder(processes: &[Process], pid: u32) -> Intruder {
    let process = processes.iter().find(|process| process.pid == pid);
    Intruder {
        image: process
            .map_or_else(|| "an unknown program".to_owned(), |process| process.image.clone()),
        services: process.map(|process| process.services.clone()).unwrap_or_default(),
        kernel: pid == 4,
    }
}

/// Why an intruder is not stopped.
pub(crate) fn refusal(intruder: &Intruder, at: &Context) -> Option<String> {
    if intruder.kernel {
        let why = "the port is held by Windows' kernel (HTTP.sys), which cannot be stopped here";
        return Some(why.to_owned());
    }
    if let Some(service) = intruder.services.iter().find(|service| is_protected(service)) {
        return Some(format!("{service} must not be stopped"));
    }
    if intruder.services.is_empty() {
        return Some(format!(
            "{} is a plain program, not a service: rdpctl does not kill it",
            intruder.image
        ));
    }
    if !at.may_stop_service {
        return Some(format!("the guard stop-service says no to stopping {}", intruder.name()));
    }
    None
}
