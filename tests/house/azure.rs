//! Azure from the street: VMs of a subscription planned, repaired and proved like any other.

use std::fmt::Write;

use serde_json::Value;

use crate::tool::Tool;

pub(crate) const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";

/// A VM of the group `prod`: its name, and its keys in the world.
pub(crate) type Vm = (&'static str, &'static str);

/// A simulated subscription, and a declaration of its VMs, met through the agent.
pub(crate) fn subscription(vms: &[Vm], nsgs: &str, profile: &str, more: &str) -> Tool {
    let tool = Tool::new();
    let mut world = format!(
        "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
         [account.corp]\nkind = \"azure\"\nregion = \"koreacentral\"\nsubscription = \"{SUBSCRIPTION}\"\n\n\
         [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n{nsgs}\n"
    );
    let mut declaration = format!(
        "[provider.corp]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\n\n\
         [profile.desk]\nextends = \"standard\"\npublic-ip = \"eip\"\ningress = {{ from = [\"198.51.100.0/24\"] }}\n{profile}\n\
         [guard]\nmax-disrupted = \"100%\"\n\n{more}\n"
    );
    for (name, keys) in vms {
        let _ = writeln!(world, "[vm.{name}]\naccount = \"corp\"\ngroup = \"prod\"\n{keys}\n");
        let _ = writeln!(
            declaration,
            "[instance.{name}]\nprovider = \"corp\"\nid = \"{}\"\nprofile = \"desk\"\nsnapshot = {{ first = false }}\n",
            id(name)
        );
    }
    tool.write("world.toml", &world);
    tool.write("rdp.toml", &declaration);
    tool
}

pub(crate) fn id(name: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/{name}"
    )
}

/// Plans, applies, and plans again; gives what the plan said.
pub(crate) fn repaired(tool: &Tool) -> String {
    let planned = tool.sim(&["plan", "--allow", "reboot"]).exits(0).out;
    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "reboot,spend"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}\n{}", applied.out, applied.err);
    let again = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);
    planned
}

/// What answers at a machine's port from outside.
pub(crate) fn answers(tool: &Tool, name: &str) -> String {
    let shown = tool.run(&["show", name, "--format", "json"]).exits(0);
    let seen: Value = serde_json::from_str(&shown.out).unwrap();
    seen["outside"]["answer"]["said"]["verdict"].as_str().unwrap_or("nothing").to_owned()
}

const CLOSED: &str = "[nsg.web]\naccount = \"corp\"\ngroup = \"prod\"\nrules = [\"300 deny tcp 3389 Internet no-rdp\", \"400 allow tcp 443 * web\"]\n";
pub(crate) const OPEN: &str = "[nsg.web]\naccount = \"corp\"\ngroup = \"prod\"\nrules = [\"300 allow tcp 3389 198.51.100.0/24 office\"]\n";

#[test]
fn a_vm_that_is_off_without_an_address_and_behind_a_closed_group_is_started_addressed_and_let_in() {
    let keys = "state = \"stopped\"\naddress = \"none\"\nsecurity-groups = [\"web\"]";
    let tool = subscription(&[("idle", keys)], CLOSED, "", "");
    insta::assert_snapshot!(repaired(&tool), @r"
    The instance does not answer RDP. 2 steps can be done; 2 more are held.

    idle  does not answer: ends on the way  corp  prod/idle  desk
      ✗ power      stopped → running
            1  start the instance
      ✗ public-ip  no public address → elastic address
            2  obtain an elastic address with 5 Mbps, or reuse a free one of ours           costs money
               ! held: the guard `spend` asks
            3  bind the address                                                          opens a way in
               ! held: behind 2
      ✗ ingress    port 3389 closed → port 3389 open to 198.51.100.0/24                       Azure 1.3
            4  prod/web: insert ACCEPT tcp 3389 from 198.51.100.0/24 at priority 100         opens 3389
      ? 11 facets  unknown: the instance does not run; hides boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy, reachable; follows from power
            5  look into the guest; decides these 11 facets, after 1

    Plan       2 changes on 1 instance, then what 5 finds
               opens: port 3389 opened to 198.51.100.0/24
               no reboot, no session ends, no money; about 71 API calls, 5 guest round trips, 4 min
    Held       2 steps on 1 instance: 2, 3
               would cost money: 1 x elastic addresses, charged by traffic; the price is not quoted
               would open: public address bound
    Unknown    11 facets
    ");
    assert_eq!(answers(&tool, "idle"), "ok");
}

#[test]
fn a_certificate_and_a_key_are_repaired_through_the_agent() {
    let vms = [
        (
            "expired",
            "address = \"eip\"\nsecurity-groups = [\"web\"]\n[vm.expired.guest]\ncertificate = \"expired\"",
        ),
        (
            "locked",
            "address = \"eip\"\nsecurity-groups = [\"web\"]\n[vm.locked.guest]\nmachine-keys = \"no-network-service\"\nlanguage = \"ko\"",
        ),
    ];
    let tool = subscription(&vms, OPEN, "", "");
    let planned = repaired(&tool);
    // It hangs on the day on which the world began.
    let (_, key) = planned.split_once(r"Certificates\").unwrap();
    insta::assert_snapshot!(planned.replacen(&key[..40], "THUMBPRINT", 1), @r"
    1 of 2 instances does not answer RDP. 1 more differs.

    locked  does not answer: ends at TLS  corp  prod/locked  desk
      ✗ machine-keys  NETWORK SERVICE cannot read the RDP key → readable by SYSTEM and NETWORK SERVICE  Azure 2.3
            4  repair the ACL of f686aace6942fb7f7ceb231212eef4a4_6086b599-1d38-44da-84f8-e1f85710b23b
      > reachable     follows from machine-keys
            5  restart TermService                                                       drops sessions
            6  prove it: RDP handshake from outside on port 3389

    expired  differs, but answers  corp  prod/expired  desk
      ~ certificate  expired → valid for 14 days                                              Azure 2.1
            1  delete the key HKLM\...\Certificates\THUMBPRINT
      > reachable    follows from certificate
            2  restart SessionEnv and TermService                                        drops sessions
            3  prove it: RDP handshake from outside on port 3389

    Plan       4 changes on 2 instances
               opens: RDP key readable again by SYSTEM and NETWORK SERVICE
               drops sessions on 2 instances; nobody was logged on
               no reboot, no money; about 72 API calls, 8 guest round trips, 3 min
    ");
    for name in ["expired", "locked"] {
        assert_eq!(answers(&tool, name), "ok", "{name}");
    }
}

#[test]
fn both_clouds_and_a_host_without_one_are_one_plan() {
    let keys = "state = \"stopped\"\naddress = \"eip\"\nsecurity-groups = [\"web\"]";
    let more = "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
        [instance.south]\nprovider = \"gz\"\nid = \"ins-south000\"\nprofile = \"desk\"\n\n\
        [provider.shop]\nkind = \"static\"\n\n[profile.host]\nreachable = true\n\n\
        [instance.till]\nprovider = \"shop\"\nid = \"till\"\nprofile = \"host\"\nguest = { via = [] }\n";
    let tool = subscription(&[("west", keys)], OPEN, "", more);
    let world = tool.read("world.toml");
    tool.write(
        "world.toml",
        &format!(
            "{world}\n[security-group.sg-open0001]\naccount = \"gz\"\ningress = [\"ACCEPT tcp 3389 198.51.100.0/24\"]\n\n\
             [vm.south]\naccount = \"gz\"\nid = \"ins-south000\"\nstate = \"stopped\"\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\n\n\
             [vm.till]\naccount = \"gz\"\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\n"
        ),
    );
    insta::assert_snapshot!(repaired(&tool), @r"
    2 of 3 instances do not answer RDP. 2 steps can be done.

    south  does not answer: ends on the way  gz  ins-south000  desk
      ✗ power      stopped → running                                                          Tencent 1
            1  start the instance
      ? 11 facets  unknown: the instance does not run; hides boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy, reachable; follows from power
            2  look into the guest; decides these 11 facets

    west  does not answer: ends on the way  corp  prod/west  desk
      ✗ power      stopped → running
            3  start the instance
      ? 11 facets  unknown: the instance does not run; hides boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy, reachable; follows from power
            4  look into the guest; decides these 11 facets

    1 instance is as declared.

    Plan       2 changes on 2 instances, then what 2 looks find
               no reboot, no session ends, no money; about 103 API calls, 10 guest round trips, 6 min
    Unknown    22 facets
    ");
    for name in ["west", "south", "till"] {
        assert_eq!(answers(&tool, name), "ok", "{name}");
    }
}

#[test]
fn the_doctor_sees_a_vm_that_nobody_declared() {
    let tool = subscription(
        &[("web", "address = \"eip\"\nsecurity-groups = [\"web\"]")],
        "[nsg.web]\naccount = \"corp\"\nrules = []\n",
        "",
        "",
    );
    let seen = tool.sim(&["doctor", &format!("azure:{SUBSCRIPTION}/prod/web")]);
    assert!(seen.out.contains("networkSecurityGroups"), "{}\n{}", seen.out, seen.err);
    let odd = tool.run(&["doctor", "azure:web"]).exits(1);
    assert!(odd.err.contains("azure:SUBSCRIPTION/GROUP/VM"), "{}", odd.err);
}

#[test]
fn the_role_that_is_needed_is_printed_as_a_definition() {
    let tool = subscription(&[("web", "address = \"eip\"")], "", "", "");
    let printed = tool
        .sim(&["permissions", "--for", "apply", "--format", "json", "--provider", "corp"])
        .exits(0)
        .out;
    let policy: Value = serde_json::from_str(&printed).unwrap();
    let roles = policy["Roles"].as_array().unwrap();
    assert_eq!(roles[0]["AssignableScopes"][0], format!("/subscriptions/{SUBSCRIPTION}"));
    let actions = roles.iter().flat_map(|role| role["Actions"].as_array().unwrap());
    let actions: Vec<&str> = actions.map(|one| one.as_str().unwrap()).collect();
    for action in [
        "Microsoft.Compute/virtualMachines/start/action",
        "Microsoft.Compute/virtualMachines/runCommand/action",
        "Microsoft.Network/networkSecurityGroups/securityRules/write",
    ] {
        assert!(actions.contains(&action), "{action} is not among {actions:?}");
    }
}

/// Looking through Azure's agent is the right to be SYSTEM there, and nothing narrower is to be had.
#[test]
fn a_key_for_looking_on_azure_is_said_to_be_system_and_for_whom_it_is_given() {
    let more = "[fleet.group]\nprovider = \"corp\"\nselect = { resource-group = \"shop\" }\nprofile = \"desk\"\n\n\
                [fleet.tagged]\nprovider = \"corp\"\nselect = { tags = { role = \"kiosk\" } }\nprofile = \"desk\"\n";
    let tool = subscription(&[("web", "address = \"eip\"")], "", "", more);
    let text = tool.sim(&["permissions", "--for", "plan", "--provider", "corp"]).exits(0).out;
    let said = text.split_once("whoever holds").unwrap().1.split_once("\n  a disk").unwrap().0;
    insta::assert_snapshot!(said, @r"
    it is SYSTEM in every guest that it reaches, and can run anything there; give it for these alone:
                  /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web
                  the subscription, or the groups that you know its machines are in: a role of Azure is not given by tag
                  /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop
                  Azure knows no right to run one command alone: who may write a managed run-command writes what it runs, and who may run a command runs any; a key for looking is the right to be SYSTEM there; without it, look over WinRM
    ");
    let printed = |purpose: &str| {
        let arguments = ["permissions", "--for", purpose, "--format", "json", "--provider", "corp"];
        serde_json::from_str::<Value>(&tool.sim(&arguments).exits(0).out).unwrap()
    };
    let whole = format!("/subscriptions/{SUBSCRIPTION}");
    for purpose in ["plan", "apply"] {
        let policy = printed(purpose);
        let [outside, inside] = &policy["Roles"].as_array().unwrap()[..] else {
            panic!("{policy}")
        };
        assert!(!outside["Actions"].to_string().contains("runCommand"), "{outside}");
        let description = inside["Description"].to_string();
        assert!(
            description.contains("virtualMachines/runCommand/action makes whoever holds it SYSTEM"),
            "{description}"
        );
        // A fleet by tag is anywhere in the subscription.
        assert_eq!(inside["AssignableScopes"], serde_json::json!([whole]), "{inside}");
    }
    // Without it the role can be given in the groups of the declared machines alone, and is to be given on them.
    let declared = tool.read("rdp.toml");
    let (before, tagged) = declared.split_once("[fleet.tagged]").unwrap();
    let after = tagged.split_once("profile = \"desk\"\n").unwrap().1;
    tool.write("rdp.toml", &format!("{before}{after}"));
    let policy = printed("plan");
    let groups = ["prod", "shop"].map(|group| format!("{whole}/resourceGroups/{group}"));
    assert_eq!(policy["Roles"][1]["AssignableScopes"], serde_json::json!(groups), "{policy}");
    assert_eq!(
        policy["Assignments"],
        serde_json::json!([
            { "Role": "rdpctl", "Scope": whole },
            { "Role": "rdpctl in guests", "Scope": id("web") },
            { "Role": "rdpctl in guests", "Scope": groups[1] },
        ])
    );
    tool.write("rdp.toml", &declared);
    let register = tool.sim(&["permissions", "--register"]).exits(1);
    assert!(register.out.contains("knows no right to run one command alone"), "{}", register.out);
    // Who does not look into guests asks for nothing of the kind.
    tool.write("rdp.toml", &tool.read("rdp.toml").replace("provider = \"corp\"\n", "provider = \"corp\"\nguest = { via = [\"winrm\"], user = \"x\", password = \"env:P\" }\n"));
    let without = tool.sim(&["permissions", "--for", "plan", "--provider", "corp"]).exits(0).out;
    assert!(!without.contains("SYSTEM"), "{without}");
}

#[test]
fn what_is_imported_needs_no_change_and_members_are_named_by_group_and_name() {
    let tool = subscription(
        &[],
        "",
        "",
        "[fleet.all]\nprovider = \"corp\"\nselect = { resource-group = \"prod\" }\nprofile = \"desk\"\nsnapshot = { first = false }\n",
    );
    let world = tool.read("world.toml");
    tool.write(
        "world.toml",
        &format!("{world}\n[vm.web]\naccount = \"corp\"\ngroup = \"prod\"\naddress = \"eip\"\n"),
    );
    let imported = tool.sim(&["import", "--provider", "corp"]).exits(0).out;
    assert!(
        imported.contains("[instance.prod-web]") && imported.contains(&id("web")),
        "{imported}"
    );
    let planned = tool.sim(&["plan"]);
    assert!(planned.out.contains("all/prod/web"), "{}\n{}", planned.out, planned.err);
}

#[test]
fn where_the_guest_cannot_be_asked_the_clouds_word_on_the_certificate_counts() {
    const DESK: &str = "address = \"eip\"\nsecurity-groups = [\"web\"]";
    const BEHIND: &str =
        "address = \"eip\"\nsecurity-groups = [\"web\"]\ngateway = \"rdgw.corp.example\"";
    let found = |keys: &'static str| {
        let tool = subscription(&[("desk", keys)], OPEN, "", "");
        let world = tool.read("world.toml").replace(
            "kind = \"azure\"\n",
            "kind = \"azure\"\ndeny = [\"Microsoft.Compute/virtualMachines/runCommand/action\", \"Microsoft.Compute/virtualMachines/runCommands/write\"]\n",
        );
        tool.write("world.toml", &world);
        tool.sim(&["plan", "--format", "json"]).exits(3).out
    };
    // Who answers is whom the agent reported: sound, as far as it shows.
    let own = found(DESK);
    assert!(!own.contains("another certificate answers"), "{own}");
    let other = found(BEHIND);
    assert!(
        other.contains("another certificate answers than the cloud's agent reported"),
        "{other}"
    );
    assert!(other.contains("no way into the guest"), "{other}");
}

#[test]
fn just_in_time_access_is_the_owner_of_the_port_that_it_closes() {
    const JIT: &str = "[nsg.web]\naccount = \"corp\"\ngroup = \"prod\"\nrules = [\"1000 deny * 3389 * MicrosoftDefenderForCloud-JITRule_-1151891693_545C\", \"1001 allow tcp 3389 * AllowRdp\"]\n";
    let desk = ("desk", "address = \"eip\"\nsecurity-groups = [\"web\"]");
    let tool = subscription(&[desk], JIT, "", "");
    let plan = tool.sim(&["plan", "--detailed-exitcode"]).exits(2).out;
    assert!(plan.contains("blocked by just-in-time access (Defender for Cloud)"), "{plan}");
    assert!(plan.contains("nothing can be done now"), "{plan}");
    let said = tool.sim(&["doctor", "desk"]).exits(2).out;
    assert!(said.contains("The port is kept closed by just-in-time access"), "{said}");
    assert!(said.contains("request access for the time that you need it"), "{said}");
}

#[test]
fn an_administrators_rules_come_before_every_group_and_are_named_by_it() {
    let desk = [("desk", "address = \"eip\"\nsecurity-groups = [\"web\"]")];
    let ruled = |rule: &str| {
        format!(
            "{OPEN}[security-admin.baseline]\naccount = \"corp\"\nnetworks = [\"vnet\"]\nrules = [\"{rule}\"]\n"
        )
    };
    let tool = subscription(&desk, &ruled("100 deny tcp 3389 Internet no-rdp"), "", "");
    let plan = tool.sim(&["plan", "--detailed-exitcode"]).exits(2).out;
    assert!(
        plan.contains("blocked by the security admin rule “no-rdp” of Virtual Network Manager"),
        "{plan}"
    );
    assert!(plan.contains("nothing can be done now"), "{plan}");
    assert!(plan.contains("does not answer"), "{plan}");
    // One that lets in leaves it to the groups; one that always lets in does not ask them.
    let closed = CLOSED.replace("300 deny tcp 3389 Internet no-rdp", "300 deny tcp 3389 * no-rdp");
    let always = ruled("100 always-allow tcp 3389 198.51.100.0/24 desks").replace(OPEN, &closed);
    subscription(&desk, &always, "", "").sim(&["plan", "--detailed-exitcode"]).exits(0);
    let allow = ruled("100 allow tcp 3389 198.51.100.0/24 desks").replace(OPEN, &closed);
    let plan =
        subscription(&desk, &allow, "", "").sim(&["plan", "--detailed-exitcode"]).exits(2).out;
    assert!(plan.contains("does not answer"), "{plan}");
    // Whoever may not read them cannot say what is open.
    let tool = subscription(&desk, &ruled("100 deny tcp 3389 Internet no-rdp"), "", "");
    let world = tool.read("world.toml").replace(
        "kind = \"azure\"\n",
        "kind = \"azure\"\ndeny = [\"Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action\"]\n",
    );
    tool.write("world.toml", &world);
    let refused = tool.sim(&["plan"]);
    assert_ne!(refused.code, Some(0), "{}", refused.out);
    let all = format!("{}{}", refused.out, refused.err);
    assert!(all.contains("listNetworkManagerEffectiveSecurityAdminRules"), "{all}");
}
