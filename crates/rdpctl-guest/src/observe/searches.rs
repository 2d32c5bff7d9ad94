//! What both ways of asking search for, whether their text is always the same or not.

use crate::refusal::Unrenderable;

/// Where the firewall keeps its rules.
pub(super) const FIREWALL_RULES: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules";

/// The question for a certificate of the machine's own store.
pub(super) const PIN: &str = "pin";

/// Words of which one makes a rule matter whatever its port is.
pub(super) const ALWAYS: [&str; 5] =
    ["-28752|", "-30267|", "|Svc=termservice|", "LPort2_10=", "Action=Block|Active=TRUE|Dir=In|"];

/// A rule without port, program or service concerns every packet, and no word of it says so.
pub(super) const ANY_PACKET: &str = r#"&!X!\findstr.exe /i /c:"Active=TRUE|Dir=In|" f >h 2>nul&!X!\findstr.exe /v /i /c:"|LPort" /c:"|App" /c:"|Svc=" /c:"|ICMP" h 2>nul"#;

/// The search for those words.
pub(super) fn always() -> String {
    ALWAYS.iter().map(|word| format!(" /c:\"{word}\"")).collect()
}

/// A thumbprint as the registry spells it.
pub(super) fn thumbprint(text: &str) -> Result<String, Unrenderable> {
    let fits = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| text.to_ascii_uppercase())
        .ok_or(Unrenderable::Malformed { what: "the thumbprint" })
}
