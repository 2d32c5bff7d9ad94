//! The single faults of both documents: how a world states each, and where the doctor should find it.

/// A fault, and what the doctor should make of it.
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// What differs in the cloud, and inside Windows.
    pub(super) vm: &'static str,
    pub(super) guest: &'static str,
    pub(super) facet: &'static str,
    pub(super) step: &'static str,
    /// Whether nobody gets as far as the log-on, or past it.
    pub(super) keeps_out: bool,
}

const fn cloud(
    name: &'static str,
    vm: &'static str,
    facet: &'static str,
    step: &'static str,
) -> Fault {
    Fault { name, vm, guest: "", facet, step, keeps_out: true }
}

pub(super) const fn guest(
    name: &'static str,
    guest: &'static str,
    facet: &'static str,
    step: &'static str,
) -> Fault {
    Fault { name, vm: "", guest, facet, step, keeps_out: true }
}

/// A fault beside which Remote Desktop answers.
pub(super) const fn beside(fault: Fault) -> Fault {
    Fault { keeps_out: false, ..fault }
}

macro_rules! key {
    (server) => {
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
    };
    (listener) => {
        concat!(key!(server), r"\WinStations\RDP-Tcp")
    };
    (policy) => {
        r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
    };
    (tls $version:literal) => {
        concat!(
            r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS ",
            $version,
            r"\Server"
        )
    };
    (dumps) => {
        r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl"
    };
    (ems) => {
        r"HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\260000b0"
    };
}

macro_rules! set {
    ($($key:tt)+) => { concat!("registry.'", key!($($key)+), "' = ") };
}

pub(super) const FAULTS: &[Fault] = &[
    // Tencent 1 to 4: the cloud.
    cloud("switched off", "state = 'stopped'", "power", "Tencent 1"),
    cloud(
        "isolated for arrears",
        "isolated = 'arrear'\nrestrict-state = 'protectively-isolated'",
        "power",
        "Tencent 1",
    ),
    cloud("no address", "address = 'none'", "public-ip", "Tencent 2"),
    cloud(
        "address blocked",
        "address = { type = 'eip', bandwidth = 5, charge-type = 'TRAFFIC_POSTPAID_BY_HOUR', blocked = true }",
        "public-ip",
        "Tencent 2",
    ),
    cloud(
        "0 Mbps",
        "address = { type = 'eip', bandwidth = 0, charge-type = 'TRAFFIC_POSTPAID_BY_HOUR' }",
        "bandwidth",
        "Tencent 3",
    ),
    cloud("no rule for the port", "security-groups = ['sg-shut0001']", "ingress", "Tencent 4"),
    cloud(
        "a drop before the accept",
        "security-groups = ['sg-drop0001', 'sg-open0001']",
        "ingress",
        "Tencent 4",
    ),
    cloud("no security group", "security-groups = []", "ingress", "Tencent 4"),
    // Tencent 5 and 6: Windows.
    guest("selective startup", "boot = 'selective'", "boot", "Tencent 5.10"),
    guest("diagnostic startup", "boot = 'diagnostic'", "boot", "Tencent 5.10"),
    beside(guest("safe mode with network", "boot = 'safe-network'", "boot", "Tencent 5.10")),
    guest(
        "connections denied",
        concat!(set!(server), "{ fDenyTSConnections = 1 }"),
        "remote-desktop",
        "Tencent 5.4",
    ),
    guest(
        "connections denied by policy",
        concat!(set!(policy), "{ fDenyTSConnections = 1 }"),
        "remote-desktop",
        "Tencent 5.4",
    ),
    guest(
        "drain mode",
        concat!(set!(server), "{ TSServerDrainMode = 1 }"),
        "remote-desktop",
        "Tencent 6.7",
    ),
    guest(
        "TermService disabled",
        "services.TermService = { start = 'disabled' }",
        "service",
        "Tencent 5.7",
    ),
    guest(
        "TermService stopped",
        "services.TermService = { state = 'stopped' }",
        "service",
        "Tencent 5.7",
    ),
    guest(
        "TermService crashes",
        "services.TermService = { crash = true }",
        "service",
        "Tencent 5.7",
    ),
    beside(guest(
        "SessionEnv disabled",
        "services.SessionEnv = { start = 'disabled' }",
        "service",
        "Tencent 6.4",
    )),
    beside(guest(
        "UmRdpService disabled",
        "services.UmRdpService = { start = 'disabled' }",
        "service",
        "Tencent 6.4",
    )),
    beside(guest(
        "CryptSvc disabled",
        "services.CryptSvc = { start = 'disabled', state = 'stopped' }",
        "service",
        "Tencent 6.4",
    )),
    beside(guest(
        "KeyIso disabled",
        "services.KeyIso = { start = 'disabled' }",
        "service",
        "Tencent 6.4",
    )),
    guest(
        "firewall service off",
        "services.MpsSvc = { start = 'disabled', state = 'stopped' }",
        "service",
        "Tencent 6.4",
    ),
    beside(guest(
        "firewall off",
        "firewall = { profiles = { public = false } }",
        "firewall",
        "Tencent 6.10",
    )),
    guest(
        "Remote Desktop not an allowed app",
        "firewall = { remote-desktop = 'off' }",
        "firewall",
        "Tencent 6.12",
    ),
    guest("its rule blocks", "firewall = { remote-desktop = 'block' }", "firewall", "Tencent 6.12"),
    guest(
        "its rule deleted",
        "firewall = { remote-desktop = 'absent' }",
        "firewall",
        "Tencent 6.12",
    ),
    guest(
        "somebody else's rule blocks",
        "firewall = { rules = ['v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Name=audit|'] }",
        "firewall",
        "Tencent 6.12",
    ),
    guest(
        "a policy ignores local rules",
        r"registry.'HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile' = { AllowLocalPolicyMerge = 0 }",
        "firewall",
        "Tencent 6.12",
    ),
    // Azure 1: the port.
    guest(
        "port taken by a service",
        "ports.3389 = { image = 'nginx.exe', service = 'nginx' }",
        "port",
        "Azure 1.1",
    ),
    guest("port taken by a program", "ports.3389 = { image = 'tunnel.exe' }", "port", "Azure 1.1"),
    guest("port taken by the kernel", "ports.3389 = { image = 'System' }", "port", "Azure 1.1"),
    guest("port moved", concat!(set!(listener), "{ PortNumber = 3390 }"), "port", "Azure 1.1"),
    guest(
        "listener disabled",
        concat!(set!(listener), "{ fEnableWinStation = 0 }"),
        "port",
        "Azure 1.1",
    ),
    guest(
        "bound to one adapter",
        concat!(set!(listener), "{ LanAdapter = 5 }"),
        "port",
        "Azure 1.1",
    ),
    guest(
        "log-ons disabled",
        concat!(set!(listener), "{ fLogonDisabled = 1 }"),
        "port",
        "Azure 1.1",
    ),
    // Azure 2: certificate and key.
    guest("certificate expired", "certificate = 'expired'", "certificate", "Azure 2.1"),
    beside(guest(
        "certificate about to expire",
        "certificate = { days-left = 5 }",
        "certificate",
        "Azure 2.1",
    )),
    guest("certificate missing", "certificate = 'missing'", "certificate", "Azure 2.1"),
    guest("certificate corrupt", "certificate = 'corrupt'", "certificate", "Azure 2.1"),
    beside(guest(
        "certificate not valid yet",
        "certificate = 'not-yet-valid'",
        "certificate",
        "Azure 2.1",
    )),
    guest("private key gone", "machine-keys = 'missing'", "certificate", "Azure 2.1"),
    guest(
        "bound to a certificate that is gone",
        concat!(
            set!(listener),
            "{ SSLCertificateSHA1Hash = { type = 'REG_BINARY', data = '00112233445566778899AABBCCDDEEFF00112233' } }"
        ),
        "certificate",
        "Azure 2.1",
    ),
    guest(
        "NETWORK SERVICE not on the key's list",
        "machine-keys = 'no-network-service'",
        "machine-keys",
        "Azure 2.3",
    ),
    guest(
        "NETWORK SERVICE denied",
        "machine-keys = 'deny-network-service'",
        "machine-keys",
        "Azure 2.3",
    ),
    guest("SYSTEM denied", "machine-keys = 'deny-system'", "machine-keys", "Azure 2.3"),
    guest("the key's list unreadable", "machine-keys = 'locked'", "machine-keys", "Azure 2.3"),
    // Azure 3: TLS and group policy.
    beside(guest("TLS 1.0 off", concat!(set!(tls "1.0"), "{ Enabled = 0 }"), "tls", "Azure 3.1")),
    beside(guest("TLS 1.1 off", concat!(set!(tls "1.1"), "{ Enabled = 0 }"), "tls", "Azure 3.1")),
    beside(guest("TLS 1.2 off", concat!(set!(tls "1.2"), "{ Enabled = 0 }"), "tls", "Azure 3.1")),
    beside(guest(
        "TLS 1.2 off by default",
        concat!(set!(tls "1.2"), "{ Enabled = 1, DisabledByDefault = 1 }"),
        "tls",
        "Azure 3.1",
    )),
    guest(
        "all TLS off",
        concat!(
            set!(tls "1.0"),
            "{ Enabled = 0 }\n",
            set!(tls "1.1"),
            "{ Enabled = 0 }\n",
            set!(tls "1.2"),
            "{ Enabled = 0 }\n",
            set!(tls "1.3"),
            "{ Enabled = 0 }"
        ),
        "tls",
        "Azure 3.1",
    ),
    beside(guest(
        "a domain's policy keeps TLS 1.2 off",
        concat!(
            "[[vm.web-01.guest.domain-policy]]\nkey = '",
            key!(tls "1.2"),
            "'\nname = 'Enabled'\nvalue = 0\nsource = 'setting'"
        ),
        "tls",
        "Azure 3.1",
    )),
    guest(
        "no cipher suite left",
        r"registry.'HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002' = { Functions = '' }",
        "tls",
        "Azure 3.1",
    ),
    beside(guest(
        "group policy left suspended",
        "services.gpsvc = { start = 'disabled' }",
        "group-policy",
        "Azure 3.3",
    )),
    // Azure 4.2 and 4.4.4: recovery and NLA.
    beside(guest("serial console off", concat!(set!(ems), "false"), "recovery", "Azure 4.2")),
    beside(guest(
        "no crash dump",
        concat!(set!(dumps), "{ CrashDumpEnabled = 0 }"),
        "recovery",
        "Azure 4.2",
    )),
    beside(guest(
        "no dump on NMI",
        concat!(set!(dumps), "{ NMICrashDump = 0 }"),
        "recovery",
        "Azure 4.2",
    )),
    beside(guest(
        "NLA off",
        concat!(set!(listener), "{ UserAuthentication = 0 }"),
        "nla",
        "Azure 4.4.4",
    )),
    guest(
        "SecurityLayer 0",
        concat!(set!(listener), "{ SecurityLayer = 0 }"),
        "nla",
        "Azure 4.4.4",
    ),
    guest(
        "SecurityLayer out of range",
        concat!(set!(listener), "{ SecurityLayer = 7 }"),
        "nla",
        "Azure 4.4.4",
    ),
    guest(
        "negotiation not allowed",
        concat!(set!(listener), "{ fAllowSecProtocolNegotiation = 0 }"),
        "nla",
        "Azure 4.4.4",
    ),
    beside(guest(
        "NLA off by policy",
        concat!(set!(policy), "{ UserAuthentication = 0 }"),
        "nla",
        "Azure 4.4.4",
    )),
    guest(
        "SecurityLayer 0 by policy",
        concat!(set!(policy), "{ SecurityLayer = 0 }"),
        "nla",
        "Azure 4.4.4",
    ),
];
