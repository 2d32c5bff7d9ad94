//! WinRM, set up through a cloud's agent: over TLS alone, by a certificate that the agent vouches for, and taken back.

use crate::tool::{Simulator, Tool};

const LISTENER: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener\*+HTTPS";
const STORE: &str = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates";
const RULES: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules";
const ALLOWED: [&str; 3] = ["apply", "--auto-approve", "--allow=weaken"];

/// A VM whose WinRM nobody set up, and which is to be reached by it before its agent.
fn office(guest: &str) -> (Tool, Simulator) {
    let (id, key) = ("AKIDofTheOwner", "may-do-anything");
    let tool = Tool::new()
        .with("TENCENTCLOUD_SECRET_ID", id)
        .with("TENCENTCLOUD_SECRET_KEY", key)
        .with("PASSWORD", "Pa55-word!");
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
             [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\
             secret-id = \"{id}\"\nsecret-key = \"{key}\"\n\n\
             [security-group.sg-web00001]\ningress = [\"ACCEPT tcp 3389,5985-5986 198.51.100.0/24\"]\n\n\
             [vm.web-01]\nid = \"ins-0c0b1ed1\"\naddress = \"eip\"\nsecurity-groups = [\"sg-web00001\"]\n\n\
             [vm.web-01.guest]\nusers = {{ Administrator = \"Pa55-word!\" }}\n{guest}\n"
        ),
    );
    let simulator = Simulator::start(&tool);
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"{}\"\n\n\
             [profile.desk]\nservice = \"auto\"\ningress = {{ from = [\"198.51.100.0/24\"] }}\n\n\
             [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0c0b1ed1\"\nprofile = \"desk\"\nsnapshot = {{ first = false }}\n\
             guest = {{ via = [\"winrm\", \"run-command\"], user = \"Administrator\", password = \"env:PASSWORD\", winrm = {{ bootstrap = true }} }}\n",
            simulator.endpoint()
        ),
    );
    (tool.trusting(), simulator)
}

const OFF: &str = r#"services.WinRM = { start = "disabled", state = "stopped" }"#;

fn said(simulator: &Simulator, command: &str) -> String {
    simulator.behind("web-01", &format!("cmd /c {command}"))["stdout"].as_str().unwrap().to_owned()
}

fn via(tool: &Tool) -> serde_json::Value {
    let shown = tool.run(&["show", "web-01", "--format", "json"]).exits(0).out;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    shown["guest"]["answer"]["said"]["via"].clone()
}

/// All that was opened or made for it.
fn traces(simulator: &Simulator) -> [String; 4] {
    [
        said(simulator, &format!("reg query \"{LISTENER}\" /v certThumbprint")).to_uppercase(),
        said(simulator, &format!("reg query \"{STORE}\"")),
        said(simulator, &format!("reg query {RULES} | findstr rdpctl-winrm")),
        said(simulator, r"dir /b C:\ProgramData\Microsoft\Crypto\Keys"),
    ]
}

#[test]
fn winrm_is_set_up_over_tls_alone_and_known_by_what_the_agent_said_of_it() {
    let (tool, simulator) = office(OFF);
    tool.run(&ALLOWED).exits(0);
    let [listener, store, rules, _] = traces(&simulator);
    let thumbprint = store.trim().rsplit('\\').next().unwrap();
    assert!(thumbprint.len() == 40 && listener.contains(thumbprint), "{listener}\n{store}");
    assert!(rules.contains("LPort=5986") && rules.contains("198.51.100.0"), "{rules}");
    assert!(!rules.contains("5985"), "{rules}");
    // Who knows nothing of its certificate offers it no password, and does not set it up again.
    tool.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(via(&tool), "run-command");
    assert_eq!(traces(&simulator)[0], listener);
    assert_eq!(simulator.winrm("web-01")["log-ons"], 0);

    // Once the agent has said by which certificate it is known, the rest of a run goes that way.
    simulator.behind("web-01", "sc config TermService start= disabled");
    tool.run(&ALLOWED).exits(0);
    assert_eq!(via(&tool), "winrm");
    let seen = simulator.winrm("web-01");
    assert!(seen["log-ons"].as_u64() > Some(0), "{seen}");
    assert_eq!(seen["clear-text-bodies"], 0, "{seen}");
    assert_eq!(simulator.traps(), serde_json::json!([]));
}

#[test]
fn what_was_set_up_is_taken_back_whole() {
    let (tool, simulator) = office(OFF);
    let before = traces(&simulator);
    tool.run(&ALLOWED).exits(0);
    assert_ne!(traces(&simulator), before);
    let history = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let run = history["runs"][0]["id"].as_str().unwrap();
    tool.run(&["undo", run, "--auto-approve", "--allow", "weaken,stop-service"]).exits(0);
    assert_eq!(traces(&simulator), before);
    assert!(said(&simulator, r"reg query HKLM\SOFTWARE\rdpctl-winrm").is_empty());
}

#[test]
fn a_listener_that_somebody_set_up_keeps_its_certificate() {
    let (tool, simulator) = office("[[vm.web-01.guest.my-certificates]]\nsubject = \"web-01\"");
    let store = said(&simulator, &format!("reg query \"{STORE}\""));
    let thumbprint = store.trim().rsplit('\\').next().unwrap();
    let made = said(
        &simulator,
        &format!(
            "cscript //nologo C:\\Windows\\System32\\winrm.vbs create winrm/config/Listener?Address=*+Transport=HTTPS @{{Hostname=\"web-01\";CertificateThumbprint=\"{thumbprint}\"}}"
        ),
    );
    assert!(made.contains("ResourceCreated"), "{made}");
    simulator.behind("web-01", "sc config WinRM start= disabled");
    simulator.behind("web-01", "net stop WinRM /y");
    let before = traces(&simulator);
    tool.run(&ALLOWED).exits(0);
    let after = traces(&simulator);
    assert_eq!((&after[0], &after[1], &after[3]), (&before[0], &before[1], &before[3]));
    assert!(after[2].contains("LPort=5986"), "{}", after[2]);
}

#[test]
fn a_listener_whose_certificate_is_gone_is_made_anew() {
    let (tool, simulator) = office("");
    tool.run(&ALLOWED).exits(0);
    let [former, store, ..] = traces(&simulator);
    let thumbprint = store.trim().rsplit('\\').next().unwrap();
    simulator.behind("web-01", &format!("certutil -delstore My {thumbprint}"));
    simulator.behind("web-01", "net stop WinRM /y");
    tool.run(&ALLOWED).exits(0);
    let [listener, store, ..] = traces(&simulator);
    assert_ne!(listener, former);
    assert!(listener.contains(store.trim().rsplit('\\').next().unwrap()), "{listener}\n{store}");
}
