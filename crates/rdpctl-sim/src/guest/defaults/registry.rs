//! The registry of a healthy server (specs/guest.md, 10.1), except what has a table of its own.

use super::listener;
use crate::guest::registry::{Base, Computed, KeyPath, Kind, Value};
use crate::guest::spec::{Language, OsRelease};

/// How a constant becomes a value.
enum V {
    D(u32),
    S(&'static str),
    X(&'static str),
    M(&'static [&'static str]),
    B(&'static [u8]),
    /// Eight bytes, little-endian.
    Q(u64),
    C(Kind, Computed),
}

use V::{B, C, D, M, Q, S, X};

type Section = (&'static str, &'static [(&'static str, V)]);

const SECTIONS: &[Section] = &[
    (
        r"HKLM\SYSTEM\Select",
        &[("Current", D(1)), ("Default", D(1)), ("Failed", D(0)), ("LastKnownGood", D(1))],
    ),
    (
        r"HKLM\SYSTEM\Setup",
        &[("SystemSetupInProgress", D(0)), ("SetupType", D(0)), ("CmdLine", S(""))],
    ),
    (
        r"HKLM\HARDWARE\DESCRIPTION\System",
        &[("Identifier", S("AT/AT COMPATIBLE")), ("SystemBiosVersion", M(&["RDPCTL - 1", "BIOS"]))],
    ),
    (
        r"HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor\0",
        &[("ProcessorNameString", S("Virtual CPU"))],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control",
        &[
            ("CurrentUser", S("USERNAME")),
            ("BootDriverFlags", D(0x1c)),
            ("SystemStartOptions", S(" NOEXECUTE=OPTOUT")),
            ("WaitToKillServiceTimeout", S("5000")),
        ],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName",
        &[("ComputerName", C(Kind::Sz, Computed::HostnameUpper))],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName",
        &[("ComputerName", C(Kind::Sz, Computed::HostnameUpper))],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl",
        &[
            ("AutoReboot", D(1)),
            ("CrashDumpEnabled", D(7)),
            ("DumpFile", X(r"%SystemRoot%\MEMORY.DMP")),
            ("DumpLogLevel", D(0)),
            ("LogEvent", D(1)),
            ("MinidumpDir", X(r"%SystemRoot%\Minidump")),
            ("MinidumpsCount", D(5)),
            ("Overwrite", D(1)),
        ],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa",
        &[
            ("auditbasedirectories", D(0)),
            ("auditbaseobjects", D(0)),
            ("Authentication Packages", M(&["msv1_0"])),
            ("crashonauditfail", D(0)),
            ("disabledomaincreds", D(0)),
            ("everyoneincludesanonymous", D(0)),
            ("forceguest", D(0)),
            ("LimitBlankPasswordUse", D(1)),
            ("NoLmHash", D(1)),
            ("Notification Packages", M(&["rassfm", "scecli"])),
            ("restrictanonymous", D(0)),
            ("restrictanonymoussam", D(1)),
            ("Security Packages", M(&[""])),
        ],
    ),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy", &[("Enabled", D(0))]),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0",
        &[
            ("Auth132", S("IISSUBA")),
            ("NtlmMinClientSec", D(0x2000_0000)),
            ("NtlmMinServerSec", D(0x2000_0000)),
        ],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions",
        &[("ProductType", S("ServerNT")), ("ProductSuite", M(&["Terminal Server"]))],
    ),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot", &[("AlternateShell", S("cmd.exe"))]),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot\Minimal", &[]),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot\Network", &[]),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL",
        &[("EventLogging", D(1))],
    ),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Ciphers", &[]),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\SSL 2.0\Client",
        &[("DisabledByDefault", D(1))],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager",
        &[
            ("BootExecute", M(&["autocheck autochk *"])),
            ("CriticalSectionTimeout", D(0x0027_8d00)),
            ("ProtectionMode", D(1)),
        ],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
        &[("OS", S("Windows_NT")), ("Path", X(r"%SystemRoot%\system32;%SystemRoot%"))],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server",
        &[
            ("AllowRemoteRPC", D(1)),
            ("DeleteTempDirsOnExit", D(1)),
            ("fDenyTSConnections", D(0)),
            ("fSingleSessionPerUser", D(1)),
            ("NotificationTimeOut", D(0)),
            ("PerSessionTempDir", D(0)),
            ("ProductVersion", S("5.1")),
            ("RCDependentServices", M(&["CertPropSvc", "SessionEnv"])),
            ("SnapshotMonitors", S("1")),
            ("StartRCM", D(0)),
            ("TSUserEnabled", D(0)),
            ("InstanceID", S("0d6a2d4b-9c3a-4a40-9ae2-8dcb7d8")),
            ("RailShowallNotifyIcons", D(1)),
            ("RDPVGCInstalled", D(1)),
        ],
    ),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\AddIns", &[]),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM",
        &[("TSAppSrv", S("{5c6b8a9e-24a4-4d1b-8c0a-4f1f1a5a9f0e}"))],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core",
        &[("LicensingMode", D(5))],
    ),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\Utilities\query", &[]),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations",
        &[
            ("ConnectionThrottle", D(5)),
            ("SelfSignedCertStore", S("Remote Desktop")),
            ("SelfSignedCertificate", C(Kind::Binary, Computed::CertificateHash)),
        ],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\Console",
        &[("fEnableWinStation", D(1)), ("WdName", S("Console"))],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\TimeZoneInformation",
        &[
            ("ActiveTimeBias", D(0)),
            ("Bias", D(0)),
            ("DaylightBias", D(0)),
            ("DaylightName", S("@tzres.dll,-931")),
            ("RealTimeIsUniversal", D(1)),
            ("StandardBias", D(0)),
            ("StandardName", S("@tzres.dll,-932")),
            ("TimeZoneKeyName", S("UTC")),
        ],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Windows",
        &[
            ("Directory", X("%SystemRoot%")),
            ("ErrorMode", D(0)),
            ("ShutdownTime", Q(0x01dc_9e5a_2f41_7b00)),
            ("SystemDirectory", X(r"%SystemRoot%\system32")),
        ],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters",
        &[
            ("DataBasePath", X(r"%SystemRoot%\System32\drivers\etc")),
            ("Domain", S("")),
            ("ForwardBroadcasts", D(0)),
            ("Hostname", C(Kind::Sz, Computed::Hostname)),
            ("IPEnableRouter", D(0)),
            ("NV Domain", S("")),
            ("NV Hostname", C(Kind::Sz, Computed::Hostname)),
            ("SearchList", S("")),
            ("SyncDomainWithMembership", D(1)),
            ("UseDomainNameDevolution", D(1)),
        ],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{5f5c2c1a-4b58-4b27-9d55-0d6d84d7e0a1}",
        &[
            ("EnableDHCP", D(1)),
            ("DhcpIPAddress", S("10.0.0.4")),
            ("DhcpSubnetMask", S("255.255.255.0")),
            ("DhcpServer", S("10.0.0.1")),
            ("DhcpDefaultGateway", M(&["10.0.0.1"])),
            ("NameServer", S("")),
        ],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Services\Netlogon\Parameters",
        &[("DisablePasswordChange", D(0)), ("MaximumPasswordAge", D(30))],
    ),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Services\W32Time\Parameters",
        &[("NtpServer", S("time.windows.com,0x8")), ("Type", S("NTP"))],
    ),
    (
        r"HKLM\SOFTWARE\Microsoft\Cryptography",
        &[("MachineGuid", C(Kind::Sz, Computed::MachineGuid))],
    ),
    (r"HKLM\SOFTWARE\Microsoft\Shared Tools", &[]),
    (r"HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates", &[]),
    (r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates", &[]),
    (r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\CRLs", &[]),
    (r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\CTLs", &[]),
    (
        r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList",
        &[
            ("Default", X(r"%SystemDrive%\Users\Default")),
            ("ProfilesDirectory", X(r"%SystemDrive%\Users")),
            ("ProgramData", X(r"%SystemDrive%\ProgramData")),
            ("Public", X(r"%SystemDrive%\Users\Public")),
        ],
    ),
    (
        r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon",
        &[
            ("AutoAdminLogon", S("0")),
            ("Shell", S("explorer.exe")),
            ("WinStationsDisabled", S("0")),
        ],
    ),
    (
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System",
        &[
            ("ConsentPromptBehaviorAdmin", D(5)),
            ("ConsentPromptBehaviorUser", D(3)),
            ("dontdisplaylastusername", D(0)),
            ("EnableLUA", D(1)),
            ("legalnoticecaption", S("")),
            ("legalnoticetext", S("")),
            ("PromptOnSecureDesktop", D(1)),
            ("shutdownwithoutlogon", D(0)),
        ],
    ),
    (
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing",
        &[("Version", S("10.0"))],
    ),
    (r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update", &[]),
    (r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine", &[]),
    (
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener\*+HTTP",
        &[("Port", D(0x1761)), ("uriprefix", S("wsman"))],
    ),
    (
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Service",
        &[("allow_remote_requests", D(1))],
    ),
    (r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates", &[]),
    (r"HKLM\SOFTWARE\Policies\Microsoft\Windows", &[]),
    (r"HKU\.DEFAULT", &[]),
    (r"HKCU\Environment", &[]),
    (r"HKLM\SAM\SAM\Domains\Account\Users\000001F4", &[("F", B(&[2, 0, 1, 0, 0, 0, 0, 0]))]),
];

/// How the releases name themselves: product, version, release, display version.
fn names(os: OsRelease) -> (&'static str, &'static str, &'static str, &'static str) {
    match os {
        OsRelease::Server2012R2 => ("Windows Server 2012 R2 Datacenter", "6.3", "", ""),
        OsRelease::Server2016 => ("Windows Server 2016 Datacenter", "6.3", "1607", ""),
        OsRelease::Server2019 => ("Windows Server 2019 Datacenter", "6.3", "1809", ""),
        OsRelease::Server2022 => ("Windows Server 2022 Datacenter", "6.3", "2009", "21H2"),
        OsRelease::Server2025 => ("Windows Server 2025 Datacenter", "6.3", "2009", "24H2"),
    }
}

fn path(text: &str) -> KeyPath {
    KeyPath::parse(text).unwrap_or_else(|| KeyPath { shown: String::new(), stored: String::new() })
}

/// Writes the tables into an empty registry.
pub(in crate::guest) fn fill(base: &mut Base, os: OsRelease, language: Language) {
    for (key, values) in SECTIONS {
        let key = path(key);
        base.create(&key);
        for (name, value) in *values {
            let value = match value {
                D(number) => Value::dword(*number),
                S(text) => Value::text(text),
                X(text) => Value::expandable(text),
                M(items) => Value::many(items.iter().copied()),
                B(bytes) => Value::binary(bytes),
                Q(number) => Value::binary(&number.to_le_bytes()),
                C(kind, computed) => Value::computed(*kind, *computed),
            };
            base.set(&key, name, value);
        }
    }
    let listener =
        path(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp");
    for (name, number) in listener::NUMBERS {
        base.set(&listener, name, Value::dword(*number));
    }
    for (name, text) in listener::TEXTS {
        base.set(&listener, name, Value::text(text));
    }
    let (product, version, release, display) = names(os);
    let current = path(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion");
    let build = os.build().to_string();
    base.set(&current, "CurrentVersion", Value::text(version));
    base.set(&current, "CurrentBuild", Value::text(&build));
    base.set(&current, "CurrentBuildNumber", Value::text(&build));
    base.set(&current, "EditionID", Value::text("ServerDatacenter"));
    base.set(&current, "InstallationType", Value::text("Server"));
    base.set(&current, "ProductName", Value::text(product));
    base.set(&current, "SystemRoot", Value::text(r"C:\Windows"));
    if os > OsRelease::Server2012R2 {
        base.set(&current, "CurrentMajorVersionNumber", Value::dword(10));
        base.set(&current, "CurrentMinorVersionNumber", Value::dword(0));
        base.set(&current, "UBR", Value::dword(revision(os)));
        base.set(&current, "ReleaseId", Value::text(release));
    }
    if !display.is_empty() {
        base.set(&current, "DisplayVersion", Value::text(display));
    }
    let pages = path(r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage");
    let ansi = match language {
        Language::English | Language::German | Language::French | Language::Spanish => "1252",
        Language::Japanese => "932",
        Language::Russian => "1251",
        Language::Korean => "949",
        Language::Chinese => "936",
    };
    base.set(&pages, "ACP", Value::text(ansi));
    base.set(&pages, "OEMCP", Value::text(&language.oem_code_page().to_string()));
    let locale = match language {
        Language::English => "0409",
        Language::Korean => "0412",
        Language::Chinese => "0804",
        Language::German => "0407",
        Language::Japanese => "0411",
        Language::Russian => "0419",
        Language::French => "040c",
        Language::Spanish => "0c0a",
    };
    let languages = path(r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language");
    base.set(&languages, "Default", Value::text(locale));
    base.set(&languages, "InstallLanguage", Value::text(locale));
}

/// The revision of a build, as updates of 2024 left it.
fn revision(os: OsRelease) -> u32 {
    match os {
        OsRelease::Server2012R2 => 0,
        OsRelease::Server2016 => 6614,
        OsRelease::Server2019 => 5458,
        OsRelease::Server2022 => 2227,
        OsRelease::Server2025 => 1742,
    }
}
