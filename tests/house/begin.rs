//! The first steps: a declaration by three questions, one from what exists, and a shell that knows the names.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::tool::{Ran, Tool, binary};

/// Answers the questions of `init`.
fn init(tool: &Tool, answers: &str) -> Ran {
    let mut child = tool
        .command(&["init"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn three_answers_are_a_declaration_and_wrong_ones_are_asked_again() {
    let tool = Tool::new();
    let said = init(
        &tool,
        "aws:eu-west-1\ntencent:ap-guangzhou\nweb-01\nins-0abc1234\noffice\n203.0.113.0/24, 198.51.100.7/32\n",
    )
    .exits(0);
    insta::assert_snapshot!(said.err, @r#"
    Where do the machines run? tencent:REGION, azure:SUBSCRIPTION, or hosts (no cloud): write tencent:REGION, azure:SUBSCRIPTION or hosts
    Where do the machines run? tencent:REGION, azure:SUBSCRIPTION, or hosts (no cloud): Which machine? Its id, such as ins-0abc1234; nothing for all that the account has: `web-01` cannot be the id of a Tencent Cloud instance; it is `ins-` and eight lower-case letters and digits, as the console shows it
    Which machine? Its id, such as ins-0abc1234; nothing for all that the account has: Who is to connect? Networks, such as 203.0.113.0/24: `ingress`: `office` is no network; for example `ingress = { from = ["203.0.113.0/24"] }`
    Who is to connect? Networks, such as 203.0.113.0/24: Written: rdp.toml
    Next
          rdpctl permissions rdp.toml   the least that the key needs
          rdpctl plan rdp.toml          what differs; changes nothing
    "#);
    insta::assert_snapshot!(tool.read("rdp.toml"), @r#"
    [provider.cloud]
    kind   = "tencent"
    region = "ap-guangzhou" # keys: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY

    [profile.office]
    extends = "standard"
    ingress = { from = ["203.0.113.0/24", "198.51.100.7/32"] }

    [guard]
    reboot = "ask"
    spend  = "ask"

    [instance.first]
    provider = "cloud"
    id       = "ins-0abc1234"
    profile  = "office"
    "#);
    tool.run(&["validate"]).exits(0);
    let again = init(&tool, "hosts\n").exits(1);
    assert!(again.err.contains("rdp.toml is there already; nothing was written"), "{}", again.err);
}

#[test]
fn who_stops_answering_has_nothing_written() {
    let tool = Tool::new();
    let said = init(&tool, "hosts\n").exits(1);
    assert!(said.err.contains("Nothing was written."), "{}", said.err);
    assert!(!tool.path("rdp.toml").exists());
}

/// A world of three: one healthy with a name that no ASCII holds, two whose names are the same key, one of them off.
const WORLD: &str = r#"
[world]
seed = 3
time-scale = "instant"

[account.gz]
kind = "tencent"
region = "ap-guangzhou"

[security-group.sg-office00]
account = "gz"
name = "office"
ingress = ["ACCEPT tcp 3389 198.51.100.0/24"]

[vm."웹서버-01"]
account = "gz"
id = "ins-00000001"
address = "eip"
security-groups = ["sg-office00"]

[vm."web.1"]
account = "gz"
id = "ins-00000002"
address = "eip"
security-groups = ["sg-office00"]

[vm."web.1".guest]
registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }

[vm.web-1]
account = "gz"
id = "ins-00000003"
state = "stopped"
security-groups = ["sg-office00"]
"#;

#[test]
fn what_exists_is_a_declaration_that_says_what_is_wrong_and_whose_plan_is_empty() {
    let tool = Tool::new();
    tool.write("world.toml", WORLD);
    tool.write("rdp.toml", "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n");
    let imported = tool.sim(&["import", "--provider", "gz"]).exits(0);
    insta::assert_snapshot!(imported.out, @r#"
    [profile.gz-1]
    extends        = "standard"
    power          = "unmanaged" # is: stopped; standard: running
    public-ip      = "unmanaged" # is: no public address; standard: elastic address
    bandwidth      = "unmanaged" # is: no public address, so 0 Mbps; standard: at least 1 Mbps
    ingress        = { from = ["198.51.100.0/24"] }
    boot           = "unmanaged" # unknown: the instance does not run
    remote-desktop = "unmanaged" # unknown: the instance does not run
    service        = "unmanaged" # unknown: the instance does not run
    port           = "unmanaged" # unknown: the instance does not run
    firewall       = "unmanaged" # unknown: the instance does not run
    machine-keys   = "unmanaged" # unknown: the instance does not run
    certificate    = "unmanaged" # unknown: the instance does not run
    tls            = "unmanaged" # unknown: the instance does not run
    nla            = "unmanaged" # unknown: the instance does not run
    group-policy   = "unmanaged" # unknown: the instance does not run
    reachable      = "unmanaged" # unknown: the instance does not run

    [profile.gz-2]
    extends        = "standard"
    ingress        = { from = ["198.51.100.0/24"] }
    remote-desktop = "unmanaged" # is: denied; standard: allowed
    service        = "unmanaged" # is: TermService stopped; standard: auto, running
    reachable      = "unmanaged" # is: no answer: filtered on the way, or not running; standard: answers on port 3389

    [profile.gz-3]
    extends        = "standard"
    ingress        = { from = ["198.51.100.0/24"] }

    [instance.web-1-ins-00000003]
    provider = "gz"
    id       = "ins-00000003"
    profile  = "gz-1"
    guest    = { via = ["run-command"] }

    [instance.web-1-ins-00000002]
    provider = "gz"
    id       = "ins-00000002"
    profile  = "gz-2"
    guest    = { via = ["run-command"] }

    [instance."웹서버-01"]
    provider = "gz"
    id       = "ins-00000001"
    profile  = "gz-3"
    guest    = { via = ["run-command"] }
    "#);
    tool.write("machines.toml", &imported.out);
    let planned = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(planned.out.contains("No changes"), "{}", planned.out);
    let again = tool.sim(&["import", "--provider", "gz"]).exits(0);
    assert!(again.out.trim().is_empty() && again.err.contains("0 instances written"), "{again:?}");
}

#[test]
fn an_import_without_guests_says_what_it_did_not_look_at() {
    let tool = Tool::new();
    tool.write("world.toml", WORLD);
    tool.write("rdp.toml", "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n");
    let imported = tool.sim(&["import", "--provider", "gz", "--without-guests"]).exits(0);
    assert!(
        imported.out.contains("nla            = \"unmanaged\" # not looked at"),
        "{}",
        imported.out
    );
    assert!(!imported.out.contains("run-command"), "{}", imported.out);
}

/// What Bash offers behind these words, by the script that the binary prints.
pub(crate) fn offered(tool: &Tool, words: &[&str]) -> Vec<String> {
    let folder = binary().parent().unwrap();
    let line: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "source <(rdpctl completion bash)\nCOMP_TYPE=9 COMP_CWORD={last} COMP_WORDS=({line})\n_clap_complete_rdpctl rdpctl {current} ''\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        last = words.len() - 1,
        line = line.join(" "),
        current = line[line.len() - 1],
    );
    let ran = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", &script])
        .current_dir(tool.path("."))
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().lines().map(ToOwned::to_owned).collect()
}

#[test]
fn a_shell_completes_instances_facets_and_guards_by_the_declaration() {
    let tool = Tool::quickstart();
    assert_eq!(offered(&tool, &["rdpctl", "plan", "--target", "we"]), ["web-01"]);
    assert_eq!(offered(&tool, &["rdpctl", "plan", "--target", "web-01/nl"]), ["web-01/nla"]);
    assert_eq!(offered(&tool, &["rdpctl", "doctor", "leg"]), ["legacy-01"]);
    assert_eq!(offered(&tool, &["rdpctl", "plan", "--allow", "reboot,sp"]), ["reboot,spend"]);
    assert!(!tool.path(".rdpctl").exists(), "completing made something");
}
