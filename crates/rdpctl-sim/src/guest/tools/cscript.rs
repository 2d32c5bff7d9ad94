//! `cscript`, with the one script of Windows that is simulated: `winrm.vbs`, by which listeners are made and deleted.

use super::Tool;
use crate::guest::wsman::{Refused, Transport};

const SCRIPT: &str = r"C:\Windows\System32\winrm.vbs";
const LISTENER: &str = "winrm/config/listener?address=*+transport=";

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    tool.took += 300;
    let words = tool.words();
    let mut words = words.iter().skip_while(|word| word.starts_with("//"));
    let Some(script) = words.next() else {
        tool.line("Input Error: There is no script file specified.");
        return 1;
    };
    let path = tool.path(script);
    if tool.guest.files().get(&path).is_none_or(|node| node.folder) {
        tool.line(&format!("Input Error: Can not find script file \"{path}\"."));
        return 1;
    }
    if !path.eq_ignore_ascii_case(SCRIPT) {
        tool.line(&format!("CScript Error: the script \"{path}\" is not simulated."));
        return 1;
    }
    let rest: Vec<&str> = words.map(String::as_str).collect();
    let [verb, resource, input @ ..] = &rest[..] else { return usage(tool) };
    let resource = resource.to_ascii_lowercase();
    let transport = match resource.strip_prefix(LISTENER) {
        Some("http") => Transport::Http,
        Some("https") => Transport::Https,
        Some(_) | None => return usage(tool),
    };
    let done = match verb.to_ascii_lowercase().as_str() {
        "create" => {
            let input = input.concat();
            let values = input.strip_prefix("@{").and_then(|text| text.strip_suffix('}'));
            let value = |name: &str| {
                let mut pairs = values?.split(';').filter_map(|pair| pair.split_once('='));
                let found = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
                Some(found.1.trim().trim_matches('"').to_owned())
            };
            let (host, certificate) = (value("Hostname"), value("CertificateThumbprint"));
            tool.guest.create_listener(
                transport,
                host.as_deref().unwrap_or_default(),
                certificate.as_deref().unwrap_or_default(),
            )
        }
        "delete" => tool.guest.delete_listener(transport),
        _ => return usage(tool),
    };
    match done {
        Ok(()) => {
            tool.line("ResourceCreated");
            0
        }
        Err(refused) => fault(tool, refused),
    }
}

fn usage(tool: &Tool<'_>) -> i32 {
    tool.line("Error: Invalid use of command line. Type \"winrm -?\" for help.");
    1
}

/// What is said of a refusal, as Windows numbers it.
fn fault(tool: &Tool<'_>, refused: Refused) -> i32 {
    let (number, words) = match refused {
        Refused::NotRunning => (
            0x8033_8012_u32,
            "The client cannot connect to the destination specified in the request. Verify that the service on the destination is running and is accepting requests.",
        ),
        Refused::IsThere => (
            0x8033_8033,
            "The WS-Management service cannot create the resource because it already exists.",
        ),
        Refused::IsNotThere => (
            0x8033_8000,
            "The WS-Management service cannot process the request. The service cannot find the resource identified by the resource URI and selectors.",
        ),
        Refused::NoCertificate => (
            0x8033_8082,
            "The WS-Management service cannot find the certificate that was requested.",
        ),
        Refused::NoKey => (
            0x8007_0520,
            "A specified logon session does not exist. It may already have been terminated.",
        ),
        Refused::NotForServers => (
            0x8033_80ee,
            "The WinRM client cannot process the request. The Enhanced Key Usage (EKU) field of the certificate is not set to \"Server Authentication\". Retry the request with a certificate that has the correct EKU.",
        ),
        Refused::OtherName => (
            0x8033_80e9,
            "The WinRM client cannot process the request. The certificate CN and the hostname that were provided do not match.",
        ),
    };
    tool.line("WSManFault");
    tool.line(&format!("    Message = {words}\r\n"));
    tool.line(&format!("Error number:  {} 0x{number:08X}", number.cast_signed()));
    tool.line(words);
    1
}
