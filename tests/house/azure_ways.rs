//! Other ways to a VM of Azure than an address of its own, and what its rules may hold.

use crate::azure::{OPEN, answers, repaired, subscription};
use crate::tool::Tool;

const BALANCER: &str = "[eip.eip-edge0001]\naccount = \"corp\"\nname = \"prod\"\n\n\
    [load-balancer.edge]\naccount = \"corp\"\ngroup = \"prod\"\naddress = \"eip-edge0001\"\nrules = [\"50001 web 3389\"]\n";
const INNER: &str =
    "[load-balancer.edge]\naccount = \"corp\"\ngroup = \"prod\"\nrules = [\"50001 web 3389\"]\n";
const BASTION: &str = "[bastion.hop]\naccount = \"corp\"\ngroup = \"prod\"\nnetwork = \"vnet\"\n";
const POOL: &str = "[eip.eip-edge0001]\naccount = \"corp\"\nname = \"prod\"\n\n\
    [load-balancer.edge]\naccount = \"corp\"\ngroup = \"prod\"\naddress = \"eip-edge0001\"\n";
const PEERED: &str = "[bastion.hop]\naccount = \"corp\"\ngroup = \"prod\"\nnetwork = \"hub\"\n\n\
    [peering.spoke]\naccount = \"corp\"\nnetworks = [\"vnet\", \"hub\"]\n";
const GATEWAY: &str =
    "[nat-gateway.out]\naccount = \"corp\"\ngroup = \"prod\"\nsubnets = [\"vnet/default\"]\n";

/// A VM without an address, and what else leads to it; any public address would do.
fn without_address(ways: &str, any: &str) -> Tool {
    let web = ("web", "address = \"none\"\nsecurity-groups = [\"web\"]");
    let tool = subscription(&[web], &format!("{OPEN}\n{ways}"), "", "");
    let declared = tool.read("rdp.toml");
    tool.write(
        "rdp.toml",
        &declared.replace("public-ip = \"eip\"", &format!("public-ip = \"{any}\"")),
    );
    tool
}

fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_load_balancer_s_rule_is_a_way_in_and_the_proof_goes_through_it() {
    let tool = without_address(BALANCER, "any");
    let planned = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(planned.out.contains("No changes"), "{}", planned.out);
    assert_eq!(answers(&tool, "web"), "ok");
    // Plain lists say the same.
    let world = tool.read("world.toml").replace(
        "kind = \"azure\"\n",
        "kind = \"azure\"\ndeny = [\"Microsoft.ResourceGraph/resources/read\"]\n",
    );
    tool.write("world.toml", &world);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}

/// The same two ways of looking at it as elsewhere: the graph, and plain lists.
fn by_lists(tool: &Tool) {
    let world = tool.read("world.toml").replace(
        "kind = \"azure\"\n",
        "kind = \"azure\"\ndeny = [\"Microsoft.ResourceGraph/resources/read\"]\n",
    );
    tool.write("world.toml", &world);
}

#[test]
fn a_rule_that_leads_to_a_pool_of_one_is_a_way_in_and_the_proof_goes_through_it() {
    for rule in [
        "balances = [\"3390 3389 web\"]",
        "translates = [\"50100 3389 web\"]",
        // Pools that know machines by their addresses alone.
        "by-address = true\nbalances = [\"3390 3389 web\"]",
        "by-address = true\ntranslates = [\"50100 3389 web\"]",
    ] {
        let tool = without_address(&format!("{POOL}{rule}\n"), "any");
        let planned = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
        assert!(planned.out.contains("No changes"), "{rule}: {}", planned.out);
        assert_eq!(answers(&tool, "web"), "ok", "{rule}");
        by_lists(&tool);
        tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

/// Two in one pool: by one port for both nobody knows who answers, by a port for each everybody does.
#[test]
fn of_a_pool_of_two_an_answer_is_nobody_s_unless_each_has_a_port_of_its_own() {
    let two = |rule: &str| {
        let keys = "address = \"none\"\nsecurity-groups = [\"web\"]";
        let vms = [("web", keys), ("other", keys)];
        let tool = subscription(&vms, &format!("{OPEN}\n{POOL}{rule}\n"), "", "");
        let declared = tool.read("rdp.toml");
        tool.write("rdp.toml", &declared.replace("public-ip = \"eip\"", "public-ip = \"any\""));
        tool
    };
    for told in ["", "by-address = true\n"] {
        let shared = two(&format!("{told}balances = [\"3390 3389 web other\"]"));
        let plan = joined(&shared.sim(&["plan"]).out);
        assert!(
            plan.contains("load balancer prod/edge leads to it or to others beside it: an answer there is not known to be its own"),
            "{plan}"
        );
        assert!(!plan.contains("obtain") && !plan.contains("does not answer RDP"), "{plan}");
        let own = two(&format!("{told}translates = [\"50100 3389 web other\"]"));
        own.sim(&["plan", "--detailed-exitcode"]).exits(0);
        for name in ["web", "other"] {
            assert_eq!(answers(&own, name), "ok", "{name}");
        }
    }
}

#[test]
fn a_bastion_of_a_joined_network_leads_in_as_one_of_its_own_does_and_of_a_parted_one_it_does_not() {
    let tool = without_address(PEERED, "any");
    let through = "Bastion prod/hop alone leads in, and asks callers to log on";
    let plan = joined(&tool.sim(&["plan"]).out);
    assert!(plan.contains(through) && !plan.contains("obtain"), "{plan}");
    by_lists(&tool);
    let plan = joined(&tool.sim(&["plan"]).out);
    assert!(plan.contains(through), "{plan}");
    let parted = format!("{PEERED}state = \"Disconnected\"\n");
    let plan = joined(&without_address(&parted, "any").sim(&["plan"]).exits(0).out);
    assert!(plan.contains("no public address → a public address"), "{plan}");
}

#[test]
fn who_declares_an_elastic_address_is_told_of_the_other_way_before_money_is_spent() {
    let plan = joined(&without_address(BALANCER, "eip").sim(&["plan"]).exits(0).out);
    assert!(
        plan.contains(
            "no address of its own: load balancer prod/edge leads to port 3389 → elastic address"
        ),
        "{plan}"
    );
    assert!(plan.contains("! held: the guard `spend` asks"), "{plan}");
}

#[test]
fn a_load_balancer_that_is_met_from_the_network_alone_is_no_way_in() {
    let plan = joined(&without_address(INNER, "any").sim(&["plan"]).exits(0).out);
    assert!(plan.contains("no public address → a public address"), "{plan}");
}

#[test]
fn behind_a_bastion_nothing_is_bought_and_whether_it_answers_is_unknown() {
    let tool = without_address(BASTION, "any");
    let plan = joined(&tool.sim(&["plan"]).out);
    assert!(plan.contains("Bastion prod/hop alone leads in, and asks callers to log on"), "{plan}");
    assert!(!plan.contains("obtain"), "{plan}");
    assert!(!plan.contains("does not answer RDP"), "{plan}");
}

#[test]
fn a_gateway_that_leads_out_alone_is_no_way_in_and_is_named() {
    let plan = joined(&without_address(GATEWAY, "any").sim(&["plan"]).exits(0).out);
    assert!(
        plan.contains(
            "no address of its own: NAT gateway prod/out leads out alone → a public address"
        ),
        "{plan}"
    );
}

#[test]
fn sources_of_both_families_are_let_in_by_a_rule_each() {
    let web = ("web", "address = \"eip\"\nsecurity-groups = [\"web\"]");
    let closed =
        OPEN.replace("300 allow tcp 3389 198.51.100.0/24 office", "300 deny tcp 3389 * no-rdp");
    let tool = subscription(&[web], &closed, "", "");
    let declared = tool.read("rdp.toml");
    let both = "[\"198.51.100.0/24\", \"2001:db8::/32\"]";
    tool.write("rdp.toml", &declared.replace("[\"198.51.100.0/24\"]", both));
    let plan = joined(&repaired(&tool));
    for rule in [
        "insert ACCEPT tcp 3389 from 198.51.100.0/24 at priority 100",
        "insert ACCEPT tcp 3389 from 2001:db8::/32 at priority 101",
    ] {
        assert!(plan.contains(rule), "{rule}: {plan}");
    }
    assert_eq!(answers(&tool, "web"), "ok");
}
