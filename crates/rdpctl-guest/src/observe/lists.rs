//! What is asked of every guest, as data: the commands are written from it and the answers are read by it.

use crate::frame::OEM_PAGE;

/// Keys below `HKLM\SYSTEM\CurrentControlSet`, read without what lies below them.
pub(super) const SYSTEM_KEYS: &[&str] = &[
    r"Control\Terminal Server",
    r"Control\Terminal Server\WinStations",
    r"Control\Terminal Server\WinStations\RDP-Tcp",
    r"Control\Terminal Server\RCM\Licensing Core",
    r"Control\Terminal Server\RCM\GracePeriod",
    r"Control\CrashControl",
    r"Control\SafeBoot\Option",
    r"Control\Lsa\FIPSAlgorithmPolicy",
    r"Control\Lsa\MSV1_0",
    r"Control\Lsa",
    r"Control\ProductOptions",
    r"Services\SharedAccess\Parameters\FirewallPolicy\DomainProfile",
    r"Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile",
    r"Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile",
    r"Services\TermService",
    r"Services\TermService\Parameters",
    r"Services\TermService\Parameters\LicenseServers",
    r"Services\Tcpip\Parameters",
];

/// Keys below `HKLM\SOFTWARE`, read without what lies below them. The last is our own: what a dead man's switch
/// leaves behind.
pub(super) const SOFTWARE_KEYS: &[&str] = &[
    r"Policies\Microsoft\Windows NT\Terminal Services",
    r"Policies\Microsoft\Cryptography\Configuration\SSL\00010002",
    r"Microsoft\Windows NT\CurrentVersion",
    r"Microsoft\Windows\CurrentVersion\Policies\System",
    r"Microsoft\Windows\CurrentVersion\Policies\System\CredSSP\Parameters",
    "rdpctl",
];

/// A key read with all below it, and the keys below it whose absence is a fact as well.
pub(super) struct Tree {
    pub(super) path: &'static str,
    pub(super) below: &'static [&'static str],
}

/// Trees below `HKLM\SYSTEM\CurrentControlSet`.
pub(super) const SYSTEM_TREES: &[Tree] = &[
    Tree {
        path: r"Services\SharedAccess\Parameters\FirewallPolicy\Mdm",
        below: &[
            "DomainProfile",
            "PrivateProfile",
            "StandardProfile",
            "PublicProfile",
            "FirewallRules",
        ],
    },
    Tree {
        path: r"Control\SecurityProviders\SCHANNEL",
        below: &[
            "Protocols",
            r"Protocols\SSL 2.0",
            r"Protocols\SSL 2.0\Server",
            r"Protocols\SSL 2.0\Client",
            r"Protocols\SSL 3.0",
            r"Protocols\SSL 3.0\Server",
            r"Protocols\SSL 3.0\Client",
            r"Protocols\TLS 1.0",
            r"Protocols\TLS 1.0\Server",
            r"Protocols\TLS 1.0\Client",
            r"Protocols\TLS 1.1",
            r"Protocols\TLS 1.1\Server",
            r"Protocols\TLS 1.1\Client",
            r"Protocols\TLS 1.2",
            r"Protocols\TLS 1.2\Server",
            r"Protocols\TLS 1.2\Client",
            r"Protocols\TLS 1.3",
            r"Protocols\TLS 1.3\Server",
            r"Protocols\TLS 1.3\Client",
            "Ciphers",
            "CipherSuites",
            "Hashes",
            "KeyExchangeAlgorithms",
        ],
    },
];

/// Trees below `HKLM\SOFTWARE`.
pub(super) const SOFTWARE_TREES: &[Tree] = &[
    Tree {
        path: r"Policies\Microsoft\WindowsFirewall",
        below: &[
            "DomainProfile",
            "PrivateProfile",
            "StandardProfile",
            "PublicProfile",
            "FirewallRules",
            r"DomainProfile\Services\RemoteDesktop",
            r"PrivateProfile\Services\RemoteDesktop",
            r"StandardProfile\Services\RemoteDesktop",
            r"PublicProfile\Services\RemoteDesktop",
        ],
    },
    Tree { path: r"Policies\Microsoft\Windows\WinRM", below: &["Service", "Client"] },
    Tree {
        path: r"Microsoft\Shared Tools\MSConfig",
        below: &["state", "services", "startupreg", "startupfolder"],
    },
    Tree { path: r"Microsoft\SystemCertificates\Remote Desktop\Certificates", below: &[] },
    Tree {
        path: r"Microsoft\Windows\CurrentVersion\WSMAN\Listener",
        below: &["*+HTTP", "*+HTTPS"],
    },
];

/// Services whose start type is read.
pub(super) const STARTS: &[&str] = &[
    "TermService",
    "SessionEnv",
    "UmRdpService",
    "RpcSs",
    "RpcEptMapper",
    "DcomLaunch",
    "LSM",
    "CertPropSvc",
    "CryptSvc",
    "KeyIso",
    "MpsSvc",
    "mpsdrv",
    "BFE",
    "LanmanWorkstation",
    "nsi",
    "gpsvc",
    "WinRM",
    "sacsvr",
    "sacdrv",
    "Dhcp",
    "Netlogon",
    "W32Time",
    "TermDD",
    "RDPDR",
    "rdpbus",
    "tssecsrv",
];

/// Services whose running state is read.
pub(super) const STATES: &[&str] = &[
    "TermService",
    "SessionEnv",
    "UmRdpService",
    "RpcSs",
    "MpsSvc",
    "BFE",
    "LanmanWorkstation",
    "nsi",
    "gpsvc",
    "WinRM",
    "CryptSvc",
    "KeyIso",
    "sacsvr",
];

/// How much of a key one of the single questions asks for.
#[derive(Clone, Copy)]
pub(super) enum Extent {
    /// The key with its values.
    Key,
    /// One value.
    Value(&'static str),
}

/// One question about one key, under its own tag.
pub(super) struct Single {
    pub(super) tag: &'static str,
    /// Below `HKLM`.
    pub(super) path: &'static str,
    pub(super) extent: Extent,
}

impl Single {
    /// Path and name as one element of a loop, where neither holds a blank. The code page has a tag of its own, by
    /// which it is found before anything else is read.
    pub(super) fn element(&self) -> Option<String> {
        match self.extent {
            Extent::Value(name) if !self.path.contains(' ') && self.tag != OEM_PAGE => {
                Some(format!("{} /v {name}", self.path))
            }
            Extent::Value(_) | Extent::Key => None,
        }
    }

    /// The path with its root, by the variables that every line has: few bytes are left in one.
    pub(super) fn rooted(&self) -> String {
        let below = |root: &str| self.path.strip_prefix(root).filter(|rest| rest.starts_with('\\'));
        match (below(r"SYSTEM\CurrentControlSet"), below("SOFTWARE")) {
            (Some(rest), _) => format!("!C!{rest}"),
            (None, Some(rest)) => format!("!S!{rest}"),
            (None, None) => format!(r"HKLM\{}", self.path),
        }
    }

    /// The tag of its frame.
    pub(super) fn tag(&self) -> String {
        self.element().unwrap_or_else(|| self.tag.to_owned())
    }
}

const fn value(tag: &'static str, path: &'static str, name: &'static str) -> Single {
    Single { tag, path, extent: Extent::Value(name) }
}

const fn key(tag: &'static str, path: &'static str) -> Single {
    Single { tag, path, extent: Extent::Key }
}

/// Single questions. The code page comes first, so that a cut reply can still be read.
pub(super) const SINGLES: &[Single] = &[
    value("oemcp", r"SYSTEM\CurrentControlSet\Control\Nls\CodePage", "OEMCP"),
    value("bootnonce", r"HARDWARE\DESCRIPTION\System", "RdpctlBoot"),
    value("progdata", r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList", "ProgramData"),
    value(
        "suites",
        r"SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002",
        "Functions",
    ),
    value(
        "winstations",
        r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon",
        "WinStationsDisabled",
    ),
    value("machineguid", r"SOFTWARE\Microsoft\Cryptography", "MachineGuid"),
    key(
        "pend/cbs",
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
    ),
    key(
        "pend/wu",
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired",
    ),
    value(
        "pend/pfro",
        r"SYSTEM\CurrentControlSet\Control\Session Manager",
        "PendingFileRenameOperations",
    ),
    value(
        "gpo",
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine",
        "Distinguished-Name",
    ),
];

/// The boot manager's object and the emergency management settings' object in the boot configuration.
pub(super) const BCD_TREES: &[(&str, Tree)] = &[
    (
        "bcd/boot",
        Tree {
            path: r"BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements",
            below: &["16000020", "23000003", "25000004", "26000020"],
        },
    ),
    (
        "bcd/ems",
        Tree {
            path: r"BCD00000000\Objects\{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}\Elements",
            below: &["15000022", "15000023"],
        },
    ),
];

/// Elements of the default boot entry: EMS, safe boot, alternate shell.
pub(super) const LOADER_ELEMENTS: &[&str] = &["260000b0", "25000080", "26000081"];

/// What is asked of the system log, by purpose, so that a flood of one kind hides none of another: by provider names and
/// ids, which are not translated. Each is the tag of its own answer.
pub(super) const PURPOSES: &[&str] = &[
    // A key that cannot be used, a protocol that cannot be had: few, and telling.
    "Provider[@Name='Schannel'] and (EventID=36870 or EventID=36871)",
    // What every scanner of an exposed host leaves behind.
    "Provider[@Name='Schannel'] and (EventID=36874 or EventID=36888)",
    "Provider[@Name='Microsoft-Windows-TerminalServices-RemoteConnectionManager']",
    "Provider[@Name='TermDD']",
    "Provider[@Name='Service Control Manager'] and (Level=1 or Level=2)",
    "Provider[@Name='NETLOGON'] and (EventID=3210 or EventID=5719)",
];

/// The log of Remote Desktop's administration, by its tag.
pub(super) const LICENCES: &str = "ev/lic";

/// As many events as are asked for of each. Where there are as many, there may be more.
pub(super) const AT_MOST: usize = 8;
