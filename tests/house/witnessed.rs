//! What rdpctl asks of Azure, against what the vendor's own clients were seen to ask of the same simulator: each pair of
//! method and action that was sent is among those that a witness drove and had answered. The witnesses (the Python SDKs
//! and the Azure CLI, `.ci/witness/azure-*`) keep their lists in `driven.txt` and fail where they drive another.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::azure::{SUBSCRIPTION, id};
use crate::tool::{Simulator, Tool, root};

const PASSWORD: &str = "Pa55-word!";

/// Off, without an address and behind a closed group; a setting that takes a restart, so that its disk is copied first;
/// one that only its console leads to, and one that only its disk does.
const WORLD: &str = r#"
[nsg.web]
account = "corp"
group = "prod"
rules = ["300 deny tcp 3389 Internet no-rdp"]

[security-admin.baseline]
account = "corp"
networks = ["vnet"]
rules = ["100 allow tcp 3389 198.51.100.0/24 desks"]

[vm.idle]
state = "stopped"
address = "none"
security-groups = ["web"]

[vm.old]
address = "eip"
security-groups = ["web"]
guest.registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server' = { Enabled = 0, DisabledByDefault = 1 }

[vm.mute]
address = "eip"
security-groups = ["web"]
agent = "offline"
guest.users = { Administrator = "Pa55-word!" }
guest.services.TermService = { start = "disabled", state = "stopped" }

[vm.lost]
address = "eip"
security-groups = ["web"]
agent = "offline"
guest.services.TermService = { start = "disabled" }
guest.registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }
"#;

/// What is declared of each of them.
const VMS: [(&str, &str); 4] = [
    ("idle", ""),
    ("old", "snapshot = { first = true, keep = \"7d\" }\n"),
    (
        "mute",
        "guest = { via = [\"serial\"], user = \"Administrator\", password = \"env:PASSWORD\" }\nsnapshot = { first = false }\n",
    ),
    ("lost", "offline = { keep = \"7d\" }\n"),
];

const EVERYTHING: &str = "reboot,spend,offline-repair,weaken,firewall-off,stop-service,move-port";

/// A subscription that is served, whose account lacks what is denied; those machines declared.
fn office(deny: &str, vms: &[(&str, &str)]) -> (Tool, Simulator) {
    let tool = Tool::new().with("PASSWORD", PASSWORD);
    let mut world = format!(
        "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
         [account.corp]\nkind = \"azure\"\nregion = \"koreacentral\"\nsubscription = \"{SUBSCRIPTION}\"\ndeny = [{deny}]\n"
    );
    world.push_str(WORLD);
    for (name, _) in VMS {
        let section = format!("[vm.{name}]\n");
        world =
            world.replace(&section, &format!("{section}account = \"corp\"\ngroup = \"prod\"\n"));
    }
    tool.write("world.toml", &world);
    let simulator = Simulator::start(&tool);
    let keys = &simulator.endpoints["credentials"]["corp"];
    let said = |key: &str| keys[key].as_str().unwrap();
    let (tenant, client, secret) = (said("tenant"), said("secret-id"), said("secret-key"));
    let endpoint = simulator.endpoints["azure"].as_str().unwrap();
    let mut declared = format!(
        "[provider.corp]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\ntenant = \"{tenant}\"\nendpoint = \"{endpoint}\"\n\
         credentials = {{ client-id = \"{client}\", client-secret = \"env:AZ_SECRET\" }}\n\n\
         [profile.desk]\nextends = \"standard\"\npublic-ip = \"eip\"\ntls = [\"1.2\"]\ningress = {{ from = [\"198.51.100.0/24\"] }}\n\n\
         [guard]\nmax-disrupted = \"100%\"\n\n"
    );
    for (name, keys) in vms {
        declared.push_str(&format!(
            "[instance.{name}]\nprovider = \"corp\"\nid = \"{}\"\nprofile = \"desk\"\n{keys}\n",
            id(name)
        ));
    }
    tool.write("rdp.toml", &declared);
    (tool.with("AZ_SECRET", secret).trusting(), simulator)
}

/// What the simulator was asked, as `METHOD TYPE/action`.
fn asked(simulator: &Simulator) -> BTreeSet<String> {
    let counters = simulator.counters();
    assert!(counters["requests"]["other"].is_null(), "more than are told apart: {counters}");
    counters["requests"].as_object().unwrap().keys().cloned().collect()
}

fn runs(tool: &Tool) -> Vec<String> {
    let said = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    let said: Value = serde_json::from_str(&said).unwrap();
    said["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Everything that rdpctl does there, once.
fn sent() -> BTreeSet<String> {
    let (tool, simulator) = office("", &VMS);
    tool.run(&["plan"]);
    let looked = tool.run(&["doctor", "lost", "--look-into-disk", "--allow", "spend"]);
    assert!(looked.out.contains("TermService"), "{}{}", looked.out, looked.err);
    let applied = tool.run(&["apply", "--auto-approve", "--allow", EVERYTHING]);
    let all = format!("{}{}", applied.out, applied.err);
    assert!(applied.out.contains("lost: repaired by its disk"), "{all}");
    simulator.power("idle", "stopped");
    tool.run(&["drift"]);
    tool.run(&["apply", "--auto-approve", "--allow", EVERYTHING]);
    for run in runs(&tool) {
        tool.run(&["undo", &run, "--auto-approve", "--allow", EVERYTHING]);
    }
    tool.run(&["state", "release"]).exits(0);
    let restarted = tool.run(&["console", "mute", "--restart", "--allow", "reboot"]);
    assert!(!restarted.out.is_empty(), "{}", restarted.err);
    let mut all = asked(&simulator);

    // An account that may neither query nor run a plain command lists, and runs managed ones.
    let deny = "\"Microsoft.ResourceGraph/resources/read\", \"Microsoft.Compute/virtualMachines/runCommand/action\"";
    let (tool, simulator) = office(deny, &VMS[..2]);
    tool.run(&["apply", "--auto-approve", "--allow", EVERYTHING]).exits(0);
    all.extend(asked(&simulator));
    all
}

/// What the witnesses drove, each by its own word.
fn driven() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for witness in ["azure-sdk", "azure-cli"] {
        let list = root().join(".ci/witness").join(witness).join("driven.txt");
        let list = std::fs::read_to_string(&list).unwrap();
        all.extend(list.lines().map(str::to_owned));
    }
    all
}

/// Actions that a role must allow and nobody asks for by a path of their own: what is joined or copied is named in a body.
const BY_REFERENCE: [&str; 6] = [
    "Microsoft.Compute/disks/beginGetAccess/action",
    "Microsoft.Network/networkInterfaces/join/action",
    "Microsoft.Network/networkSecurityGroups/join/action",
    "Microsoft.Network/publicIPAddresses/join/action",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
    "Microsoft.Network/virtualNetworks/join/action",
];

#[test]
fn whatever_is_asked_of_azure_was_asked_by_the_vendors_own_clients_too() {
    let sent = sent();
    let driven = driven();
    let strange: Vec<&String> = sent.difference(&driven).collect();
    assert!(strange.is_empty(), "no witness drove {strange:#?}");
    // The comparison is of everything: whatever the printed role allows was sent.
    let (tool, _simulator) = office("", &VMS);
    let printed =
        tool.run(&["permissions", "--for", "apply", "--format", "json", "--provider", "corp"]);
    let policy: Value = serde_json::from_str(&printed.exits(0).out).unwrap();
    let roles = policy["Roles"].as_array().unwrap().iter();
    let allowed = roles.flat_map(|role| role["Actions"].as_array().unwrap());
    let is_sent = |action: &str| {
        sent.iter().any(|one| {
            one.split_once(' ').is_some_and(|(_, known)| known.eq_ignore_ascii_case(action))
        })
    };
    let missing: BTreeSet<&str> = allowed
        .map(|action| action.as_str().unwrap())
        .filter(|action| !BY_REFERENCE.contains(action) && !is_sent(action))
        .collect();
    assert!(missing.is_empty(), "allowed, and never sent here: {missing:#?}");
}
