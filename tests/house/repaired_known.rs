//! Disks to which no link is given: what is known of that beforehand, of a subscription or of the disk itself, is said in the
//! plan with what the second way takes, and gone at once. The program that is sent here is a door to the real one, and short.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde_json::Value;

use crate::repair_cut::{held, is_healed, journal};
use crate::repair_planned::{announced, before, is_about, lasted};
use crate::repaired_afar::{FORBIDDEN, beside, built};
use crate::repaired_there::{APPLY, BROKEN, OFFLINE, made, office};
use crate::tool::Tool;

const LOOK: [&str; 5] = ["doctor", "web", "--look-into-disk", "--allow", "spend"];
const LINK: &str = "Microsoft.Compute/snapshots/beginGetAccess/action";

/// Where such a program lies in memory, and how long its headers are.
const AT: u64 = 0x40_0000;
const HEAD: u64 = 64 + 56;

/// A program of three pieces that does nothing but become the real one: an ELF of x86-64 with one call, `execve`.
fn door_to(real: &str) -> Vec<u8> {
    let code: &[u8] = &[
        0x48, 0x8b, 0x0c, 0x24, // mov rcx, [rsp]: how many words
        0x48, 0x8d, 0x74, 0x24, 0x08, // lea rsi, [rsp+8]: the words
        0x48, 0x8d, 0x54, 0xcc, 0x10, // lea rdx, [rsp+rcx*8+16]: the environment
        0x48, 0x8d, 0x3d, 19, 0, 0, 0, // lea rdi, [path]
        0xb8, 59, 0, 0, 0, 0x0f, 0x05, // execve
        0xbf, 127, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05, // exit(127)
    ];
    let version = format!("rdpctl-rescue {} of rdpctl", env!("CARGO_PKG_VERSION"));
    let mut rest = [code, real.as_bytes(), &[0], version.as_bytes()].concat();
    // What cannot be packed: it takes three pieces.
    let mut noise = 88_172_645_463_325_252_u64;
    for _ in 0..5_000 {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        rest.extend(noise.to_le_bytes());
    }
    let length = HEAD + rest.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend([2_u16, 62].iter().flat_map(|half| half.to_le_bytes()));
    file.extend(1_u32.to_le_bytes());
    file.extend([AT + HEAD, 64, 0].iter().flat_map(|word| word.to_le_bytes()));
    file.extend(0_u32.to_le_bytes());
    file.extend([64_u16, 56, 1, 64, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
    file.extend([1_u32, 5].iter().flat_map(|half| half.to_le_bytes()));
    file.extend([0, AT, AT, length, length, 0x1000].iter().flat_map(|word| word.to_le_bytes()));
    file.extend(rest);
    file
}

/// With such a program beside it.
pub(crate) fn shortly_armed(tool: Tool) -> Tool {
    static ARMED: OnceLock<PathBuf> = OnceLock::new();
    let armed = ARMED.get_or_init(|| {
        beside("shortly-armed", |rescue| {
            let real = built().canonicalize().unwrap();
            std::fs::write(rescue, door_to(real.to_str().unwrap())).unwrap();
        })
    });
    tool.by(armed)
}

fn ready(vm: &str, world: &str) -> Tool {
    shortly_armed(office(&format!("{BROKEN}{vm}"), world, OFFLINE))
}

/// By a clock that skips what one waits for, so that what it takes is what the cloud takes.
fn by_the_clock(tool: &Tool) {
    let world = tool.read("world.toml").replace("\"instant\"", "\"skipped\"");
    tool.write("world.toml", &world);
}

/// How often something was asked for, by the world's own journal.
fn asked(tool: &Tool, what: &str) -> usize {
    let journal = journal(&tool.path(""));
    let text = journal.map(|path| std::fs::read_to_string(path).unwrap()).unwrap_or_default();
    text.matches(what).count()
}

/// What was done is what its plan said, of which the way is a part.
fn is_as_announced(tool: &Tool, planned: &Value) {
    let applied = tool.sim(&APPLY).exits(0);
    assert!(applied.out.contains("answers from outside as declared"), "{}", applied.out);
    let calls = before(applied.out.split("It took ").nth(1).unwrap(), " API calls");
    is_about(planned["budget"]["api_calls"].as_f64().unwrap(), calls, "API calls");
    is_about(planned["stopped_seconds"].as_f64().unwrap(), lasted(tool), "seconds");
    let quoted = &planned["budget"]["quotes"][0]["price"]["seen"]["millionths"];
    let billed = before(applied.out.rsplit("Cost: ").next().unwrap(), " USD");
    is_about(quoted.as_f64().unwrap() / 1e6, billed, "dollars");
}

fn undo(tool: &Tool) {
    let runs = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    let runs: Value = serde_json::from_str(&runs).unwrap();
    let run =
        runs["runs"].as_array().unwrap().iter().find(|run| run["purpose"]["repair-disk"] == "web");
    let run = run.unwrap()["id"].as_str().unwrap();
    let undo = ["undo", run, "--auto-approve", "--allow", "offline-repair,spend"];
    let undone = tool.sim(&undo);
    assert!(undone.out.contains("its former disk is back"), "{}{}", undone.out, undone.err);
}

#[test]
fn that_a_policy_forbids_links_is_known_to_the_next_plan_until_one_is_given() {
    let tool = ready("", FORBIDDEN);
    by_the_clock(&tool);
    let unknown = tool.sim(&["plan"]).out;
    assert!(unknown.contains("where a policy forbids links to disks, rdpctl-rescue"), "{unknown}");
    tool.sim(&APPLY).exits(0);
    undo(&tool);
    let (asked_before, known) = (asked(&tool, LINK), announced(&tool));
    assert_eq!(known["second"]["at_once"]["why"], "policy", "{known:#}");
    let plan = tool.sim(&["plan"]).out;
    let said = "no link to a disk was given in this group on ";
    assert!(plan.contains(said) && plan.contains("(a policy forbids to give one;"), "{plan}");
    assert!(plan.contains(known["second"]["sha256"].as_str().unwrap()), "{plan}");
    is_as_announced(&tool, &known);
    assert_eq!(asked(&tool, LINK), asked_before, "it goes there at once");

    // A look asks again, and is given one: that is what counts from then on.
    undo(&tool);
    tool.write("world.toml", &tool.read("world.toml").replace("times = 999", "times = 0"));
    tool.sim(&LOOK).exits(2);
    let plan = tool.sim(&["plan"]).out;
    assert!(plan.contains("where a policy forbids links to disks, rdpctl-rescue"), "{plan}");
    // What somebody wrote there makes nothing else happen.
    tool.write(".rdpctl/no-links.json", "[{\"group\": \"/\", \"why\": \"a whim\"}]");
    let plan = tool.sim(&["plan"]);
    assert!(plan.err.contains("no-links.json is not believed"), "{}", plan.err);
    assert!(plan.out.contains("where a policy forbids links to disks"), "{}", plan.out);
}

#[test]
fn a_link_that_is_given_and_leads_to_a_storage_that_refuses_everybody_is_taken_back_and_remembered()
{
    for (closed, said, why) in [
        ("not-public", "(one was given, and the storage refused whoever came with it)", "storage"),
        ("deny-all", "(OperationNotAllowed: its networkAccessPolicy is DenyAll)", ""),
    ] {
        let tool = ready("", &format!("[policy]\nsnapshot-network = \"{closed}\""));
        let applied = tool.sim(&APPLY).exits(0);
        assert!(applied.err.contains(said), "{said}: {}", applied.err);
        assert_eq!(made(&tool), ["disk"], "{closed}");
        assert_eq!(held(&tool), ["volume", "volume"], "{closed}");
        assert!(!format!("{}{}", applied.out, applied.err).contains("sig="), "{}", applied.err);
        if closed == "not-public" {
            assert!(asked(&tool, "Microsoft.Compute/snapshots/endGetAccess/action") > 0);
            undo(&tool);
            assert_eq!(announced(&tool)["second"]["at_once"]["why"], why);
        }
    }
}

/// What its owner closed is opened by no copy: no link is asked for, and the disk in its place is as closed.
#[test]
fn a_disk_that_gives_no_link_is_read_in_the_machine_that_helps_and_stays_as_closed_as_it_was() {
    for (closed, says) in [
        ("deny-all", "its networkAccessPolicy is DenyAll"),
        ("allow-private", "its networkAccessPolicy is AllowPrivate"),
        ("not-public", "its publicNetworkAccess is Disabled"),
    ] {
        let tool = ready(&format!("disk-network = \"{closed}\""), "");
        by_the_clock(&tool);
        let looked = tool.sim(&LOOK).exits(1);
        for said in
            [says, "there is no look without a machine", " USD in all", "az vm repair create"]
        {
            assert!(looked.err.contains(said), "{said}: {}", looked.err);
        }
        assert_eq!(asked(&tool, "Microsoft.Compute/snapshots/write"), 0, "nothing was copied");
        let blind = tool.sim(&["doctor", "web"]).out;
        assert!(blind.contains(says) && !blind.contains("--look-into-disk"), "{blind}");

        let planned = announced(&tool);
        let plan = tool.sim(&["plan"]).out;
        assert!(plan.contains(&format!("no link to its disk is given ({says}): ")), "{plan}");
        assert!(plan.contains("ask for no link: the copy is read"), "{plan}");
        assert!(!plan.contains("by a short-lived link"), "{plan}");
        is_as_announced(&tool, &planned);
        assert_eq!(asked(&tool, LINK), 0, "{closed}");
        let shown = format!("\"network\":\"{closed}\"");
        // The snapshot, its disk, and the former disk.
        assert!(asked(&tool, &shown) >= 3, "{closed}: {}", asked(&tool, &shown));
        assert!(!tool.path(".rdpctl/no-links.json").exists(), "it is seen at each look");
    }
    // A person's hands need neither a link nor a program.
    let hands =
        office(&format!("{BROKEN}disk-network = \"deny-all\""), "", "offline = { hold = true }");
    let applied = hands.by(&beside("without-hands", |_| {}));
    let applied = applied.sim(&APPLY).exits(3);
    assert!(applied.err.contains("held for a person's hands"), "{}", applied.err);
    assert!(applied.out.contains("held, as declared"), "{}", applied.out);
    // Without a program nothing is begun.
    let tool = office(&format!("{BROKEN}disk-network = \"deny-all\""), "", OFFLINE);
    let tool = tool.by(&beside("without", |_| {}));
    let plan = tool.sim(&["plan"]).out;
    assert!(
        plan.contains("nothing is begun, for no rdpctl-rescue of this version lies beside"),
        "{plan}"
    );
    let applied = tool.sim(&APPLY).exits(3);
    assert!(applied.err.contains("nothing was begun"), "{}", applied.err);
    assert_eq!(asked(&tool, "virtualMachines/deallocate"), 0);
}

/// A role that may have no link may not take one back either, as the vendor's own page tells one to make it.
#[test]
fn whoever_may_neither_have_nor_end_a_link_has_everything_put_back_all_the_same() {
    let forbidden: String = ["beginGetAccess", "endGetAccess"]
        .map(|what| format!("[[fault.error]]\naction = \"Microsoft.Compute/snapshots/{what}/action\"\ncode = \"AuthorizationFailed\"\ntimes = 999\n"))
        .concat();
    let tool = ready("disk-trouble = \"hibernated\"", &forbidden);
    let applied = tool.sim(&APPLY).exits(3);
    let all = format!("{}{}", applied.out, applied.err);
    assert!(all.contains("AuthorizationFailed: whoever asked may not have one"), "{all}");
    assert!(all.contains("everything is as it was"), "{all}");
    assert_eq!(made(&tool), Vec::<String>::new(), "{all}");
    assert_eq!(held(&tool), Vec::<String>::new(), "{all}");
}

#[test]
fn where_links_are_forbidden_a_look_says_what_it_saw_and_what_looks_instead_with_its_price() {
    let tool = ready("", FORBIDDEN);
    let looked = tool.sim(&LOOK).exits(1);
    for said in [
        "a policy forbids to give one",
        "RequestDisallowedByPolicy",
        "there is no look without a machine",
        "guards offline-repair, spend",
        " API calls and ",
        "minutes in which nobody can use it",
        " USD in all, by the vendor's list of retail prices",
        "az vm repair create -g prod -n web",
    ] {
        assert!(looked.err.contains(said), "{said}: {}", looked.err);
    }
    assert_eq!(made(&tool), Vec::<String>::new());
    assert_eq!(held(&tool), Vec::<String>::new());
    // What the look saw is known to the plan.
    assert_eq!(announced(&tool)["second"]["at_once"]["why"], "policy");
}

/// Each call that changes something: the snapshot, its disk, the link that is refused, the interface, the machine, each piece of
/// the program, its look, each part of what it says, what is wanted, the making, and all that comes behind. Scripts are cut
/// before and after they did what they do, the others by turns: `repair_cut` has both of those.
#[test]
fn whatever_call_of_the_second_way_the_power_is_lost_at_the_next_apply_heals_the_machine() {
    let scripts = announced(&ready("", FORBIDDEN))["second"]["scripts"].as_u64().unwrap();
    // Deallocating, the snapshot, the copy, the link, the interface and the machine come first.
    let of_scripts = 7..7 + scripts;
    let cases: Vec<(u64, bool)> = (1..100)
        .flat_map(|call| [(call, false), (call, true)])
        .filter(|(call, after)| of_scripts.contains(call) || *after == call.is_multiple_of(2))
        .collect();
    let (next, last) = (AtomicUsize::new(0), AtomicU64::new(0));
    let is_cut = |(call, after): (u64, bool)| {
        let cut = format!("of-writes = true, call = {call}, after-effect = {after}");
        let tool = ready("", &format!("{FORBIDDEN}\n[fault]\npower-cut = {{ {cut} }}"));
        let is_cut = tool.sim(&APPLY).code.is_none();
        if is_cut {
            is_healed(&tool, &cut);
            last.fetch_max(call, Ordering::Relaxed);
        }
        is_cut
    };
    // Each waits for most of its time.
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| while is_cut(cases[next.fetch_add(1, Ordering::Relaxed)]) {});
        }
    });
    let last = last.into_inner();
    assert!(last >= scripts + 6, "{last} calls of {scripts} scripts");
}
