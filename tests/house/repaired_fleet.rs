//! A fleet of three of which nobody reaches two any more: looked into and repaired by their disks, one after another.

use serde_json::Value;

use crate::forms::{keeps_to, schema};
use crate::repair_cut::held;
use crate::repaired_there::{APPLY, BROKEN, OFFLINE, made, office};
use crate::tool::Tool;

/// Desks 1 and 3 are lost, desk 2 is sound; the instance of the office is somebody else.
fn fleet(world: &str, offline: &str) -> Tool {
    let tool = office("address = \"eip\"", world, "");
    let desk = |number: u32, guest: &str| {
        format!(
            "[vm.desk-{number}]\naccount = \"corp\"\ngroup = \"prod\"\ntags = {{ role = \"desk\" }}\n{guest}\n"
        )
    };
    let desks = [desk(1, BROKEN), desk(2, "address = \"eip\""), desk(3, BROKEN)].concat();
    tool.write("world.toml", &(tool.read("world.toml") + "\n" + &desks));
    let fleet = format!(
        "\n[fleet.desks]\nprovider = \"corp\"\nselect = {{ tags = {{ role = \"desk\" }} }}\nprofile = \"standard\"\n{offline}\n"
    );
    tool.write("rdp.toml", &(tool.read("rdp.toml") + &fleet));
    tool
}

#[test]
fn two_of_three_are_repaired_one_after_another_under_their_own_names_and_the_sound_one_is_left_alone()
 {
    let tool = fleet("", OFFLINE);
    let text = tool.sim(&["plan", "--format", "json"]).out;
    keeps_to(&schema("plan.json"), &text);
    let plan: Value = serde_json::from_str(&text).unwrap();
    let repairs = plan["repairs"].as_array().unwrap();
    let names: Vec<&str> = repairs.iter().map(|one| one["instance"].as_str().unwrap()).collect();
    assert_eq!(names, ["desks/prod/desk-1", "desks/prod/desk-3"]);
    assert!(repairs.iter().all(|one| one["budget"]["quotes"][0]["price"]["seen"].is_object()));

    let applied = tool.sim(&APPLY).exits(0);
    for name in names {
        let said = format!("{name}: repaired by its disk; it answers from outside as declared");
        assert!(applied.out.contains(&said), "{said}: {}{}", applied.out, applied.err);
    }
    assert!(!applied.err.contains("stopping desks/prod/desk-2"), "{}", applied.err);
    assert_eq!(made(&tool), ["disk", "disk"], "the former ones, and nothing else");
    let steps = tool.run(&["state", "history", "--instance", "desks/prod/desk-3"]).exits(0).out;
    assert!(steps.contains("swap the system disk of desks/prod/desk-3"), "{steps}");

    let run = applied.out.rsplit("rdpctl undo ").next().unwrap().split(' ').next().unwrap();
    let undone =
        tool.sim(&["undo", run, "--auto-approve", "--allow", "offline-repair,spend"]).exits(0);
    assert!(undone.out.contains("desks/prod/desk-3: its former disk is back"), "{}", undone.out);
    let plan = tool.sim(&["plan"]).out;
    assert!(plan.contains("desks/prod/desk-3: nothing in its Windows answers"), "{plan}");
    assert!(!plan.contains("desks/prod/desk-1: nothing in its Windows answers"), "{plan}");
}

#[test]
fn a_member_is_looked_into_by_its_copy_by_whatever_name_people_know_it() {
    let tool = fleet("", "");
    tool.sim(&["plan"]);
    for name in ["desks/prod/desk-1", "prod/desk-1"] {
        let looked = tool.sim(&["doctor", name, "--look-into-disk", "--allow", "spend"]).exits(2);
        assert!(looked.out.contains("TermService disabled → auto"), "{name}: {}", looked.out);
    }
    assert_eq!(made(&tool), Vec::<String>::new());
}

/// One of three is what `max-disrupted` lets be disrupted at once, unless more is declared.
#[test]
fn who_stays_stopped_for_a_persons_hands_holds_the_place_of_the_next() {
    let tool = fleet("", "offline = { hold = true }");
    let first = tool.sim(&APPLY).exits(3).out;
    assert!(first.contains("desks/prod/desk-1: held, as declared"), "{first}");
    let waits = "desks/prod/desk-3: its disk is not repaired now: max-disrupted leaves no room for it: desks/prod/desk-1 did not come back";
    assert!(first.contains(waits), "{first}");
    let again = tool.sim(&APPLY).exits(3).out;
    assert!(again.contains(waits), "an apply later it still is: {again}");
    tool.write("rdp.toml", &(tool.read("rdp.toml") + "\n[guard]\nmax-disrupted = 2\n"));
    let both = tool.sim(&APPLY).exits(3).out;
    assert!(both.contains("desks/prod/desk-3: held, as declared"), "{both}");
    let let_go = tool.read("rdp.toml").replace("hold = true", "hold = false");
    tool.write("rdp.toml", &let_go);
    tool.sim(&APPLY).exits(0);
    assert_eq!(made(&tool), ["disk", "disk"]);
}

/// A record says which machine is in hand; whether it belongs to the fleet is told by the fleet.
#[test]
fn what_was_cut_off_at_a_member_is_ended_although_the_state_was_lost_and_a_strangers_record_is_not()
{
    // At the first call that is a repair's own, and done.
    let cut = |call: u32| {
        let cut = format!(
            "[fault]\npower-cut = {{ of-writes = true, call = {call}, after-effect = true }}"
        );
        let tool = fleet(&cut, OFFLINE);
        assert_eq!(tool.sim(&APPLY).code, None, "its power was cut");
        tool
    };
    let tool = (5..30).map(cut).find(|tool| tool.path(".rdpctl/repairs").exists()).unwrap();
    for entry in std::fs::read_dir(tool.path(".rdpctl")).unwrap() {
        let path = entry.unwrap().path();
        let is_state = path
            .file_name()
            .is_some_and(|name| name.to_str().is_some_and(|name| name.starts_with("state")));
        if is_state {
            std::fs::remove_file(path).unwrap();
        }
    }
    let records = tool.path(".rdpctl/repairs");
    let record = std::fs::read_dir(&records).unwrap().next().unwrap().unwrap().path();
    let own = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, own.replace("virtualMachines/desk-1", "virtualMachines/web")).unwrap();
    tool.sim(&APPLY).exits(1).complains("no instance of that name, provider and id is declared");
    std::fs::write(&record, own).unwrap();
    let next = tool.sim(&APPLY);
    let all = format!("{}{}", next.out, next.err);
    for name in ["desks/prod/desk-1", "desks/prod/desk-3"] {
        assert!(all.contains(&format!("{name}: repaired by its disk")), "{name}: {all}");
    }
    assert_eq!(held(&tool), ["volume", "volume", "volume", "volume"], "{all}");
}
