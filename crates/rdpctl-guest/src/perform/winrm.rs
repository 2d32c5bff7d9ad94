//! Letting `WinRM` answer: service, listener, rule. Each line may be repeated.

use ipnet::IpNet;
use rdpctl_model::guest::RegData;
use rdpctl_model::step::StartType;

use crate::refusal::Unrenderable;

use super::command::{DONE, NativeCommand};
use super::{firewall, registry, service};

const RULE: &str = "rdpctl-winrm-5985";
const WSMAN: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN";
const POLICY: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System";

/// The values that make it listen, and that it answers from elsewhere.
pub(super) fn values() -> [(String, &'static str, RegData); 4] {
    let listener = format!(r"{WSMAN}\Listener\*+HTTP");
    [
        (listener.clone(), "Port", RegData::Dword(5985)),
        (listener, "uriprefix", RegData::Sz("wsman".to_owned())),
        (format!(r"{WSMAN}\Service"), "allow_remote_requests", RegData::Dword(1)),
        (POLICY.to_owned(), "LocalAccountTokenFilterPolicy", RegData::Dword(1)),
    ]
}

/// Everything that it takes.
pub(super) fn bootstrap(sources: &[IpNet]) -> Result<Vec<NativeCommand>, Unrenderable> {
    let mut commands = service::set_start("WinRM", StartType::Auto)?;
    for (key, name, data) in values() {
        commands.push(registry::set(&key, name, &data)?);
    }
    commands.push(firewall::delete_named(RULE));
    for addresses in firewall::addresses(sources) {
        commands.push(NativeCommand::one(
            format!(
                "%SystemRoot%\\System32\\netsh.exe advfirewall firewall add rule name=\"{RULE}\" dir=in action=allow protocol=TCP localport=5985 \
                 remoteip={addresses}"
            ),
            DONE,
        ));
    }
    commands.extend(service::restart("WinRM")?);
    Ok(commands)
}
