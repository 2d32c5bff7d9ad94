//! Who may make rdpctl do what: a stranger's lines in a declaration get nothing that nobody granted.

use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::tool::Tool;

const CANARY: &str = "canary-7f3a91";

/// A peer that counts who comes, and says nothing.
struct Peer {
    at: String,
    came: Arc<AtomicUsize>,
}

impl Peer {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let came = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&came);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten().take(64) {
                count.fetch_add(1, Ordering::SeqCst);
                // What was sent is read, so that a client is not left waiting; nothing is answered.
                let mut stream = stream;
                let _ = stream.read(&mut [0; 4096]);
            }
        });
        Self { at, came }
    }

    fn visits(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

/// A declaration of one static host, with this password, this way to log on and this host.
fn host(id: &str, password: &str, winrm: &str) -> String {
    format!(
        "[provider.shop]\nkind = \"static\"\n\n[profile.host]\nservice = \"auto\"\n\n\
         [instance.till-01]\nprovider = \"shop\"\nid = \"{id}\"\nprofile = \"host\"\n\
         guest = {{ via = [\"winrm\"], user = \"Administrator\", password = \"{password}\", winrm = {{ {winrm} }} }}\n"
    )
}

fn runner() -> Tool {
    Tool::new()
        .with("TENCENTCLOUD_SECRET_ID", "AKIDofTheRunner")
        .with("TENCENTCLOUD_SECRET_KEY", CANARY)
}

#[test]
fn a_program_of_a_pull_request_is_not_started_by_any_command() {
    let tool = runner();
    let marker = tool.path("PWNED");
    let program = format!("cmd:/bin/touch {}", marker.display());
    tool.write("rdp.toml", &host("127.0.0.1", &program, "tls = true"));
    for command in
        [["plan"].as_slice(), &["drift"], &["doctor", "till-01"], &["apply", "--auto-approve"]]
    {
        let ran = tool.run(command);
        assert!(!marker.exists(), "{command:?} started it");
        assert!(ran.out.contains("not granted"), "{command:?}: {}\n{}", ran.out, ran.err);
    }
}

#[test]
fn no_secret_of_the_runner_and_no_log_on_reaches_a_host_that_a_declaration_names() {
    for secret in ["env:TENCENTCLOUD_SECRET_KEY", "file:/etc/shadow"] {
        let (tool, peer) = (runner(), Peer::listen());
        for winrm in [
            format!("endpoint = \"http://{}\"", peer.at),
            format!("endpoint = \"https://{}\", auth = \"basic\", ca-file = \"ca.pem\"", peer.at),
        ] {
            tool.write("rdp.toml", &host("127.0.0.1", secret, &winrm));
            let plan = tool.run(&["plan"]);
            assert!(plan.out.contains("not granted"), "{}{}", plan.out, plan.err);
            assert!(!plan.out.contains(CANARY) && !plan.err.contains(CANARY));
        }
        assert_eq!(peer.visits(), 0, "{secret}");
    }
}

#[test]
fn requests_signed_with_the_runners_key_go_to_the_vendor_and_nowhere_else() {
    let (tool, peer) = (runner(), Peer::listen());
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"http://{}\"\n\n\
             [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n",
            peer.at
        ),
    );
    let plan = tool.run(&["plan"]);
    assert_ne!(plan.code, Some(0), "{}{}", plan.out, plan.err);
    assert!(
        plan.out.contains("not granted") || plan.err.contains("not granted"),
        "{}{}",
        plan.out,
        plan.err
    );
    assert_eq!(peer.visits(), 0);
}

#[test]
fn what_a_declaration_asks_for_is_told_in_sentences_and_granted_by_the_lines_that_are_printed() {
    let tool = runner();
    tool.write("rdp.toml", &host("127.0.0.1", "env:TILL_PASSWORD", "tls = true"));
    let asked = tool.run(&["validate"]).exits(0);
    insta::assert_snapshot!(asked.out, @"
    valid: 1 provider, 1 profile, 1 instance, 0 fleets
    asks, and `rdpctl trust` grants:
      rdp.toml:7: dial 127.0.0.1, a host that only the declaration names
      rdp.toml:7: read TILL_PASSWORD from the environment and offer it by WinRM to 127.0.0.1 over TLS
    ");
    tool.run(&["trust"]).exits(1).complains("there is no terminal to ask on");
    let lines = tool.run(&["trust", "--print"]).exits(3).out;
    insta::assert_snapshot!(lines, @r#"
    [[secret]]
    from = "env:TILL_PASSWORD"

    [secret.to]
    host = "127.0.0.1"
    channel = "winrm"
    tls = "required"

    [[host]]
    address = "127.0.0.1"
    "#);
    let tool = tool.granting(&lines);
    let trust = tool.run(&["trust"]).exits(0);
    insta::assert_snapshot!(trust.out, @"Everything that this declaration asks for is granted.");
    assert_eq!(tool.run(&["trust", "--list"]).exits(0).out, lines);
    tool.run(&["trust", "--revoke", "env:TILL_PASSWORD"]).exits(0);
    tool.run(&["trust", "--print"]).exits(3);
    tool.run(&["trust", "--revoke", "env:TILL_PASSWORD"]).exits(1);
}

#[test]
fn grants_in_the_work_tree_or_in_others_hands_are_not_used() {
    let tool = runner();
    tool.write("rdp.toml", &host("127.0.0.1", "env:TILL_PASSWORD", "tls = true"));
    std::fs::create_dir(tool.path("ours")).unwrap();
    tool.write("ours/grants.toml", "[[host]]\naddress = \"127.0.0.1\"\n");
    tool.run(&["plan", "--grants", "ours/grants.toml"])
        .exits(1)
        .complains("they lie in the work tree");

    let open = tempfile::tempdir().unwrap();
    let file = open.path().join("grants.toml");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let named = file.to_str().unwrap();
    tool.run(&["plan", "--grants", named]).exits(1).complains("others may write them");
    tool.run(&["plan", "--grants", "/nonexistent/grants.toml"])
        .exits(1)
        .complains("cannot read the grants");
}

#[test]
fn a_strangers_declaration_is_planned_without_touching_what_is_granted() {
    let (tool, peer) = (runner(), Peer::listen());
    tool.write(
        "rdp.toml",
        &host(
            "127.0.0.1",
            "env:TENCENTCLOUD_SECRET_KEY",
            &format!("endpoint = \"http://{}\"", peer.at),
        ),
    );
    let lines = tool.run(&["trust", "--print"]).exits(3).out;
    let tool = tool.granting(&lines);
    tool.run(&["trust"]).exits(0);
    let plan = tool.run(&["plan", "--untrusted"]);
    assert!(plan.out.contains("not granted"), "{}{}", plan.out, plan.err);
    assert_eq!(peer.visits(), 0);
}

#[test]
fn a_plan_that_lacks_grants_is_for_reading_and_one_that_was_made_with_others_is_stale() {
    let (tool, peer) = (runner().with("TILL", "x"), Peer::listen());
    let endpoint = format!("endpoint = \"http://{}\"", peer.at);
    tool.write("rdp.toml", &host("127.0.0.1", "env:TILL", &endpoint));
    tool.run(&["plan", "--out", "without.json"]);
    let apply = |tool: &Tool, file: &str| tool.run(&["apply", "--auto-approve", file]).exits(1);
    apply(&tool, "without.json").complains("the plan is for reading");
    let tool = tool.trusting();
    apply(&tool, "without.json").complains("the plan is for reading");
    tool.run(&["plan", "--out", "with.json"]);
    let tool = tool.granting("");
    apply(&tool, "with.json").complains("it was made with a grant that is gone");
}

/// A world with one host that is called `till`.
const WORLD: &str = r#"
[world]
seed = 3
time-scale = "instant"

[secrets]
ELSEWHERE = "said-by-the-world"

[account.somebody]
kind = "tencent"
region = "ap-guangzhou"

[security-group.sg-open0001]
ingress = ["ACCEPT all all 0.0.0.0/0"]

[vm.till]
address = "eip"
security-groups = ["sg-open0001"]

[vm.till.guest]
users = { Administrator = "only-here" }
firewall.rules = ["v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|Name=WinRM|"]
"#;

#[test]
fn in_a_simulated_world_a_host_is_the_worlds_and_its_password_as_well() {
    let tool = runner().with("TILL_PASSWORD", CANARY);
    tool.write("world.toml", WORLD);
    tool.write("rdp.toml", &host("till", "env:TILL_PASSWORD", ""));
    let plan = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(plan.out.contains("No changes"), "{}", plan.out);
    // What the world says of a reference goes before the account's own password, and is wrong here.
    tool.write("rdp.toml", &host("till", "env:ELSEWHERE", ""));
    let plan = tool.sim(&["plan"]);
    assert!(plan.out.contains("wrong user name or password"), "{}", plan.out);
}

#[test]
fn what_a_world_does_not_hold_is_an_error_and_is_not_dialled() {
    let (tool, peer) = (runner(), Peer::listen());
    tool.write("world.toml", WORLD);
    let elsewhere = format!("endpoint = \"http://{}\"", peer.at);
    for (id, winrm) in [("192.0.2.7", ""), ("db.example.com", ""), ("till", elsewhere.as_str())] {
        tool.write("rdp.toml", &host(id, "env:TENCENTCLOUD_SECRET_KEY", winrm));
        for command in [["plan"].as_slice(), &["apply", "--auto-approve"], &["doctor", "till-01"]] {
            tool.sim(command).exits(1).complains("the world holds no host");
        }
    }
    assert_eq!(peer.visits(), 0);
}

#[test]
fn a_company_s_proxy_carries_the_calls_to_the_vendor_and_none_to_this_machine() {
    let (proxy, here) = (Peer::listen(), Peer::listen());
    let gz = |endpoint: &str| {
        format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n{endpoint}\n\
             [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n"
        )
    };
    let tool = runner()
        .with("HTTPS_PROXY", &format!("http://{}", proxy.at))
        .with("HTTP_PROXY", &format!("http://{}", proxy.at));
    tool.write("rdp.toml", &gz(""));
    tool.run(&["plan"]);
    let asked = proxy.visits();
    assert!(asked > 0, "the vendor is reached through the proxy");
    tool.write("rdp.toml", &gz(&format!("endpoint = \"http://{}\"", here.at)));
    let tool = tool.trusting();
    tool.run(&["plan"]);
    assert!(here.visits() > 0, "this machine is reached without it");
    assert_eq!(proxy.visits(), asked);
}

#[test]
fn an_api_is_not_called_in_the_clear_but_on_this_machine() {
    let tool = runner();
    for (endpoint, is_valid) in [
        ("http://cvm.tencentcloudapi.com", false),
        ("http://127.0.0.1.evil.example", false),
        ("http://10.0.0.5:8080", false),
        ("http://127.0.0.1:8080", true),
        ("http://[::1]:8080", true),
        ("https://cvm.tencentcloudapi.com", true),
    ] {
        tool.write(
            "rdp.toml",
            &format!("[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"{endpoint}\"\n"),
        );
        let checked = tool.run(&["validate"]);
        assert_eq!(checked.code == Some(0), is_valid, "{endpoint}: {}", checked.err);
    }
}

#[test]
fn a_host_that_nobody_granted_is_not_even_knocked_at() {
    let (tool, peer) = (runner(), Peer::listen());
    let port = peer.at.rsplit_once(':').unwrap().1;
    let declaration = host("127.0.0.1", "env:TILL_PASSWORD", "tls = true")
        .replace("service = \"auto\"", &format!("extends = \"standard\"\nport = {port}"));
    tool.write("rdp.toml", &declaration);
    let plan = tool.run(&["plan"]);
    assert!(plan.out.contains("not granted"), "{}{}", plan.out, plan.err);
    assert_eq!(peer.visits(), 0);
}

#[test]
fn a_state_elsewhere_is_neither_made_nor_read_because_a_declaration_names_it() {
    let tool = Tool::quickstart();
    let elsewhere = tool.path("elsewhere");
    let url = format!("[state]\nurl = \"sqlite:{}/deep/x.db\"\n", elsewhere.display());
    tool.write("rdp.toml", &format!("{}{url}", tool.read("rdp.toml")));
    for command in [
        ["state", "list"].as_slice(),
        &["state", "history"],
        &["state", "pull"],
        &["show", "web-01"],
    ] {
        tool.run(command).exits(1).complains("not granted: keep the state at sqlite:");
    }
    tool.sim(&["plan"]).exits(0);
    assert!(!elsewhere.exists());
    assert!(tool.path(".rdpctl/state.db").exists(), "a simulated world has its own");
}

/// Types this on the terminal of a command.
fn typed(tool: &Tool, command: &str, keys: &str) -> crate::tool::Ran {
    use std::io::Write;
    use std::process::Stdio;
    let terminal = tool.terminal(command).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = terminal.unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    keyboard.write_all(keys.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    drop(keyboard);
    ended.into()
}

#[test]
fn the_question_for_a_grant_has_the_form_of_every_question() {
    let tool = runner().with("TILL_PASSWORD", "x");
    tool.write("rdp.toml", &host("127.0.0.1", "env:TILL_PASSWORD", "tls = true"));
    let kept = tool.path("grants.toml");
    let tool = tool.with("HOME", "/nonexistent").with("NO_COLOR", "1");
    // Neither Enter nor anything else that is no answer decides; details are the lines; who leaves has granted nothing.
    let left = typed(&tool, "trust", "\nmaybe\nd\nq\n");
    assert_eq!(left.code, Some(1), "{}", left.out);
    for said in [
        "Question 1 of 2  May this declaration have what it asks for?",
        "asks    dial 127.0.0.1, a host that only the declaration names",
        "declared in rdp.toml:7",
        "undo    rdpctl trust --revoke takes it back",
        "if not  it stays shut",
        "y yes, and remember it    n no    d details    q do nothing at all",
        "Please answer y, n, d or q. Nothing was decided.",
        "address = \"127.0.0.1\"",
        "nothing was granted",
    ] {
        assert!(left.out.contains(said), "{said}\n{}", left.out);
    }
    assert_eq!(left.out.matches("Nothing was decided").count(), 2, "{}", left.out);
    assert!(!kept.exists());
    // A no leaves it shut and asks the next one.
    let no = typed(&tool, "trust", "n\nn\n");
    assert!(no.out.contains("Question 2 of 2"), "{}", no.out);
    assert_eq!(no.code, Some(3), "{}", no.out);
}
