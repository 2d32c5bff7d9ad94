//! The services and drivers of a healthy server, with what they depend on and where they live.

use crate::guest::services::{Host, SafeBoot};
use crate::guest::spec::OsRelease;

/// A row of the table.
#[derive(Clone, Copy)]
pub(in crate::guest) struct Row {
    pub(in crate::guest) name: &'static str,
    pub(in crate::guest) display: &'static str,
    pub(in crate::guest) start: u32,
    pub(in crate::guest) host: Host,
    pub(in crate::guest) account: &'static str,
    pub(in crate::guest) depends: &'static [&'static str],
    pub(in crate::guest) dll: &'static str,
    pub(in crate::guest) stoppable: bool,
    pub(in crate::guest) safe: SafeBoot,
    /// Started at boot although its start type is manual.
    pub(in crate::guest) demanded: bool,
}

const SYSTEM: &str = "LocalSystem";
const NETWORK: &str = r"NT Authority\NetworkService";
const LOCAL: &str = r"NT AUTHORITY\LocalService";

const BASE: Row = Row {
    name: "",
    display: "",
    start: 2,
    host: Host::Driver,
    account: SYSTEM,
    depends: &[],
    dll: "",
    stoppable: true,
    safe: SafeBoot::Never,
    demanded: false,
};

const fn shared(
    name: &'static str,
    display: &'static str,
    group: &'static str,
    account: &'static str,
    depends: &'static [&'static str],
    dll: &'static str,
) -> Row {
    Row { name, display, host: Host::Group(group), account, depends, dll, ..BASE }
}

const fn driver(name: &'static str, start: u32) -> Row {
    Row {
        name,
        display: name,
        start,
        safe: SafeBoot::Always,
        stoppable: false,
        demanded: true,
        ..BASE
    }
}

const fn manual(row: Row) -> Row {
    Row { start: 3, ..row }
}

const fn fixed(row: Row) -> Row {
    Row { stoppable: false, ..row }
}

const fn demanded(row: Row) -> Row {
    Row { demanded: true, ..row }
}

const fn always(row: Row) -> Row {
    Row { safe: SafeBoot::Always, ..row }
}

const fn with_network(row: Row) -> Row {
    Row { safe: SafeBoot::WithNetwork, ..row }
}

/// All rows, in the order in which a boot starts them.
pub(in crate::guest) static ROWS: &[Row] = &[
    driver("Tcpip", 0),
    driver("NDIS", 0),
    driver("sacdrv", 0),
    driver("Mup", 0),
    driver("Afd", 1),
    driver("NetBT", 1),
    driver("nsiproxy", 1),
    driver("Tdx", 1),
    driver("netvsc", 3),
    driver("HTTP", 3),
    driver("mpsdrv", 3),
    driver("Bowser", 3),
    driver("MRxSmb20", 3),
    driver("Srv2", 3),
    driver("RDPDR", 3),
    driver("rdpbus", 3),
    driver("TermDD", 0),
    always(fixed(shared(
        "RpcEptMapper",
        "RPC Endpoint Mapper",
        "RPCSS",
        NETWORK,
        &[],
        "RpcEpMap.dll",
    ))),
    always(fixed(shared(
        "DcomLaunch",
        "DCOM Server Process Launcher",
        "DcomLaunch",
        SYSTEM,
        &[],
        "rpcss.dll",
    ))),
    always(fixed(shared(
        "RpcSs",
        "Remote Procedure Call (RPC)",
        "RPCSS",
        NETWORK,
        &["RpcEptMapper", "DcomLaunch"],
        "rpcss.dll",
    ))),
    always(fixed(shared(
        "BrokerInfrastructure",
        "Background Tasks Infrastructure Service",
        "DcomLaunch",
        SYSTEM,
        &["RpcEptMapper", "DcomLaunch", "RpcSs"],
        "psmsrv.dll",
    ))),
    always(fixed(shared(
        "LSM",
        "Local Session Manager",
        "DcomLaunch",
        SYSTEM,
        &["RpcEptMapper", "DcomLaunch", "RpcSs"],
        "lsm.dll",
    ))),
    always(fixed(shared("PlugPlay", "Plug and Play", "DcomLaunch", SYSTEM, &[], "umpnpmgr.dll"))),
    always(fixed(shared("Power", "Power", "DcomLaunch", SYSTEM, &[], "umpo.dll"))),
    always(Row {
        name: "SamSs",
        display: "Security Accounts Manager",
        host: Host::Image("lsass.exe"),
        depends: &["RPCSS"],
        stoppable: false,
        ..BASE
    }),
    always(demanded(manual(Row {
        name: "KeyIso",
        display: "CNG Key Isolation",
        host: Host::Image("lsass.exe"),
        depends: &["RpcSs"],
        ..BASE
    }))),
    always(shared(
        "EventLog",
        "Windows Event Log",
        "LocalServiceNetworkRestricted",
        LOCAL,
        &[],
        "wevtsvc.dll",
    )),
    always(shared("ProfSvc", "User Profile Service", "netsvcs", SYSTEM, &["RpcSs"], "profsvc.dll")),
    with_network(fixed(shared(
        "gpsvc",
        "Group Policy Client",
        "netsvcs",
        SYSTEM,
        &["RPCSS", "Mup"],
        "gpsvc.dll",
    ))),
    with_network(shared(
        "nsi",
        "Network Store Interface Service",
        "LocalService",
        LOCAL,
        &["rpcss", "nsiproxy"],
        "nsisvc.dll",
    )),
    with_network(shared(
        "BFE",
        "Base Filtering Engine",
        "LocalServiceNoNetworkFirewall",
        LOCAL,
        &["RpcSs"],
        "bfe.dll",
    )),
    with_network(shared(
        "mpssvc",
        "Windows Defender Firewall",
        "LocalServiceNoNetworkFirewall",
        LOCAL,
        &["mpsdrv", "bfe"],
        "mpssvc.dll",
    )),
    with_network(shared(
        "Dhcp",
        "DHCP Client",
        "LocalServiceNetworkRestricted",
        LOCAL,
        &["NSI", "Afd"],
        "dhcpcore.dll",
    )),
    with_network(shared(
        "Dnscache",
        "DNS Client",
        "NetworkService",
        NETWORK,
        &["nsi", "Afd"],
        "dnsrslvr.dll",
    )),
    with_network(shared(
        "NlaSvc",
        "Network Location Awareness",
        "NetworkService",
        NETWORK,
        &["NSI", "RpcSs", "Tcpip", "Dhcp"],
        "nlasvc.dll",
    )),
    with_network(shared(
        "LanmanWorkstation",
        "Workstation",
        "NetworkService",
        NETWORK,
        &["Bowser", "MRxSmb20", "NSI"],
        "wkssvc.dll",
    )),
    with_network(shared(
        "LanmanServer",
        "Server",
        "netsvcs",
        SYSTEM,
        &["SamSS", "Srv2"],
        "srvsvc.dll",
    )),
    always(shared(
        "CryptSvc",
        "Cryptographic Services",
        "NetworkService",
        NETWORK,
        &["RpcSs"],
        "cryptsvc.dll",
    )),
    demanded(manual(Row {
        name: "Netlogon",
        display: "Netlogon",
        host: Host::Image("lsass.exe"),
        depends: &["LanmanWorkstation"],
        demanded: false,
        ..BASE
    })),
    manual(shared("W32Time", "Windows Time", "LocalService", LOCAL, &[], "w32time.dll")),
    manual(shared(
        "IKEEXT",
        "IKE and AuthIP IPsec Keying Modules",
        "netsvcs",
        SYSTEM,
        &["BFE", "nsi"],
        "ikeext.dll",
    )),
    fixed(shared(
        "Schedule",
        "Task Scheduler",
        "netsvcs",
        SYSTEM,
        &["RPCSS", "EventLog"],
        "schedsvc.dll",
    )),
    always(shared(
        "Winmgmt",
        "Windows Management Instrumentation",
        "netsvcs",
        SYSTEM,
        &["RPCSS"],
        "WMIsvc.dll",
    )),
    shared(
        "WinRM",
        "Windows Remote Management (WS-Management)",
        "NetworkService",
        NETWORK,
        &["RPCSS", "HTTP"],
        "WsmSvc.dll",
    ),
    Row {
        name: "Spooler",
        display: "Print Spooler",
        host: Host::Image("spoolsv.exe"),
        depends: &["RPCSS"],
        ..BASE
    },
    manual(shared(
        "sacsvr",
        "Special Administration Console Helper",
        "netsvcs",
        SYSTEM,
        &[],
        "sacsvr.dll",
    )),
    manual(shared("wuauserv", "Windows Update", "netsvcs", SYSTEM, &["rpcss"], "wuaueng.dll")),
    manual(Row {
        name: "TrustedInstaller",
        display: "Windows Modules Installer",
        host: Host::Image("TrustedInstaller.exe"),
        ..BASE
    }),
    with_network(manual(shared(
        "TermService",
        "Remote Desktop Services",
        "NetworkService",
        NETWORK,
        &["RPCSS"],
        "termsrv.dll",
    ))),
    with_network(manual(shared(
        "SessionEnv",
        "Remote Desktop Configuration",
        "netsvcs",
        SYSTEM,
        &["RPCSS", "LanmanWorkstation"],
        "sessenv.dll",
    ))),
    with_network(manual(shared(
        "UmRdpService",
        "Remote Desktop Services UserMode Port Redirector",
        "LocalSystemNetworkRestricted",
        SYSTEM,
        &["TermService", "RDPDR"],
        "umrdp.dll",
    ))),
    with_network(manual(shared(
        "CertPropSvc",
        "Certificate Propagation",
        "netsvcs",
        SYSTEM,
        &["RpcSs"],
        "certprop.dll",
    ))),
];

/// Whether the row belongs to the release: the old terminal driver left with 2016.
pub(in crate::guest) fn belongs(row: &Row, os: OsRelease) -> bool {
    row.name != "TermDD" || os == OsRelease::Server2012R2
}

/// Whether services of one group still share a process: since 2019 most have their own.
pub(in crate::guest) fn group_shares_process(group: &str, os: OsRelease) -> bool {
    os < OsRelease::Server2019
        || matches!(group, "RPCSS" | "DcomLaunch" | "LocalServiceNoNetworkFirewall")
}

/// The `-k` part of the command line: `TermService` has a group of its own on 2016.
pub(in crate::guest) fn image_path(row: &Row, os: OsRelease) -> String {
    match row.host {
        Host::Driver => format!(r"System32\drivers\{}.sys", row.name.to_lowercase()),
        Host::Image(image) => match image {
            "TrustedInstaller.exe" => r"%SystemRoot%\servicing\TrustedInstaller.exe".to_owned(),
            image => format!(r"%SystemRoot%\System32\{image}"),
        },
        Host::Group(group) => {
            let group = match (row.name, os) {
                ("TermService", OsRelease::Server2016) => "termsvcs",
                _ => group,
            };
            let path = format!(r"%SystemRoot%\System32\svchost.exe -k {group}");
            if os >= OsRelease::Server2019 && !group_shares_process(group, os) {
                format!("{path} -s {}", row.name)
            } else {
                path
            }
        }
        Host::Own => String::new(),
    }
}
