//! Who owns the port that RDP should have.

use rdpctl_model::Said;
use rdpctl_model::action::is_protected;
use rdpctl_model::guest::Process;
use serde::{Deserialize, Serialize};

use crate::facet::Context;
use crate::port_wish::Desired;

/// A program that owns a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Intruder {
    pub(crate) image: String,
    pub(crate) services: Vec<String>,
    pub(crate) kernel: bool,
}

impl Intruder {
    /// Its services where it has some, and its image.
    pub(crate) fn said(&self) -> Said {
        if self.services.is_empty() {
            Said::quoted(self.image.as_str())
        } else {
            say::service_and_image(self.services.clone(), &self.image)
        }
    }

    /// The same in a line.
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
pub(crate) fn refusal(intruder: &Intruder, at: &Context) -> Option<Said> {
    if intruder.kernel {
        return Some(say::kernel());
    }
    if let Some(service) = intruder.services.iter().find(|service| is_protected(service)) {
        return Some(say::protected(service));
    }
    if intruder.services.is_empty() {
        return Some(say::plain_program(&intruder.image));
    }
    if !at.may_stop_service {
        return Some(say::guard_refuses(intruder.said()));
    }
    None
}

/// What the user can do about a conflict that rdpctl may not solve. Some owners no guard lets it stop.
pub(crate) fn way_out(want: Desired, owner: &Intruder, at: &Context) -> Said {
    let move_away = match want.otherwise {
        Some(other) => say::move_to(other),
        None => say::move_somewhere(want.number),
    };
    if refusal(owner, &Context { may_stop_service: true, ..at.clone() }).is_none() {
        say::stop_or(move_away)
    } else {
        move_away
    }
}

rdpctl_model::says! { "port":
    move_to(port);
    move_somewhere(port);
    stop_or(way);
    service_and_image(services, image);
    kernel();
    protected(service);
    plain_program(image);
    guard_refuses(owner);
}
