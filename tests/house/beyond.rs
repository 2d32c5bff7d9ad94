//! What comes after the handshake: nothing is claimed beyond what was proved, and what keeps people from logging on is
//! named where the guest shows it.

use serde_json::Value;

use crate::tool::Tool;

/// A VM that answers, but for these lines.
fn with(vm: &str, guest: &str) -> Tool {
    let tool = Tool::new();
    tool.write(
        "rdp.toml",
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n[instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n",
    );
    tool.write(
        "world.toml",
        &format!(
            r#"
[world]
seed = 11
time-scale = "instant"
[account.gz]
kind = "tencent"
region = "ap-guangzhou"
[vm.web-01]
account = "gz"
id = "ins-0abc1234"
security-groups = ['sg-open0001']
agent = 'online'
{vm}
[vm.web-01.guest]
os = "2019"
{guest}
[security-group.sg-open0001]
account = "gz"
ingress = ["ACCEPT all all 0.0.0.0/0"]
"#
        ),
    );
    tool
}

const ELASTIC: &str =
    "address = { type = 'eip', bandwidth = 5, charge-type = 'TRAFFIC_POSTPAID_BY_HOUR' }";

fn doctor(tool: &Tool, error: Option<&str>, code: i32) -> Value {
    let mut arguments = vec!["doctor", "web-01", "--format", "json"];
    arguments.extend(error.iter().flat_map(|error| ["--error", error]));
    serde_json::from_str(&tool.sim(&arguments).exits(code).out).unwrap()
}

#[test]
fn a_message_from_after_the_handshake_is_not_answered_with_nothing_is_wrong() {
    let tool = with(ELASTIC, "");
    let healthy = doctor(&tool, None, 0);
    assert!(healthy["summary"].as_str().unwrap().starts_with("Nothing is wrong up to the log-on"));
    assert_eq!(healthy["proved"], "tls");
    for error in [
        "ERRCONNECT_PASSWORD_MUST_CHANGE [0x00020013]",
        "Your credentials did not work",
        "원격 컴퓨터에서 이상한 일이 있었습니다",
        "Everything works, but copy and paste is slow",
    ] {
        let said = doctor(&tool, Some(error), 3);
        let summary = said["summary"].as_str().unwrap();
        assert!(summary.starts_with("Nothing is wrong up to the log-on"), "{error}: {summary}");
        assert!(summary.contains("Not looked at: "), "{error}: {summary}");
        assert!(said["first-cause"].is_null());
    }
    // What arises before what was proved is compared with the client's own address.
    let said = doctor(&tool, Some("Error code: 0x204"), 0);
    assert!(said["summary"].as_str().unwrap().contains("answers at 127."), "{}", said["summary"]);
}

#[test]
fn a_working_desktop_has_no_cause_and_its_address_stands_first() {
    let tool = with("address = 'wan'\nbandwidth = 5", "");
    let said = doctor(&tool, None, 0);
    assert!(said["first-cause"].is_null());
    assert_eq!(said["remarks"][0]["facet"], "public-ip");
    assert_eq!(said["remarks"][0]["found"][0], "address-other");
    let summary = said["summary"].as_str().unwrap();
    assert!(summary.starts_with("Remote Desktop answers at 127."), "{summary}");
    let text = tool.sim(&["doctor", "web-01"]).exits(0).out;
    assert!(!text.contains("First cause") && !text.contains("Take a snapshot"), "{text}");
    assert!(!text.contains("On the disk"), "{text}");
}

#[test]
fn a_right_that_is_denied_is_named() {
    let deny = |right: &str, who: &str| {
        with(ELASTIC, &format!("user-rights = {{ {right} = [\"*{who}\"] }}"))
    };
    for (tool, finding, group) in [
        (
            deny("SeDenyNetworkLogonRight", "S-1-5-32-544"),
            "network-log-on-denied",
            "Administrators",
        ),
        (
            deny("SeDenyRemoteInteractiveLogonRight", "S-1-5-113"),
            "remote-log-on-denied",
            "Local account",
        ),
    ] {
        let said = doctor(
            &tool,
            Some(
                "The connection was denied because the user account is not authorized for remote login.",
            ),
            2,
        );
        let first = &said["first-cause"];
        assert_eq!(first["facet"], "logon");
        assert_eq!(first["found"][0], finding);
        assert!(first["says"].as_str().unwrap().contains(group), "{}", first["says"]);
        let quoted = first["evidence"].to_string();
        assert!(quoted.contains("secedit") && quoted.contains("S-1-5-"), "{quoted}");
    }
}

#[test]
fn a_session_host_without_a_licence_server_is_named() {
    let role =
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { TSAppCompat = 1 }";
    let tool = with(ELASTIC, role);
    let said = doctor(
        &tool,
        Some(
            "The remote session was disconnected because there are no Remote Desktop License Servers available to provide a license.",
        ),
        2,
    );
    assert_eq!(said["first-cause"]["facet"], "licence");
    assert_eq!(said["first-cause"]["found"][0], "licence-no-server");
}

#[test]
fn what_is_unusual_and_judged_by_nobody_is_listed_by_doctor_and_show() {
    let lsa =
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Lsa' = { LmCompatibilityLevel = 0 }";
    let tool = with(ELASTIC, lsa);
    let said = doctor(&tool, None, 0);
    assert_eq!(said["unusual"][0]["id"], "lm-compatibility");
    assert_eq!(said["unusual"][0]["stage"], "log-on");
    tool.sim(&["plan"]);
    let shown = tool.sim(&["show", "web-01"]).exits(0).out;
    assert!(shown.contains("LmCompatibilityLevel REG_DWORD 0"), "{shown}");
    assert!(doctor(&with(ELASTIC, ""), None, 0)["unusual"].as_array().unwrap().is_empty());
}

#[test]
fn who_gets_no_answer_has_met_no_tls() {
    let banned = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.0\Server' = { Enabled = 0 }";
    let tool = with(
        &format!("{ELASTIC}\nsecurity-groups = ['sg-shut0001']")
            .replace("security-groups = ['sg-open0001']", ""),
        banned,
    );
    let world = tool.read("world.toml").replace("security-groups = ['sg-open0001']\n", "")
        + "[security-group.sg-shut0001]\naccount = \"gz\"\ningress = [\"ACCEPT tcp 443 0.0.0.0/0\"]\n";
    tool.write("world.toml", &world);
    let said = doctor(&tool, None, 2);
    assert_eq!(said["first-cause"]["facet"], "ingress");
    assert!(said["other-causes"].as_array().unwrap().is_empty(), "{}", said["other-causes"]);
    assert_eq!(said["remarks"][0]["facet"], "tls");
}
