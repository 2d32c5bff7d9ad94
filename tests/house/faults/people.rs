//! Single faults that the documents do not know and people have: how a world states each, and where it is found.

use super::table::{Fault, guest};

pub(super) const MORE: &[Fault] = &[
    guest(
        "a rule blocks the caller's address",
        "firewall = { rules = ['v2.31|Action=Block|Active=TRUE|Dir=In|RA4=198.51.100.0/255.255.255.0|Name=ban|'] }",
        "firewall",
        "Tencent 6.12",
    ),
    guest(
        "the rule is for others",
        "firewall = { remote-desktop = 'absent', rules = ['v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|RA4=203.0.113.7|Name=office|'] }",
        "firewall",
        "Tencent 6.12",
    ),
    guest(
        "a policy allows no exceptions",
        r"registry.'HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile' = { DoNotAllowExceptions = 1 }",
        "firewall",
        "Tencent 6.12",
    ),
    guest(
        "the device management ignores local rules",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm\PublicProfile' = { AllowLocalPolicyMerge = 0 }",
        "firewall",
        "Tencent 6.12",
    ),
    guest(
        "no library for TermService",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters' = { ServiceDll = '' }",
        "service",
        "Tencent 6.4",
    ),
    guest(
        "a foreign library that opens no listener",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters' = { ServiceDll = 'C:\x\wrap.dll' }",
        "port",
        "Azure 1.1",
    ),
    guest(
        "no connections allowed",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { MaxInstanceCount = 0 }",
        "port",
        "Azure 1.1",
    ),
    guest(
        "a foreign protocol driver",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { LoadableProtocol_Object = '{00000000-0000-0000-0000-000000000000}' }",
        "port",
        "Azure 1.1",
    ),
    guest(
        "the listener's switch is gone",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { fEnableWinStation = false }",
        "port",
        "Azure 1.1",
    ),
    guest(
        "AES switched off by the value 1",
        "registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers\\AES 128/128' = { Enabled = 1 }\nregistry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers\\AES 256/256' = { Enabled = 1 }",
        "tls",
        "Azure 3.1",
    ),
    guest(
        "suites for another key",
        r"registry.'HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002' = { Functions = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' }",
        "tls",
        "Azure 3.1",
    ),
    guest(
        "the machine's own list of suites is empty",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002' = { Functions = '' }",
        "tls",
        "Azure 3.1",
    ),
    guest(
        "the folder of the keys is gone",
        "machine-keys = 'folder-gone'",
        "machine-keys",
        "Azure 2.3",
    ),
    guest(
        "ProgramData is moved",
        r"registry.'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList' = { ProgramData = 'D:\ProgramData' }",
        "machine-keys",
        "Azure 2.3",
    ),
    guest(
        "the service runs and opens no port",
        "services.TermService = { mute = true }",
        "port",
        "Azure 1.1",
    ),
    guest(
        "the service never ends its stop",
        "services.TermService = { state = 'stopping', checkpoint = 1, wait-hint = 1000 }",
        "service",
        "Tencent 5.7",
    ),
    guest(
        "a service of the base is paused",
        "services.MpsSvc = { state = 'paused' }",
        "service",
        "Tencent 6.4",
    ),
    guest(
        "the service ended with a code of its own",
        "services.TermService = { state = 'stopped', exit = 1066, service-exit = 5 }",
        "service",
        "Tencent 5.7",
    ),
];
