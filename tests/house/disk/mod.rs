//! A Windows that does not run: the disk in the hand.

mod chosen;
pub(crate) mod declared;
mod judged;
mod mended;
mod refused;
mod repaired;
mod wrapped;

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
fn marked(ran: &Ran) -> Vec<String> {
    let is_marked = |line: &&str| ["~ ", "? ", "! "].iter().any(|mark| line.starts_with(mark));
    let lines = ran.out.lines().map(str::trim_start).filter(is_marked);
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
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

/// The lists for a healthy key that the volume holds become ones that let another account read it.
fn forget_healthy_lists(image: &mut DiskImage) {
    let sum = |list: &[u8]| {
        list.as_chunks::<4>()
            .0
            .iter()
            .fold(0_u32, |sum, word| u32::from_le_bytes(*word).wrapping_add(sum.rotate_left(3)))
    };
    let bytes = image.bytes_mut();
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut changed = 0;
    for at in (0..bytes.len() - 512).step_by(16) {
        let length = usize::try_from(word(bytes, at + 16)).unwrap();
        if ![260, 261].contains(&word(bytes, at + 4))
            || !(40..400).contains(&length)
            || word(bytes, at) != sum(&bytes[at + 20..at + length])
        {
            continue;
        }
        let service = [1, 1, 0, 0, 0, 0, 0, 5, 20, 0, 0, 0];
        let list = &mut bytes[at + 20..at + length];
        let own = list.windows(12).position(|part| part == service).unwrap();
        list[own + 8] = 19;
        let sum = sum(list).to_le_bytes();
        bytes[at..at + 4].copy_from_slice(&sum);
        changed += 1;
    }
    assert_eq!(changed, 4, "two lists, each with its copy");
}

/// The tool beside a disk that keeps RDP from answering, and that disk.
pub(crate) fn broken() -> (Tool, Vec<u8>) {
    let tool = beside(disk(BROKEN, Style::Gpt));
    let disk = std::fs::read(tool.path("server.raw")).unwrap();
    (tool, disk)
}

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
