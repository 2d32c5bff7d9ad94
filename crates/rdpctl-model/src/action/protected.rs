//! Services that are never stopped or disabled, neither in a plan nor when it is carried out.

/// Windows' base, the network, the ways in, and the agents of clouds: without one of them the guest, or every way into it,
/// is lost.
const PROTECTED: [&str; 16] = [
    "bfe",
    "brokerinfrastructure",
    "dcomlaunch",
    "dhcp",
    "gpsvc",
    "http",
    "lanmanserver",
    "lsm",
    "mpssvc",
    "nsi",
    "rdagent",
    "rpceptmapper",
    "rpcss",
    "tatsvc",
    "windowsazureguestagent",
    "winrm",
];

/// Whether a service is one of them, however it is spelled.
#[must_use]
pub fn is_protected(service: &str) -> bool {
    PROTECTED.iter().any(|name| name.eq_ignore_ascii_case(service))
}
