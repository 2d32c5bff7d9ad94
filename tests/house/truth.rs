//! What cannot be known is told once, with what it hides, and without what differs from machine to machine.

use std::fmt::Write as _;

use crate::tool::Tool;

const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";

/// Machines of two clouds that nobody may look into.
fn closed() -> Tool {
    let tool = Tool::new();
    let mut declaration = format!(
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n[provider.az]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\n\
         [fleet.kiosks]\nprovider = \"gz\"\nselect = {{ tags = {{ role = \"kiosk\" }} }}\nprofile = \"standard\"\n"
    );
    let mut world = format!(
        "[world]\nseed = 3\ntime-scale = \"instant\"\n[account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\ndeny = [\"tat:*\"]\n\
         [account.az]\nkind = \"azure\"\nregion = \"koreacentral\"\nsubscription = \"{SUBSCRIPTION}\"\n\
         deny = [\"Microsoft.Compute/virtualMachines/runCommand/action\", \"Microsoft.Compute/virtualMachines/runCommands/write\"]\n\
         [vm.k]\naccount = \"gz\"\ncount = 3\ntags = {{ role = \"kiosk\" }}\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\n\
         [nsg.web]\naccount = \"az\"\nrules = [\"300 allow tcp 3389 * office\"]\n\
         [security-group.sg-open0001]\naccount = \"gz\"\ningress = [\"ACCEPT tcp 3389 0.0.0.0/0\"]\n"
    );
    for name in ["desk-a", "desk-b"] {
        let _ = write!(
            declaration,
            "[instance.{name}]\nprovider = \"az\"\nid = \"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/{name}\"\nprofile = \"standard\"\n"
        );
        let _ = write!(
            world,
            "[vm.{name}]\naccount = \"az\"\naddress = \"eip\"\nsecurity-groups = [\"web\"]\n"
        );
    }
    tool.write("rdp.toml", &declaration);
    tool.write("world.toml", &world);
    tool
}

#[test]
fn one_gap_is_one_line_with_what_it_hides_and_holds_no_id() {
    let plan = closed().sim(&["plan"]).exits(3).out;
    let gaps: Vec<&str> = plan.lines().filter(|line| line.contains("unknown: ")).collect();
    assert_eq!(gaps.len(), 2, "one for each cloud: {plan}");
    for gap in gaps {
        let reason = gap.split_once("unknown: ").map_or("", |(_, rest)| rest);
        let reason = reason.split("; hides ").next().unwrap_or_default();
        assert!(gap.contains("; hides boot, "), "{gap}");
        for id in ["ins-", "desk-a", "desk-b", SUBSCRIPTION, "/resourceGroups/"] {
            assert!(!reason.contains(id), "{id}: {reason}");
        }
    }
}
