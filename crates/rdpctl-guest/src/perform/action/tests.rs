//! Every action as the commands that a person would read, and the limits that all of them keep.

use ipnet::IpNet;
use proptest::prelude::*;
use rdpctl_model::guest::RegData;
use rdpctl_model::step::{FirewallProfile, KeyHolder, Setting, StartType, Switch};

use rdpctl_model::step::BootElement;

use super::*;

const KEY: &str = "f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db";

fn lines(action: &GuestAction) -> String {
    describe(action).join("\n")
}

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

fn set(name: &str, number: u32) -> GuestAction {
    let key = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server".to_owned();
    GuestAction::SetRegistry {
        key,
        name: name.to_owned(),
        data: RegData::Dword(number),
        setting: Setting::RemoteConnections,
    }
}

#[test]
fn registry_actions() {
    insta::assert_snapshot!(lines(&set("fDenyTSConnections", 0)), @r#"%SystemRoot%\System32\reg.exe add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v "fDenyTSConnections" /t REG_DWORD /d 0 /f /reg:64"#);
    let key =
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp".to_owned();
    insta::assert_snapshot!(
        lines(&GuestAction::DeleteRegistryValue { key, name: "SSLCertificateSHA1Hash".to_owned(), setting: Setting::RemoteConnections }), @r#"
        %SystemRoot%\System32\reg.exe delete "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp" /v "SSLCertificateSHA1Hash" /f /reg:64
        %SystemRoot%\System32\reg.exe query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp" /v "SSLCertificateSHA1Hash" /reg:64
        "#);
    let key =
        r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates\0123AB".to_owned();
    insta::assert_snapshot!(lines(&GuestAction::DeleteRegistryKey { key, setting: Setting::RemoteConnections }), @r#"
        %SystemRoot%\System32\reg.exe export "HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates\0123AB" "%SystemRoot%\rdpctl\TOKEN-0.reg" /y /reg:64
        (if exist "%SystemRoot%\rdpctl\TOKEN-0.reg" (%SystemRoot%\System32\reg.exe delete "HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates\0123AB" /f /reg:64 >nul 2>&1) else (%SystemRoot%\System32\reg.exe query "HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates\0123AB" /reg:64 >nul 2>&1))
        %SystemRoot%\System32\reg.exe query "HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates\0123AB" /reg:64
        "#);
}

#[test]
fn service_actions() {
    let service = || "TermService".to_owned();
    insta::assert_snapshot!(
        lines(&GuestAction::SetServiceStart { service: service(), start: StartType::Auto }), @r#"(%SystemRoot%\System32\sc.exe config TermService start= auto >nul 2>&1&if !errorlevel!==5 (%SystemRoot%\System32\reg.exe add "HKLM\SYSTEM\CurrentControlSet\Services\TermService" /v Start /t REG_DWORD /d 2 /f /reg:64 >nul 2>&1))"#);
    insta::assert_snapshot!(
        lines(&GuestAction::SetServiceStart { service: "gpsvc".to_owned(), start: StartType::Disabled }), @r#"
        (%SystemRoot%\System32\reg.exe add "HKLM\SYSTEM\CurrentControlSet\Services\gpsvc" /v Start /t REG_DWORD /d 4 /f /reg:64 >nul 2>&1||(%SystemRoot%\System32\schtasks.exe /create /tn rdpctl-gp /sc once /st 00:00 /ru SYSTEM /tr "%SystemRoot%\System32\reg.exe add HKLM\SYSTEM\CurrentControlSet\Services\gpsvc /v Start /t REG_DWORD /d 4 /f /reg:64" /f >nul 2>&1&%SystemRoot%\System32\schtasks.exe /run /tn rdpctl-gp >nul 2>&1&%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul&%SystemRoot%\System32\schtasks.exe /delete /tn rdpctl-gp /f >nul 2>&1))
        (%SystemRoot%\System32\reg.exe query "HKLM\SYSTEM\CurrentControlSet\Services\gpsvc" /v Start /reg:64 >q 2>nul&%SystemRoot%\System32\findstr.exe /c:"0x4" q >nul)
        "#);
    insta::assert_snapshot!(lines(&GuestAction::StartService { service: service() }), @r#"
        %SystemRoot%\System32\sc.exe start TermService
        (for /l %i in (1,1,30) do (%SystemRoot%\System32\sc.exe queryex TermService >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        (%SystemRoot%\System32\sc.exe queryex TermService >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul)
        "#);
    insta::assert_snapshot!(lines(&GuestAction::StopService { service: "World Wide Web".to_owned() }), @r#"
        %SystemRoot%\System32\net.exe stop "World Wide Web" /y <nul
        (for /l %i in (1,1,30) do (%SystemRoot%\System32\sc.exe queryex "World Wide Web" >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 1  [^(]" q >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        (%SystemRoot%\System32\sc.exe queryex "World Wide Web" >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 1  [^(]" q >nul)
        "#);
    insta::assert_snapshot!(lines(&GuestAction::RestartRdp { session_env: false }), @r#"
        %SystemRoot%\System32\net.exe stop UmRdpService /y <nul
        %SystemRoot%\System32\net.exe stop TermService /y <nul
        %SystemRoot%\System32\sc.exe start TermService
        (for /l %i in (1,1,30) do (%SystemRoot%\System32\sc.exe queryex TermService >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        (%SystemRoot%\System32\sc.exe queryex TermService >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul)
        "#);
    insta::assert_snapshot!(lines(&GuestAction::RestartRdp { session_env: true }), @r#"
        %SystemRoot%\System32\net.exe stop SessionEnv /y <nul
        %SystemRoot%\System32\sc.exe start SessionEnv
        (for /l %i in (1,1,30) do (%SystemRoot%\System32\sc.exe queryex SessionEnv >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        (%SystemRoot%\System32\sc.exe queryex SessionEnv >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul)
        %SystemRoot%\System32\net.exe stop UmRdpService /y <nul
        %SystemRoot%\System32\net.exe stop TermService /y <nul
        %SystemRoot%\System32\sc.exe start TermService
        (for /l %i in (1,1,30) do (%SystemRoot%\System32\sc.exe queryex TermService >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        (%SystemRoot%\System32\sc.exe queryex TermService >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul)
        (for /l %i in (1,1,15) do (%SystemRoot%\System32\reg.exe query "HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates" /s /reg:64 >q 2>nul&%SystemRoot%\System32\findstr.exe /c:"REG_BINARY" q >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        "#);
}

#[test]
fn firewall_actions() {
    insta::assert_snapshot!(lines(&GuestAction::EnableRemoteDesktopRules), @r#"
        %SystemRoot%\System32\netsh.exe advfirewall firewall set rule group="@FirewallAPI.dll,-28752" new enable=yes
        %SystemRoot%\System32\netsh.exe advfirewall firewall set rule group="@FirewallAPI.dll,-28752" new action=allow
        "#);
    let sources = nets(&["203.0.113.0/24", "2001:db8::/32"]);
    insta::assert_snapshot!(lines(&GuestAction::AddFirewallRule { port: 3390, sources }), @r#"
        %SystemRoot%\System32\netsh.exe advfirewall firewall delete rule name="rdpctl-rdp-tcp-3390"
        %SystemRoot%\System32\netsh.exe advfirewall firewall add rule name="rdpctl-rdp-tcp-3390" dir=in action=allow enable=yes profile=any protocol=TCP localport=3390 program=^%SystemRoot^%\system32\svchost.exe service=termservice remoteip=203.0.113.0/24,2001:db8::/32
        %SystemRoot%\System32\netsh.exe advfirewall firewall delete rule name="rdpctl-rdp-udp-3390"
        %SystemRoot%\System32\netsh.exe advfirewall firewall add rule name="rdpctl-rdp-udp-3390" dir=in action=allow enable=yes profile=any protocol=UDP localport=3390 program=^%SystemRoot^%\system32\svchost.exe service=termservice remoteip=203.0.113.0/24,2001:db8::/32
        "#);
    insta::assert_snapshot!(lines(&GuestAction::DeleteFirewallRule { port: 3390 }), @r#"
        %SystemRoot%\System32\netsh.exe advfirewall firewall delete rule name="rdpctl-rdp-tcp-3390"
        %SystemRoot%\System32\netsh.exe advfirewall firewall delete rule name="rdpctl-rdp-udp-3390"
        "#);
    insta::assert_snapshot!(
        lines(&GuestAction::SetFirewallProfile { profile: FirewallProfile::Private, state: Switch::On }), @r"%SystemRoot%\System32\netsh.exe advfirewall set privateprofile state on");
}

#[test]
fn boot_and_policy_actions() {
    insta::assert_snapshot!(lines(&GuestAction::DeleteBootElement { element: BootElement::Safeboot }), @r"%SystemRoot%\System32\bcdedit.exe /deletevalue {current} safeboot");
    insta::assert_snapshot!(lines(&GuestAction::EnableSerialConsole), @r#"
        %SystemRoot%\System32\bcdedit.exe /export "%SystemRoot%\rdpctl\TOKEN-0.bcd"
        %SystemRoot%\System32\bcdedit.exe /ems {current} on
        %SystemRoot%\System32\bcdedit.exe /emssettings EMSPORT:1 EMSBAUDRATE:115200
        "#);
    insta::assert_snapshot!(lines(&GuestAction::ShowBootMenu { seconds: 5 }), @r#"
        %SystemRoot%\System32\bcdedit.exe /export "%SystemRoot%\rdpctl\TOKEN-0.bcd"
        %SystemRoot%\System32\bcdedit.exe /set {bootmgr} displaybootmenu yes
        %SystemRoot%\System32\bcdedit.exe /set {bootmgr} timeout 5
        %SystemRoot%\System32\bcdedit.exe /set {bootmgr} bootems yes
        "#);
    insta::assert_snapshot!(lines(&GuestAction::RefreshPolicy { keeps: Vec::new() }), @r"%SystemRoot%\System32\gpupdate.exe /target:computer /force /wait:120 <nul");
    insta::assert_snapshot!(lines(&GuestAction::Reboot), @r#"
        %SystemRoot%\System32\reg.exe add "HKLM\HARDWARE\DESCRIPTION\System" /v RdpctlBoot /t REG_SZ /d TOKEN /f
        %SystemRoot%\System32\shutdown.exe /r /t 5 /f /d p:2:4
        "#);
}

#[test]
fn key_actions() {
    let repair = |third, take_ownership, folder| {
        lines(&GuestAction::RepairKeyAcl { file: KEY.to_owned(), third, take_ownership, folder })
    };
    insta::assert_snapshot!(repair(KeyHolder::SessionEnv, false, false), @r#"
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys" /save "%SystemRoot%\rdpctl\TOKEN-before.acl" /t /c /q
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys" /t /c >"%SystemRoot%\rdpctl\TOKEN-before.txt" 2>&1
        (%SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" /remove:d *S-1-5-18 *S-1-5-20 *S-1-1-0 /c /q || (%SystemRoot%\System32\takeown.exe /f "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" /a <nul && (set "RDPCTLTAKEN=1" & %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" /remove:d *S-1-5-18 *S-1-5-20 *S-1-1-0 /c /q))) >nul 2>&1
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" /grant *S-1-5-18:F *S-1-5-20:R *S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833:F /c /q
        (if defined RDPCTLTAKEN (%SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" /setowner *S-1-5-18 /c /q) else (%SystemRoot%\System32\cmd.exe /d /c exit 0)) >nul 2>&1
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys" /save "%SystemRoot%\rdpctl\TOKEN-after.acl" /t /c /q
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys" /t /c >"%SystemRoot%\rdpctl\TOKEN-after.txt" 2>&1
        "#);
    insta::assert_snapshot!(repair(KeyHolder::Administrators, true, true), @r#"
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys" /save "%SystemRoot%\rdpctl\TOKEN-before.acl" /t /c /q
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys" /t /c >"%SystemRoot%\rdpctl\TOKEN-before.txt" 2>&1
        %SystemRoot%\System32\takeown.exe /f "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" /a <nul
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" /remove:d *S-1-5-18 *S-1-5-20 *S-1-1-0 /c /q
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" /grant *S-1-5-18:F *S-1-5-20:R *S-1-5-32-544:R /c /q
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys" /grant "*S-1-1-0:(R,W)" *S-1-5-32-544:F /c /q
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" /setowner *S-1-5-18 /c /q
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys" /save "%SystemRoot%\rdpctl\TOKEN-after.acl" /t /c /q
        %SystemRoot%\System32\icacls.exe "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys" /t /c >"%SystemRoot%\rdpctl\TOKEN-after.txt" 2>&1
        "#);
    insta::assert_snapshot!(lines(&GuestAction::RetireKey { file: KEY.to_owned() }), @r#"
        ren "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" "f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db.rdpctl-TOKEN"
        (if exist "%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db" (%SystemRoot%\System32\cmd.exe /d /c exit 1) else (%SystemRoot%\System32\cmd.exe /d /c exit 0))
        "#);
}

#[test]
fn the_dead_mans_switch() {
    let dump = GuestAction::SetRegistry {
        key: r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl".to_owned(),
        name: "DumpFile".to_owned(),
        data: RegData::ExpandSz(r"%SystemRoot%\MEMORY.DMP".to_owned()),
        setting: Setting::RemoteConnections,
    };
    let restore = vec![
        set("fDenyTSConnections", 1),
        dump,
        GuestAction::DeleteFirewallRule { port: 3390 },
        GuestAction::RestartRdp { session_env: false },
    ];
    insta::assert_snapshot!(lines(&GuestAction::ArmDeadMansSwitch { minutes: 10, restore }), @r#"
        %SystemRoot%\System32\reg.exe add "HKLM\SOFTWARE\rdpctl" /v Switch /t REG_SZ /d TOKEN /f /reg:64
        (>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo @echo off)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo set NoDefaultCurrentDirectoryInExePath=1)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo cd /d ^%SystemRoot^%\rdpctl)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo if errorlevel 1 exit /b 1)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo ^%SystemRoot^%\System32\reg.exe add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v "fDenyTSConnections" /t REG_DWORD /d 1 /f /reg:64)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo ^%SystemRoot^%\System32\reg.exe add "HKLM\SYSTEM\CurrentControlSet\Control\CrashControl" /v "DumpFile" /t REG_EXPAND_SZ /d ^^^%^%SystemRoot^^^%^%"\MEMORY.DMP" /f /reg:64)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo ^%SystemRoot^%\System32\netsh.exe advfirewall firewall delete rule name="rdpctl-rdp-tcp-3390")
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo ^%SystemRoot^%\System32\netsh.exe advfirewall firewall delete rule name="rdpctl-rdp-udp-3390")
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo ^%SystemRoot^%\System32\net.exe stop UmRdpService /y)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo ^%SystemRoot^%\System32\net.exe stop TermService /y)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo ^%SystemRoot^%\System32\sc.exe start TermService)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo ^%SystemRoot^%\System32\reg.exe add "HKLM\SOFTWARE\rdpctl" /v Restored /t REG_SZ /d TOKEN /f /reg:64)
        (>>"%SystemRoot%\rdpctl\restore-TOKEN.cmd" echo ^%SystemRoot^%\System32\schtasks.exe /delete /tn rdpctl-restore /f)
        %SystemRoot%\System32\schtasks.exe /create /tn rdpctl-restore /sc minute /mo 10 /ru SYSTEM /tr "%SystemRoot%\System32\cmd.exe /d /c %SystemRoot%\rdpctl\restore-TOKEN.cmd" /f
        %SystemRoot%\System32\schtasks.exe /query /tn rdpctl-restore
        "#);
    insta::assert_snapshot!(lines(&GuestAction::DisarmDeadMansSwitch), @r#"
        %SystemRoot%\System32\schtasks.exe /delete /tn rdpctl-restore /f
        %SystemRoot%\System32\schtasks.exe /query /tn rdpctl-restore
        %SystemRoot%\System32\reg.exe delete "HKLM\SOFTWARE\rdpctl" /f /reg:64
        del /q "%SystemRoot%\rdpctl\restore-*.cmd"
        "#);
}

#[test]
fn letting_winrm_answer() {
    insta::assert_snapshot!(lines(&GuestAction::BootstrapWinrm { sources: nets(&["198.51.100.7/32"]) }), @r#"
        (%SystemRoot%\System32\sc.exe config WinRM start= auto >nul 2>&1&if !errorlevel!==5 (%SystemRoot%\System32\reg.exe add "HKLM\SYSTEM\CurrentControlSet\Services\WinRM" /v Start /t REG_DWORD /d 2 /f /reg:64 >nul 2>&1))
        %SystemRoot%\System32\sc.exe start WinRM
        (for /l %i in (1,1,30) do (%SystemRoot%\System32\sc.exe queryex WinRM >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        (%SystemRoot%\System32\sc.exe queryex WinRM >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul)
        %SystemRoot%\System32\reg.exe add "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Service" /v "allow_remote_requests" /t REG_DWORD /d 1 /f /reg:64
        %SystemRoot%\System32\reg.exe add "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System" /v "LocalAccountTokenFilterPolicy" /t REG_DWORD /d 1 /f /reg:64
        (%SystemRoot%\System32\reg.exe query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener\*+HTTPS" /v certThumbprint /reg:64 >p 2>nul&%SystemRoot%\System32\findstr.exe REG_SZ p >o 2>nul&(for /f "tokens=3" %t in (o) do (%SystemRoot%\System32\reg.exe query "HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates\%t" /v Blob /reg:64 >nul 2>&1&&>keep echo %t))&ver >nul&(if not exist keep (%SystemRoot%\System32\reg.exe query "HKLM\SOFTWARE\rdpctl-winrm" /v Certificate /reg:64 >p 2>nul&%SystemRoot%\System32\findstr.exe REG_SZ p >o 2>nul&(for /f "tokens=3" %t in (o) do (%SystemRoot%\System32\reg.exe query "HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates\%t" /v Blob /reg:64 >nul 2>&1&&>made echo %t))&ver >nul&(if not exist made ((echo [Version]&echo Signature="$Windows NT$"&echo [NewRequest]&echo RequestType=Cert&echo Subject="CN=!COMPUTERNAME!"&echo FriendlyName="WinRM by rdpctl"&echo ProviderName="Microsoft Software Key Storage Provider"&echo KeyContainer="TOKEN"&echo MachineKeySet=TRUE&echo Exportable=FALSE&echo KeyAlgorithm=RSA&echo KeyLength=2048&echo KeyUsage=0xA0&echo HashAlgorithm=SHA256&echo ValidityPeriod=Years&echo ValidityPeriodUnits=5&echo [EnhancedKeyUsageExtension]&echo OID=1.3.6.1.5.5.7.3.1)>c.inf&%SystemRoot%\System32\reg.exe add "HKLM\SOFTWARE\rdpctl-winrm" /f /reg:64 /t REG_SZ /v Key /d TOKEN >nul 2>&1&&%SystemRoot%\System32\certreq.exe -new -q -f c.inf c.cer >nul 2>&1))&(if !errorlevel!==0 if not exist made (%SystemRoot%\System32\certutil.exe -f -decode c.cer c.der >nul 2>&1&&%SystemRoot%\System32\certutil.exe -hashfile c.der SHA1 >h 2>nul&&(for /f "skip=1 delims=" %h in (h) do (if not exist made (set T=%h&>made echo !T: =!)))))&(if !errorlevel!==0 (for /f %t in (made) do (%SystemRoot%\System32\reg.exe add "HKLM\SOFTWARE\rdpctl-winrm" /f /reg:64 /t REG_SZ /v Certificate /d %t >nul 2>&1)))&(if !errorlevel!==0 (%SystemRoot%\System32\cscript.exe //nologo //b %SystemRoot%\System32\winrm.vbs delete winrm/config/Listener?Address=*+Transport=HTTPS >nul 2>&1&(for /f %t in (made) do (%SystemRoot%\System32\cscript.exe //nologo //b %SystemRoot%\System32\winrm.vbs create winrm/config/Listener?Address=*+Transport=HTTPS @{Hostname="!COMPUTERNAME!";CertificateThumbprint="%t"} >nul 2>&1)))))))
        %SystemRoot%\System32\netsh.exe advfirewall firewall delete rule name="rdpctl-winrm-5985"
        %SystemRoot%\System32\netsh.exe advfirewall firewall delete rule name="rdpctl-winrm-5986"
        %SystemRoot%\System32\netsh.exe advfirewall firewall add rule name="rdpctl-winrm-5986" dir=in action=allow protocol=TCP localport=5986 remoteip=198.51.100.7/32
        %SystemRoot%\System32\net.exe stop WinRM /y <nul
        (for /l %i in (1,1,30) do (%SystemRoot%\System32\sc.exe queryex WinRM >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 1  [^(]" q >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        (%SystemRoot%\System32\sc.exe queryex WinRM >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 1  [^(]" q >nul)
        %SystemRoot%\System32\sc.exe start WinRM
        (for /l %i in (1,1,30) do (%SystemRoot%\System32\sc.exe queryex WinRM >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        (%SystemRoot%\System32\sc.exe queryex WinRM >q 2>nul&%SystemRoot%\System32\findstr.exe /r /c:": 4  [^(]" q >nul)
        (for /l %i in (1,1,15) do (%SystemRoot%\System32\netstat.exe -an >n 2>nul&%SystemRoot%\System32\findstr.exe /c:":5986 " n >m 2>nul&%SystemRoot%\System32\findstr.exe /c:":0 " m >nul||%SystemRoot%\System32\ping.exe -n 3 127.0.0.1 >nul))
        (%SystemRoot%\System32\netstat.exe -an >n 2>nul&%SystemRoot%\System32\findstr.exe /c:":5986 " n >m 2>nul&%SystemRoot%\System32\findstr.exe /c:":0 " m >nul)
        "#);
}

#[test]
fn what_would_lock_us_out_or_has_no_safe_spelling_is_refused() {
    let stop = |service: &str| GuestAction::StopService { service: service.to_owned() };
    let refused = [
        stop("MpsSvc"),
        stop("bfe"),
        stop("x & shutdown"),
        GuestAction::SetServiceStart { service: "RpcSs".to_owned(), start: StartType::Disabled },
        GuestAction::DeleteRegistryKey {
            key: r"HKLM\SOFTWARE".to_owned(),
            setting: Setting::RemoteConnections,
        },
        GuestAction::DeleteRegistryValue {
            key: r"HKLM\SOFTWARE\A".to_owned(),
            name: "a\"b".to_owned(),
            setting: Setting::RemoteConnections,
        },
        GuestAction::RetireKey { file: r"..\x".to_owned() },
        GuestAction::ArmDeadMansSwitch { minutes: 10, restore: Vec::new() },
        GuestAction::ArmDeadMansSwitch { minutes: 0, restore: vec![set("a", 1)] },
        GuestAction::ArmDeadMansSwitch { minutes: 10, restore: vec![GuestAction::Reboot] },
    ];
    for action in refused {
        assert!(commands(&action, "t").is_err(), "{action:?}");
    }
    assert!(commands(&GuestAction::Reboot, "a b").is_err());
}

/// Texts that an attacker or an accident may put where a name or data is expected.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        "(?s).{0,20}",
        Just("a\" & shutdown /s & \"".to_owned()),
        Just("%COMSPEC%".to_owned()),
        Just("!PATH!".to_owned()),
        Just("a\r\nshutdown /s".to_owned()),
    ]
}

proptest! {
    /// Whatever stands in an action, its commands have one line each, balanced quotes, and nothing of the text
    /// outside of them.
    #[test]
    fn outside_text_never_acts(text in hostile(), other in hostile()) {
        let key = format!(r"HKLM\SOFTWARE\{text}");
        let actions = [
            GuestAction::SetRegistry { key: key.clone(), name: other.clone(), data: RegData::Sz(text.clone()), setting: Setting::RemoteConnections },
            GuestAction::SetRegistry { key, name: other.clone(), data: RegData::MultiSz(vec![text.clone(), other]), setting: Setting::RemoteConnections },
            GuestAction::StopService { service: text.clone() },
            GuestAction::RetireKey { file: text },
        ];
        for action in actions {
            let Ok(commands) = commands(&action, "t") else { continue };
            for command in commands {
                prop_assert!(command.line.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
                prop_assert_eq!(command.line.matches('"').count() % 2, 0, "{}", command.line);
                prop_assert!(!command.line.replace("^%", "").replace("%SystemRoot%", "").contains('%') || command.line.contains("%i"));
            }
        }
    }
}

/// What is planned and what is written follow one rule: nothing is planned that would be refused for its text.
#[test]
fn the_plan_knows_what_will_be_refused() {
    for text in ["Spooler", "a b", "x & y", "x\u{7}y", "a%b", "a!b", "", "-f", "웹", "a^b", "a\"b"]
    {
        let service = || text.to_owned();
        let actions = [
            GuestAction::SetServiceStart { service: service(), start: StartType::Manual },
            GuestAction::StartService { service: service() },
            GuestAction::StopService { service: service() },
            GuestAction::RetireKey { file: service() },
            GuestAction::SetRegistry {
                key: r"HKLM\SOFTWARE\A\B".to_owned(),
                name: "x".to_owned(),
                data: RegData::Sz(service()),
                setting: Setting::Listener,
            },
        ];
        for action in actions {
            let refused = commands(&action, "t").is_err();
            assert_eq!(action.unspeakable().is_some(), refused, "{action:?}");
        }
    }
}
