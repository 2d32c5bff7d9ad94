//! Azure's page (A1 to A12), and what Tencent's has inside Windows, at VMs of Azure, each step in four languages of Windows, over the agent's run-command and over
//! the serial console where no agent answers: one world, one plan, one run, and the proof from outside for each machine.

use std::fmt::Write as _;

use serde_json::Value;

use super::estate::summary;
use crate::azure::answers;
use crate::tool::{Tool, binary, root};

const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";
const PASSWORD: &str = "Pa55-word!";

/// A language of Windows, and how its clients say that an internal error has occurred.
const LANGUAGES: [(&str, &str); 4] = [
    ("en", "An internal error has occurred"),
    ("de", "Es ist ein interner Fehler aufgetreten"),
    ("ko", "내부 오류가 발생했습니다"),
    ("ja", "内部エラーが発生しました"),
];

/// The ways into a guest: a name, whether the agent answers, and what is declared. Over the console nothing else leads in
/// (A12).
const WAYS: [(&str, &str, &str); 2] = [
    ("agent", "online", "via = [\"run-command\"]"),
    (
        "serial",
        "offline",
        "via = [\"run-command\", \"serial\"], user = \"Administrator\", password = \"env:PASSWORD\"",
    ),
];

const SERVER: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server";

const DENIED: &str = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }";

/// One broken thing, and what mends it.
struct Fault {
    name: &'static str,
    /// Keys of the guest in the world.
    guest: String,
    /// Tables of the guest in the world, below its name.
    policy: Option<String>,
    /// Lines of its profile beyond the standard.
    profile: &'static str,
    /// Whether its disk is copied first (A11).
    copied: bool,
}

/// What the page knows, in its order.
fn faults() -> Vec<Fault> {
    let fault = |name, guest: &str, profile| Fault {
        name,
        guest: guest.to_owned(),
        policy: None,
        profile,
        copied: false,
    };
    let off = format!("registry.'{SERVER}' = {{ Enabled = 0, DisabledByDefault = 1 }}");
    let held = "key = 'HKLM\\SOFTWARE\\Policies\\Corp'\nname = 'Hardened'\nvalue = 1";
    vec![
        // A2, A3: another program owns the port; it is stopped.
        fault("a3", "ports.3389 = { image = 'nginx.exe', service = 'nginx' }", ""),
        // A4, A5: Remote Desktop moves; firewall and cloud rule follow it.
        fault("a5", "", "port = 3390"),
        // A6: the certificate is renewed.
        fault("a6", "certificate = 'expired'", ""),
        // A7: the key's permissions.
        fault("a7", "machine-keys = 'no-network-service'", ""),
        // A8, A10, A11: a copy of the disk, TLS, a restart.
        Fault { copied: true, ..fault("a8", &off, "tls = [\"1.2\"]") },
        // Of the first document what is inside Windows: T6 to T10.
        fault("t6", DENIED, ""),
        fault("t7", "services.TermService = { start = 'disabled', state = 'stopped' }", ""),
        fault("t8", "boot = 'selective'", ""),
        fault("t9", "firewall = { profiles = { public = false } }", ""),
        fault("t10", "firewall = { remote-desktop = 'off' }", ""),
        // A9: A8 under a domain's policy, which is held meanwhile.
        Fault { policy: Some(held.to_owned()), ..fault("a9", &off, "tls = [\"1.2\"]") },
    ]
}

fn id(name: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/{name}"
    )
}

/// A world with each fault in each language behind each way, and its declaration.
fn office(faults: &[Fault]) -> (Tool, Vec<String>) {
    let tool = Tool::new().with("PASSWORD", PASSWORD);
    let mut world = format!(
        "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
         [account.corp]\nkind = \"azure\"\nregion = \"koreacentral\"\nsubscription = \"{SUBSCRIPTION}\"\n\n\
         [nsg.web]\naccount = \"corp\"\ngroup = \"prod\"\nrules = [\"300 allow tcp 3389 198.51.100.0/24 office\"]\n"
    );
    let mut declared = format!(
        "[provider.corp]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\n\n\
         [guard]\nmax-disrupted = \"100%\"\nstop-service = \"allow\"\nfirewall-off = \"ask\"\n"
    );
    let mut names = Vec::new();
    for Fault { name: fault, guest, policy, profile, copied } in faults {
        let _ = writeln!(
            declared,
            "\n[profile.{fault}]\nextends = \"standard\"\npublic-ip = \"eip\"\ningress = {{ from = [\"198.51.100.0/24\"] }}\n{profile}"
        );
        for ((language, _), (way, agent, via)) in
            LANGUAGES.iter().flat_map(|language| WAYS.map(|way| (language, way)))
        {
            let name = format!("{fault}-{language}-{way}");
            let _ = writeln!(
                world,
                "\n[vm.{name}]\naccount = \"corp\"\ngroup = \"prod\"\naddress = \"eip\"\nsecurity-groups = [\"web\"]\nagent = \"{agent}\"\n\
                 [vm.{name}.guest]\nlanguage = \"{language}\"\nusers = {{ Administrator = \"{PASSWORD}\" }}\n{guest}"
            );
            if let Some(policy) = policy {
                let _ = writeln!(world, "[[vm.{name}.guest.domain-policy]]\n{policy}");
            }
            let _ = writeln!(
                declared,
                "\n[instance.{name}]\nprovider = \"corp\"\nid = \"{}\"\nprofile = \"{fault}\"\nguest = {{ {via} }}\nsnapshot = {{ first = {copied} }}",
                id(&name)
            );
            names.push(name);
        }
    }
    tool.write("world.toml", &world);
    tool.write("rdp.toml", &declared);
    (tool, names)
}

#[test]
fn every_step_is_done_over_the_agent_and_over_the_console_in_four_languages() {
    let (tool, names) = office(&faults());
    let planned =
        tool.sim(&["plan", "--all", "--detailed-exitcode", "--allow", "reboot,spend"]).exits(2);
    insta::assert_snapshot!(summary(&planned.out));
    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "reboot,spend"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}\n{}", applied.out, applied.err);
    let again = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);
    for name in &names {
        assert_eq!(answers(&tool, name), "ok", "{name}");
    }
    // A11: those that were restarted for what cannot be undone, and nobody else.
    let listed = tool.run(&["state", "list", ".", "--format", "json"]).exits(0).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let copies = listed["made"].as_array().unwrap().iter().filter(|one| one["kind"] == "snapshot");
    assert_eq!(copies.count(), LANGUAGES.len() * WAYS.len(), "{}", listed["made"]);
}

/// T11: the firewall goes off as the last resort alone: declared, and by leave of its own guard.
#[test]
fn the_firewall_goes_off_over_either_way_where_that_is_declared_and_allowed() {
    let fault = Fault {
        name: "t11",
        guest: "firewall = { remote-desktop = 'off' }".to_owned(),
        policy: None,
        profile: "firewall = \"off\"",
        copied: false,
    };
    let (tool, names) = office(&[fault]);
    let held = tool.sim(&["apply", "--auto-approve"]).exits(3).out;
    assert!(held.contains("the guard `firewall-off` asks"), "{held}");
    let allowed = ["apply", "--auto-approve", "--allow", "firewall-off"];
    let applied = tool.sim(&allowed).exits(0);
    assert!(applied.out.contains("No changes"), "{}\n{}", applied.out, applied.err);
    let plan = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(plan.out.contains("No changes"), "{}", plan.out);
    for name in &names {
        assert_eq!(answers(&tool, name), "ok", "{name}");
    }
}

/// T12: where all that can be done was done and it stands, the report for the support holds what was seen inside, in either
/// way the same.
#[test]
fn what_nothing_mends_goes_to_the_support_with_the_evidence_that_was_had_over_either_way() {
    let fault = Fault {
        name: "t12",
        guest: "services.TermService = { mute = true }".to_owned(),
        policy: None,
        profile: "",
        copied: false,
    };
    let (tool, _) = office(&[fault]);
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(3);
    assert!(applied.out.contains("8 of 8 instances failed"), "{}\n{}", applied.out, applied.err);
    for (language, _) in LANGUAGES {
        let reports = WAYS.map(|(way, ..)| {
            let name = format!("t12-{language}-{way}");
            let asked = ["doctor", &name, "--format", "markdown", "--lang", "en"];
            let report = tool.sim(&asked).exits(2).out.replace(&name, "NAME");
            // When it was looked at differs, and nothing else does.
            let lines = report.lines().filter(|line| !line.starts_with("profile t12, surveyed "));
            lines.collect::<Vec<_>>().join("\n")
        });
        let [over_the_agent, over_the_console] = &reports;
        assert_eq!(over_the_agent, over_the_console, "{language}");
        for said in [
            "netstat -ano: nobody listens on 3389",
            "contact the vendor's support with this report",
        ] {
            assert!(over_the_console.contains(said), "{said}: {over_the_console}");
        }
    }
}

/// A1: what the client showed, in its language, leads to the cause, whichever way the guest is seen.
#[test]
fn the_clients_message_leads_to_the_cause_over_either_way() {
    let (tool, _) = office(&faults()[3..4]);
    for (language, message) in LANGUAGES {
        for (way, _, _) in WAYS {
            let name = format!("a7-{language}-{way}");
            let ran = tool.sim(&["doctor", &name, "--error", message, "--format", "json"]).exits(2);
            let said: Value = serde_json::from_str(&ran.out).unwrap();
            assert_eq!(said["complaint"]["message"], "internal-error", "{name}");
            assert_eq!(said["first-cause"]["facet"], "machine-keys", "{name}");
        }
    }
}

/// A9: a domain that would put a change back is named, and nothing is changed.
#[test]
fn a_domain_that_reverts_is_named_over_either_way() {
    let hostile = format!("key = '{SERVER}'\nname = 'Enabled'\nvalue = 0\nsource = 'setting'");
    let mut faults = faults();
    faults.retain(|fault| fault.name == "a9");
    faults[0].policy = Some(hostile);
    let (tool, mut names) = office(&faults);
    let plan = tool.sim(&["plan", "--allow", "reboot,spend"]).exits(0).out;
    assert!(plan.contains("nothing can be done now"), "{plan}");
    let plan = tool.sim(&["plan", "--format", "json", "--refresh=false"]).exits(0).out;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let is_named = |facet: &&Value| {
        facet["facet"] == "tls"
            && facet["verdict"] == "blocked"
            && facet["by"].as_str().unwrap().starts_with("the group policy")
    };
    let mut named = Vec::new();
    for group in plan["groups"].as_array().unwrap() {
        if group["facets"].as_array().unwrap().iter().any(|facet| is_named(&facet)) {
            let members = group["members"].as_array().unwrap().iter();
            named.extend(members.map(|member| member["name"].as_str().unwrap().to_owned()));
        }
    }
    named.sort();
    names.sort();
    assert_eq!(named, names);
}

#[test]
fn the_example_of_a_resource_group_runs_by_one_command() {
    let example = root().join("examples/azure/run.sh");
    let ran = std::process::Command::new(example).env("RDPCTL", binary()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("No changes. All 3 instances are as declared."), "{said}");
}
