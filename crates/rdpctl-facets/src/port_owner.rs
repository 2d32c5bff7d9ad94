//! Who owns the port that RDP should have.

use rdpctl_model::guest::Process;
use serde::{Deserialize, Serialize};

/// A program that owns a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Intruder {
    pub(crate) image: String,
    pub(crate) services: Vec<String>,
    pub(crate) kernel: bool,
}

/// Programs that are never stopped: Windows' base, the way in, the cloud's agents.
pub(crate) const UNTOUCHABLE: [&str; 12] = [
    "rpcss",
    "rpceptmapper",
    "dcomlaunch",
    "lsm",
    "bfe",
    "mpssvc",
    "winrm",
    "lanmanserver",
    "http",
    "tatsvc",
    "windowsazureguestagent",
    "rdagent",
];

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
