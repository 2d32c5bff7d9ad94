//! What the door shows against what Windows says: set is not yet in force.

use crate::tool::{Simulator, Tool, pointed_at};

const WORLD: &str = r#"
[world]
seed = 5
time-scale = "instant"

[account.gz]
kind = "tencent"
region = "ap-guangzhou"

[vm.web-01]
id = "ins-0abc1234"
address = { type = "eip", bandwidth = 5, charge-type = "TRAFFIC_POSTPAID_BY_HOUR" }
security-groups = ["sg-web00001"]

[vm.web-01.guest]
os = "2022"
registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server' = { Enabled = 0 }
registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { UserAuthentication = 0 }

[security-group.sg-web00001]
name = "web"
ingress = ["ACCEPT tcp 3389 198.51.100.0/24"]
egress = ["ACCEPT all all 0.0.0.0/0"]
"#;

const DECLARATION: &str = r#"
[provider.gz]
kind   = "tencent"
region = "ap-guangzhou"

[profile.desk]
tls = ["1.2"]
nla = true
reachable = true

[instance.web-01]
provider = "gz"
id       = "ins-0abc1234"
profile  = "desk"
snapshot = { first = false }
"#;

fn world(text: &str) -> (Tool, Simulator) {
    let tool = Tool::new();
    tool.write("world.toml", text);
    tool.write("rdp.toml", DECLARATION);
    let simulator = Simulator::start(&tool);
    let (id, key) = simulator.keys("gz");
    let tool = tool.with("GZ_ID", id).with("GZ_KEY", key);
    tool.write("rdp.toml", &pointed_at(DECLARATION, simulator.endpoint()));
    (tool.trusting(), simulator)
}

#[test]
fn what_is_set_and_not_in_force_is_drift_until_windows_starts_again() {
    let (tool, simulator) = world(WORLD);
    // Somebody mended the registry by hand, or a run was killed before its reboot.
    simulator.behind(
        "web-01",
        r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server" /v Enabled /t REG_DWORD /d 1 /f"#,
    );
    let plan = tool.run(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    The instance differs from what is declared. 1 step can be done; 1 more is held.

    web-01  differs, but answers  gz  ins-0abc1234  desk
      ~ tls  set as declared, yet TLS 1.2 off at the listener → 1.2 on
      ~ nla  UserAuthentication = 0 → required                                                Azure 4.4
            1  set HKLM\...\WinStations\RDP-Tcp\UserAuthentication to 1
            2  reboot                                                                           reboots
               ! held: the guard `reboot` asks
            3  prove it: RDP handshake from outside on port 3389
               ! held: behind 2

    Plan       1 change on 1 instance
               hardens: UserAuthentication = 1
               no reboot, no session ends, no money; about 14 API calls, 4 guest round trips, 21 s
    Held       2 steps on 1 instance: 2, 3
               would drop sessions on 1 instance; nobody was logged on
    ");

    tool.run(&["apply", "--auto-approve", "--allow", "reboot"]).exits(0);
    let drift = tool.run(&["drift"]).exits(0);
    assert!(drift.out.contains("No drift"), "{}", drift.out);
}

#[test]
fn what_the_door_proves_needs_no_way_into_the_guest() {
    let silent = WORLD.replace("[vm.web-01]\n", "[vm.web-01]\nagent = \"offline\"\n");
    let (tool, _simulator) = world(&silent);
    // The door takes no TLS 1.2 and lets callers in who have not authenticated; nobody inside can be asked.
    let plan = tool.run(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    The instance differs from what is declared.

    web-01  differs, but answers  gz  ins-0abc1234  desk
      # tls  TLS 1.2 off, seen from outside → 1.2 on
             blocked by no way into the guest: guest agent: offline; check that it may reach the vendor's servers
             what you can do: open a channel into the guest, then plan again
      # nla  NLA not required, seen from outside → required
             blocked by no way into the guest: guest agent: offline; check that it may reach the vendor's servers
             what you can do: open a channel into the guest, then plan again

    Plan       nothing can be done now
    Blocked    2 facets by what wins over us
    ");

    let sound = silent
        .replace("Enabled = 0", "Enabled = 1")
        .replace("UserAuthentication = 0", "UserAuthentication = 1");
    let (tool, _simulator) = world(&sound);
    let plan = tool.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(plan.out.contains("No changes"), "{}", plan.out);
}

#[test]
fn a_certificate_that_only_the_door_misses_is_made() {
    let bare: String = WORLD
        .lines()
        .filter(|line| !line.starts_with("registry."))
        .map(|line| format!("{line}\n"))
        .collect();
    let (tool, _simulator) =
        world(&bare.replace("os = \"2022\"\n", "os = \"2022\"\ncertificate = \"missing\"\n"));
    let declaration = tool.read("rdp.toml");
    tool.write("rdp.toml", &declaration.replace("nla = true\n", "nla = true\ncertificate = {}\n"));
    let plan = tool.run(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    The instance does not answer RDP. 1 step can be done.

    web-01  does not answer: ends at TLS  gz  ins-0abc1234  desk
      ✗ certificate  none, and the listener has none to show → valid for 14 days
      > reachable    follows from certificate
            1  restart SessionEnv and TermService                                        drops sessions
            2  prove it: RDP handshake from outside on port 3389

    Plan       1 change on 1 instance
               drops sessions on 1 instance; nobody was logged on
               no reboot, no money; about 24 API calls, 4 guest round trips, 42 s
    ");
    let applied = tool.run(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
}
