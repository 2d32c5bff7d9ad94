//! What people really had inside Windows, each as a world of its own: the cause is named, nothing untrue is said beside it,
//! and what is planned helps. The outside of each world is healthy.

use crate::tool::Tool;

/// A VM of this release whose guest differs in this.
fn with(os: &str, guest: &str) -> Tool {
    let tool = Tool::new();
    tool.write(
        "rdp.toml",
        r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"
[guard]
stop-service = "ask"
[instance.web-01]
provider = "gz"
id = "ins-0abc1234"
profile = "standard"
"#,
    );
    tool.write(
        "world.toml",
        &format!(
            r#"
[world]
seed = 7
time-scale = "instant"
[account.gz]
kind = "tencent"
region = "ap-guangzhou"
[vm.web-01]
account = "gz"
id = "ins-0abc1234"
address = "eip"
security-groups = ["sg-open0001"]
[vm.web-01.guest]
os = "{os}"
{guest}
[security-group.sg-open0001]
account = "gz"
ingress = ["ACCEPT tcp 3389 0.0.0.0/0"]
"#
        ),
    );
    tool
}

const ALLOWED: &str = "spend,reboot,stop-service,open-to-world";

/// What a plan says, a run with everything allowed but a weakening, and a second one.
struct Course {
    plan: String,
    first: String,
    second: String,
}

fn course(tool: &Tool) -> Course {
    let apply = || tool.sim(&["apply", "--auto-approve", "--allow", ALLOWED]).out;
    Course { plan: tool.sim(&["plan"]).out, first: apply(), second: apply() }
}

#[track_caller]
fn says(text: &str, what: &str) {
    assert!(text.contains(what), "`{what}` is not said in:\n{text}");
}

#[track_caller]
fn says_not(text: &str, what: &str) {
    assert!(!text.contains(what), "`{what}` is said in:\n{text}");
}

const MENDED: &str = "No changes are left: a new look finds";
const RESTARTS: &str = "restart TermService";

#[test]
fn a_rule_that_bans_the_callers_address_is_named_and_left_to_whoever_made_it() {
    let ban = "firewall = { rules = [{ id = 'Ban_0', rule = 'v2.31|Action=Block|Active=TRUE|Dir=In|RA4=198.51.100.1/255.255.255.255|Name=Ban_0|' }] }";
    let banned = course(&with("2019", ban));
    says(&banned.plan, "the active block rule Ban_0");
    says(&banned.plan, "198.51.100.1");
    says(&banned.plan, "nothing can be done now");
    // Others are banned all the time; where the port answers that is nobody's fault.
    let others = with("2019", &ban.replace("198.51.100.1", "192.0.2.77"));
    says(&others.sim(&["plan"]).exits(0).out, "No changes.");
}

#[test]
fn a_ban_is_the_cause_and_never_the_versions_of_tls_that_a_baseline_switches_off() {
    let off = |version: &str| {
        format!(
            r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS {version}\Server' = {{ Enabled = 0, DisabledByDefault = 1 }}"
        )
    };
    let guest = format!(
        "firewall = {{ rules = ['v2.31|Action=Block|Active=TRUE|Dir=In|RA4=198.51.100.0/255.255.255.0|Name=ban|'] }}\n{}\n{}",
        off("1.0"),
        off("1.1")
    );
    let report = with("2019", &guest).sim(&["doctor", "web-01"]).exits(2).out;
    says(&report, "First cause\n  # firewall");
}

#[test]
fn a_rule_for_others_is_widened_with_leave_by_a_rule_of_our_own() {
    let scoped = "firewall = { remote-desktop = 'absent', rules = ['v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|RA4=203.0.113.7/255.255.255.255|Name=office|'] }";
    let course = course(&with("2019", scoped));
    says(&course.plan, "port 3389 let in for 203.0.113.7/255.255.255.255 only");
    says(&course.plan, "held: the guard `open-to-world` asks");
    says(&course.first, MENDED);
    says(&course.second, "No changes.");
}

#[test]
fn a_policy_that_ignores_local_rules_is_named_whoever_writes_it() {
    for key in [
        r"SOFTWARE\Policies\Microsoft\WindowsFirewall\StandardProfile",
        r"SOFTWARE\Policies\Microsoft\WindowsFirewall\PrivateProfile",
        r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm\PrivateProfile",
    ] {
        let guest = format!(
            "firewall = {{ active = 'private' }}\nregistry.'HKLM\\{key}' = {{ EnableFirewall = 1, DefaultInboundAction = 1, AllowLocalPolicyMerge = 0 }}"
        );
        let course = course(&with("2019", &guest));
        says(&course.plan, "ignores local rules (AllowLocalPolicyMerge = 0)");
        says(&course.plan, "nothing can be done now");
        assert_eq!(course.first, course.second, "{key}");
    }
}

#[test]
fn a_denial_that_nobodys_policy_wrote_is_deleted_and_a_policys_is_not_fought() {
    let key = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
    let left = course(&with("2019", &format!("registry.'{key}' = {{ fDenyTSConnections = 1 }}")));
    says(&left.plan, "denied by a value left under the policies' key");
    says(&left.first, MENDED);
    says_not(&left.first, RESTARTS);
    for source in ["setting", "template", "local", "preference"] {
        let guest = format!(
            "domain-policy = [{{ key = '{key}', name = 'fDenyTSConnections', value = 1, source = '{source}' }}]"
        );
        let course = course(&with("2019", &guest));
        says(&course.plan, "denied by policy (fDenyTSConnections = 1)");
        for run in [&course.plan, &course.first, &course.second] {
            says(run, "nothing can be done now");
            says_not(run, RESTARTS);
            says_not(run, "start TermService");
        }
    }
}

#[test]
fn a_listener_that_takes_no_connections_is_named_by_its_value_and_mended() {
    let key = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
    for (value, said) in [
        ("MaxInstanceCount = 0", "no connections allowed (MaxInstanceCount = 0)"),
        ("LoadableProtocol_Object = '{0}'", "the listener's protocol driver is {0}"),
        ("LoadableProtocol_Object = false", "LoadableProtocol_Object is missing"),
        ("fEnableWinStation = false", "fEnableWinStation is missing"),
    ] {
        let course = course(&with("2019", &format!("registry.'{key}' = {{ {value} }}")));
        says(&course.plan, said);
        says(&course.first, MENDED);
        says(&course.second, "No changes.");
    }
}

#[test]
fn deleted_services_are_called_deleted() {
    let services = ["TermService", "UmRdpService", "SessionEnv"];
    let gone: Vec<String> = services
        .iter()
        .map(|name| format!(r"registry.'HKLM\SYSTEM\CurrentControlSet\Services\{name}' = false"))
        .collect();
    let tool = with("2019", &gone.join("\n"));
    let plan = tool.sim(&["plan"]).exits(0).out;
    says(&plan, "SessionEnv, TermService, UmRdpService deleted");
    says(&plan, "create them again");
    says_not(&plan, "edition");
}

#[test]
fn a_start_that_never_ends_is_seen_and_a_slow_one_is_not_accused() {
    let hung = course(&with("2019", "services.TermService = { hang = true }"));
    says(&hung.plan, "TermService hangs in START_PENDING");
    says(&hung.plan, "nothing can be done now");
    assert_eq!(hung.first, hung.second);
}

#[test]
fn a_library_that_is_not_windows_own_is_named_and_a_missing_one_is_written_back() {
    let key = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters";
    let none = course(&with("2019", &format!("registry.'{key}' = {{ ServiceDll = '' }}")));
    says(&none.plan, "TermService names no library");
    says(&none.first, MENDED);
    let wrapped = with("2019", &format!("registry.'{key}' = {{ ServiceDll = 'C:\\x\\wrap.dll' }}"));
    let wrapped = course(&wrapped);
    says(&wrapped.plan, r"C:\x\wrap.dll");
    says_not(&wrapped.first, RESTARTS);
}

#[test]
fn ciphers_suites_and_versions_that_break_tls_are_named() {
    let schannel = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL";
    let aes = format!(
        "{schannel}\\Ciphers\\AES 128/128' = {{ Enabled = 1 }}\n{schannel}\\Ciphers\\AES 256/256' = {{ Enabled = 1 }}"
    );
    let ciphers = course(&with("2022", &aes));
    says(&ciphers.plan, "AES 128/128 (Enabled = 1)");
    says(&ciphers.first, MENDED);

    let newer = format!(
        "{schannel}\\Protocols\\TLS 1.3\\Server' = {{ Enabled = 1, DisabledByDefault = 0 }}"
    );
    let newer = course(&with("2019", &newer));
    says(&newer.plan, "TLS 1.3 switched on, which build 17763 does not have");
    says(&newer.first, MENDED);

    let list = r"registry.'HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002' = { Functions = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384_P384' }";
    let suites = with("2012r2", list).sim(&["plan"]).exits(0).out;
    says(&suites, "no cipher suite left that the RDP certificate, whose key is RSA, can use");
}

#[test]
fn the_safe_version_of_tls_does_not_wait_for_leave_to_weaken() {
    let off: Vec<String> = ["1.0", "1.1", "1.2", "1.3"]
        .iter()
        .map(|version| {
            format!(
                r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS {version}\Server' = {{ Enabled = 0, DisabledByDefault = 1 }}"
            )
        })
        .collect();
    let tool = with("2022", &off.join("\n"));
    let first = tool.sim(&["apply", "--auto-approve", "--allow", ALLOWED]).exits(3).out;
    says(&first, "reboot");
    says(&first, "The instance does not answer RDP.");
    says(&first, "TLS 1.0 off, TLS 1.1 off");
}

#[test]
fn a_guest_without_network_is_not_seen_and_its_services_are_not_accused() {
    for network in ["lost", "disabled"] {
        let tool = with("2019", &format!("network = '{network}'"));
        let report = tool.sim(&["doctor", "web-01"]).exits(3).out;
        says_not(&report, "First cause");
        says(&report, "the cloud's agent in the guest does not answer");
    }
}

#[test]
fn what_was_done_and_left_its_finding_is_said_and_not_done_again_until_somebody_wants_it() {
    // Something in the service keeps it from opening its port: a restart is all that can be tried from here.
    let tool = with("2019", "services.TermService = { mute = true }");
    let course = course(&tool);
    says(&course.plan, RESTARTS);
    says(&course.first, "web-01  port: all that is to be done about it was done, and it stands");
    says_not(&course.second, RESTARTS);
    let after = tool.sim(&["plan"]).out;
    says(&after, "did all that is to be done about it");
    says(&after, "nothing can be done now");
    says_not(&after, RESTARTS);
    tool.sim(&["now", "web-01"]).exits(0);
    says(&tool.sim(&["plan"]).out, RESTARTS);
}

#[test]
fn a_paused_service_is_named_and_not_started() {
    let course = course(&with("2019", "services.CryptSvc = { state = 'paused' }"));
    says(&course.plan, "CryptSvc is paused");
    says_not(&course.plan, "start CryptSvc");
}

#[test]
fn floods_of_what_scanners_leave_hide_no_event_that_tells_and_accuse_nobody() {
    let telling = with("2019", "machine-keys = 'no-network-service'\nnoise = 50");
    let report = telling.sim(&["doctor", "web-01"]).exits(2).out;
    let first = report.split_once("First cause\n").map_or("", |(_, rest)| rest);
    says(first.lines().next().unwrap_or_default(), "machine-keys");
    let noisy = with("2019", "noise = 50");
    let report = noisy.sim(&["doctor", "web-01"]).exits(0).out;
    says_not(&report, "First cause");
    says_not(&report, "likely: tls");
}
