//! The disk of a VM of Azure that nobody reaches any more, looked into by a copy: no VM is made, nothing is started, and
//! nothing is left behind.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::repair_cut::journal;
use crate::tool::Tool;

const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";
const LOOK: [&str; 5] = ["doctor", "web", "--look-into-disk", "--allow", "spend"];

/// A VM whose agent is gone and whose Windows refuses everybody.
const BROKEN: &str = r#"
agent = "offline"
guest.services.TermService = { start = "disabled" }
guest.registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }
"#;

pub(crate) fn office(vm: &str, faults: &str) -> Tool {
    let tool = Tool::new();
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 5\ntime-scale = \"instant\"\n\n[account.corp]\nkind = \"azure\"\nregion = \"koreacentral\"\n\
             subscription = \"{SUBSCRIPTION}\"\n\n[vm.web]\naccount = \"corp\"\ngroup = \"prod\"\n{vm}\n{faults}\n"
        ),
    );
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.corp]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\n\n[instance.web]\nprovider = \"corp\"\n\
             id = \"/subscriptions/{SUBSCRIPTION}/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web\"\n\
             profile = \"standard\"\n"
        ),
    );
    tool
}

fn nothing_is_left(tool: &Tool) {
    let made = tool.run(&["state", "list", "."]).exits(0).out;
    assert!(!made.contains("Made by rdpctl"), "{made}");
}

#[test]
fn a_vm_that_nobody_reaches_is_judged_by_its_disk_and_nothing_is_left_behind() {
    let tool = office(BROKEN, "");
    let blind = tool.sim(&["doctor", "web"]);
    assert!(blind.out.contains("--look-into-disk"), "{}", blind.out);
    assert!(
        blind.out.contains("one snapshot for half an hour at most, 0.0034 USD"),
        "{}",
        blind.out
    );
    let looked = tool.sim(&LOOK).exits(2);
    assert!(looked.out.contains("~ remote-desktop  denied → allowed"), "{}", looked.out);
    assert!(looked.out.contains("TermService disabled → auto"), "{}", looked.out);
    assert!(
        looked.out.contains("starts         yes, as far as the disk tells (UEFI)"),
        "{}",
        looked.out
    );
    // What the founding document does by hand, and what the way from here does without.
    assert!(looked.out.contains("No drive letter is\nneeded"), "{}", looked.out);
    assert!(looked.out.contains("nobody logs on to the VM that helps"), "{}", looked.out);
    let told = looked.err.lines().find_map(|line| line.strip_prefix("looked into the disk by "));
    let told = told.unwrap_or_else(|| panic!("{}", looked.err));
    let number = |word: usize| told.split(' ').nth(word).unwrap().parse::<u32>().unwrap();
    assert!(number(0) <= 60 && number(3) <= 40 << 10, "{told}");
    nothing_is_left(&tool);
    // A link leads to the copy and never to the disk, and lives for half an hour at most.
    let journal = std::fs::read_to_string(journal(&tool.path("")).unwrap()).unwrap();
    assert!(journal.contains("Microsoft.Compute/snapshots/beginGetAccess/action"), "{journal}");
    assert!(journal.contains("Microsoft.Compute/snapshots/endGetAccess/action"), "{journal}");
    assert!(!journal.contains("Microsoft.Compute/disks/beginGetAccess"), "{journal}");
    // Nobody's link is told to anybody.
    assert!(!looked.err.contains("sig=") && !looked.out.contains("sig="), "{}", looked.err);
}

#[test]
fn a_sound_disk_is_sound_and_one_that_nobody_declared_is_looked_into_alike() {
    let tool = office("agent = \"offline\"", "");
    tool.sim(&LOOK).exits(0);
    let name = format!("azure:{SUBSCRIPTION}/prod/web");
    tool.sim(&["doctor", &name, "--look-into-disk", "--allow", "spend", "--format", "json"])
        .exits(0);
}

#[test]
fn nothing_is_copied_without_leave_to_spend() {
    let tool = office(BROKEN, "");
    tool.sim(&["doctor", "web", "--look-into-disk"]).exits(1).complains("--allow spend");
    tool.write("rdp.toml", &(tool.read("rdp.toml") + "\n[guard]\nspend = \"deny\"\n"));
    tool.sim(&LOOK).exits(3).complains("the guard spend is denied");
}

#[test]
fn a_storage_that_is_busy_and_breaks_off_is_asked_again() {
    let faults = "[[fault.error]]\naction = \"Microsoft.Storage/blob/read\"\ncode = \"ServerBusy\"\ntimes = 2\n\n\
                  [[fault.reset]]\naction = \"Microsoft.Storage/blob/read\"\ntimes = 1\n";
    let tool = office(BROKEN, faults);
    tool.sim(&LOOK).exits(2);
    nothing_is_left(&tool);
}

#[test]
fn a_policy_that_forbids_links_is_told_and_the_copy_is_given_back() {
    let faults = "[[fault.error]]\naction = \"Microsoft.Compute/snapshots/beginGetAccess/action\"\n\
                  code = \"RequestDisallowedByPolicy\"\ntimes = 9\n";
    let tool = office(BROKEN, faults);
    tool.sim(&LOOK).exits(1).complains("az vm repair create -g prod -n web");
    nothing_is_left(&tool);
}

#[test]
fn what_a_killed_look_left_is_on_record_and_given_back_by_the_next_one() {
    for lines in 1..5 {
        let tool = office(BROKEN, "");
        let mut look = tool.command(&LOOK);
        look.args(["--sim", "world.toml"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut look = look.spawn().unwrap();
        let mut told = BufReader::new(look.stderr.take().unwrap()).lines();
        for _ in 0..lines {
            told.next().unwrap().unwrap();
        }
        let _ = look.kill();
        look.wait().unwrap();
        tool.sim(&LOOK).exits(2);
        nothing_is_left(&tool);
    }
}

#[test]
fn what_a_look_needs_is_a_line_of_its_own_among_the_permissions() {
    let tool = office("", "");
    let needed = tool.sim(&["permissions"]).exits(0);
    assert!(needed.out.contains("besides, for `doctor --look-into-disk`"), "{}", needed.out);
    assert!(
        needed.out.contains("Microsoft.Compute/snapshots/beginGetAccess/action")
            && needed.out.contains("Microsoft.Compute/snapshots/endGetAccess/action"),
        "{}",
        needed.out
    );
}
