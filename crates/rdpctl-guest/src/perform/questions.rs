//! Questions for single facts, each as one command whose output is kept.

use rdpctl_model::action::RulesOf;

use crate::refusal::Unrenderable;

use super::key::MACHINE_KEYS;
use super::{firewall, quote};

/// Where the boot store says which entry starts by default.
const BOOT_MANAGER: &str =
    r"HKLM\BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements";

/// One value.
pub(crate) fn query_value(key: &str, name: &str) -> Result<String, Unrenderable> {
    let (key, name) = (quote::key(key)?, quote::name("the value's name", name)?);
    Ok(format!("%SystemRoot%\\System32\\reg.exe query {key} /v {name} /reg:64 2>nul"))
}

/// A key.
pub(crate) fn query_key(key: &str) -> Result<String, Unrenderable> {
    Ok(format!("%SystemRoot%\\System32\\reg.exe query {} /reg:64 2>nul", quote::key(key)?))
}

/// A key with all below it.
pub(crate) fn query_tree(key: &str) -> Result<String, Unrenderable> {
    Ok(format!("%SystemRoot%\\System32\\reg.exe query {} /s /reg:64 2>nul", quote::key(key)?))
}

/// A service's running state.
pub(crate) fn query_service(service: &str) -> Result<String, Unrenderable> {
    Ok(format!("%SystemRoot%\\System32\\sc.exe queryex {} 2>nul", quote::service(service)?))
}

/// The rules of Windows' own group for Remote Desktop, or ours for a port, and whether the rules could be read at all.
pub(crate) fn query_rules(of: RulesOf) -> String {
    let marks = match of {
        RulesOf::RemoteDesktop => vec!["-28752|".to_owned()],
        RulesOf::Ours(port) => ["TCP", "UDP"]
            .map(|protocol| format!("|Name={}|", firewall::rule_name(protocol, port)))
            .to_vec(),
    };
    let marks: String = marks.iter().flat_map(|mark| [" /c:\"", mark, "\""]).collect();
    format!(
        "%SystemRoot%\\System32\\reg.exe query \"{}\" /reg:64 >q 2>nul&&(%SystemRoot%\\System32\\findstr.exe /i{marks} q&echo rc !errorlevel!)",
        firewall::RULES
    )
}

/// An element of the boot entry that starts by default, and whether that entry was found.
pub(crate) fn query_boot_element(element: &str) -> Result<String, Unrenderable> {
    let element = quote::file(element)?;
    Ok(format!(
        "%SystemRoot%\\System32\\reg.exe query \"{BOOT_MANAGER}\\23000003\" /v Element >g 2>nul&(for /f \"tokens=3\" %g in (g) do (%SystemRoot%\\System32\\reg.exe query \"HKLM\\BCD00000000\\Objects\\%g\\Elements\\{element}\" /v Element 2>nul&echo rc !errorlevel!))"
    ))
}

/// The access list of a key file of the machine.
pub(crate) fn query_key_list(file: &str) -> Result<String, Unrenderable> {
    let file = quote::file(file)?;
    Ok(format!(
        "%SystemRoot%\\System32\\icacls.exe \"{MACHINE_KEYS}\\{file}\" /save k /c /q >nul 2>&1&echo rc !errorlevel!&type k 2>nul&echo."
    ))
}
