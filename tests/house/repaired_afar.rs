//! A VM of Azure that nobody reaches, in a subscription whose policy forbids links to disks: its copy is read and mended in the
//! machine that helps, by a program that is sent there in pieces.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::repair_cut::held;
use crate::repair_planned::{announced, before, is_about, lasted};
use crate::repaired_there::{APPLY, BROKEN, OFFLINE, made, office};
use crate::tool::{Tool, binary};

/// No link is given to anybody, and no script is longer than 24 KB.
pub(crate) const FORBIDDEN: &str = "[policy]\nscript-limit = 24576\n\n\
     [[fault.error]]\naction = \"Microsoft.Compute/snapshots/beginGetAccess/action\"\ncode = \"RequestDisallowedByPolicy\"\ntimes = 999\n";

/// A folder with rdpctl in it, and beside it what is told.
pub(crate) fn beside(name: &str, lay: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Nothing is there the first time.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::hard_link(binary(), folder.join("rdpctl")).unwrap();
    lay(&folder.join("rdpctl-rescue"));
    folder.join("rdpctl")
}

/// What a price comes to, as people read it.
fn amount(price: &Value) -> String {
    format!("{:.2}", price["millionths"].as_f64().unwrap() / 1e6)
}

/// What was billed in the end.
fn billed(out: &str) -> f64 {
    before(out.rsplit("Cost: ").next().unwrap(), " USD")
}

/// The program itself.
pub(crate) fn built() -> PathBuf {
    let built = binary().with_file_name("rdpctl-rescue");
    assert!(
        built.exists(),
        "cargo builds it with all tests of the workspace, or with `--test rescue`"
    );
    built
}

/// With the program beside it as a release has it: without what only debuggers read.
pub(crate) fn armed(tool: Tool) -> Tool {
    static ARMED: OnceLock<PathBuf> = OnceLock::new();
    let armed = ARMED.get_or_init(|| {
        beside("armed", |rescue| {
            let stripped =
                Command::new("strip").arg("-o").args([rescue, &built()]).status().unwrap();
            assert!(stripped.success());
        })
    });
    tool.by(armed)
}

#[test]
fn where_links_are_forbidden_the_copy_is_read_and_mended_in_the_machine_that_helps() {
    let tool = armed(office(BROKEN, FORBIDDEN, OFFLINE));
    let world = tool.read("world.toml").replace("\"instant\"", "\"skipped\"");
    tool.write("world.toml", &world);
    let planned = announced(&tool);
    let sum = planned["second"]["sha256"].as_str().unwrap();
    let plan = tool.sim(&["plan"]).out;
    assert!(plan.contains("where a policy forbids links to disks") && plan.contains(sum), "{plan}");
    let applied = tool.sim(&APPLY).exits(0);
    for said in ["remote-desktop: ", "service: ", "answers from outside as declared"] {
        assert!(applied.out.contains(said), "{said}: {}", applied.out);
    }
    let why = "no link is given (RequestDisallowedByPolicy: a policy forbids to give one): the copy is read in the machine that helps";
    assert!(applied.err.contains(why), "{}", applied.err);
    assert_eq!(made(&tool), ["disk"]);
    assert_eq!(held(&tool), ["volume", "volume"], "its new disk and the former one");

    let both = |first: &str, second: &str| {
        let second = planned["second"][second].as_f64().unwrap();
        planned.pointer(first).unwrap().as_f64().unwrap() + second
    };
    let calls = before(applied.out.split("It took ").nth(1).unwrap(), " API calls");
    is_about(both("/budget/api_calls", "api_calls"), calls, "API calls");
    is_about(both("/stopped_seconds", "seconds"), lasted(&tool), "seconds");
    let priced = &planned["second"]["price"]["seen"];
    assert_eq!(priced["currency"], "USD");
    is_about(priced["millionths"].as_f64().unwrap() / 1e6, billed(&applied.out), "dollars");
    assert!(plan.contains(&format!("; {} USD in all", amount(priced))), "{plan}");

    let run = applied.out.split("rdpctl undo ").nth(1).unwrap().split_whitespace().next().unwrap();
    let undone = tool.sim(&["undo", run, "--auto-approve", "--allow", "offline-repair,spend"]);
    assert!(undone.out.contains("its former disk is back"), "{}{}", undone.out, undone.err);
}

/// What keeps it from that is told, with what can be done, and everything is put back.
#[test]
fn without_the_program_or_where_it_refuses_everything_is_as_it_was() {
    let none = beside("unarmed", |_| {});
    let other = beside("other-arms", |rescue| {
        std::fs::write(rescue, b"\x7fELF rdpctl-rescue 0.0.1 of rdpctl").unwrap();
    });
    let plan = office(BROKEN, FORBIDDEN, OFFLINE).by(&none).sim(&["plan"]).out;
    assert!(plan.contains("no rdpctl-rescue of this version lies beside rdpctl"), "{plan}");
    let cut = format!(
        "{FORBIDDEN}\n[[fault.error]]\naction = \"Microsoft.Compute/virtualMachines/runCommand/action\"\ncode = \"OperationNotAllowed\"\ntimes = 9\n"
    );
    let with = |vm: &str, world: &str| office(&format!("{BROKEN}{vm}"), world, OFFLINE);
    for (tool, said) in [
        (with("", FORBIDDEN).by(&none), "rdpctl-rescue is not beside rdpctl"),
        (with("", FORBIDDEN).by(&none), "az vm repair restore -g prod -n web"),
        (with("", FORBIDDEN).by(&other), "is not of version"),
        (armed(with("disk-trouble = \"hibernated\"", FORBIDDEN)), "shutdown /s /t 0"),
        (armed(with("", &cut)), "OperationNotAllowed"),
    ] {
        let ran = tool.sim(&APPLY).exits(3);
        let all = format!("{}{}", ran.out, ran.err);
        assert!(all.contains(said), "{said}: {all}");
        assert!(all.contains("everything is as it was"), "{said}: {all}");
        assert_eq!(made(&tool), Vec::<String>::new(), "{said}");
        assert_eq!(held(&tool), Vec::<String>::new(), "{said}");
    }
}

/// Somebody who exchanges the program after a plan was kept has nothing sent.
#[test]
fn a_program_that_is_not_the_one_of_the_kept_plan_is_not_sent() {
    let tool = armed(office(BROKEN, FORBIDDEN, OFFLINE));
    tool.sim(&["plan", "--out", "plan.json"]);
    let text = tool.read("plan.json");
    let (head, rest) = text.split_once("\"sha256\":").unwrap();
    let rest = rest.split_once('"').unwrap().1.split_once('"').unwrap().1;
    tool.write("plan.json", &format!("{head}\"sha256\": \"00\"{rest}"));
    let ran = tool.sim(&[
        "apply",
        "plan.json",
        "--auto-approve",
        "--allow",
        "offline-repair,spend,reboot",
    ]);
    let all = format!("{}{}", ran.out, ran.err);
    assert!(all.contains("is not the one that was planned with"), "{all}");
    assert!(all.contains("everything is as it was"), "{all}");
}
