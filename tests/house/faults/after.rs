//! Single faults of policies, and of what lies behind the handshake: rights, accounts, licences.

use super::table::{Fault, beside, guest};

pub(super) const AFTER: &[Fault] = &[
    guest(
        "log-ons switched off",
        r"registry.'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon' = { WinStationsDisabled = '1' }",
        "remote-desktop",
        "Tencent 6.7",
    ),
    guest(
        "the terminal server switched off",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { TSEnabled = 0 }",
        "remote-desktop",
        "Tencent 6.7",
    ),
    guest(
        "users refused",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { TSUserEnabled = 1 }",
        "remote-desktop",
        "Tencent 6.7",
    ),
    guest(
        "a domain's policy denies connections",
        "[[vm.web-01.guest.domain-policy]]\nkey = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services'\nname = 'fDenyTSConnections'\nvalue = 1\nsource = 'setting'",
        "remote-desktop",
        "Tencent 5.4",
    ),
    beside(guest(
        "a domain's policy requires no NLA",
        "[[vm.web-01.guest.domain-policy]]\nkey = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services'\nname = 'UserAuthentication'\nvalue = 0",
        "nla",
        "Azure 4.4.4",
    )),
    guest(
        "a domain's policy disables TermService",
        "[[vm.web-01.guest.domain-policy]]\nkey = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\TermService'\nname = 'Start'\nvalue = 4\nsource = 'system-service'",
        "service",
        "Tencent 5.7",
    ),
    beside(guest(
        "a domain's policy keeps the firewall off",
        "[[vm.web-01.guest.domain-policy]]\nkey = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\DomainProfile'\nname = 'EnableFirewall'\nvalue = 0\nsource = 'firewall'",
        "firewall",
        "Tencent 6.12",
    )),
    guest(
        "TermService deleted",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Services\TermService' = false",
        "service",
        "Tencent 5.7",
    ),
    guest(
        "a foreign library that does not run",
        "registry.'HKLM\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters' = { ServiceDll = 'C:\\x\\wrap.dll' }\nservices.TermService = { state = 'stopped' }",
        "service",
        "Tencent 5.7",
    ),
    guest(
        "let in under conditions only",
        "firewall = { remote-desktop = 'absent', rules = ['v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Security=Authenticate|Name=ipsec|'] }",
        "firewall",
        "Tencent 6.12",
    ),
    beside(guest(
        "a policy keeps the firewall off",
        r"registry.'HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile' = { EnableFirewall = 0 }",
        "firewall",
        "Tencent 6.12",
    )),
    guest(
        "administrators denied the network log-on",
        "user-rights = { SeDenyNetworkLogonRight = ['*S-1-5-32-544'] }",
        "logon",
        "Log-on",
    ),
    guest(
        "administrators denied the log-on through Remote Desktop",
        "user-rights = { SeDenyRemoteInteractiveLogonRight = ['*S-1-5-32-544'] }",
        "logon",
        "Log-on",
    ),
    guest(
        "nobody may log on over the network",
        "user-rights = { SeNetworkLogonRight = [] }",
        "logon",
        "Log-on",
    ),
    guest(
        "nobody may log on through Remote Desktop",
        "user-rights = { SeRemoteInteractiveLogonRight = [] }",
        "logon",
        "Log-on",
    ),
    guest(
        "NTLM refused",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0' = { RestrictReceivingNTLMTraffic = 2 }",
        "logon",
        "Log-on",
    ),
    guest("CredSSP of before 2018", "credssp = 4", "logon", "Log-on"),
    guest(
        "the only account disabled",
        "users = { boss = { password = 'x1Y2z3!', state = 'disabled' } }",
        "logon",
        "Log-on",
    ),
    guest(
        "the only account locked",
        "users = { boss = { password = 'x1Y2z3!', state = 'locked' } }",
        "logon",
        "Log-on",
    ),
    guest(
        "the only account expired",
        "users = { boss = { password = 'x1Y2z3!', state = 'expired' } }",
        "logon",
        "Log-on",
    ),
    guest(
        "the only account to change its password",
        "users = { boss = { password = 'x1Y2z3!', state = 'must-change' } }",
        "logon",
        "Log-on",
    ),
    guest(
        "the only account's password expired",
        "users = { boss = { password = 'x1Y2z3!', state = 'password-expired' } }",
        "logon",
        "Log-on",
    ),
    guest(
        "the only account denied by name",
        "users = { boss = 'x1Y2z3!' }\nuser-rights = { SeDenyRemoteInteractiveLogonRight = ['boss'] }",
        "logon",
        "Log-on",
    ),
    guest("the domain's trust broken", "domain = 'trust-broken'", "logon", "Log-on"),
    guest("the days of grace over", "session-host = { grace-days = 0 }", "licence", "Session"),
    beside(guest(
        "no licence server, days left",
        "session-host = { grace-days = 100 }",
        "licence",
        "Session",
    )),
    // Where Windows has no `wmic`, nobody tells the days.
    beside(guest(
        "no licence server, days unknown",
        "session-host = { grace-days = 100 }\nfaults = { missing = ['wmic'] }",
        "licence",
        "Session",
    )),
    beside(guest(
        "no licensing mode, days left",
        "session-host = { grace-days = 50, licence-servers = ['lic-01'], licensing-mode = 5 }",
        "licence",
        "Session",
    )),
    guest(
        "no licensing mode, days over",
        "session-host = { grace-days = 0, licence-servers = ['lic-01'], licensing-mode = 5 }",
        "licence",
        "Session",
    ),
    beside(guest(
        "a service of Windows' base stopped",
        "services.DcomLaunch = { state = 'stopped' }",
        "service",
        "Tencent 6.4",
    )),
    beside(guest(
        "FIPS demanded, and TLS 1.2 off",
        "registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FIPSAlgorithmPolicy' = { Enabled = 1 }\nregistry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server' = { Enabled = 0 }",
        "tls",
        "Azure 3.1",
    )),
    guest(
        "the listener's key gone",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = false",
        "port",
        "Azure 1.1",
    ),
];
