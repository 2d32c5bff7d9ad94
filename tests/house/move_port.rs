//! Another program owns the declared port: RDP is moved, new doors first, and the former ones closed after the proof.

use crate::office::Office;
use crate::tool::Tool;

/// A VM whose port 3389 belongs to a service, behind a group with a rule of an earlier rdpctl.
fn conflict(port: &str, guard: &str) -> Tool {
    Office {
        profile: &format!("port = {port}"),
        guard,
        guest: r#"
[vm.web-01.guest.ports]
3389 = { image = "nginx.exe", service = "nginx" }
[vm.web-01.guest.firewall]
rules = ["v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|App=%SystemRoot%\\system32\\svchost.exe|Svc=termservice|Name=rdpctl-rdp-tcp-3389|"]
"#,
        rule: "# rdpctl: RDP 3389",
    }
    .open()
}

const BOTH: &str = "{ number = 3389, else = 3390 }";

#[test]
fn rdp_is_moved_doors_first_and_the_former_doors_are_closed_after_the_proof() {
    let tool = conflict(BOTH, "move-port = \"allow\"");
    let plan = tool.sim(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    The instance does not answer RDP. 6 steps can be done.

    web-01  does not answer: ends on the way  gz  ins-0abc1234  office
      ✗ ingress    port 3390 closed → port 3390 open to 198.51.100.0/24                       Tencent 4
            1  sg-web00001: insert ACCEPT tcp 3390 from 198.51.100.0/24 at index 1           opens 3390
      ✗ port       port 3389, it belongs to nginx (nginx.exe) → TermService on port 3390      Azure 1.3
      ✗ firewall   our rule for port 3389 is left, port 3390 not let in → on, lets port 3390 in  Tencent 6.10-6.14
            2  add a firewall rule for port 3390, TCP and UDP                                opens 3390
            3  port: set HKLM\...\WinStations\RDP-Tcp\PortNumber to 3390, after 1, 2
      > reachable  follows from ingress
            4  restart TermService                                                       drops sessions
            5  prove it: RDP handshake from outside on port 3390
            6  ingress: sg-web00001: delete our rule for port 3389
            7  firewall: delete our firewall rule for port 3389, after 5

    Plan       6 changes on 1 instance
               opens: Windows firewall lets port 3390 in; port 3390 opened to 198.51.100.0/24
               hardens: Windows firewall keeps port 3389 out again; port 3389 closed again
               drops sessions on 1 instance; nobody was logged on
               no reboot, no money; about 28 API calls, 4 guest round trips, 47 s
    ");
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
    let again = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);
}

#[test]
fn a_move_that_is_asked_about_opens_nothing_before_the_answer() {
    let tool = conflict(BOTH, "move-port = \"ask\"");
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(3);
    assert!(
        applied.out.contains(
            "step 5, prove it: RDP handshake from outside on port 3390 (on 1 instance): held"
        ) && !applied.out.contains("No changes are left"),
        "{}",
        applied.out
    );
    tool.sim(&["apply", "--auto-approve", "--allow", "move-port"]).exits(0);
}

#[test]
fn the_intruder_is_stopped_where_that_is_allowed() {
    let tool = conflict(BOTH, "move-port = \"allow\"\nstop-service = \"allow\"");
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.out.contains("stop nginx"), "{}", applied.out);
    assert!(!applied.out.contains("3390"), "{}", applied.out);
}

#[test]
fn without_leave_or_a_place_to_go_the_conflict_is_blocked_and_says_the_way_out() {
    let plan = conflict("3389", "move-port = \"allow\"").sim(&["plan"]).exits(0);
    assert!(
        plan.out.contains("say where to: port = { number = 3389, else = 3390 }"),
        "{}",
        plan.out
    );
    let plan = conflict(BOTH, "move-port = \"deny\"").sim(&["plan"]).exits(0);
    assert!(plan.out.contains("the guard move-port to have RDP on port 3390"), "{}", plan.out);
}

#[test]
fn the_permissions_for_a_move_name_what_closes_the_former_door() {
    let needed =
        |purpose: &str| Tool::quickstart().sim(&["permissions", "--for", purpose]).exits(0).out;
    let (plan, apply) = (needed("plan"), needed("apply"));
    for change in ["vpc:CreateSecurityGroupPolicies", "vpc:DeleteSecurityGroupPolicies"] {
        assert!(apply.contains(change) && !plan.contains(change), "{change}: {apply}");
    }
}
