//! The differences that a description asks for, written into the template's registry.

use crate::guest::acl::Acl;
use crate::guest::defaults::boot_store::{LOADER, STORE};
use crate::guest::defaults::firewall::{POLICY, rule_version};
use crate::guest::firewall::Rule;
use crate::guest::policy::Enforced;
use crate::guest::registry::{Base, CERTIFICATE_KEY, Computed, KeyPath, Kind, RegOperation, Value};
use crate::guest::spec::{
    BootSpec, CertificateKind, CertificateSpec, FirewallRuleSpec, GuestSpec, GuestSpecError,
    OsRelease, PolicySource, RegistryKeySpec, RemoteDesktopRules,
};

const CERTIFICATES: &str =
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates";
const WINSTATIONS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations";
const MSCONFIG: &str = r"HKLM\SOFTWARE\Microsoft\Shared Tools\MSConfig";
const CONTROL: &str = r"HKLM\SYSTEM\CurrentControlSet\Control";
const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";
const GROUP_POLICY: &str =
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine";

fn key(text: &str) -> Result<KeyPath, GuestSpecError> {
    KeyPath::parse(text).ok_or_else(|| GuestSpecError::Key { key: text.to_owned() })
}

/// Applies everything; what is written out key by key comes last and wins.
pub(super) fn all(base: &mut Base, spec: &GuestSpec) -> Result<(), GuestSpecError> {
    certificate(base, spec)?;
    firewall(base, spec)?;
    boot(base, spec)?;
    domain(base, spec)?;
    session_host(base, spec)?;
    revision(base, spec)?;
    if let Some(file) = spec.reg_files.get(spec.reg_files_read) {
        return Err(GuestSpecError::RegFileMissing { file: file.clone() });
    }
    for operation in &spec.reg_operations {
        match operation {
            RegOperation::Create(key) => base.create(key),
            RegOperation::Delete(key) => base.remove_tree(key),
            RegOperation::Set(key, name, value) => base.set(key, name, value.clone()),
            RegOperation::DeleteValue(key, name) => base.remove_value(key, name),
        }
    }
    for (text, values) in &spec.registry {
        let path = key(text)?;
        match values {
            RegistryKeySpec::Present(true) => base.create(&path),
            RegistryKeySpec::Present(false) => base.remove_tree(&path),
            RegistryKeySpec::Values(values) => {
                base.create(&path);
                for (name, value) in values {
                    match value.to_value() {
                        Ok(Some(value)) => base.set(&path, name, value),
                        Ok(None) => base.remove_value(&path, name),
                        Err(reason) => {
                            return Err(GuestSpecError::Value {
                                key: text.clone(),
                                name: name.clone(),
                                reason,
                            });
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

fn certificate(base: &mut Base, spec: &GuestSpec) -> Result<(), GuestSpecError> {
    if spec.certificate == CertificateSpec::Kind(CertificateKind::Missing) {
        base.remove_value(&key(WINSTATIONS)?, "SelfSignedCertificate");
        return Ok(());
    }
    let entry = key(CERTIFICATES)?.join(CERTIFICATE_KEY);
    base.set(&entry, "Blob", Value::computed(Kind::Binary, Computed::CertificateBlob));
    Ok(())
}

fn firewall(base: &mut Base, spec: &GuestSpec) -> Result<(), GuestSpecError> {
    let policy = key(POLICY)?;
    let profiles = spec.firewall.profiles;
    for (name, on) in [
        ("DomainProfile", profiles.domain),
        ("StandardProfile", profiles.private),
        ("PublicProfile", profiles.public),
    ] {
        base.set(&policy.join(name), "EnableFirewall", Value::dword(u32::from(on)));
    }
    let rules = policy.join("FirewallRules");
    for (id, tail) in crate::guest::defaults::firewall::remote_desktop() {
        let rule = format!("{}{tail}", rule_version(spec.os));
        match spec.firewall.remote_desktop {
            RemoteDesktopRules::Allow => {}
            RemoteDesktopRules::Off => {
                base.set(&rules, id, Value::text(&rule.replace("Active=TRUE", "Active=FALSE")));
            }
            RemoteDesktopRules::Block => {
                base.set(&rules, id, Value::text(&rule.replace("Action=Allow", "Action=Block")));
            }
            RemoteDesktopRules::Absent => base.remove_value(&rules, id),
        }
    }
    for number in 0..spec.firewall.applications {
        let rule = format!(
            "{}|Action=Allow|Active=TRUE|Dir=In|Profile=Domain|Profile=Private|Name=@{{App_{number}}}|LUOwn=S-1-5-21-1-2-3-500|AppPkgId=S-1-15-2-{number}|EmbedCtxt=App|Platform=2:6:2|Platform2=GTEQ|",
            rule_version(spec.os)
        );
        base.set(&rules, &format!("{{APPLICATION-{number:04}}}"), Value::text(&rule));
    }
    for (index, rule) in spec.firewall.rules.iter().enumerate() {
        let (id, text) = match rule {
            FirewallRuleSpec::Raw(text) => (format!("{{WORLD-RULE-{index}}}"), text),
            FirewallRuleSpec::Named { id, rule } => (id.clone(), rule),
        };
        if Rule::parse(text).is_none() {
            let reason = "a rule reads v2.31|Action=...|Active=...|Dir=...|".to_owned();
            return Err(GuestSpecError::Rule { index, reason });
        }
        base.set(&rules, &id, Value::text(text));
    }
    Ok(())
}

/// The services that msconfig's selective startup switches off here.
const SWITCHED_OFF: [&str; 3] = ["TermService", "SessionEnv", "UmRdpService"];

fn boot(base: &mut Base, spec: &GuestSpec) -> Result<(), GuestSpecError> {
    let state = key(MSCONFIG)?.join("state");
    let element = |id: &str| -> Result<KeyPath, GuestSpecError> {
        Ok(key(STORE)?.join(LOADER).join("Elements").join(id))
    };
    match spec.boot {
        BootSpec::Normal => {}
        BootSpec::SafeMinimal | BootSpec::SafeNetwork => {
            let (number, text) = match spec.boot {
                BootSpec::SafeNetwork => (1_u32, "NETWORK"),
                BootSpec::Normal
                | BootSpec::SafeMinimal
                | BootSpec::Selective
                | BootSpec::Diagnostic => (0, "MINIMAL"),
            };
            let data = Value::binary(&u64::from(number).to_le_bytes());
            base.set(&element("25000080")?, "Element", data);
            let control = key(CONTROL)?;
            let option = control.join("SafeBoot").join("Option");
            base.set(&option, "OptionValue", Value::dword(number + 1));
            let options = Value::text(&format!(" NOEXECUTE=OPTOUT SAFEBOOT:{text}"));
            base.set(&control, "SystemStartOptions", options);
        }
        BootSpec::Selective | BootSpec::Diagnostic => {
            let diagnostic = u32::from(spec.boot == BootSpec::Diagnostic);
            base.set(&state, "bootini", Value::dword(0));
            base.set(&state, "services", Value::dword(1 + diagnostic));
            base.set(&state, "startup", Value::dword(1 + diagnostic));
            base.set(&state, "system.ini", Value::dword(0));
            base.set(&state, "win.ini", Value::dword(0));
            let services = key(MSCONFIG)?.join("services");
            let more: &[&str] = if diagnostic == 1 { &["Spooler", "WinRM"] } else { &[] };
            for name in SWITCHED_OFF.iter().chain(more) {
                let start = if more.contains(name) { 2 } else { 3 };
                let entry = services.join(name);
                base.set(&entry, name, Value::dword(start));
                for (part, number) in [
                    ("YEAR", 2026),
                    ("MONTH", 5),
                    ("DAY", 2),
                    ("HOUR", 3),
                    ("MINUTE", 11),
                    ("SECOND", 22),
                ] {
                    base.set(&entry, part, Value::dword(number));
                }
                base.set(&key(SERVICES)?.join(name), "Start", Value::dword(4));
            }
        }
    }
    Ok(())
}

/// What a domain policy enforces.
pub(super) fn policy(spec: &GuestSpec) -> Result<Vec<Enforced>, GuestSpecError> {
    spec.domain_policy
        .iter()
        .map(|entry| {
            let path = key(&entry.key)?;
            let value = entry.value.to_value().map_err(|reason| GuestSpecError::Value {
                key: entry.key.clone(),
                name: entry.name.clone(),
                reason,
            })?;
            Ok(Enforced { key: path, name: entry.name.clone(), value, source: entry.source })
        })
        .collect()
}

fn domain(base: &mut Base, spec: &GuestSpec) -> Result<(), GuestSpecError> {
    for enforced in policy(spec)? {
        match enforced.value {
            Some(value) => base.set(&enforced.key, &enforced.name, value),
            None => base.remove_value(&enforced.key, &enforced.name),
        }
    }
    // The machine's own policy needs no domain.
    let local = spec.domain_policy.iter().all(|entry| entry.source == PolicySource::Local);
    if local && spec.domain.is_none() {
        return Ok(());
    }
    let machine = key(GROUP_POLICY)?;
    let name = "CN=GUEST,OU=Servers,DC=corp,DC=example";
    base.set(&machine, "Distinguished-Name", Value::text(name));
    let gpo = machine.join("GPO-List").join("0");
    base.set(&gpo, "DisplayName", Value::text("Server hardening"));
    base.set(&gpo, "GPO-ID", Value::text("{31b2f340-016d-11d2-945f-00c04fb984f9}"));
    let parameters = key(SERVICES)?.join("Tcpip").join("Parameters");
    base.set(&parameters, "Domain", Value::text("corp.example"));
    Ok(())
}

/// A release that is older than the update of March 2018, without it.
fn revision(base: &mut Base, spec: &GuestSpec) -> Result<(), GuestSpecError> {
    const BEFORE: u32 = 2068;
    if spec.credssp.is_some_and(|version| version < 5) && spec.os == OsRelease::Server2016 {
        let current = key(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion")?;
        base.set(&current, "UBR", Value::dword(BEFORE));
    }
    Ok(())
}

/// The world's access lists of registry keys, by the keys as they are stored.
pub(super) fn lists(spec: &GuestSpec) -> Result<Vec<(String, Acl)>, GuestSpecError> {
    const FORM: &str = "a list is SDDL such as D:P(A;;0xf003f;;;SY), with rights in hexadecimal";
    let read = |(name, list): (&String, &String)| {
        let refused = || GuestSpecError::List { key: name.clone(), reason: FORM.to_owned() };
        Ok((key(name)?.stored, Acl::parse_sddl(list).ok_or_else(refused)?))
    };
    spec.registry_lists.iter().map(read).collect()
}

/// The Remote Desktop Session Host role, as its installation leaves it.
fn session_host(base: &mut Base, spec: &GuestSpec) -> Result<(), GuestSpecError> {
    let Some(host) = &spec.session_host else { return Ok(()) };
    let server = key(CONTROL)?.join("Terminal Server");
    base.set(&server, "TSAppCompat", Value::dword(1));
    let manager = server.join("RCM");
    base.set(&manager.join("Licensing Core"), "LicensingMode", Value::dword(host.mode()));
    // What it holds is enciphered.
    let bomb = "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588";
    base.set(&manager.join("GracePeriod"), bomb, Value::binary(&[0x5a; 64]));
    if !host.licence_servers.is_empty() {
        let parameters = key(SERVICES)?.join("TermService").join("Parameters");
        let servers = Value::many(host.licence_servers.iter().map(String::as_str));
        base.set(&parameters.join("LicenseServers"), "SpecifiedLicenseServers", servers);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::guest::spec::GuestSpec;
    use crate::guest::template::Template;

    #[test]
    fn errors_name_the_key_and_the_value() {
        for (text, message) in [
            ("[registry.'HKXX\\A']\na = 1", "registry.\"HKXX\\\\A\""),
            ("[registry.'HKLM\\A']\na = 4294967296", "does not fit into a REG_DWORD"),
            (
                "[registry.'HKLM\\A']\na = { type = 'REG_X', data = 'y' }",
                "REG_X is no registry type",
            ),
            ("[ports]\n70000 = { image = 'x.exe' }", "ports.\"70000\""),
            ("firewall = { rules = ['nonsense'] }", "firewall.rules[0]"),
            ("registry-lists = { 'HKLM\\A' = 'x' }", "a list is SDDL"),
            ("reg-files = ['a.reg']", "a.reg has not been read"),
        ] {
            let spec: GuestSpec = toml::from_str(text).unwrap();
            let error = Template::build(&spec, 1).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
