//! What a machine costs, how it is stored, and what faults do to its output.

use std::mem::size_of;

use super::*;
use crate::guest::{GuestDelta, HUNG};

#[test]
fn an_untouched_guest_is_small_and_stores_nothing_but_its_birth() {
    assert!(size_of::<Guest>() < 700, "{}", size_of::<Guest>());
    let mut guest = guest("");
    body(&mut guest, "reg query HKLM\\SYSTEM\\Select & netstat -ano & tasklist /svc");
    let stored = serde_json::to_string(&guest.delta()).unwrap();
    assert!(stored.len() < 500, "{stored}");
}

#[test]
fn a_stored_guest_goes_on_where_it_was() {
    let mut first = guest("");
    body(&mut first, r"reg add HKLM\SOFTWARE\Own /v x /d y /f & md C:\Own & echo z>C:\Own\f.txt");
    body(&mut first, "net stop TermService /y");
    body(&mut first, "schtasks /create /tn t /sc once /st 23:00 /tr hostname /f");
    body(&mut first, "netsh advfirewall set publicprofile state off");
    body(
        &mut first,
        r"reg add HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile /v EnableFirewall /t REG_DWORD /d 1 /f",
    );
    let stored = serde_json::to_string(&first.delta()).unwrap();
    let delta: GuestDelta = serde_json::from_str(&stored).unwrap();
    assert_eq!(delta, first.delta());
    let mut second = Guest::with_delta(
        std::sync::Arc::clone(first.template()),
        first.hostname(),
        first.machine_guid(),
        delta,
    );
    for (text, code) in [
        (r"reg query HKLM\SOFTWARE\Own /v x", 0),
        (r"type C:\Own\f.txt", 0),
        ("schtasks /query /tn t", 0),
        ("sc stop TermService", 1062),
    ] {
        assert_eq!(said(&mut second, text), said(&mut first, text));
        assert_eq!(body(&mut second, text).exit, code, "{text}");
    }
    assert_eq!(second.rdp_face(NOW), first.rdp_face(NOW));
}

#[test]
fn guests_of_one_template_do_not_share_what_they_change() {
    let one = guest("");
    let mut two = Guest::new(std::sync::Arc::clone(one.template()), "web-02", "");
    let mut one = one;
    body(&mut one, r"reg add HKLM\SOFTWARE\Own /v x /d y /f");
    assert_eq!(body(&mut two, r"reg query HKLM\SOFTWARE\Own").exit, 1);
    assert_eq!(said(&mut two, "hostname").0, "web-02\r\n");
    assert_ne!(one.machine_guid(), two.machine_guid());
}

#[test]
fn a_hung_command_ends_the_run_with_what_came_before() {
    let mut guest = guest("faults = { hung = ['netsh'] }");
    let output = body(&mut guest, "echo before&netsh advfirewall show allprofiles&echo after");
    assert_eq!(output.stdout, b"before\r\n");
    assert!(output.took >= HUNG);
}

#[test]
fn a_question_nobody_answers_floods_the_output_up_to_its_cap() {
    let mut guest = guest("");
    let ctx = Ctx { output_cap: 10_000, ..Ctx::system(NOW) };
    let line = r"reg add HKLM\SYSTEM\Select /v Current /t REG_DWORD /d 1";
    let output = guest.run(&Command::Line(line.to_owned()), &ctx);
    assert_eq!(output.stdout.len(), 10_000);
    assert!(output.took >= HUNG);
    assert_eq!(body(&mut guest, &format!("echo y|{line}")).exit, 0);
}

#[test]
fn faults_spoil_the_output_as_described() {
    let mut cut = guest("faults = { truncate-output = 10 }");
    assert_eq!(body(&mut cut, "echo 0123456789abcdef").stdout, b"0123456789");
    let mut noisy = guest("faults = { noise-every = 1 }");
    assert_eq!(said(&mut noisy, "echo a").0.lines().count(), 2);
    let mut page = guest("language = 'ko'\nfaults = { code-page = 949 }");
    let output = body(&mut page, "net stop NoSuch & net start Spooler");
    assert!(String::from_utf8(output.stderr).is_err());
    let mut denied = guest("faults = { denied = ['certutil'], missing = ['makecab'] }");
    assert_eq!(body(&mut denied, "certutil -hashfile C:\\Windows\\win.ini").exit, 5);
    assert_eq!(body(&mut denied, "C:\\Windows\\System32\\makecab.exe a b").exit, 9009);
    let mut narrow = guest("faults = { agent-32-bit = true }");
    let key = r#"reg query "HKLM\SOFTWARE\Microsoft\Cryptography" /v MachineGuid"#;
    assert_eq!(body(&mut narrow, key).exit, 1);
    assert_eq!(body(&mut narrow, &format!("{key} /reg:64")).exit, 0);
}

#[test]
fn each_language_speaks_in_its_own_code_page() {
    for (language, page, word, bytes) in [
        ("ko", 949, "오류", &b"\xbf\xc0\xb7\xf9"[..]),
        ("zh", 936, "错误", b"\xb4\xed\xce\xf3"),
        ("de", 850, "Schlüssel", b"Registrierungsschl\x81ssel"),
    ] {
        let mut guest = guest(&format!("language = '{language}'"));
        let text = r"reg query HKLM\SOFTWARE\Absent";
        let native = guest.run(&Command::Line(text.to_owned()), &Ctx::system(NOW));
        assert!(
            native.stderr.windows(bytes.len()).any(|window| window == bytes),
            "{language}: {:x?}",
            native.stderr
        );
        let utf8 = body(&mut guest, text);
        let found = String::from_utf8(utf8.stderr).unwrap();
        assert!(found.to_lowercase().contains(&word.to_lowercase()), "{found}");
        let chosen = guest
            .run(&Command::Line(format!("cmd /c \"chcp 65001 >nul&{text}\"")), &Ctx::system(NOW));
        assert!(String::from_utf8(chosen.stderr).is_ok());
        let page_line = said(
            &mut guest,
            r"reg query HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage /v OEMCP",
        )
        .0;
        assert!(page_line.contains(&page.to_string()));
    }
}

#[test]
fn keys_print_no_private_material() {
    use crate::guest::RdpFace;
    let RdpFace::Listening(listener) = guest("").rdp_face(NOW) else { panic!() };
    assert!(format!("{:?}", listener.key).contains("Usable(..)"));
}
