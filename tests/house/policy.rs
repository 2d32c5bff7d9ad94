//! TLS under a domain's group policy: held over the reboot, let back, and believed about what it puts back.

use crate::office::Office;
use crate::tool::{Ran, Tool};

const SCHANNEL: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server";

/// A healthy VM of a domain, but for what the guest's lines say.
fn domain(guest: &str) -> Tool {
    Office { profile: "tls = [\"1.2\"]", guest, ..Office::default() }.open()
}

const TLS_OFF: &str = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server' = { Enabled = 0, DisabledByDefault = 1 }";

/// A policy that has nothing to do with TLS.
const HARMLESS: &str = r"
[[vm.web-01.guest.domain-policy]]
key = 'HKLM\SOFTWARE\Policies\Corp'
name = 'Hardened'
value = 1
";

/// A policy that switches TLS 1.2 off, by a setting or by a script.
fn hostile(source: &str) -> String {
    format!(
        "[[vm.web-01.guest.domain-policy]]\nkey = '{SCHANNEL}'\nname = 'Enabled'\nvalue = 0\nsource = '{source}'\n"
    )
}

fn apply(tool: &Tool) -> Ran {
    tool.sim(&["apply", "--auto-approve", "--allow", "reboot,spend,weaken"])
}

#[test]
fn in_a_domain_policy_is_held_over_the_one_reboot_and_let_back() {
    let tool = domain(&format!("{TLS_OFF}\n{HARMLESS}"));
    let plan = tool.sim(&["plan", "--allow", "reboot,spend"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    The instance differs from what is declared. 7 steps can be done.

    web-01  differs, but answers  gz  ins-0abc1234  office
      ~ tls  TLS 1.2 off → 1.2 on                                                             Azure 3.2
            1  recovery: snapshot the system disk                                           costs money
            2  tls: hold group policy from the next boot on
            3  tls: set HKLM\...\TLS 1.2\Server\Enabled to 1
            4  tls: set HKLM\...\TLS 1.2\Server\DisabledByDefault to 0, after 2
            5  reboot, after 3, 4                                                               reboots
            6  tls: resume group policy
            7  tls: refresh group policy, and see whether it puts anything back
            8  prove it: RDP handshake from outside on port 3389

    Plan       7 changes on 1 instance
               hardens: TLS 1.2 on
               1 reboot
               drops sessions on 1 instance; nobody was logged on
               costs money: 1 x snapshots; the price is not quoted
               about 41 API calls, 9 guest round trips, 7 min
    ");
    let applied = apply(&tool).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_a_policy_is_known_to_write_is_blocked_by_it_and_not_tried() {
    let tool = domain(&hostile("setting"));
    let plan = tool.sim(&["plan", "--detailed-exitcode"]).exits(2);
    insta::assert_snapshot!(plan.out, @r"
    The instance differs from what is declared.

    web-01  differs, but answers  gz  ins-0abc1234  office
      # tls  TLS 1.2 off → 1.2 on
             blocked by the group policy “Server hardening”, which writes TLS 1.2 Enabled again at every refresh
             what you can do: change that policy, or keep it from this machine; a local change would not last

    Plan       nothing can be done now
    Blocked    1 facet by what wins over us
    ");
    let applied = apply(&tool).exits(3);
    assert!(!applied.out.contains("reboot"), "{}", applied.out);
}

#[test]
fn what_a_policy_puts_back_is_a_failed_step_and_never_called_mended() {
    let tool = domain(&hostile("script"));
    let applied = apply(&tool).exits(3);
    assert!(
        applied.out.contains("a policy of the domain put the change back: Enabled is 0"),
        "{}",
        applied.out
    );
    assert!(!applied.out.contains("No changes"), "{}", applied.out);
    // Group policy itself runs again.
    let again = tool.sim(&["plan"]).exits(0);
    assert!(!again.out.contains("suspended"), "{}", again.out);
    assert!(again.out.contains("TLS 1.2 off → 1.2 on"), "{}", again.out);
}

#[test]
fn policy_that_an_earlier_run_left_suspended_is_found_and_resumed() {
    let tool = domain(&format!("services.gpsvc = {{ start = 'disabled' }}\n{HARMLESS}"));
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(
        plan.out.contains("suspended: the domain's policies do not arrive → running"),
        "{}",
        plan.out
    );
    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "spend"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
}

/// A policy of the domain in the form in which `gpresult` tells of it.
fn written(key: &str, name: &str, value: &str, source: &str) -> String {
    format!(
        "[[vm.web-01.guest.domain-policy]]\nkey = 'HKLM\\{key}'\nname = '{name}'\nvalue = {value}\nsource = '{source}'\n"
    )
}

#[test]
fn whoever_owns_the_firewall_or_a_start_type_is_named_in_every_form_in_which_gpresult_tells_it() {
    const WALL: &str = r"SOFTWARE\Policies\Microsoft\WindowsFirewall";
    const SERVICE: &str = r"SYSTEM\CurrentControlSet\Services\TermService";
    let rule = "'v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Name=No desktops|'";
    for (key, name, value, source, said) in [
        (
            format!(r"{WALL}\PublicProfile"),
            "EnableFirewall",
            "0",
            "firewall",
            "that keeps the firewall off for public networks",
        ),
        (
            format!(r"{WALL}\PublicProfile"),
            "DoNotAllowExceptions",
            "1",
            "firewall",
            "every allow rule is ignored",
        ),
        (
            format!(r"{WALL}\FirewallRules"),
            "{0-1}",
            rule,
            "firewall",
            "the active block rule {0-1} of the group policy “Server hardening”",
        ),
        (
            SERVICE.to_owned(),
            "Start",
            "4",
            "system-service",
            "which has TermService start as disabled",
        ),
        (
            SERVICE.to_owned(),
            "Start",
            "4",
            "service-preference",
            "which has TermService start as disabled",
        ),
        (SERVICE.to_owned(), "Start", "4", "preference", "which has TermService start as disabled"),
    ] {
        let plan = domain(&written(&key, name, value, source)).sim(&["plan"]).exits(0).out;
        let words = plan.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("the group policy “Server hardening”"), "{name}, {source}: {plan}");
        assert!(words.contains(said), "{name}, {source}: {plan}");
        assert!(words.contains("nothing can be done now"), "{name}, {source}: {plan}");
    }
    // A key without a name may be any value of it, and accuses nobody by name.
    let unnamed =
        domain(&written(&format!(r"{WALL}\PublicProfile"), "EnableFirewall", "0", "unnamed"));
    let plan = unnamed.sim(&["plan"]).exits(0).out;
    assert!(!plan.contains("Server hardening") && plan.contains("cannot be told"), "{plan}");
}

#[test]
fn outside_of_a_domain_the_machines_own_policy_is_the_witness_for_tls() {
    let own = written(&SCHANNEL["HKLM\\".len()..], "Enabled", "0", "local");
    let plan = domain(&own).sim(&["plan"]).exits(0).out;
    assert!(plan.contains("the machine's own (registry.pol)"), "{plan}");
    assert!(plan.contains("nothing can be done now"), "{plan}");
    let cipher = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Ciphers\AES";
    let ciphers: String = ["128/128", "256/256"]
        .iter()
        .map(|size| written(&format!("{cipher} {size}"), "Enabled", "1", "local"))
        .collect();
    let plan = domain(&ciphers).sim(&["plan"]).exits(0).out;
    assert!(plan.contains("which writes AES 128/128 Enabled again"), "{plan}");
    // Without a policy of its own nobody is asked, and the value is mended.
    let plan = domain(TLS_OFF).sim(&["plan", "--allow", "reboot,spend"]).exits(0).out;
    assert!(plan.contains(r"set HKLM\...\TLS 1.2\Server\Enabled to 1"), "{plan}");
}

#[test]
fn a_security_value_that_nobody_s_policy_writes_any_more_is_taken_away() {
    let left = r"registry.'HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services' = { UserAuthentication = 0 }";
    let tool = domain(left);
    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "spend"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
}
