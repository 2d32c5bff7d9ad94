//! Letting `WinRM` answer over TLS, and taking that back: service, certificate, listener, rule. Each line may be repeated.
//!
//! The certificate vouches for itself: whoever dials knows it by what the guest's agent said. What was made is marked in
//! the registry, so that what is taken back is ours; a listener that somebody else set up and that has its certificate is
//! left as it is. Between the lines, what was found is kept in the script's folder.

use ipnet::IpNet;
use rdpctl_model::action::{WINRM_LISTENER, WINRM_MARK};
use rdpctl_model::guest::RegData;
use rdpctl_model::step::StartType;

use crate::refusal::Unrenderable;

use super::command::{DONE, DONE_OR_NONE, NativeCommand};
use super::{firewall, quote, registry, service};

/// Our rule.
pub(super) const RULE: &str = "rdpctl-winrm-5986";
/// The one of those who still opened the other door.
const FORMER_RULE: &str = "rdpctl-winrm-5985";

const WSMAN_SERVICE: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Service";
const POLICY: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System";
const STORE: &str = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates";
const RESOURCE: &str = "winrm/config/Listener?Address=*+Transport=HTTPS";
/// Of those who keep keys, the one whose keys serve every version of TLS.
const PROVIDER: &str = "Microsoft Software Key Storage Provider";

const REG: &str = r"%SystemRoot%\System32\reg.exe";
const FINDSTR: &str = r"%SystemRoot%\System32\findstr.exe";
const CERTREQ: &str = r"%SystemRoot%\System32\certreq.exe";
const CERTUTIL: &str = r"%SystemRoot%\System32\certutil.exe";
const NETSTAT: &str = r"%SystemRoot%\System32\netstat.exe";
const PING: &str = r"%SystemRoot%\System32\ping.exe";
/// Not `winrm.cmd`, which starts a program by its bare name.
const WINRM: &str =
    r"%SystemRoot%\System32\cscript.exe //nologo //b %SystemRoot%\System32\winrm.vbs";

/// The values by which it answers from elsewhere.
pub(super) fn values() -> [(&'static str, &'static str, RegData); 2] {
    [
        (WSMAN_SERVICE, "allow_remote_requests", RegData::Dword(1)),
        (POLICY, "LocalAccountTokenFilterPolicy", RegData::Dword(1)),
    ]
}

/// Everything that it takes.
pub(super) fn bootstrap(
    sources: &[IpNet],
    token: &str,
) -> Result<Vec<NativeCommand>, Unrenderable> {
    let mut commands = service::set_start("WinRM", StartType::Auto)?;
    // Listeners are made by the service.
    commands.extend(service::start("WinRM")?);
    for (key, name, data) in values() {
        commands.push(registry::set(key, name, &data)?);
    }
    commands.push(listener(quote::token(token)?));
    commands.push(firewall::delete_named(FORMER_RULE));
    commands.push(firewall::delete_named(RULE));
    for addresses in firewall::addresses(sources) {
        commands.push(NativeCommand::one(
            format!(
                "%SystemRoot%\\System32\\netsh.exe advfirewall firewall add rule name=\"{RULE}\" dir=in action=allow protocol=TCP localport=5986 \
                 remoteip={addresses}"
            ),
            DONE,
        ));
    }
    commands.extend(service::restart("WinRM")?);
    commands.extend(listens());
    Ok(commands)
}

/// A certificate for the listener, unless it has one, and the listener with it: the certificate of an earlier run which did
/// not come to its end, or a new one. What is found is kept in files, and so it is all one line.
fn listener(token: &str) -> NativeCommand {
    let is_there = is_in_store();
    let find_kept = found(WINRM_LISTENER, "certThumbprint", &format!("{is_there}&&>keep echo %t"));
    let find_made = found(WINRM_MARK, "Certificate", &format!("{is_there}&&>made echo %t"));
    let policy = policy(token);
    let mark = format!("{REG} add \"{WINRM_MARK}\" /f /reg:64 /t REG_SZ");
    let certify = format!(
        "if not exist made ({policy}&{mark} /v Key /d {token} >nul 2>&1&&{CERTREQ} -new -q -f c.inf c.cer >nul 2>&1)"
    );
    // A thumbprint is the hash of the certificate as it is, which some releases print in pairs.
    let hash = format!(
        "if not exist made ({CERTUTIL} -f -decode c.cer c.der >nul 2>&1&&{CERTUTIL} -hashfile c.der SHA1 >h 2>nul\
         &&(for /f \"skip=1 delims=\" %h in (h) do (if not exist made (set T=%h&>made echo !T: =!))))"
    );
    let write = format!("(for /f %t in (made) do ({mark} /v Certificate /d %t >nul 2>&1))");
    // One whose certificate is gone makes room.
    let create = format!(
        "({WINRM} delete {RESOURCE} >nul 2>&1&(for /f %t in (made) do ({WINRM} create {RESOURCE} \
         @{{Hostname=\"!COMPUTERNAME!\";CertificateThumbprint=\"%t\"}} >nul 2>&1)))"
    );
    // What follows an `if` on its line is a part of it: each stands in parentheses of its own.
    let then = |next: String| format!("&(if !errorlevel!==0 {next})");
    let rest: String = [hash, write, create].map(then).concat();
    NativeCommand::several(
        format!(
            "({find_kept}&ver >nul&(if not exist keep ({find_made}&ver >nul&({certify}){rest})))"
        ),
        DONE,
    )
}

/// Waits until it listens, then demands it.
fn listens() -> [NativeCommand; 2] {
    let test = format!(
        "{NETSTAT} -an >n 2>nul&{FINDSTR} /c:\":5986 \" n >m 2>nul&{FINDSTR} /c:\":0 \" m >nul"
    );
    [
        NativeCommand::several(
            format!("(for /l %i in (1,1,15) do ({test}||{PING} -n 3 127.0.0.1 >nul))"),
            DONE_OR_NONE,
        ),
        NativeCommand::several(format!("({test})"), DONE),
    ]
}

/// Takes back what was made: the listener that shows our certificate, the certificate with its key, our rule.
pub(super) fn close() -> Vec<NativeCommand> {
    let is_there = is_in_store();
    let listener = found(
        WINRM_MARK,
        "Certificate",
        &format!(
            "{REG} query \"{WINRM_LISTENER}\" /v certThumbprint /reg:64 >w 2>nul&{FINDSTR} /i %t w >nul&&({WINRM} delete {RESOURCE} >nul 2>&1\
             ||{REG} delete \"{WINRM_LISTENER}\" /f /reg:64 >nul 2>&1)"
        ),
    );
    let certificate =
        found(WINRM_MARK, "Certificate", &format!("{CERTUTIL} -delstore My %t >nul 2>&1"));
    let key =
        found(WINRM_MARK, "Key", &format!("{CERTUTIL} -csp \"{PROVIDER}\" -delkey %t >nul 2>&1"));
    let left = found(WINRM_MARK, "Certificate", &format!("{is_there}&&>left echo %t"));
    vec![
        NativeCommand::several(format!("({listener}&ver >nul)"), DONE),
        NativeCommand::several(format!("({certificate}&{key}&ver >nul)"), DONE),
        firewall::delete_named(RULE),
        // The mark stays as long as there is something to be found by it.
        NativeCommand::several(
            format!(
                "({left}&(if not exist left ({REG} delete \"{WINRM_MARK}\" /f /reg:64 >nul 2>&1))&ver >nul)"
            ),
            DONE,
        ),
    ]
}

/// What to do with a text of the registry, which is `%t` there.
fn found(key: &str, name: &str, act: &str) -> String {
    format!(
        "{REG} query \"{key}\" /v {name} /reg:64 >p 2>nul&{FINDSTR} REG_SZ p >o 2>nul&(for /f \"tokens=3\" %t in (o) do ({act}))"
    )
}

fn is_in_store() -> String {
    format!("{REG} query \"{STORE}\\%t\" /v Blob /reg:64 >nul 2>&1")
}

/// What `certreq` is to make, written to `c.inf`.
fn policy(token: &str) -> String {
    let provider = format!("ProviderName=\"{PROVIDER}\"");
    let container = format!("KeyContainer=\"{token}\"");
    let lines = [
        "[Version]",
        "Signature=\"$Windows NT$\"",
        "[NewRequest]",
        "RequestType=Cert",
        "Subject=\"CN=!COMPUTERNAME!\"",
        "FriendlyName=\"WinRM by rdpctl\"",
        &provider,
        &container,
        "MachineKeySet=TRUE",
        "Exportable=FALSE",
        "KeyAlgorithm=RSA",
        "KeyLength=2048",
        "KeyUsage=0xA0",
        "HashAlgorithm=SHA256",
        "ValidityPeriod=Years",
        "ValidityPeriodUnits=5",
        "[EnhancedKeyUsageExtension]",
        "OID=1.3.6.1.5.5.7.3.1",
    ];
    let lines: Vec<String> = lines.iter().map(|line| format!("echo {line}")).collect();
    format!("({})>c.inf", lines.join("&"))
}
