//! The observation batch runs whole, as a line and as a file.

use super::*;

const LIST1: &[&str] = &[
    r"Control\Terminal Server",
    r"Control\Terminal Server\WinStations",
    r"Control\Terminal Server\WinStations\RDP-Tcp",
    r"Control\Terminal Server\RCM\Licensing Core",
    r"Control\Terminal Server\RCM\GracePeriod",
    r"Control\CrashControl",
    r"Control\SafeBoot\Option",
    r"Control\Lsa\FIPSAlgorithmPolicy",
    r"Control\Lsa\MSV1_0",
    r"Control\Lsa",
    r"Control\TimeZoneInformation",
    r"Control\ProductOptions",
    r"Services\SharedAccess\Parameters\FirewallPolicy\DomainProfile",
    r"Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile",
    r"Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile",
    r"Services\TermService",
    r"Services\TermService\Parameters",
    r"Services\Tcpip\Parameters",
];
const LIST2: &[&str] = &[
    r"Policies\Microsoft\Windows NT\Terminal Services",
    r"Policies\Microsoft\Cryptography\Configuration\SSL\00010002",
    r"Microsoft\Windows NT\CurrentVersion",
    r"Microsoft\Windows\CurrentVersion\Policies\System",
    r"Microsoft\Windows\CurrentVersion\Policies\System\CredSSP\Parameters",
];
const LIST3: &[&str] = &[
    r"Policies\Microsoft\WindowsFirewall",
    r"Policies\Microsoft\Windows\WinRM",
    r"Microsoft\Shared Tools\MSConfig",
    r"Microsoft\SystemCertificates\Remote Desktop\Certificates",
    r"Microsoft\Windows\CurrentVersion\WSMAN\Listener",
];
const LIST4: &str = "TermService SessionEnv UmRdpService RpcSs RpcEptMapper DcomLaunch LSM CertPropSvc CryptSvc KeyIso MpsSvc BFE gpsvc WinRM sacsvr sacdrv Dhcp Netlogon W32Time TermDD RDPDR rdpbus tssecsrv";
const LIST5: &str =
    "TermService SessionEnv UmRdpService RpcSs MpsSvc BFE gpsvc WinRM CryptSvc KeyIso sacsvr";

/// The segments in line form, with `B(x)` and `E` still to be written out.
const TAIL: &[&str] = &[
    r#"B(fwrules)&reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules /reg:64|findstr /i /c:"-28752|" /c:"-30267|" /c:"|LPort=3389|" /c:"|Svc=termservice|" /c:"LPort2_10=" /c:"Action=Block|Active=TRUE|Dir=In|" 2>nul&E"#,
    r#"B(netstat)&netstat -ano|findstr /c:":0 " 2>nul&E"#,
    "B(tasksvc)&tasklist /svc /fo csv /nh 2>nul&E",
    "B(sysopt)&reg query !C!\\Control /v SystemStartOptions 2>nul&E",
    r"B(shutdowntime)&reg query !C!\Control\Windows /v ShutdownTime 2>nul&E",
    r"B(bootnonce)&reg query HKLM\HARDWARE\DESCRIPTION\System /v RdpctlBoot 2>nul&E",
    r"B(oemcp)&reg query !C!\Control\Nls\CodePage /v OEMCP 2>nul&E",
    r#"B(progdata)&reg query "!S!\Microsoft\Windows NT\CurrentVersion\ProfileList" /v ProgramData /reg:64 2>nul&E"#,
    r"B(machineguid)&reg query !S!\Microsoft\Cryptography /v MachineGuid /reg:64 2>nul&E",
    r#"B(pend/cbs)&reg query "!S!\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending" /reg:64 2>nul&E"#,
    r#"B(pend/wu)&reg query "!S!\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired" /reg:64 2>nul&E"#,
    r#"B(pend/pfro)&reg query "!C!\Control\Session Manager" /v PendingFileRenameOperations 2>nul&E"#,
    r"B(pend/name)&reg query !C!\Control\ComputerName\ActiveComputerName /v ComputerName 2>nul&E",
    r"B(pend/name2)&reg query !C!\Control\ComputerName\ComputerName /v ComputerName 2>nul&E",
    r#"B(gpo)&reg query "!S!\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine" /v Distinguished-Name /reg:64 2>nul&E"#,
    r"B(bcd/boot)&reg query HKLM\BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements /s 2>nul&E",
    r"B(bcd/ems)&reg query HKLM\BCD00000000\Objects\{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}\Elements /s 2>nul&E",
    r#"(for /f "tokens=3" %g in ('reg query HKLM\BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003 /v Element 2^>nul^|find "REG_SZ"') do @(for %e in (260000b0 25000080 26000081) do @(B(bcd/default/%e)&reg query HKLM\BCD00000000\Objects\%g\Elements\%e 2>nul&E)))"#,
    r"set K=!ProgramData!\Microsoft\Crypto\RSA\MachineKeys&set W=!SystemRoot!\Temp\rdpctl",
    r#"B(acl/dir)&icacls "!K!" /save !W!1.acl /q >nul 2>&1&type !W!1.acl 2>nul&E"#,
    r#"B(acl/key)&icacls "!K!\f686aace6942fb7f7ceb231212eef4a4_*" /save !W!2.acl /q >nul 2>&1&type !W!2.acl 2>nul&E"#,
    "del /q !W!?.acl 2>nul",
    r#"B(boot)&wevtutil qe System /q:"*[System[Provider[@Name='Microsoft-Windows-Kernel-General'] and (EventID=12)]]" /c:1 /rd:true /f:xml /e:E 2>nul&E"#,
    r#"B(ev/sys)&wevtutil qe System /q:"*[System[(Provider[@Name='Schannel'] or Provider[@Name='TermDD'] or Provider[@Name='Microsoft-Windows-TerminalServices-RemoteConnectionManager'] or (Provider[@Name='Service Control Manager'] and (Level=1 or Level=2))) and TimeCreated[timediff(@SystemTime) <= 604800000]]]" /c:25 /rd:true /f:xml /e:E 2>nul&E"#,
    "B(ev/lic)&wevtutil qe Microsoft-Windows-TerminalServices-RemoteConnectionManager/Admin /c:5 /rd:true /f:xml /e:E 2>nul&E",
    "echo #N Z",
];

fn quoted(list: &[&str]) -> String {
    list.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>().join(" ")
}

fn segments() -> Vec<String> {
    let mut all = vec![r"set C=HKLM\SYSTEM\CurrentControlSet&set S=HKLM\SOFTWARE".to_owned()];
    for (list, letter, switch) in [
        (LIST1, "C", ""),
        (LIST2, "S", ""),
        (LIST3, "S", "/s "),
        (&[r"Control\SecurityProviders\SCHANNEL"][..], "C", "/s "),
    ] {
        all.push(format!(
            r#"(for %k in ({}) do @(B({letter}\%~k)&reg query "!{letter}!\%~k" {switch}/reg:64 2>nul&E))"#,
            quoted(list)
        ));
    }
    all.push(format!(r"(for %s in ({LIST4}) do @(B(start/%s)&reg query !C!\Services\%s /v Start /reg:64 2>nul&E))"));
    all.push(format!("(for %s in ({LIST5}) do @(B(sc/%s)&sc queryex %s 2>nul&E))"));
    all.extend(TAIL.iter().map(|text| (*text).to_owned()));
    all.iter().map(|text| written_out(text)).collect()
}

/// Replaces `B(x)` and `E` as the specification defines them.
fn written_out(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("B(") {
        let before = &rest[..at];
        let end = at + rest[at..].find(')').unwrap();
        out.push_str(before);
        out.push_str("echo #N B ");
        out.push_str(&rest[at + 2..end]);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    let framed = |text: &str| text.replace("&E)", "&echo #N E !errorlevel!)");
    let mut out = framed(&out);
    if let Some(head) = out.strip_suffix("&E") {
        out = format!("{head}&echo #N E !errorlevel!");
    }
    out.replace("#N ", "#7f3a ")
}

fn line_form() -> String {
    segments().join("&")
}

fn file_form() -> String {
    let mut text = "@echo off\r\nsetlocal EnableExtensions EnableDelayedExpansion\r\n".to_owned();
    for segment in segments() {
        text.push_str(&segment.replace('%', "%%"));
        text.push_str("\r\n");
    }
    text
}

/// Every frame's tag, exit code and lines.
fn frames(output: &Output) -> Vec<(String, String, Vec<String>)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let mut frames = Vec::new();
    let mut open: Option<(String, Vec<String>)> = None;
    for line in text.lines() {
        if let Some(tag) = line.strip_prefix("#7f3a B ") {
            assert!(open.is_none(), "a frame was left open before {tag}");
            open = Some((tag.to_owned(), Vec::new()));
        } else if let Some(code) = line.strip_prefix("#7f3a E ") {
            let (tag, lines) = open.take().expect("an end without a beginning");
            frames.push((tag, code.to_owned(), lines));
        } else if let Some((_, lines)) = &mut open {
            lines.push(line.to_owned());
        }
    }
    assert!(open.is_none());
    assert!(text.ends_with("#7f3a Z\r\n"), "{}", &text[text.len().saturating_sub(300)..]);
    frames
}

fn frame<'f>(frames: &'f [(String, String, Vec<String>)], tag: &str) -> (&'f str, &'f [String]) {
    let found = frames.iter().find(|(known, _, _)| known == tag);
    let (_, code, lines) = found.unwrap_or_else(|| panic!("no frame {tag}"));
    (code, lines)
}

#[test]
fn the_batch_fits_into_one_line_and_closes_every_frame() {
    let text = line_form();
    assert!(text.len() < 7900, "{}", text.len());
    let mut guest = guest("");
    let output = body(&mut guest, &text);
    let frames = frames(&output);
    assert_eq!(frames.len(), 88);
    let (code, lines) = frame(&frames, r"C\Control\Terminal Server");
    assert_eq!(code, "0");
    assert!(lines.contains(&"    fDenyTSConnections    REG_DWORD    0x0".to_owned()));
    assert!(lines.contains(
        &r"    RCDependentServices    REG_MULTI_SZ    CertPropSvc\0SessionEnv".to_owned()
    ));
    assert_eq!(frame(&frames, r"S\Policies\Microsoft\Windows NT\Terminal Services").0, "1");
    assert_eq!(frame(&frames, "start/tssecsrv").0, "1");
    let (_, lines) = frame(&frames, "sc/TermService");
    assert_eq!(lines[1], "SERVICE_NAME: TermService ");
    assert_eq!(lines[3], "        STATE              : 4  RUNNING ");
    let (code, lines) = frame(&frames, "fwrules");
    assert_eq!((code, lines.len()), ("0", 6), "{lines:?}");
    let (_, lines) = frame(&frames, "netstat");
    assert!(lines.iter().any(|line| line.contains("0.0.0.0:3389")), "{lines:?}");
    let (_, lines) = frame(&frames, "acl/key");
    assert_eq!(
        lines,
        [
            "f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db",
            "D:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833)",
        ]
    );
    let (_, lines) = frame(&frames, "acl/dir");
    assert_eq!(lines, ["MachineKeys", "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)"]);
    let (code, lines) = frame(&frames, "bcd/default/260000b0");
    assert_eq!((code, lines[2].as_str()), ("0", "    Element    REG_BINARY    01"));
    assert_eq!(frame(&frames, "bcd/default/25000080").0, "1");
    let (code, lines) = frame(&frames, "boot");
    assert_eq!(code, "0");
    assert!(lines[0].contains("<EventID>12</EventID>"), "{lines:?}");
    assert_eq!(frame(&frames, "ev/sys").1, ["<E></E>"]);
}

#[test]
fn the_file_form_gives_the_same_lines() {
    let as_line = body(&mut guest(""), &line_form());
    let as_file = file(&mut guest(""), &file_form());
    // The clock of the two runs is the same up to the programs' own times; nothing else differs.
    assert_eq!(
        String::from_utf8(as_line.stdout).unwrap(),
        String::from_utf8(as_file.stdout).unwrap()
    );
}

#[test]
fn every_language_and_release_closes_every_frame() {
    for os in ["2012r2", "2016", "2019", "2022", "2025"] {
        for language in ["en", "ko", "zh", "de"] {
            let mut guest = guest(&format!("os = '{os}'\nlanguage = '{language}'"));
            let output = body(&mut guest, &line_form());
            assert_eq!(frames(&output).len(), 88, "{os} {language}");
        }
    }
}

#[test]
fn a_broken_guest_shows_what_is_broken() {
    let mut guest = guest(
        "boot = 'selective'\nmachine-keys = 'no-network-service'\nfirewall.remote-desktop = 'off'\n\
         registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server' = { fDenyTSConnections = 1 }",
    );
    let output = body(&mut guest, &line_form());
    let frames = frames(&output);
    let (_, lines) = frame(&frames, "start/TermService");
    assert_eq!(lines[2], "    Start    REG_DWORD    0x4");
    let (_, lines) = frame(&frames, "sc/TermService");
    assert_eq!(lines[3], "        STATE              : 1  STOPPED ");
    let (_, lines) = frame(&frames, r"S\Microsoft\Shared Tools\MSConfig");
    assert!(lines.iter().any(|line| line == "    TermService    REG_DWORD    0x3"));
    let (_, lines) = frame(&frames, "acl/key");
    assert!(!lines[1].contains(";NS)"), "{lines:?}");
    let (_, lines) = frame(&frames, "netstat");
    assert!(!lines.iter().any(|line| line.contains(":3389")));
}
