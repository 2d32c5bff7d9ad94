//! Exit codes and facts of each tool, line by line.

use super::*;

/// Runs lines in one machine: each has its exit code and a part of its standard output.
#[track_caller]
fn table(world: &str, rows: &[(&str, i32, &str)]) {
    let mut guest = guest(world);
    for (text, code, part) in rows {
        let output = body(&mut guest, text);
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.exit, *code, "{text}\n{stdout}{stderr}");
        assert!(stdout.contains(part), "{text}\n{stdout}{stderr}");
    }
}

#[test]
fn reg() {
    table(
        "",
        &[
            (r"reg query HKLM\SYSTEM\Select /v Current", 0, "    Current    REG_DWORD    0x1\r\n"),
            (r"reg query HKLM\SOFTWARE\Absent", 1, ""),
            (r"reg query HKLM\SYSTEM\Select /v Absent", 1, ""),
            (r"reg add HKLM\SOFTWARE\T /v big /t REG_DWORD /d 4294967296 /f", 1, ""),
            (r"reg add HKLM\SOFTWARE\T /v hex /t REG_DWORD /d ffffffff /f", 1, ""),
            (r"reg add HKLM\SOFTWARE\T /v max /t REG_DWORD /d 4294967295 /f", 0, ""),
            (r"reg query HKLM\SOFTWARE\T", 0, "    max    REG_DWORD    0xffffffff\r\n"),
            (r"reg add HKLM\SOFTWARE\T /v 'q' /t REG_DWORD /d 1 /f", 0, ""),
            (r"reg query HKLM\SOFTWARE\T", 0, "    'q'    REG_DWORD    0x1\r\n"),
            (r"reg add HKLM\SOFTWARE\T /v x /t REG_EXPAND_SZ /d ^%SystemRoot^%\M.DMP /f", 0, ""),
            (r"reg query HKLM\SOFTWARE\T", 0, r"    x    REG_EXPAND_SZ    %SystemRoot%\M.DMP"),
            (r#"reg add HKLM\SOFTWARE\T /v y /t REG_EXPAND_SZ /d "%SystemRoot%\M.DMP" /f"#, 0, ""),
            (r"reg query HKLM\SOFTWARE\T", 0, r"    y    REG_EXPAND_SZ    C:\Windows\M.DMP"),
            (r"reg export HKLM\SOFTWARE\T C:\Windows\Temp\t.reg /y", 0, ""),
            (r"reg delete HKLM\SOFTWARE\T /f", 0, ""),
            (r"reg delete HKLM\SOFTWARE\T /f", 1, ""),
            (r"reg import C:\Windows\Temp\t.reg", 0, ""),
            (r"reg query HKLM\SOFTWARE\T /v max", 0, "0xffffffff"),
            (r"reg load HKLM\X C:\absent", 1, ""),
            (r"reg query HKLM\SOFTWARE\T /f max", 0, "1 match"),
        ],
    );
}

#[test]
fn sc() {
    table(
        "",
        &[
            (
                "sc queryex TermService",
                0,
                "SERVICE_NAME: TermService \r\n        TYPE               : 30  WIN32  \r\n        STATE              : 4  RUNNING \r\n                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n",
            ),
            ("sc queryex TermService", 0, "        FLAGS              : \r\n"),
            ("sc queryex NoSuch", 1060, "FAILED 1060:"),
            ("sc config TermService start=auto", 1639, ""),
            ("sc config TermService start= sometimes", 1639, ""),
            ("sc config TermService start= demand", 0, ""),
            ("sc qc TermService", 0, "DEMAND_START"),
            ("sc config TermService type= own", 0, ""),
            ("sc queryex TermService", 0, "10  WIN32_OWN_PROCESS"),
            ("sc query Spooler", 0, "STATE"),
            ("sc query sacsvr", 0, "        WIN32_EXIT_CODE    : 1077  (0x435)"),
            ("sc queryex gpsvc", 0, "NOT_STOPPABLE"),
        ],
    );
}

#[test]
fn the_policy_client_is_closed_to_administrators_and_open_to_the_system() {
    let mut guest = guest("");
    let line = Command::Line("sc config gpsvc start= disabled".to_owned());
    let administrator = Ctx::administrator(NOW, "Administrator");
    assert_eq!(guest.run(&line, &administrator).exit, 5);
    assert_eq!(guest.run(&line, &Ctx::system(NOW)).exit, 0);
}

#[test]
fn net() {
    table(
        "users = { Administrator = 'x', alice = 'y' }",
        &[
            ("net start", 0, "Remote Desktop Services"),
            ("net start NoSuch", 2, ""),
            ("net start TermService", 2, ""),
            ("net stop Spooler", 0, "was stopped successfully"),
            ("net stop Spooler", 2, ""),
            (r#"net start "Print Spooler""#, 0, "was started successfully"),
            (r#"net localgroup "Remote Desktop Users""#, 0, "-----"),
            (r#"net localgroup "Remote Desktop Users" alice /add"#, 0, ""),
            (r#"net localgroup "Remote Desktop Users" alice /add"#, 2, ""),
            (r#"net localgroup "Remote Desktop Users""#, 0, "alice\r\n"),
            (r#"net localgroup "No Such Group" alice /add"#, 2, ""),
        ],
    );
}

#[test]
fn files_and_their_tools() {
    table(
        "",
        &[
            (
                r"md C:\T & cd C:\T & echo one>a.txt& echo two>>a.txt& type a.txt",
                0,
                "one\r\ntwo\r\n",
            ),
            (r"copy /y C:\T\a.txt C:\T\b.txt >nul & fc 2>nul & type C:\T\b.txt", 0, "one"),
            (r"ren C:\T\b.txt c.txt & dir /b C:\T", 0, "a.txt\r\nc.txt\r\n"),
            (r"del /q C:\T\c.txt & type C:\T\c.txt", 1, ""),
            (
                r"certutil -hashfile C:\T\a.txt SHA256",
                0,
                "6f4792b265fe72790b344fd3ef5294701d9d087bed9fce815c0f4bbad6d2ed87\r\n",
            ),
            (
                r"certutil -f -encode C:\T\a.txt C:\T\a.b64",
                0,
                "Input Length = 10\r\nOutput Length = ",
            ),
            (
                r"type C:\T\a.b64",
                0,
                "-----BEGIN CERTIFICATE-----\r\nb25lDQp0d28NCg==\r\n-----END CERTIFICATE-----\r\n",
            ),
            (r"certutil -encode C:\T\a.txt C:\T\a.b64", -2_147_024_816, "0x80070050"),
            (
                r"certutil -f -decode C:\T\a.b64 C:\T\d.txt >nul & type C:\T\d.txt",
                0,
                "one\r\ntwo\r\n",
            ),
            (r"certutil -hashfile C:\absent", -2_147_024_894, "0x80070002"),
            (r"makecab C:\T\a.txt C:\T\a.cab >nul", 0, ""),
            (
                r"md C:\T\x & expand -F:* C:\T\a.cab C:\T\x >nul & type C:\T\x\a.txt",
                0,
                "one\r\ntwo\r\n",
            ),
            (r"expand -F:* C:\T\a.txt C:\T\x", 1, ""),
            (r"echo x>C:\absent\f.txt", 1, ""),
            (r"findstr /n two C:\T\a.txt", 0, "2:two"),
            (r"findstr three C:\T\a.txt", 1, ""),
            (r#"find /c "o" C:\T\a.txt"#, 0, "A.TXT: 2"),
            (r"fsutil volume diskfree C:", 0, "103,079,215,104"),
            (r"C:\Windows\nosuchprogram x", 9009, ""),
        ],
    );
}

#[test]
fn lists_are_saved_changed_and_restored() {
    table(
        "",
        &[
            (
                r"md C:\T & echo x>C:\T\f.txt& icacls C:\T\f.txt",
                0,
                r"C:\T\f.txt NT AUTHORITY\SYSTEM:(I)(F)",
            ),
            (r"icacls C:\T\f.txt /save C:\T\s.acl /q", 0, "Successfully processed 1 files"),
            (r"type C:\T\s.acl", 0, "f.txt\r\nD:AI(A;ID;FA;;;SY)"),
            (r#"icacls C:\T\f.txt /grant "*S-1-5-20:(R,W)" *S-1-5-32-555:R /q"#, 0, ""),
            (r"icacls C:\T\f.txt", 0, r"NT AUTHORITY\NETWORK SERVICE:(R,W)"),
            (r"icacls C:\T\f.txt", 0, r"BUILTIN\Remote Desktop Users:(R)"),
            (r"icacls C:\T\f.txt /deny *S-1-1-0:F /q", 0, ""),
            (r"icacls C:\T\f.txt", 0, "Everyone:(N)"),
            (r"icacls C:\T /restore C:\T\s.acl /q", 0, ""),
            (r"icacls C:\T\f.txt", 0, r"f.txt NT AUTHORITY\SYSTEM:(I)(F)"),
            (r"icacls C:\absent", 2, ""),
            (r"icacls C:\T\f.txt /grant nosuchuser:R", 1332, ""),
            (r"icacls C:\T\f.txt /grant *S-1-5-20:QQ", 87, ""),
        ],
    );
}

#[test]
fn boot_configuration() {
    let element = r"reg query HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\260000b0";
    table(
        "",
        &[
            (element, 0, "    Element    REG_BINARY    01"),
            ("bcdedit /ems {current} off", 0, ""),
            (element, 0, "    Element    REG_BINARY    00"),
            ("bcdedit /emssettings EMSPORT:2 EMSBAUDRATE:9600", 0, ""),
            (
                r"reg query HKLM\BCD00000000\Objects\{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}\Elements /s",
                0,
                "8025000000000000",
            ),
            ("bcdedit /set {bootmgr} timeout 5", 0, ""),
            ("bcdedit /enum {bootmgr}", 0, "timeout                 5"),
            ("bcdedit /set {current} nosuchelement 1", 1, ""),
            ("bcdedit /enum {current}", 0, "ems                     No"),
            (r"bcdedit /store C:\other\BCD /enum", 1, ""),
            (r"bcdedit /export C:\Windows\Temp\bcd", 0, ""),
        ],
    );
}

#[test]
fn events_shutdown_and_the_rest() {
    table(
        "sessions = ['alice']\nuser-rights = { SeDenyRemoteInteractiveLogonRight = ['*S-1-5-113'] }",
        &[
            ("wevtutil qe NoSuchLog /c:1", 15007, ""),
            (r#"wevtutil qe System /q:"*[Nonsense""#, 15001, ""),
            (
                "wevtutil qe System /c:1 /rd:true /f:xml /e:E",
                0,
                "<E><Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>",
            ),
            ("shutdown /a", 1116, ""),
            ("shutdown /r /t 60", 0, ""),
            ("shutdown /r /t 60", 1190, ""),
            ("shutdown /a", 0, ""),
            ("qwinsta", 0, "alice"),
            ("qwinsta", 0, "65536"),
            (
                r"secedit /export /areas USER_RIGHTS /cfg C:\Windows\Temp\r.inf /quiet >nul & type C:\Windows\Temp\r.inf",
                0,
                "SeDenyRemoteInteractiveLogonRight = *S-1-5-113",
            ),
            (r"gpresult /scope computer /x C:\Windows\Temp\g.xml /f", 0, ""),
            ("netsh int ipv4 show excludedportrange protocol=tcp", 0, "     50000       50059"),
            ("whoami", 0, r"nt authority\system"),
            ("ver", 0, "10.0.20348"),
            (
                "tasklist /svc /fo csv /nh",
                0,
                "\"System Idle Process\",\"0\",\"N/A\"\r\n\"System\",\"4\",\"N/A\"\r\n",
            ),
        ],
    );
}
