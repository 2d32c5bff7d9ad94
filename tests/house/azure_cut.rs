//! The power of our own computer lost at every call that changes something while a VM of Azure is repaired: address, rule,
//! copy of the disk, scripts in the guest. The next apply ends it, and nothing is made twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::azure::{answers, subscription};
use crate::repair_cut::journal;
use crate::tool::Tool;

const APPLY: [&str; 5] = ["apply", "--auto-approve", "--allow", "reboot,spend", "--parallelism=4"];

/// A VM that is off, has no address, is behind a closed group, and whose TLS 1.2 is off, which takes a reboot to turn on.
fn broken(fault: &str) -> Tool {
    let keys = "state = \"stopped\"\naddress = \"none\"\nsecurity-groups = [\"web\"]\n\
        guest.registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server' = { Enabled = 0 }";
    let closed = "[nsg.web]\naccount = \"corp\"\ngroup = \"prod\"\nrules = [\"300 deny tcp 3389 * no-rdp\"]\n";
    let tool = subscription(&[("web", keys)], &format!("{closed}{fault}"), "tls = [\"1.2\"]", "");
    let declared = tool.read("rdp.toml");
    tool.write("rdp.toml", &declared.replace("snapshot = { first = false }", ""));
    tool
}

/// What the world holds in the end that was not there at first, by its own journal: each thing by its kind.
fn held(tool: &Tool) -> BTreeMap<String, usize> {
    let mut now: BTreeMap<(String, String), usize> = BTreeMap::new();
    let journal = journal(&tool.path("")).unwrap();
    for line in std::fs::read_to_string(journal).unwrap().lines() {
        let Ok(entry) = serde_json::from_str::<Value>(line) else { continue };
        for change in entry["set"].as_array().unwrap() {
            for kind in ["snapshot", "eip", "nsg"] {
                let Some([id, object]) = change[kind].as_array().map(Vec::as_slice) else {
                    continue;
                };
                let place = (kind.to_owned(), id.to_string());
                match (kind, object) {
                    (_, Value::Null) => drop(now.remove(&place)),
                    ("eip", gone) if gone["released"] == true => drop(now.remove(&place)),
                    ("nsg", group) => {
                        let rules = group["rules"].as_array().unwrap().iter();
                        let ours = rules.filter(|rule| {
                            rule["description"].as_str().unwrap().contains("rdpctl")
                        });
                        now.insert(place, ours.count());
                    }
                    (_, _) => drop(now.insert(place, 1)),
                }
            }
        }
    }
    let mut all = BTreeMap::new();
    for ((kind, _), count) in now {
        *all.entry(kind).or_default() += count;
    }
    all
}

fn made(tool: &Tool, kind: &str) -> usize {
    let listed = tool.run(&["state", "list", ".", "--format", "json"]).exits(0).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    listed["made"].as_array().unwrap().iter().filter(|one| one["kind"] == kind).count()
}

/// Cuts the power there; false where there is no such call any more.
fn is_healed_after(cut: &str) -> bool {
    let tool = broken(&format!("[fault]\npower-cut = {{ {cut} }}\n"));
    let was_cut = tool.sim(&APPLY).code.is_none();
    // A machine that is still starting answers nothing yet; what it hides is done by the run after.
    let healed = (0..2).find_map(|_| {
        let ran = tool.sim(&APPLY);
        assert!(matches!(ran.code, Some(0 | 3)), "{cut}: {}\n{}", ran.out, ran.err);
        (ran.code == Some(0)).then_some(ran)
    });
    let healed = healed.unwrap_or_else(|| panic!("{cut}: not healed by two runs"));
    assert!(healed.out.contains("No changes"), "{cut}: {}\n{}", healed.out, healed.err);
    assert_eq!(answers(&tool, "web"), "ok", "{cut}");
    // One address and one rule; of copies each that is there is on record, and a cut leaves one more at most.
    let held = held(&tool);
    assert_eq!(held.get("eip"), Some(&1), "{cut}: {held:?}");
    assert_eq!(held.get("nsg"), Some(&1), "{cut}: {held:?}");
    let copies = held.get("snapshot").copied().unwrap_or_default();
    assert!(copies <= 2, "{cut}: {held:?}");
    assert_eq!((made(&tool, "address"), made(&tool, "snapshot")), (1, copies), "{cut}: {held:?}");
    let runs = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    let runs: Value = serde_json::from_str(&runs).unwrap();
    let open = runs["runs"].as_array().unwrap().iter().filter(|run| run["end"].is_null());
    assert_eq!(open.count(), 0, "{cut}: {runs:#}");
    was_cut
}

#[test]
fn whatever_call_of_a_repair_the_power_is_lost_at_the_next_apply_ends_it_and_makes_nothing_twice() {
    let next = AtomicUsize::new(0);
    let cut = |case: usize| {
        format!("of-writes = true, call = {}, after-effect = {}", case / 2 + 1, case % 2 == 1)
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut ended = [false; 2];
                while ended != [true; 2] {
                    let case = next.fetch_add(1, Ordering::Relaxed);
                    ended[case % 2] |= !is_healed_after(&cut(case));
                }
            });
        }
    });
    let cases = next.load(Ordering::Relaxed);
    // Start, address, interface, rule, copy, scripts and reboot are among them.
    assert!((14..80).contains(&cases), "{cases} cases are not what a repair has");
}
