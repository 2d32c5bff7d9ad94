//! The certificate stores of the machine, which live in its registry.

use crate::guest::certificate::der_in_blob;
use crate::guest::key_fault::KeyFault;
use crate::guest::registry::{CERTIFICATE_KEY, KeyPath};
use crate::guest::services::Credential;
use crate::guest::tools::Tool;

const NOT_FOUND: u32 = 0x8009_0011;
const NO_SUCH_STORE: u32 = 0x8007_0002;
const EXPIRED: u32 = 0x800b_0101;
const BAD_ENCODING: u32 = 0x8009_310b;
const NO_KEY: u32 = 0x8009_0016;
const KEY_DENIED: u32 = 0x8009_0010;

/// The key of a store's certificates.
fn certificates(tool: &Tool<'_>, store: &str) -> Result<KeyPath, u32> {
    let root =
        KeyPath::parse(r"HKLM\SOFTWARE\Microsoft\SystemCertificates").ok_or(NO_SUCH_STORE)?;
    let key = root.join(store).join("Certificates");
    if tool.guest.registry().exists(&key) { Ok(key) } else { Err(NO_SUCH_STORE) }
}

fn title(tool: &Tool<'_>, store: &str) {
    tool.line(&format!("{store} \"{store}\""));
}

fn describe(tool: &Tool<'_>, index: usize, thumbprint: &str) {
    tool.line(&format!("================ Certificate {index} ================"));
    tool.line(&format!("Subject: CN={}", tool.guest.hostname()));
    tool.line(&format!("Cert Hash(sha1): {}", thumbprint.to_lowercase()));
}

pub(super) fn list(tool: &mut Tool<'_>, store: &str) -> Result<(), u32> {
    let key = certificates(tool, store)?;
    title(tool, store);
    for (index, entry) in tool.guest.registry().children(&key).iter().enumerate() {
        describe(tool, index, entry.name());
    }
    Ok(())
}

pub(super) fn verify(
    tool: &mut Tool<'_>,
    store: &str,
    thumbprint: Option<&String>,
) -> Result<(), u32> {
    let key = certificates(tool, store)?;
    title(tool, store);
    let entries = tool.guest.registry().children(&key);
    let wanted = thumbprint.map(|text| text.replace(' ', ""));
    let mut found = false;
    for (index, entry) in entries.iter().enumerate() {
        if wanted.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(entry.name())) {
            continue;
        }
        found = true;
        describe(tool, index, entry.name());
        check(tool, entry)?;
    }
    if found || wanted.is_none() { Ok(()) } else { Err(NOT_FOUND) }
}

fn check(tool: &Tool<'_>, entry: &KeyPath) -> Result<(), u32> {
    let registry = tool.guest.registry();
    let blob = registry.value(entry, "Blob").ok_or(BAD_ENCODING)?;
    let der = blob.as_bytes().and_then(der_in_blob).ok_or(BAD_ENCODING)?;
    let hash = crate::guest::spec::parse_hex(entry.name()).unwrap_or_default();
    let (_, issued) = tool.guest.known_certificate(&hash).ok_or(NO_KEY)?;
    if *issued.der != *der {
        return Err(BAD_ENCODING);
    }
    let now = tool.clock();
    if issued.not_after <= now || issued.not_before > now {
        return Err(EXPIRED);
    }
    match tool.guest.key_of(&issued) {
        Credential::Broken(KeyFault::Unreadable) => Err(KEY_DENIED),
        Credential::Broken(_) => Err(NO_KEY),
        Credential::First | Credential::Issued(_) => Ok(()),
    }
}

pub(super) fn delete(tool: &mut Tool<'_>, store: &str, thumbprint: &str) -> Result<(), u32> {
    let key = certificates(tool, store)?;
    let entry = key.join(&thumbprint.replace(' ', ""));
    if entry.name() == CERTIFICATE_KEY || !tool.guest.registry().exists(&entry) {
        return Err(NOT_FOUND);
    }
    tool.guest.remove_key(&entry);
    Ok(())
}
