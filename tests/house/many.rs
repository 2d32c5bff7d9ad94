//! Hundreds that all differ: what is shown of them has an end, and nobody is missing from it.

use std::fmt::Write;

use serde_json::Value;

use crate::tool::Tool;

/// More than there is room for in a comment or on a page.
const MACHINES: usize = 400;

/// Machines behind security groups of their own, of which each is to be reached from somewhere else and by another
/// bandwidth.
fn all_different() -> Tool {
    let mut world = "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
         [policy]\nrate-limits = \"unlimited\"\n\n\
         [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n"
        .to_owned();
    let mut declared =
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nrates = \"unlimited\"\n"
            .to_owned();
    for number in 0..MACHINES {
        let (high, low) = (number / 250, number % 250);
        let _ = write!(
            world,
            "\n[security-group.sg-{number:08x}]\ningress = [\"DROP tcp 3389 0.0.0.0/0\"]\n\
             [vm.v{number}]\nid = \"ins-{number:08x}\"\naddress = {{ type = \"eip\", bandwidth = 1 }}\n\
             security-groups = [\"sg-{number:08x}\"]\n"
        );
        let _ = write!(
            declared,
            "\n[profile.p{number}]\npower = \"running\"\npublic-ip = \"eip\"\n\
             bandwidth = {{ at-least = \"{}Mbps\" }}\ningress = {{ from = [\"10.0.{high}.{low}/32\"] }}\n\
             [instance.i{number}]\nprovider = \"gz\"\nid = \"ins-{number:08x}\"\nprofile = \"p{number}\"\n",
            2 + number % 90
        );
    }
    let tool = Tool::new();
    tool.write("world.toml", &world);
    tool.write("rdp.toml", &declared);
    tool
}

#[test]
fn a_plan_for_hundreds_that_all_differ_fits_a_comment_and_a_page_and_accounts_for_each() {
    let tool = all_different();
    let plan = tool.sim(&["plan", "--format", "json"]).exits(0);
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    assert_eq!(plan["groups"].as_array().unwrap().len(), MACHINES);

    let text = tool.sim(&["plan", "--refresh=false"]).exits(0).out;
    assert!(text.lines().count() <= 200, "{text}");

    // Nor does a line grow with their number, and a report of what differs has an end, too.
    assert!(text.lines().all(|line| line.chars().count() < 2_000) && text.len() < 65_536, "{text}");
    let drift = tool.sim(&["drift", "--refresh=false"]).exits(2).out;
    assert!(drift.lines().count() <= 200 && drift.len() < 65_536, "{drift}");

    // Code hosts draw no more of a picture, which says who is not in it.
    let drawn = tool.sim(&["plan", "--refresh=false", "--format", "mermaid"]).exits(0).out;
    assert!(drawn.len() <= 50_000, "{} bytes", drawn.len());
    let (_, more) = drawn.split_once("more[\"and ").unwrap();
    let left = more.split(' ').next().unwrap().parse::<usize>().unwrap();
    assert_eq!(drawn.matches("  subgraph ").count() + left, MACHINES, "{drawn}");
    assert!(more.contains("not drawn: code hosts draw 50,000 characters"), "{drawn}");

    let page = tool.sim(&["plan", "--refresh=false", "--format", "markdown"]).exits(0).out;
    assert!(page.len() <= 65_536, "{} bytes", page.len());
    let (_, table) = page.split_once("| first cause |").unwrap();
    let instances = table.lines().skip(2).take_while(|line| line.starts_with('|')).map(|row| {
        let cell = row.split('|').nth(2).unwrap().trim();
        cell.parse::<usize>().unwrap_or_else(|error| panic!("{row}: {error}"))
    });
    assert_eq!(instances.sum::<usize>(), MACHINES, "{page}");
}
