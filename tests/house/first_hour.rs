//! The first hour of somebody with keys of a cloud in his environment and two hosts whose passwords stand there, too:
//! what `docs/first-hour.md` says, done.

use std::io::Write;
use std::process::Stdio;

use crate::tool::{Ran, Simulator, Tool, root};

fn page() -> String {
    std::fs::read_to_string(root().join("docs/first-hour.md")).unwrap()
}

/// The page's declaration, with the addresses and the endpoint of a served world.
fn declared(simulator: &Simulator) -> String {
    let page = page();
    let toml = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    toml.replace("10.0.0.5", simulator.address("till-01"))
        .replace("10.0.0.6", simulator.address("till-02"))
        .replace(
            "region = \"ap-guangzhou\"",
            &format!("region = \"ap-guangzhou\"\nendpoint = \"{}\"", simulator.endpoint()),
        )
}

fn world() -> String {
    let till = |name: &str, password: &str| {
        format!(
            "[vm.{name}]\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\n\n[vm.{name}.guest]\n\
             users = {{ Administrator = \"{password}\" }}\n\
             registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp' = {{ UserAuthentication = 0 }}\n\
             firewall.rules = [\"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|Name=WinRM|\"]\n\n"
        )
    };
    format!(
        "[world]\nseed = 3\ntime-scale = \"instant\"\n\n[account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
         [security-group.sg-open0001]\ningress = [\"ACCEPT all all 0.0.0.0/0\"]\n\n\
         [vm.web-01]\nid = \"ins-0first01\"\n\n[vm.web-01.guest]\n\n{}{}",
        till("till-01", "First-1"),
        till("till-02", "Second-2")
    )
}

/// Runs a command on a terminal where somebody gives the same answer to everything.
fn answered(tool: &Tool, command: &str, answer: &str) -> Ran {
    let mut child =
        tool.terminal(command).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut keys = child.stdin.take().unwrap();
    keys.write_all(format!("{answer}\n").repeat(12).as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    drop(keys);
    ended.into()
}

#[test]
fn what_the_page_says_of_the_first_hour_is_so() {
    let home = tempfile::tempdir().unwrap();
    let tool = Tool::new().with("TILL01_PASSWORD", "First-1").with("TILL02_PASSWORD", "Second-2");
    tool.write("world.toml", &world());
    let simulator = Simulator::start(&tool);
    let (id, key) = simulator.keys("gz");
    let tool = tool
        .with("TENCENTCLOUD_SECRET_ID", id)
        .with("TENCENTCLOUD_SECRET_KEY", key)
        .with("HOME", home.path().to_str().unwrap());
    std::fs::remove_file(tool.path("world.toml")).unwrap();
    tool.write("rdp.toml", &declared(&simulator));

    let asks = tool.run(&["validate"]).exits(0).out;
    assert_eq!(asks.matches("a host that only the declaration names").count(), 2, "{asks}");
    assert!(asks.contains("read TILL01_PASSWORD from the environment and offer it by WinRM to"));

    // The vendor's own endpoint would ask nothing; this one stands for it.
    let kept = home.path().join(".config/rdpctl/grants.toml");
    let endpoint =
        format!("[[endpoint]]\nprovider = \"tencent\"\nurl = \"{}\"\n", simulator.endpoint());
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::fs::write(&kept, &endpoint).unwrap();
    let ungranted = tool.run(&["plan"]);
    assert_eq!(ungranted.code, Some(3), "{}{}", ungranted.out, ungranted.err);
    assert!(ungranted.out.contains("not granted"), "{}", ungranted.out);

    let no = answered(&tool, "plan", "n");
    assert!(no.out.contains("grant> "), "{}", no.out);
    assert!(no.out.contains("not granted"), "{}", no.out);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), endpoint, "a no is not remembered");

    let lines = tool.run(&["trust", "--print"]).exits(3).out;
    let yes = answered(&tool, "plan", "y");
    assert_eq!(yes.code, Some(0), "{}", yes.out);
    assert!(yes.out.contains("till-01") && yes.out.contains("till-02"), "{}", yes.out);
    assert!(!yes.out.contains("not granted"), "{}", yes.out);
    let again = tool.run(&["plan"]).exits(0);
    assert!(!again.out.contains("not granted"), "{}", again.out);
    assert!(tool.run(&["trust", "--list"]).exits(0).out.contains("env:TILL01_PASSWORD"));

    // The same in a build, whose home is empty.
    let build = tempfile::tempdir().unwrap();
    let grants = build.path().join("grants.toml");
    std::fs::write(&grants, format!("{endpoint}{lines}")).unwrap();
    let grants = grants.to_str().unwrap();
    let tool = tool.with("HOME", build.path().to_str().unwrap());
    tool.run(&["plan", "--grants", grants, "--out", "plan.json"]).exits(0);
    let applied = tool.run(&["apply", "--grants", grants, "--auto-approve", "plan.json"]).exits(0);
    assert!(applied.out.contains("No changes are left: a new look finds"), "{}", applied.out);

    let page = page();
    let told: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("$ rdpctl ")).collect();
    assert_eq!(
        told,
        [
            "validate",
            "plan",
            "trust --list",
            "trust --print",
            "plan --grants GRANTS --out plan.json",
            "apply --grants GRANTS --auto-approve plan.json",
        ]
    );
}
