//! The firewall of a healthy server: three profiles and the predefined rules that matter here,
//! with some neighbours, so that a search has something to pass over.

use crate::guest::registry::{Base, KeyPath, Value};
use crate::guest::spec::OsRelease;

/// Where the service keeps its settings.
pub(in crate::guest) const POLICY: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";

/// The version that the release writes in front of its rules.
pub(in crate::guest) fn rule_version(os: OsRelease) -> &'static str {
    match os {
        OsRelease::Server2012R2 => "v2.22",
        OsRelease::Server2016 => "v2.26",
        OsRelease::Server2019 => "v2.29",
        OsRelease::Server2022 => "v2.31",
        OsRelease::Server2025 => "v2.33",
    }
}

const RULES: &[(&str, &str)] = &[
    (
        "RemoteDesktop-UserMode-In-TCP",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|App=%SystemRoot%\system32\svchost.exe|Svc=termservice|Name=@FirewallAPI.dll,-28775|Desc=@FirewallAPI.dll,-28756|EmbedCtxt=@FirewallAPI.dll,-28752|",
    ),
    (
        "RemoteDesktop-UserMode-In-UDP",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=3389|App=%SystemRoot%\system32\svchost.exe|Svc=termservice|Name=@FirewallAPI.dll,-28776|Desc=@FirewallAPI.dll,-28777|EmbedCtxt=@FirewallAPI.dll,-28752|",
    ),
    (
        "RemoteDesktop-Shadow-In-TCP",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=6|App=%SystemRoot%\system32\RdpSa.exe|Name=@FirewallAPI.dll,-28778|Desc=@FirewallAPI.dll,-28779|EmbedCtxt=@FirewallAPI.dll,-28752|Edge=TRUE|Defer=App|",
    ),
    (
        "WINRM-HTTP-In-TCP",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=5985|App=System|Name=@FirewallAPI.dll,-30253|Desc=@FirewallAPI.dll,-30256|EmbedCtxt=@FirewallAPI.dll,-30267|",
    ),
    (
        "WINRM-HTTP-In-TCP-PUBLIC",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Public|LPort=5985|RA4=LocalSubnet|RA6=LocalSubnet|App=System|Name=@FirewallAPI.dll,-30253|Desc=@FirewallAPI.dll,-30256|EmbedCtxt=@FirewallAPI.dll,-30267|",
    ),
    (
        "CoreNet-DHCP-In",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=68|RPort=67|App=%SystemRoot%\system32\svchost.exe|Svc=dhcp|Name=@FirewallAPI.dll,-25301|Desc=@FirewallAPI.dll,-25303|EmbedCtxt=@FirewallAPI.dll,-25000|",
    ),
    (
        "CoreNet-DNS-Out-UDP",
        r"|Action=Allow|Active=TRUE|Dir=Out|Protocol=17|RPort=53|App=%SystemRoot%\system32\svchost.exe|Svc=dnscache|Name=@FirewallAPI.dll,-25405|Desc=@FirewallAPI.dll,-25406|EmbedCtxt=@FirewallAPI.dll,-25000|",
    ),
    (
        "CoreNet-ICMP4-DUFRAG-In",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=1|ICMP4=3:4|App=System|Name=@FirewallAPI.dll,-25251|Desc=@FirewallAPI.dll,-25257|EmbedCtxt=@FirewallAPI.dll,-25000|",
    ),
    (
        "CoreNet-ICMP6-ND-In",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=58|ICMP6=135:*|RA6=LocalSubnet|App=System|Name=@FirewallAPI.dll,-25019|Desc=@FirewallAPI.dll,-25025|EmbedCtxt=@FirewallAPI.dll,-25000|",
    ),
    (
        "CoreNet-Teredo-In",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=Teredo|App=%SystemRoot%\system32\svchost.exe|Svc=iphlpsvc|Name=@FirewallAPI.dll,-25326|Desc=@FirewallAPI.dll,-25332|EmbedCtxt=@FirewallAPI.dll,-25000|",
    ),
    (
        "CoreNet-IPHTTPS-In",
        r"|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort2_10=IPTLSIn|LPort2_10=IPHTTPSIn|App=System|Name=@FirewallAPI.dll,-25426|Desc=@FirewallAPI.dll,-25428|EmbedCtxt=@FirewallAPI.dll,-25000|",
    ),
    (
        "FPS-SMB-In-TCP",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=445|App=System|Name=@FirewallAPI.dll,-28511|Desc=@FirewallAPI.dll,-28514|EmbedCtxt=@FirewallAPI.dll,-28502|",
    ),
    (
        "FPS-ICMP4-ERQ-In",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=1|ICMP4=8:*|Name=@FirewallAPI.dll,-28543|Desc=@FirewallAPI.dll,-28547|EmbedCtxt=@FirewallAPI.dll,-28502|",
    ),
    (
        "NETDIS-LLMNR-In-UDP",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=17|Profile=Private|LPort=5355|RA4=LocalSubnet|RA6=LocalSubnet|App=%SystemRoot%\system32\svchost.exe|Svc=dnscache|Name=@FirewallAPI.dll,-32801|Desc=@FirewallAPI.dll,-32804|EmbedCtxt=@FirewallAPI.dll,-32752|",
    ),
    (
        "RemoteEventLogSvc-In-TCP",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=RPC|App=%SystemRoot%\system32\svchost.exe|Svc=Eventlog|Name=@FirewallAPI.dll,-29253|Desc=@FirewallAPI.dll,-29256|EmbedCtxt=@FirewallAPI.dll,-29252|",
    ),
    (
        "RemoteSvcAdmin-RPCSS-In-TCP",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=RPC-EPMap|App=%SystemRoot%\system32\svchost.exe|Svc=RPCSS|Name=@FirewallAPI.dll,-29515|Desc=@FirewallAPI.dll,-29518|EmbedCtxt=@FirewallAPI.dll,-29502|",
    ),
    (
        "RemoteTask-In-TCP",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=RPC|App=%SystemRoot%\system32\svchost.exe|Svc=schedule|Name=@FirewallAPI.dll,-33253|Desc=@FirewallAPI.dll,-33256|EmbedCtxt=@FirewallAPI.dll,-33252|",
    ),
    (
        "WMI-RPCSS-In-TCP",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=135|App=%SystemRoot%\system32\svchost.exe|Svc=rpcss|Name=@FirewallAPI.dll,-34252|Desc=@FirewallAPI.dll,-34253|EmbedCtxt=@FirewallAPI.dll,-34251|",
    ),
    (
        "TPMVSCMGR-Server-In-TCP-NoScope",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=6|Profile=Domain|App=%SystemRoot%\system32\RmtTpmVscMgrSvr.exe|Name=@FirewallAPI.dll,-51504|EmbedCtxt=@FirewallAPI.dll,-51500|",
    ),
    (
        "MSDTC-In-TCP",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=6|App=%SystemRoot%\system32\msdtc.exe|Name=@FirewallAPI.dll,-33503|Desc=@FirewallAPI.dll,-33506|EmbedCtxt=@FirewallAPI.dll,-33502|",
    ),
    (
        "SNMPTRAP-In-UDP",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=17|LPort=162|App=%SystemRoot%\system32\snmptrap.exe|Svc=SNMPTRAP|Name=@firewallapi.dll,-50327|Desc=@firewallapi.dll,-50328|EmbedCtxt=@firewallapi.dll,-50323|",
    ),
    (
        "vm-monitoring-dcom",
        r"|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=135|App=%SystemRoot%\system32\svchost.exe|Svc=RpcSs|Name=@vmicres.dll,-701|Desc=@vmicres.dll,-702|EmbedCtxt=@vmicres.dll,-700|",
    ),
];

/// The predefined Remote Desktop rules without their version.
pub(in crate::guest) fn remote_desktop() -> &'static [(&'static str, &'static str)] {
    &RULES[..3]
}

/// Writes profiles and rules.
pub(in crate::guest) fn fill(base: &mut Base, os: OsRelease) {
    let Some(policy) = KeyPath::parse(POLICY) else { return };
    for profile in ["DomainProfile", "StandardProfile", "PublicProfile"] {
        let key = policy.join(profile);
        base.set(&key, "EnableFirewall", Value::dword(1));
        base.set(&key, "DisableNotifications", Value::dword(0));
        base.create(&key.join("Logging"));
    }
    let rules = policy.join("FirewallRules");
    let version = rule_version(os);
    for (id, tail) in RULES {
        base.set(&rules, id, Value::text(&format!("{version}{tail}")));
    }
}
