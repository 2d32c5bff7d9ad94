//! A machine that a fleet picks and that is declared by itself as well: it is planned once, as it is declared by itself.

use serde_json::Value;

use crate::tool::Tool;

#[test]
fn a_machine_that_is_declared_by_itself_is_no_member_of_a_fleet_as_well() {
    let tool = Tool::new();
    let mut world = "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
         [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n"
        .to_owned();
    for number in 1..=2 {
        world.push_str(&format!(
            "[vm.web-0{number}]\nid = \"ins-0apart0{number}\"\ntags = {{ role = \"web\" }}\n\n\
             [vm.web-0{number}.guest]\nservices.TermService = {{ start = \"disabled\" }}\n\n"
        ));
    }
    tool.write("world.toml", &world);
    tool.write(
        "rdp.toml",
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
         [profile.on]\nservice = \"auto\"\n\n\
         [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0apart01\"\nprofile = \"on\"\n\n\
         [fleet.webs]\nprovider = \"gz\"\nselect = { tags = { role = \"web\" } }\nprofile = \"on\"\n",
    );
    let plan = tool.sim(&["plan", "--format", "json"]).exits(0).out;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let groups = plan["groups"].as_array().unwrap().iter();
    let mut members: Vec<(&str, &str)> = groups
        .flat_map(|group| group["members"].as_array().unwrap())
        .map(|member| (member["name"].as_str().unwrap(), member["id"].as_str().unwrap()))
        .collect();
    members.sort_unstable();
    assert_eq!(members, [("web-01", "ins-0apart01"), ("webs/ins-0apart02", "ins-0apart02")]);
    // Whoever asks for the fleet does not get the other one with it.
    let fleet = tool.sim(&["plan", "--target", "webs"]).exits(0).out;
    assert!(fleet.contains("ins-0apart02") && !fleet.contains("ins-0apart01"), "{fleet}");
    tool.sim(&["apply", "--auto-approve"]).exits(0);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}
