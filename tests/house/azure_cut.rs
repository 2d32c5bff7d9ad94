//! A run on Azure whose power is lost at a call that changes something, before its effect or after: run it again, and the
//! machine answers, one address was bought and one rule written, all on record, and no command is left in the cloud. What a
//! killed look left is on record, too, and taken away by whatever comes next.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::azure::{SUBSCRIPTION, answers, id};
use crate::repair_cut::journal;
use crate::repaired_there::made;
use crate::tool::Tool;

const APPLY: [&str; 4] = ["apply", "--auto-approve", "--allow", "spend,reboot"];

/// Whoever may not run a plain command runs managed ones.
const MANAGED: &str = "deny = [\"Microsoft.Compute/virtualMachines/runCommand/action\"]";

/// Off, without an address, behind a closed group; and inside a service that does not start and a certificate that is over.
fn office(account: &str, cut: &str) -> Tool {
    let tool = Tool::new();
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
             [account.corp]\nkind = \"azure\"\nregion = \"koreacentral\"\nsubscription = \"{SUBSCRIPTION}\"\n{account}\n\n\
             [nsg.web]\naccount = \"corp\"\ngroup = \"prod\"\nrules = [\"300 deny tcp 3389 Internet no-rdp\"]\n\n\
             [vm.idle]\naccount = \"corp\"\ngroup = \"prod\"\nstate = \"stopped\"\naddress = \"none\"\nsecurity-groups = [\"web\"]\n\n\
             [vm.idle.guest]\ncertificate = \"expired\"\nservices.TermService = {{ start = \"disabled\", state = \"stopped\" }}\n\n\
             [fault]\npower-cut = {{ of-writes = true, {cut} }}\n"
        ),
    );
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.corp]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\n\n\
             [profile.desk]\nextends = \"standard\"\npublic-ip = \"eip\"\ningress = {{ from = [\"198.51.100.0/24\"] }}\n\n\
             [guard]\nmax-disrupted = \"100%\"\n\n\
             [instance.idle]\nprovider = \"corp\"\nid = \"{}\"\nprofile = \"desk\"\nsnapshot = {{ first = false }}\n",
            id("idle")
        ),
    );
    tool
}

/// What the cloud holds in the end, by its own journal.
#[derive(Debug, Default)]
struct Held {
    addresses: usize,
    /// Names of rules that were not there at first.
    rules: Vec<String>,
    commands: Vec<String>,
}

fn held(tool: &Tool) -> Held {
    let text = std::fs::read_to_string(journal(&tool.path("")).unwrap()).unwrap();
    let mut objects: BTreeMap<(String, String), Value> = BTreeMap::new();
    for line in text.lines() {
        let Ok(entry) = serde_json::from_str::<Value>(line) else { continue };
        for change in entry["set"].as_array().unwrap() {
            for (kind, parts) in change.as_object().unwrap() {
                let Some([key, object]) = parts.as_array().map(Vec::as_slice) else { continue };
                objects.insert((kind.clone(), key.to_string()), object.clone());
            }
        }
    }
    let mut held = Held::default();
    for ((kind, _), object) in objects {
        match kind.as_str() {
            "eip" if object["released"] != true => held.addresses += 1,
            "nsg" => {
                let rules = object["rules"].as_array().unwrap().iter();
                let names = rules.map(|rule| rule["name"].as_str().unwrap().to_owned());
                held.rules.extend(names.filter(|name| name != "no-rdp"));
            }
            "extra" => held.commands.extend(object["command"]["name"].as_str().map(str::to_owned)),
            _ => {}
        }
    }
    held
}

/// One cut and the run after it; false where there is no such call any more.
fn is_finished_after(account: &str, cut: &str) -> bool {
    let tool = office(account, cut);
    if tool.sim(&APPLY).code.is_some() {
        return false;
    }
    let next = tool.sim(&APPLY);
    let all = format!("{cut}: {}{}", next.out, next.err);
    assert_eq!(next.code, Some(0), "{all}");
    assert!(next.out.contains("No changes"), "{all}");
    assert_eq!(answers(&tool, "idle"), "ok", "{all}");
    let held = held(&tool);
    assert_eq!(held.addresses, 1, "{held:?}\n{all}");
    assert_eq!(held.rules.len(), 1, "{held:?}\n{all}");
    let mut listed = made(&tool);
    listed.sort();
    assert_eq!(listed, ["address", "rule"], "{held:?}\n{all}");
    assert!(held.commands.is_empty(), "{held:?}\n{all}");
    // No run is left without an end, and the journal is whole.
    let runs = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    let runs: Value = serde_json::from_str(&runs).unwrap();
    assert!(runs["runs"].as_array().unwrap().iter().all(|run| !run["end"].is_null()), "{runs:#}");
    tool.run(&["state", "verify"]).exits(0);
    true
}

/// At each call of those that changes something, before its effect and after it; how many cuts there were.
fn is_finished_after_each(account: &str, calls: RangeInclusive<usize>) -> usize {
    let next = AtomicUsize::new(2 * calls.start());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let case = next.fetch_add(1, Ordering::Relaxed);
                    let cut = format!("call = {}, after-effect = {}", case / 2, case % 2 == 1);
                    if case / 2 > *calls.end() || !is_finished_after(account, &cut) {
                        break;
                    }
                }
            });
        }
    });
    next.into_inner() - 2 * calls.start()
}

#[test]
fn an_apply_cut_off_at_any_call_is_finished_by_the_next_and_buys_and_opens_once() {
    let cases = is_finished_after_each("", 1..=usize::MAX / 4);
    assert!((24..80).contains(&cases), "{cases} cases are not what an apply has");
}

/// From the first look into the guest on: before that all is as it is where commands are plain.
#[test]
fn one_that_goes_by_managed_commands_is_finished_too_and_leaves_none() {
    let cases = is_finished_after_each(MANAGED, 6..=13);
    assert!((16..20).contains(&cases), "{cases} cases are not what was to be cut off");
}

/// A machine that is as declared, looked into by whoever may not run a plain command; his power is lost at that call.
fn looked_into(cut: &str) -> Tool {
    let tool = office(MANAGED, cut);
    let world = tool.read("world.toml");
    let (before, _) = world.split_once("state = \"stopped\"").unwrap();
    let (_, after) = world.split_once("[fault]").unwrap();
    let nsg = before
        .replace("300 deny tcp 3389 Internet no-rdp", "300 allow tcp 3389 198.51.100.0/24 no-rdp");
    tool.write(
        "world.toml",
        &format!("{nsg}address = \"eip\"\nsecurity-groups = [\"web\"]\n\n[fault]{after}"),
    );
    tool
}

#[test]
fn what_a_killed_look_left_is_listed_and_taken_away_by_whatever_comes_next() {
    let (mut cut_off, mut left) = (0, 0);
    let after: [&[&str]; 3] = [&["plan"], &APPLY, &["state", "release"]];
    for (case, next) in (2..).zip(after.into_iter().cycle()) {
        let cut = format!("call = {}, after-effect = {}", case / 2, case % 2 == 1);
        let tool = looked_into(&cut);
        if tool.sim(&["plan"]).code.is_some() {
            break;
        }
        cut_off += 1;
        let (listed, there) = (made(&tool), held(&tool).commands);
        assert!(there.len() <= 1 && listed.len() >= there.len(), "{cut}: {listed:?} {there:?}");
        assert!(listed.iter().all(|kind| kind == "run-command"), "{cut}: {listed:?}");
        left += there.len();
        let came = tool.sim(next).exits(0);
        let all = format!("{cut}, {next:?}: {}{}", came.out, came.err);
        let (still, listed) = (held(&tool).commands, made(&tool));
        assert!(still.is_empty(), "{still:?}\n{all}");
        // Of one that was never made only whoever gives back finds that there is none.
        assert!(listed.is_empty() || (next == after[0] && there.is_empty()), "{listed:?}\n{all}");
        // Nothing was waited for: it was ours, and nobody's any more.
        tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
        tool.sim(&["state", "release"]).exits(0);
        assert!(made(&tool).is_empty(), "{all}");
    }
    assert!(cut_off >= 4 && left >= 2, "{cut_off} looks cut off, {left} commands left");
}
