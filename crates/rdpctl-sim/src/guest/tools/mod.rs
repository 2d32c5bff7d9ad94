//! The native tools: one file each, run against the machine, with the real tools' formats and codes.

mod bcdedit;
mod cabinet;
mod call;
mod certutil;
mod cscript;
mod findstr;
mod icacls;
mod net;
mod net_people;
mod net_reply;
mod netsh;
mod netstat;
mod ownership;
mod policy;
mod powershell;
mod processes;
mod reg;
mod request;
mod sc;
mod schtasks;
mod sessions;
mod shutdown;
mod small;
mod wevtutil;
mod wmic;

pub(super) use call::Tool;

/// A tool's entry: the result is its exit code.
pub(super) type Run = fn(&mut Tool<'_>) -> i32;

const TOOLS: &[(&str, Run)] = &[
    ("bcdedit", bcdedit::run),
    ("certreq", small::certreq),
    ("certutil", certutil::run),
    ("cscript", cscript::run),
    ("expand", cabinet::expand),
    ("find", findstr::find),
    ("findstr", findstr::findstr),
    ("forfiles", small::forfiles),
    ("fsutil", small::fsutil),
    ("gpresult", policy::gpresult),
    ("gpupdate", policy::gpupdate),
    ("hostname", small::hostname),
    ("icacls", icacls::run),
    ("makecab", cabinet::makecab),
    ("more", small::more),
    ("net", net::run),
    ("net1", net::run),
    ("netsh", netsh::run),
    ("netstat", netstat::run),
    ("ping", small::ping),
    ("powershell", powershell::run),
    ("query", sessions::query),
    ("quser", sessions::quser),
    ("qwinsta", sessions::qwinsta),
    ("reg", reg::run),
    ("sc", sc::run),
    ("schtasks", schtasks::run),
    ("secedit", policy::secedit),
    ("shutdown", shutdown::run),
    ("takeown", ownership::takeown),
    ("taskkill", processes::taskkill),
    ("tasklist", processes::tasklist),
    ("timeout", small::timeout),
    ("wevtutil", wevtutil::run),
    ("where", small::locate),
    ("whoami", small::whoami),
    ("wmic", wmic::run),
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

    #[test]
    fn every_tool_lies_on_the_disk() {
        let names: Vec<&str> = TOOLS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, crate::guest::defaults::disk::TOOLS);
    }
}
