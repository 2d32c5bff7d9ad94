//! A Windows that does not run: the disk in the hand.

mod chosen;
mod declared;
mod judged;
mod mended;
mod repaired;

use std::time::{SystemTime, UNIX_EPOCH};

use rdpctl_sim::guest::{Guest, GuestSpec, Template};
use rdpctl_sim::image::{DiskImage, MACHINE_GUID, Style};
use serde_json::Value;

use crate::tool::{Ran, Tool};

/// The disk of a guest that differs from a healthy one as a world would say it.
fn disk(differs: &str, style: Style) -> DiskImage {
    let spec: GuestSpec = toml::from_str(differs).unwrap();
    let mut guest = Guest::new(Template::build(&spec, 1).unwrap(), "web-01", MACHINE_GUID);
    // It was started today, and has a certificate since.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    guest.on_power_on(u64::try_from(now.as_millis()).unwrap());
    guest.disk(style)
}

/// The facets that the report marks.
fn marked(ran: &Ran) -> Vec<&str> {
    let marked = |line: &&str| {
        line.starts_with("    ~ ") || line.starts_with("    ? ") || line.starts_with("    ! ")
    };
    ran.out.lines().filter(marked).map(|line| line[4..].trim_end()).collect()
}

fn doctor(image: DiskImage, more: &[&str]) -> Ran {
    let tool = Tool::new();
    std::fs::write(tool.path("server.raw"), image.into_bytes()).unwrap();
    tool.run(&[&["doctor", "--disk", "server.raw"], more].concat())
}

fn verdict(ran: &Ran, facet: &str) -> String {
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let facets = report["facets"].as_array().unwrap();
    let one = facets.iter().find(|one| one["facet"] == facet).unwrap();
    one["verdict"]["verdict"].as_str().unwrap().to_owned()
}

/// Connections denied, no NLA, a key that nobody may read, safe mode ahead, no firewall rule.
const BROKEN: &str = r#"
    machine-keys = "no-network-service"
    [registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server']
    fDenyTSConnections = 1
    [registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp']
    UserAuthentication = 0
    [registry.'HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\25000080']
    Element = { type = "REG_BINARY", data = "0100000000000000" }
    [services.TermService]
    start = "disabled"
    [firewall]
    remote-desktop = "off"
"#;

/// The tool beside a disk, with the journal in a folder of its own.
fn beside(image: DiskImage) -> Tool {
    let tool = Tool::new();
    std::fs::write(tool.path("server.raw"), image.into_bytes()).unwrap();
    tool
}

const APPLY: [&str; 8] = [
    "apply",
    "--disk",
    "server.raw",
    "--state",
    "kept",
    "--auto-approve",
    "--allow",
    "offline-repair",
];
