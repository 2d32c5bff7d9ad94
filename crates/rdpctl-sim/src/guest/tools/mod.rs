//! The native tools: one file each, run against the machine, with the real tools' formats and codes.

mod bcdedit;
mod call;
mod findstr;
mod icacls;
mod net;
mod netsh;
mod netstat;
mod processes;
mod reg;
mod sc;
mod shutdown;
mod small;
mod wevtutil;

pub(super) use call::{Tool, system_time};

/// A tool's entry: the result is its exit code.
pub(super) type Run = fn(&mut Tool<'_>) -> i32;

const TOOLS: &[(&str, Run)] = &[
    ("bcdedit", bcdedit::run),
    ("find", findstr::find),
    ("findstr", findstr::findstr),
    ("hostname", small::hostname),
    ("icacls", icacls::run),
    ("net", net::run),
    ("net1", net::run),
    ("netsh", netsh::run),
    ("netstat", netstat::run),
    ("ping", small::ping),
    ("reg", reg::run),
    ("sc", sc::run),
    ("shutdown", shutdown::run),
    ("taskkill", processes::taskkill),
    ("tasklist", processes::tasklist),
    ("timeout", small::timeout),
    ("wevtutil", wevtutil::run),
    ("whoami", small::whoami),
];

/// The tool of that name.
pub(super) fn find(name: &str) -> Option<Run> {
    TOOLS.iter().find(|(known, _)| *known == name).map(|(_, run)| *run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TOOLS.is_sorted_by_key(|(name, _)| *name));
    }
}
