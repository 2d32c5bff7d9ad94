//! A repair in a cloud, and a look, with something in between: a swap that is refused, somebody who starts the machine or
//! writes to its copy, a link whose time is over, and the power of our own computer, lost at every call that changes
//! something. In the end the machine answers, or everything is as it was; nothing is left that is not on record.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::repaired_there::{APPLY, BROKEN, OFFLINE, made, office};
use crate::tool::{Ran, Tool};

pub(crate) fn journal(folder: &Path) -> Option<PathBuf> {
    let entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_one = |path: &&PathBuf| path.extension().is_some_and(|end| end == "jsonl");
    let own = entries.iter().find(is_one).cloned();
    own.or_else(|| entries.iter().filter(|path| path.is_dir()).find_map(|path| journal(path)))
}

/// What the cloud itself holds that nobody had there at first, by its own journal: snapshots, machines, interfaces, disks.
pub(crate) fn held(tool: &Tool) -> Vec<String> {
    let text = std::fs::read_to_string(journal(&tool.path("")).unwrap()).unwrap();
    let mut held: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines() {
        let Ok(entry) = serde_json::from_str::<Value>(line) else { continue };
        for change in entry["set"].as_array().unwrap() {
            for kind in ["snapshot", "extra"] {
                let Some([id, object]) = change[kind].as_array().map(Vec::as_slice) else {
                    continue;
                };
                let id = id.as_str().unwrap().to_owned();
                let what = object.as_object().map(|object| {
                    if kind == "extra" {
                        object.keys().next().unwrap().clone()
                    } else {
                        kind.to_owned()
                    }
                });
                match what {
                    Some(what) => held.insert(id, what),
                    None => held.remove(&id),
                };
            }
        }
    }
    let mut kinds: Vec<String> = held.into_values().map(|kind| kind.to_lowercase()).collect();
    kinds.sort();
    kinds
}

/// Everything is as it was, in the cloud and on record.
fn is_as_it_was(tool: &Tool, ran: &Ran) {
    let all = format!("{}{}", ran.out, ran.err);
    assert!(all.contains("everything is as it was"), "{all}");
    assert!(all.contains("  Cost: "), "what it came to all the same: {all}");
    assert_eq!(made(tool), Vec::<String>::new(), "{all}");
    assert_eq!(held(tool), Vec::<String>::new(), "{all}");
}

#[test]
fn a_swap_that_the_vendor_refuses_puts_everything_back() {
    // The first machine that is written is the helper, the second the patient.
    let refused = "[[fault.error]]\naction = \"Microsoft.Compute/virtualMachines/write\"\ncode = \"Conflict\"\nevery = 2\ntimes = 1";
    let tool = office(BROKEN, refused, OFFLINE);
    let ran = tool.sim(&APPLY).exits(3);
    assert!(ran.err.contains("Conflict"), "{}", ran.err);
    is_as_it_was(&tool, &ran);
}

#[test]
fn a_swap_that_was_done_and_answered_as_refused_is_taken_as_it_is() {
    let lost = "[[fault.error]]\naction = \"Microsoft.Compute/virtualMachines/write\"\ncode = \"InternalServerError\"\nevery = 2\ntimes = 1\nafter-effect = true";
    let tool = office(BROKEN, lost, OFFLINE);
    let ran = tool.sim(&APPLY).exits(0);
    assert!(ran.out.contains("answers from outside as declared"), "{}", ran.out);
    assert_eq!(made(&tool), ["disk"]);
    assert_eq!(held(&tool), ["volume", "volume"], "its new disk and the former one");
}

#[test]
fn a_machine_or_a_copy_that_somebody_else_touched_meanwhile_is_not_swapped() {
    for (meanwhile, said) in [
        ("started", "somebody started web meanwhile"),
        ("started-and-stopped", "what was written to its own disk since would be lost"),
        ("copy-written", "is not what was read"),
    ] {
        let tool = office(BROKEN, &format!("[fault]\nmeanwhile = \"{meanwhile}\""), OFFLINE);
        let ran = tool.sim(&APPLY).exits(3);
        assert!(format!("{}{}", ran.out, ran.err).contains(said), "{said}: {}{}", ran.out, ran.err);
        is_as_it_was(&tool, &ran);
    }
}

#[test]
fn a_link_whose_time_is_over_is_told_and_nothing_is_left_of_it() {
    let over = "[fault]\nlink-reads = 3";
    let tool = office(BROKEN, over, OFFLINE);
    let ran = tool.sim(&APPLY).exits(3);
    let all = format!("{}{}", ran.out, ran.err);
    assert!(all.contains("is not honoured any more"), "{all}");
    is_as_it_was(&tool, &ran);

    let tool = office(BROKEN, over, "");
    let ran = tool.sim(&["doctor", "web", "--look-into-disk", "--allow", "spend"]);
    let all = format!("{}{}", ran.out, ran.err);
    assert!(ran.code != Some(0) && ran.code != Some(2), "{all}");
    assert!(all.contains("is not honoured any more"), "{all}");
    assert_eq!(held(&tool), Vec::<String>::new(), "{all}");
}

/// Cuts the power of a command at a call; nothing where there is no such call any more.
fn cut_at(offline: &str, cut: &str, command: &[&str]) -> Option<Tool> {
    let tool = office(BROKEN, &format!("[fault]\npower-cut = {{ {cut} }}"), offline);
    tool.sim(command).code.is_none().then_some(tool)
}

/// The next apply finishes what was cut off there, or puts it back and does it anew.
fn is_healed_after(cut: &str) -> bool {
    let Some(tool) = cut_at(OFFLINE, cut, &APPLY) else { return false };
    is_healed(&tool, cut);
    true
}

/// The next apply finds what was cut off, and the machine answers in the end.
pub(crate) fn is_healed(tool: &Tool, cut: &str) {
    let next = tool.sim(&APPLY);
    let all = format!("{cut}: {}{}", next.out, next.err);
    assert!(next.out.contains("answers from outside as declared"), "{all}");
    assert!(next.out.contains("  Cost: ") && next.out.contains(" USD in all"), "{all}");
    assert_eq!(made(tool), ["disk"], "{all}");
    assert_eq!(held(tool), ["volume", "volume"], "{all}");
    // No run is left without an end, and the journal is whole.
    let runs = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    let runs: Value = serde_json::from_str(&runs).unwrap();
    let open = runs["runs"].as_array().unwrap().iter().filter(|run| run["end"].is_null());
    assert_eq!(open.count(), 0, "{all}{runs:#}");
    tool.run(&["state", "verify"]).exits(0);
}

#[test]
fn whatever_call_of_a_repair_the_power_is_lost_at_the_next_apply_heals_the_machine() {
    let next = AtomicUsize::new(0);
    let cuts = |case: usize| match case % 3 {
        0 => format!("of-writes = true, call = {}", case / 3 + 1),
        1 => format!("of-writes = true, call = {}, after-effect = true", case / 3 + 1),
        // Of all calls, reads among them, every nineteenth.
        _ => format!("call = {}, after-effect = true", case / 3 * 19 + 3),
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut ended = [false; 3];
                while ended != [true; 3] {
                    let case = next.fetch_add(1, Ordering::Relaxed);
                    ended[case % 3] |= !is_healed_after(&cuts(case));
                }
            });
        }
    });
    let cases = next.load(Ordering::Relaxed);
    assert!((30..150).contains(&cases), "{cases} cases are not what a repair has");
}

#[test]
fn what_was_cut_off_is_ended_although_the_state_was_lost_with_it() {
    let tool = cut_at(OFFLINE, "of-writes = true, call = 8, after-effect = true", &APPLY).unwrap();
    let beside = std::fs::read_dir(tool.path(".rdpctl")).unwrap();
    let files = beside.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let state: Vec<PathBuf> = files
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_str().unwrap().starts_with("state"))
        })
        .collect();
    assert!(!state.is_empty());
    for path in state {
        std::fs::remove_file(path).unwrap();
    }
    let next = tool.sim(&APPLY);
    let all = format!("{}{}", next.out, next.err);
    assert!(next.out.contains("answers from outside as declared"), "{all}");
    assert_eq!(held(&tool), ["volume", "volume"], "{all}");
}

#[test]
fn what_a_look_that_lost_its_power_left_is_on_record_and_given_back_by_another_command() {
    let look = ["doctor", "web", "--look-into-disk", "--allow", "spend"];
    let mut cases = 0;
    for after in [false, true] {
        for call in 1.. {
            let cut = format!("of-writes = true, call = {call}, after-effect = {after}");
            let Some(tool) = cut_at("", &cut, &look) else { break };
            cases += 1;
            let listed = made(&tool);
            assert!(held(&tool).len() <= listed.len(), "{cut}: {listed:?}");
            let other: &[&str] =
                if after { &["apply", "--auto-approve"] } else { &["state", "release"] };
            let given = tool.sim(other);
            let all = format!("{cut}: {}{}", given.out, given.err);
            assert_eq!(made(&tool), Vec::<String>::new(), "{all}");
            assert_eq!(held(&tool), Vec::<String>::new(), "{all}");
        }
    }
    assert!(cases >= 8, "copy, link, link back, copy back: {cases}");
}
