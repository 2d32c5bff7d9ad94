//! A VM of Azure that nobody reaches any more, repaired by its disk: stopped, copied, mended, swapped, proved; or put back.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::forms::{keeps_to, schema};
use crate::repair_cut::journal;
use crate::tool::{Tool, binary, root};
use crate::watching::Loop;

const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const APPLY: [&str; 4] =
    ["apply", "--auto-approve", "--allow", "offline-repair,spend,reboot"];

/// Its agent is gone, and its Windows refuses everybody.
pub(crate) const BROKEN: &str = r#"
address = "eip"
agent = "offline"
guest.services.TermService = { start = "disabled" }
guest.registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }
"#;

pub(crate) fn office(vm: &str, world: &str, offline: &str) -> Tool {
    let tool = Tool::new();
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 5\ntime-scale = \"instant\"\n\n[account.corp]\nkind = \"azure\"\nregion = \"koreacentral\"\n\
             subscription = \"{SUBSCRIPTION}\"\n\n[nsg.desks]\ngroup = \"prod\"\nsubnets = [\"vnet/default\"]\n\
             rules = [\"300 allow tcp 3389 * rdp\"]\n\n[vm.web]\naccount = \"corp\"\ngroup = \"prod\"\n{vm}\n{world}\n"
        ),
    );
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.corp]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\n\n[instance.web]\nprovider = \"corp\"\n\
             id = \"/subscriptions/{SUBSCRIPTION}/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web\"\n\
             profile = \"standard\"\n{offline}\n"
        ),
    );
    tool
}

pub(crate) const OFFLINE: &str = "offline = { keep = \"7d\" }";

/// What is on record as made, by kind.
pub(crate) fn made(tool: &Tool) -> Vec<String> {
    let listed = tool.run(&["state", "list", ".", "--format", "json"]).exits(0).out;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let all = listed["made"].as_array().unwrap().iter();
    all.map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_vm_that_nobody_reaches_answers_in_the_end_and_is_put_back_by_undo() {
    let tool = office(BROKEN, "", OFFLINE);
    let plan = tool.sim(&["plan"]);
    for said in [
        "deallocate",
        "swap the system disk of web",
        "No drive letter and no log-on",
        " USD in all, by the vendor's list of retail prices",
        "a second disk of the same kind for 7 days",
    ] {
        assert!(plan.out.contains(said), "{said}: {}", plan.out);
    }
    let held = tool.sim(&["apply", "--auto-approve"]).exits(3);
    assert!(held.out.contains("held: say --allow offline-repair,spend"), "{}", held.out);
    assert_eq!(made(&tool), Vec::<String>::new());

    let applied = tool.sim(&APPLY).exits(0);
    assert!(applied.out.contains("remote-desktop: set"), "{}", applied.out);
    assert!(
        applied.out.contains("web: repaired by its disk; it answers from outside as declared"),
        "{}",
        applied.out
    );
    assert_eq!(made(&tool), ["disk"], "the former one, and nothing else");
    let plan = tool.sim(&["plan"]);
    assert!(!plan.out.contains("Its disk can be repaired"), "{}", plan.out);

    let run =
        applied.out.split("rdpctl undo ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let undone =
        tool.sim(&["undo", &run, "--auto-approve", "--allow", "offline-repair,spend"]).exits(0);
    assert!(undone.out.contains("its former disk is back"), "{}", undone.out);
    assert_eq!(made(&tool), ["disk"], "the repaired one");
    let plan = tool.sim(&["plan"]);
    assert!(plan.out.contains("Its disk can be repaired"), "as broken as before: {}", plan.out);
}

#[test]
fn a_repair_stands_in_the_plan_for_machines_and_in_the_states_own_journal() {
    let tool = office(BROKEN, "", OFFLINE);
    // Of its Windows nothing is known.
    let text = tool.sim(&["plan", "--format", "json"]).exits(3).out;
    keeps_to(&schema("plan.json"), &text);
    let plan: Value = serde_json::from_str(&text).unwrap();
    let planned = &plan["repairs"][0];
    assert_eq!(planned["instance"], "web");
    assert_eq!(planned["guards"], serde_json::json!(["offline-repair", "spend"]));
    assert_eq!(planned["steps"].as_array().unwrap().len(), 10);
    // Its numbers go on where those of the steps ended.
    let before = plan["steps"].as_array().unwrap().len();
    for (place, step) in (before + 1..).zip(planned["steps"].as_array().unwrap()) {
        assert_eq!(step["number"], place.to_string(), "{step}");
    }
    assert_eq!(planned["steps"][6]["what"], "swap the system disk of web");

    let applied = tool.sim(&APPLY).exits(0).out;
    let run = applied.split("rdpctl undo ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let shown = tool.run(&["show", &run[..10]]).exits(0).out;
    for said in [
        "repair of the disk of web, done.",
        "swap the system disk of web",
        "write the changed sectors",
        " USD in all, by the vendor's list of retail prices",
        "offline-repair (tester, by --allow)",
        "done: web",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let record = schema("record.json");
    keeps_to(&record, &tool.run(&["show", &run, "--format", "json"]).exits(0).out);
    let runs = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    keeps_to(&record, &runs);
    let runs: Value = serde_json::from_str(&runs).unwrap();
    assert_eq!(runs["runs"][0]["purpose"], serde_json::json!({ "repair-disk": "web" }));
    assert!(runs["runs"][0]["cost"]["api_calls"].as_u64().unwrap() > 50, "{runs}");
    let steps = tool.run(&["state", "history", "--instance", "web"]).exits(0).out;
    assert!(steps.contains("snapshot the system disk of web"), "{steps}");
    let steps = tool.run(&["state", "history", "--instance", "web", "--format", "json"]).exits(0);
    keeps_to(&record, &steps.out);

    let undo = ["undo", &run[..10], "--auto-approve", "--allow", "offline-repair,spend"];
    tool.sim(&undo).exits(0);
    let runs = tool.run(&["state", "history"]).exits(0).out;
    assert!(runs.contains(&format!("undo of {}", &run[..8])), "{runs}");
    tool.run(&["state", "verify"]).exits(0);
}

#[test]
fn what_a_killed_repair_left_is_finished_or_put_back_by_the_next_apply() {
    for lines in [1, 2, 3, 4, 5, 7, 8, 9] {
        let tool = office(BROKEN, "", OFFLINE);
        tool.sim(&["plan"]);
        let mut apply = tool.command(&APPLY);
        apply.args(["--sim", "world.toml"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut apply = apply.spawn().unwrap();
        let told = BufReader::new(apply.stderr.take().unwrap()).lines().map_while(Result::ok);
        let told = told.skip_while(|line| !line.contains("stopping web")).nth(lines - 1);
        let _ = apply.kill();
        apply.wait().unwrap();
        // Of its Windows nothing is known all the same, since its agent stays away.
        let next = tool.sim(&APPLY);
        assert!(
            next.out.contains("answers from outside as declared"),
            "{lines} {told:?}: {}{}",
            next.out,
            next.err
        );
        assert_eq!(made(&tool), ["disk"], "{lines} {told:?}");
    }
}

#[test]
fn what_cannot_be_repaired_is_told_with_the_way_out_and_everything_is_put_back() {
    let sizes = "[[fault.error]]\naction = \"Microsoft.Compute/virtualMachines/write\"\ncode = \"SkuNotAvailable\"\ntimes = 9";
    let cut = "[[fault.error]]\naction = \"Microsoft.Compute/virtualMachines/runCommand/action\"\ncode = \"OperationNotAllowed\"\ntimes = 9";
    for (vm, world, said) in [
        ("disk-trouble = \"hibernated\"", "", "shutdown /s /t 0"),
        ("", sizes, "SkuNotAvailable"),
        ("", cut, "OperationNotAllowed"),
        ("", "[policy]\nscript-limit = 1000", "The script is too long"),
    ] {
        let tool = office(&format!("{BROKEN}{vm}"), world, OFFLINE);
        let ran = tool.sim(&APPLY).exits(3);
        let all = format!("{}{}", ran.out, ran.err);
        assert!(all.contains(said), "{said}: {all}");
        assert!(all.contains("everything is as it was"), "{said}: {all}");
        assert_eq!(made(&tool), Vec::<String>::new(), "{said}");
    }
}

/// Who cannot be repaired at all is not even stopped.
#[test]
fn what_is_refused_beforehand_is_told_with_the_way_out_and_nothing_is_begun() {
    for (vm, said) in [
        (
            "disk-trouble = \"bitlocker\"",
            "az vm repair create -g prod -n web --unlock-encrypted-vm",
        ),
        (
            "system-disk = { kept = \"unmanaged\" }",
            "its system disk is no managed disk; az vm repair create -g prod -n web",
        ),
        ("system-disk = { kept = \"ephemeral\" }", "redeploy it (az vm reimage)"),
        (
            "system-disk = { kept = \"confidential\" }",
            "a confidential VM, whose disk nobody else reads",
        ),
    ] {
        let tool = office(&format!("{BROKEN}{vm}"), "", OFFLINE);
        tool.sim(&APPLY).exits(3).complains(said);
        assert_eq!(made(&tool), Vec::<String>::new(), "{vm}");
        let journal = std::fs::read_to_string(journal(&tool.path("")).unwrap()).unwrap();
        assert!(!journal.contains("virtualMachines/deallocate/action"), "{vm}");
    }
}

#[test]
fn another_size_is_taken_where_one_is_missing_and_a_lost_answer_is_asked_for_again() {
    let world = "[policy]\nscript-limit = 24576\n\n\
                 [[fault.error]]\naction = \"Microsoft.Compute/virtualMachines/write\"\ncode = \"ZonalAllocationFailed\"\ntimes = 2\n\n\
                 [[fault.reset]]\naction = \"Microsoft.Compute/virtualMachines/runCommand/action\"\ntimes = 1";
    let tool = office(BROKEN, world, OFFLINE);
    let applied = tool.sim(&APPLY).exits(0);
    assert!(applied.err.contains("by a Standard_B2s"), "{}", applied.err);
    assert_eq!(made(&tool), ["disk"]);
}

/// What waits in the logs of a hive that was left open is written first, as Windows would.
#[test]
fn some_five_hundred_sectors_of_a_hive_that_was_left_open_go_in_scripts_of_24_kb() {
    let mut noise = 88_172_645_463_325_252_u64;
    let mut letter = || {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        char::from(b'a' + noise.to_le_bytes()[3] % 26)
    };
    let values: Vec<String> = (0..20)
        .map(|number| {
            format!("v{number} = \"{}\"", (0..8_000).map(|_| letter()).collect::<String>())
        })
        .collect();
    let vm = format!(
        "{BROKEN}disk-trouble = \"open-hive\"\nguest.registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Long' = {{ {} }}\n",
        values.join(", ")
    );
    let tool = office(&vm, "[policy]\nscript-limit = 24576", OFFLINE);
    let applied = tool.sim(&APPLY).exits(0);
    let told = |before: &str, behind: &str| {
        let said = applied.err.split(before).nth(1).unwrap_or_else(|| panic!("{}", applied.err));
        said.split(behind).next().unwrap().parse::<usize>().unwrap()
    };
    let sectors = told("writing ", " bytes by") / 512;
    assert!((400..600).contains(&sectors), "{sectors} sectors");
    let scripts = told("read back by ", " scripts");
    assert!(scripts >= 5, "{scripts} scripts");
    assert!(applied.out.contains("answers from outside as declared"), "{}", applied.out);
}

#[test]
fn whoever_wants_to_work_on_the_copy_finds_it_attached_and_lets_it_go_again() {
    let tool = office(BROKEN, "", "offline = { hold = true }");
    let held = tool.sim(&APPLY).exits(3);
    assert!(held.out.contains("held, as declared"), "{}", held.out);
    let mut left = made(&tool);
    left.sort();
    assert_eq!(left, ["disk", "nic", "snapshot", "vm"]);
    // It is declared to run, and yet nothing starts it while somebody works on its copy.
    let plan = tool.sim(&["plan"]).out;
    assert!(!plan.contains("start the instance"), "{plan}");
    let again = tool.sim(&APPLY);
    assert!(!again.err.contains("start the instance"), "{}", again.err);
    assert!(again.err.contains("has its disk in hand"), "{}", again.err);
    left = made(&tool);
    left.sort();
    assert_eq!(left, ["disk", "nic", "snapshot", "vm"]);
    let text = tool.read("rdp.toml").replace("hold = true", "hold = false");
    tool.write("rdp.toml", &text);
    tool.sim(&APPLY).exits(0);
    assert_eq!(made(&tool), ["disk"]);
}

/// The loop mends by itself, and what it is declared to start it starts: not while somebody works on its copy.
#[test]
fn a_loop_that_mends_starts_nobody_whose_copy_is_held_for_a_persons_hands() {
    let other = "[vm.other]\naccount = \"corp\"\ngroup = \"prod\"\naddress = \"eip\"\nstate = \"stopped\"\n";
    let tool = office(BROKEN, other, "offline = { hold = true }");
    tool.sim(&APPLY).exits(3);
    let declared = tool.read("rdp.toml");
    let (_, web) = declared.split_once("[instance.web]").unwrap();
    let other = web.replace("virtualMachines/web", "virtualMachines/other");
    let other = other.replace("offline = { hold = true }", "");
    let guards = "[guard]\nreboot = \"allow\"\nspend = \"allow\"\n\n[run]\nmode = \"enforce\"\n";
    tool.write("rdp.toml", &format!("{declared}\n[instance.other]{other}\n{guards}"));
    let mut run = Loop::start(&tool, &["--sim", "world.toml"]);
    let told = run.until("in-hands");
    assert_eq!(told["names"], serde_json::json!(["web"]), "{told}");
    // One run mends all that it may: this one would be among them.
    run.until_one("done", |told| told["subject"] == "other");
    run.until("mended");
    assert_eq!(run.told.iter().filter(|told| told["subject"] == "web").count(), 0);
    assert_eq!(run.ends().0, Some(0));
    assert!(!tool.sim(&["plan"]).out.contains("start the instance"));
    let mut left = made(&tool);
    left.retain(|kind| kind != "address");
    left.sort();
    assert_eq!(left, ["disk", "nic", "snapshot", "vm"]);
}

#[test]
fn the_example_heals_a_vm_that_only_its_disk_can_heal_by_one_command() {
    let ran = std::process::Command::new(root().join("examples/azure/lost/run.sh"))
        .env("RDPCTL", binary())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("desk-04: repaired by its disk"), "{said}");
}

/// A record is an input: one that came with a commit would have swapped the system disk of any machine of the account.
#[test]
fn a_record_that_came_with_a_commit_or_speaks_of_somebody_else_is_not_acted_upon() {
    let tool = office("address = \"eip\"", "", OFFLINE);
    tool.sim(&["plan"]);
    std::fs::create_dir(tool.path(".rdpctl/repairs")).unwrap();
    let path = |kind: &str, name: &str| {
        format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/prod/providers/Microsoft.Compute/{kind}/{name}"
        )
    };
    let record = |vm: &str| {
        let made = |kind: &str, id: String| serde_json::json!({ "kind": kind, "provider": "corp", "id": id });
        let record = serde_json::json!({
            "run": "r1", "instance": "web", "provider": "corp", "id": path("virtualMachines", vm), "stage": "swapping",
            "snapshot": made("snapshot", path("snapshots", "s")), "copy": made("disk", path("disks", "evil")),
            "card": made("nic", path("nics", "n")), "helper": made("vm", path("virtualMachines", "h")),
            "former": made("disk", path("disks", "f")),
        });
        tool.write(".rdpctl/repairs/r1.json", &record.to_string());
    };
    record("bank");
    let apply = || tool.sim(&["apply", "--auto-approve"]).exits(1);
    apply().complains("no instance of that name, provider and id is declared");
    let undo =
        tool.sim(&["undo", "r1", "--auto-approve", "--allow", "offline-repair,spend"]).exits(1);
    assert!(undo.err.contains("no instance of that name, provider and id"), "{}", undo.err);
    record("web");
    for arguments in
        [["init", "--quiet"].as_slice(), &["add", "--force", ".rdpctl/repairs/r1.json"]]
    {
        let git =
            std::process::Command::new("git").args(arguments).current_dir(tool.path("")).status();
        assert!(git.unwrap().success());
    }
    apply().complains("Git tracks .rdpctl/repairs/r1.json");
}
