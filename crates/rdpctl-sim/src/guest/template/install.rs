//! What an installation leaves behind: services in the registry, programs, a name.

use sha2::{Digest, Sha256};

use super::{Owner, PortOwner, Program};
use crate::guest::certificate::{DAY, Issued, issue};
use crate::guest::defaults::disk::{MACHINE_KEYS, healthy_key};
use crate::guest::defaults::services::{ROWS, Row, belongs, image_path};
use crate::guest::files::{BaseFiles, GUID};
use crate::guest::registry::{Base, KeyPath, Value};
use crate::guest::services::Host;
use crate::guest::spec::{GuestSpec, GuestSpecError, OsRelease, ServiceSpec, StartSpec};

const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";

/// The machine's own certificates.
pub(in crate::guest) const MY_STORE: &str =
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates";

/// Keys from this number on belong to the personal store.
pub(in crate::guest) const PERSONAL_KEYS: u32 = 1000;
/// Keys from this number on lie in the newer store of keys.
pub(in crate::guest) const NEWER_KEYS: u32 = 2000;
/// Where they lie.
pub(in crate::guest) const NEWER_FOLDER: &str = r"C:\ProgramData\Microsoft\Crypto\Keys";
/// 2024-01-01 and 2044-01-01.
const FIRST_DAY: u64 = 19_723;
const LAST_DAY: u32 = 27_028;

/// Reset after a day; restart twice after a minute, then nothing.
const FAILURE_ACTIONS: [u32; 11] = [86_400, 0, 0, 3, 20, 1, 60_000, 1, 60_000, 0, 60_000];

/// `WIN-` and eleven characters, as setup makes them.
pub(super) fn default_hostname(seed: u64) -> String {
    const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let hash = Sha256::digest(seed.to_le_bytes());
    let tail = hash.iter().take(11).map(|byte| char::from(ALPHABET[usize::from(byte % 36)]));
    "WIN-".chars().chain(tail).collect()
}

fn start_number(start: StartSpec) -> u32 {
    match start {
        StartSpec::Boot => 0,
        StartSpec::System => 1,
        StartSpec::Auto => 2,
        StartSpec::Manual => 3,
        StartSpec::Disabled => 4,
    }
}

/// Writes every service's key.
pub(super) fn services(base: &mut Base, spec: &GuestSpec) {
    let Some(root) = KeyPath::parse(SERVICES) else { return };
    for row in ROWS.iter().filter(|row| belongs(row, spec.os)) {
        write_row(base, &root.join(row.name), row, spec.os);
    }
    let named = spec.services.iter().map(|(name, service)| (name.as_str(), service.clone()));
    let owners = spec.ports.values().filter_map(|port| {
        let name = port.service.as_deref()?;
        let known = spec.services.keys().any(|known| known.eq_ignore_ascii_case(name));
        let service = ServiceSpec { image: Some(port.image.clone()), ..ServiceSpec::default() };
        (!known).then_some((name, service))
    });
    for (name, service) in named.chain(owners) {
        write_own(base, &root.join(name), name, &service);
    }
}

fn write_row(base: &mut Base, key: &KeyPath, row: &Row, os: OsRelease) {
    let kind = match row.host {
        Host::Driver => 1,
        Host::Group(_) | Host::Image("lsass.exe") => 0x20,
        Host::Image(_) | Host::Own => 0x10,
    };
    base.set(key, "DisplayName", Value::text(row.display));
    base.set(key, "ErrorControl", Value::dword(1));
    base.set(key, "ImagePath", Value::expandable(&image_path(row, os)));
    base.set(key, "Start", Value::dword(row.start));
    base.set(key, "Type", Value::dword(kind));
    if !row.depends.is_empty() {
        let mut depends = row.depends.to_vec();
        if row.name == "TermService" && os == OsRelease::Server2012R2 {
            depends.push("TermDD");
        }
        base.set(key, "DependOnService", Value::many(depends));
    }
    if row.host != Host::Driver {
        base.set(key, "ObjectName", Value::text(row.account));
    }
    if !row.dll.is_empty() {
        let dll = format!(r"%SystemRoot%\System32\{}", row.dll);
        base.set(&key.join("Parameters"), "ServiceDll", Value::expandable(&dll));
    }
    if row.name == "TermService" {
        let actions: Vec<u8> = FAILURE_ACTIONS.iter().flat_map(|n| n.to_le_bytes()).collect();
        base.set(key, "FailureActions", Value::binary(&actions));
        base.set(key, "Description", Value::text("@%SystemRoot%\\System32\\termsrv.dll,-267"));
        base.set(
            key,
            "RequiredPrivileges",
            Value::many([
                "SeAssignPrimaryTokenPrivilege",
                "SeAuditPrivilege",
                "SeChangeNotifyPrivilege",
                "SeCreateGlobalPrivilege",
                "SeImpersonatePrivilege",
                "SeIncreaseQuotaPrivilege",
            ]),
        );
        base.set(key, "ServiceSidType", Value::dword(1));
    }
}

/// A service of the world's own, or the world's changes to one of Windows.
fn write_own(base: &mut Base, key: &KeyPath, name: &str, service: &ServiceSpec) {
    if !base.contains(&key.stored) {
        let image = service.image.clone().unwrap_or_else(|| format!("{name}.exe"));
        let display = service.display.as_deref().unwrap_or(name);
        base.set(key, "DisplayName", Value::text(display));
        base.set(key, "ErrorControl", Value::dword(1));
        let path = format!(r"C:\Program Files\{name}\{image}");
        base.set(key, "ImagePath", Value::expandable(&path));
        base.set(key, "Start", Value::dword(2));
        base.set(key, "Type", Value::dword(0x10));
        base.set(key, "ObjectName", Value::text("LocalSystem"));
        if !service.depends.is_empty() {
            let depends = service.depends.iter().map(String::as_str);
            base.set(key, "DependOnService", Value::many(depends));
        }
    }
    if let Some(start) = service.start {
        base.set(key, "Start", Value::dword(start_number(start)));
    }
    if let Some(account) = &service.account {
        base.set(key, "ObjectName", Value::text(account));
    }
}

/// The world's own programs and the ports that are taken.
pub(super) fn programs(spec: &GuestSpec) -> Result<(Vec<Program>, Vec<PortOwner>), GuestSpecError> {
    let mut programs = Vec::new();
    let mut next = 6000;
    let mut add = |image: &str, pid: Option<u32>| {
        let pid = pid.unwrap_or_else(|| {
            next += 12;
            next
        });
        programs.push(Program { image: image.to_owned(), pid });
        pid
    };
    for process in &spec.processes {
        add(&process.image, process.pid);
    }
    let mut ports = Vec::new();
    for (text, port) in &spec.ports {
        let number = text
            .parse::<u16>()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| GuestSpecError::Port { port: text.clone() })?;
        let owner = match &port.service {
            Some(service) => Owner::Service(service.clone()),
            None if port.image.eq_ignore_ascii_case("System") => Owner::Kernel,
            None => Owner::Program(add(&port.image, None)),
        };
        ports.push(PortOwner { port: number, owner });
    }
    Ok((programs, ports))
}

/// The personal store: a certificate and a key file each. Their thumbprints depend on seed and
/// subject alone, so that a declaration can name one.
pub(super) fn personal_certificates(
    base: &mut Base,
    files: &mut BaseFiles,
    spec: &GuestSpec,
    seed: u64,
) -> Result<Vec<Issued>, GuestSpecError> {
    let mut all = Vec::new();
    let Some(store) = KeyPath::parse(MY_STORE) else { return Ok(all) };
    for (number, certificate) in (PERSONAL_KEYS..).zip(&spec.my_certificates) {
        let last = u64::from(certificate.last_day.unwrap_or(LAST_DAY)) * DAY;
        let issued = issue(seed, number, &certificate.subject, FIRST_DAY * DAY, last)
            .map_err(|reason| GuestSpecError::Certificate { reason })?;
        base.set(&store.join(&issued.thumbprint()), "Blob", Value::binary(&issued.blob()));
        let name = format!("{number:032x}_{GUID}");
        files.put(&format!(r"{MACHINE_KEYS}\{name}"), healthy_key(spec.os, &name, number));
        all.push(issued);
    }
    Ok(all)
}
