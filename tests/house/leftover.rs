//! A dead man's switch that a killed run left in a guest: seen by the next survey, told, and removed first.

use crate::office::Office;
use crate::tool::Tool;

/// Of the facets that could tell it, this one alone.
const NLA_ALONE: &str = r#"
remote-desktop = "unmanaged"
service        = "unmanaged"
firewall       = "unmanaged"
port           = "unmanaged"
tls            = "unmanaged"
"#;

fn left(profile: &str, marks: &str) -> Tool {
    let guest = format!("[vm.web-01.guest.registry.'HKLM\\SOFTWARE\\rdpctl']\n{marks}");
    Office { profile, guest: &guest, ..Office::default() }.open()
}

#[test]
fn a_switch_that_is_still_armed_is_told_and_removed() {
    let tool = left("", "Switch = \"rdpctl-of-a-killed-run\"");
    let plan = tool.sim(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    The instance differs from what is declared. 1 step can be done.

    web-01  differs, but answers  gz  ins-0abc1234  office
      ~ remote-desktop  a dead man's switch of an earlier run is armed and will put former values back → allowed
            1  remove the dead man's switch that an earlier run left

    Plan       1 change on 1 instance
               no reboot, no session ends, no money; about 14 API calls, 4 guest round trips, 21 s
    ");
    tool.sim(&["apply", "--auto-approve"]).exits(0);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_switch_that_fired_is_told_whatever_facet_is_managed() {
    let tool = left(NLA_ALONE, "Switch = \"rdpctl-x\"\nRestored = \"rdpctl-x\"");
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(
        plan.out.contains("nla  a dead man's switch of an earlier run has put former values back"),
        "{}",
        plan.out
    );
    tool.sim(&["apply", "--auto-approve"]).exits(0);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}
