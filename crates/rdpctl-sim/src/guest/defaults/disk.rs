//! The folders and files of a healthy server that native commands meet.

use std::sync::Arc;

use crate::guest::acl::{Acl, FULL, READ, Sid, service_sid};
use crate::guest::acl::{Entry, Inheritance};
use crate::guest::files::{BaseFiles, GUID, Node};
use crate::guest::spec::{MachineKeysSpec, OsRelease};

/// The folder of the machine's classic private keys.
pub(in crate::guest) const MACHINE_KEYS: &str = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys";

/// The name of the RDP key's file up to the machine GUID.
pub(in crate::guest) const RDP_KEY: &str = "f686aace6942fb7f7ceb231212eef4a4_";

/// Folders, and the lists of those that do not take them from above.
const FOLDERS: &[(&str, Option<&str>)] = &[
    // Everybody may make a folder below the root, and owns what he puts into it.
    (
        "C:",
        Some(
            "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;0x4;;;BU)(A;CIIO;0x2;;;BU)",
        ),
    ),
    (r"C:\Windows", Some(SHUT)),
    (r"C:\Windows\Temp", Some("D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;CI;0x100026;;;BU)")),
    (r"C:\Windows\System32\drivers\etc", None),
    (r"C:\Windows\System32\config", None),
    (r"C:\Windows\System32\Wbem", None),
    (r"C:\Windows\System32\WindowsPowerShell\v1.0", None),
    (r"C:\Windows\System32\winevt\Logs", None),
    (r"C:\Windows\System32\GroupPolicy\Machine", None),
    (r"C:\Windows\servicing", None),
    (r"C:\Program Files", Some(SHUT)),
    (r"C:\Program Files\Common Files", None),
    (r"C:\Program Files (x86)", Some(SHUT)),
    (
        r"C:\ProgramData",
        Some("D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;0x116;;;BU)"),
    ),
    (r"C:\ProgramData\Microsoft\Crypto\Keys", None),
    (r"C:\Tools", None),
    (r"C:\Users", Some(SHUT)),
    (r"C:\Users\Administrator", Some("D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)")),
    (r"C:\Users\Administrator\AppData\Local\Temp", None),
    (r"C:\Users\Public", Some("D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;IU)")),
];

/// Users may read and execute what lies here, and write nothing.
const SHUT: &str = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)";

/// Windows' own tools, as files.
pub(in crate::guest) const TOOLS: &[&str] = &[
    "bcdedit",
    "certreq",
    "certutil",
    "cscript",
    "expand",
    "find",
    "findstr",
    "forfiles",
    "fsutil",
    "gpresult",
    "gpupdate",
    "hostname",
    "icacls",
    "makecab",
    "more",
    "net",
    "net1",
    "netsh",
    "netstat",
    "ping",
    "powershell",
    "query",
    "quser",
    "qwinsta",
    "reg",
    "sc",
    "schtasks",
    "secedit",
    "shutdown",
    "takeown",
    "taskkill",
    "tasklist",
    "timeout",
    "wevtutil",
    "where",
    "whoami",
    "wmic",
];

const FILES: &[(&str, &str)] = &[
    (
        r"C:\Windows\System32\drivers\etc\hosts",
        "# localhost name resolution is handled within DNS itself.\r\n",
    ),
    (r"C:\Windows\System32\svchost.exe", "MZ"),
    (r"C:\Windows\System32\termsrv.dll", "MZ"),
    (r"C:\Windows\System32\config\SYSTEM", "regf"),
    (r"C:\Windows\System32\config\SOFTWARE", "regf"),
    (r"C:\Windows\System32\winrm.vbs", "' Windows Remote Management\r\n"),
    (r"C:\Windows\win.ini", "; for 16-bit app support\r\n"),
];

/// The list of a healthy key file of the release.
fn key_entries(os: OsRelease) -> Vec<Entry> {
    let allow = |sid, mask| Entry { deny: false, inheritance: Inheritance::default(), mask, sid };
    let third = if os <= OsRelease::Server2016 {
        allow(Sid::administrators(), READ)
    } else {
        allow(service_sid("SessionEnv"), FULL)
    };
    vec![allow(Sid::system(), FULL), allow(Sid::network_service(), READ), third]
}

/// What the key file of a generation holds.
pub(in crate::guest) fn key_file(generation: u32) -> Vec<u8> {
    format!("rdpctl-sim private key {generation}").into_bytes()
}

/// A healthy key file.
pub(in crate::guest) fn healthy_key(os: OsRelease, name: &str, generation: u32) -> Node {
    let acl = Acl { protected: true, auto_inherited: true, entries: key_entries(os) };
    Node { acl: Some(Arc::new(acl)), ..Node::file(name, &key_file(generation)) }
}

/// Writes the disk.
pub(in crate::guest) fn fill(files: &mut BaseFiles, os: OsRelease, keys: MachineKeysSpec) {
    for (folder, acl) in FOLDERS {
        let name = folder.rsplit('\\').next().unwrap_or(folder);
        let acl = acl.and_then(Acl::parse_sddl).map(Arc::new);
        files.put(folder, Node { acl, ..Node::folder(name) });
    }
    for tool in TOOLS.iter().chain(&["cmd"]) {
        let name = format!("{tool}.exe");
        let node = Node::file(&name, format!("MZ {tool}").as_bytes());
        match *tool {
            // No longer delivered with Windows by itself.
            "wmic" if os >= OsRelease::Server2025 => {}
            "wmic" => files.put(&format!(r"C:\Windows\System32\Wbem\{name}"), node),
            "powershell" => {
                files.put(&format!(r"C:\Windows\System32\WindowsPowerShell\v1.0\{name}"), node);
            }
            _ => files.put(&format!(r"C:\Windows\System32\{name}"), node),
        }
    }
    for (path, text) in FILES {
        let name = path.rsplit('\\').next().unwrap_or(path);
        files.put(path, Node::file(name, text.as_bytes()));
    }
    let folder_list = match keys {
        MachineKeysSpec::FolderGone => return,
        MachineKeysSpec::HardenedFolder => "D:PAI(A;;FA;;;BA)",
        MachineKeysSpec::Ok
        | MachineKeysSpec::NoNetworkService
        | MachineKeysSpec::DenySystem
        | MachineKeysSpec::DenyNetworkService
        | MachineKeysSpec::Locked
        | MachineKeysSpec::Missing => "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
    };
    let acl = Acl::parse_sddl(folder_list).map(Arc::new);
    files.put(MACHINE_KEYS, Node { acl, ..Node::folder("MachineKeys") });
    // Another key of the machine, which no repair of RDP may touch.
    let other = "76944fb33636aeddb9590521c2e8815a_{machine-guid}";
    files.put(&format!(r"{MACHINE_KEYS}\{other}"), healthy_key(OsRelease::Server2016, other, 9));
    let name = format!("{RDP_KEY}{GUID}");
    let mut key = healthy_key(os, &name, 0);
    let mut acl = key.acl.as_deref().cloned().unwrap_or_default();
    match keys {
        MachineKeysSpec::Ok | MachineKeysSpec::HardenedFolder => {}
        MachineKeysSpec::NoNetworkService => acl.remove(&Sid::network_service(), false, true),
        MachineKeysSpec::DenySystem => acl.deny(&Sid::system(), FULL, Inheritance::default()),
        MachineKeysSpec::DenyNetworkService => {
            acl.deny(&Sid::network_service(), FULL, Inheritance::default());
        }
        MachineKeysSpec::Locked => {
            acl.entries.clear();
            acl.deny(&Sid::everyone(), FULL, Inheritance::default());
            key.owner = Sid::network_service();
        }
        MachineKeysSpec::Missing | MachineKeysSpec::FolderGone => return,
    }
    key.acl = Some(Arc::new(acl));
    files.put(&format!(r"{MACHINE_KEYS}\{name}"), key);
}
