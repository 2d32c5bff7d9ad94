//! What a plan says of the repair of a disk: its stages with numbers in every form, what it costs, and a plan file that is
//! compared; and for whom there is none.

use serde_json::Value;

use crate::copied::three_days_later;
use crate::forms::{keeps_to, schema};
use crate::repaired_there::{APPLY, BROKEN, OFFLINE, made, office};
use crate::tool::Tool;

const BANK: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/bank";

/// What was announced in a plan, of the one repair in it.
pub(crate) fn announced(tool: &Tool) -> Value {
    let text = tool.sim(&["plan", "--format", "json"]).out;
    let plan: Value = serde_json::from_str(&text).unwrap();
    plan["repairs"][0].clone()
}

/// A number that was said before a word.
pub(crate) fn before(text: &str, word: &str) -> f64 {
    let said = text.split(word).next().unwrap().trim_end().rsplit(' ').next().unwrap();
    said.parse().unwrap_or_else(|_| panic!("{said} before {word}: {text}"))
}

pub(crate) fn is_about(announced: f64, was: f64, what: &str) {
    let share = announced / was;
    assert!((1.0 / 1.5..=1.5).contains(&share), "{what}: announced {announced}, was {was}");
}

/// For how long nobody could use it, in seconds of the cloud's own clock.
pub(crate) fn lasted(tool: &Tool) -> f64 {
    // From the call that stopped it last to the last thing that happens there: it answers by then.
    let folder = std::fs::read_dir(tool.path(".rdpctl")).unwrap();
    let journal = folder
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .unwrap();
    let journal = std::fs::read_to_string(journal).unwrap();
    let at = |line: &str| -> jiff::Timestamp {
        let entry: Value = serde_json::from_str(line).unwrap();
        entry["at"].as_str().unwrap().parse().unwrap()
    };
    let is_stop = |line: &&str| line.contains("virtualMachines/deallocate/action");
    let stopped = journal.lines().rev().find(is_stop);
    let took = at(journal.lines().last().unwrap()).duration_since(at(stopped.unwrap()));
    #[expect(clippy::cast_precision_loss, reason = "a repair takes minutes")]
    let seconds = took.as_secs() as f64;
    seconds
}

#[test]
fn calls_minutes_and_price_are_what_the_plan_announced_by_the_clouds_own_clock() {
    let tool = office(BROKEN, "", OFFLINE);
    let world = tool.read("world.toml").replace("\"instant\"", "\"skipped\"");
    tool.write("world.toml", &world);
    let planned = announced(&tool);
    let applied = tool.sim(&APPLY).exits(0);
    let calls = before(applied.out.split("It took ").nth(1).unwrap(), " API calls");
    is_about(planned["budget"]["api_calls"].as_f64().unwrap(), calls, "API calls");

    is_about(planned["stopped_seconds"].as_f64().unwrap(), lasted(&tool), "seconds");

    let quoted = &planned["budget"]["quotes"][0]["price"]["seen"];
    assert_eq!(quoted["currency"], "USD");
    let quoted = quoted["millionths"].as_f64().unwrap() / 1e6;
    let billed = applied.out.rsplit("Cost: ").next().unwrap();
    is_about(quoted, before(billed, " USD"), "dollars");
    // A P6 for seven days is 2.36, and most of it.
    assert!((2.36..2.50).contains(&quoted), "{quoted}");
}

#[test]
fn where_the_list_of_prices_does_not_answer_nothing_is_quoted_and_the_repair_goes_on() {
    let silent =
        "[[fault.error]]\naction = \"prices.azure.com/read\"\ncode = \"Unavailable\"\ntimes = 99";
    let tool = office(BROKEN, silent, OFFLINE);
    let plan = tool.sim(&["plan"]);
    assert!(plan.out.contains("not quoted"), "{}", plan.out);
    let applied = tool.sim(&APPLY).exits(0);
    assert!(applied.out.contains("Cost: not quoted"), "{}", applied.out);
}

#[test]
fn a_repair_stands_in_markdown_in_the_graph_and_in_a_plan_file_that_is_compared() {
    let tool = office(BROKEN, "", OFFLINE);
    let markdown = tool.sim(&["plan", "--format", "markdown"]).out;
    for said in ["#### Repair of the disk of web", "swap the system disk of web", "USD in all"] {
        assert!(markdown.contains(said), "{said}: {markdown}");
    }
    for format in ["dot", "svg", "mermaid"] {
        let drawn = tool.sim(&["graph", "--format", format]).out;
        for said in ["web: repair of its disk", "swap the system disk of web"] {
            assert!(drawn.contains(said), "{format} {said}: {drawn}");
        }
    }
    tool.sim(&["plan", "--out", "plan.json"]);
    keeps_to(&schema("plan.json"), &tool.read("plan.json"));
    let shown = tool.run(&["show", "plan.json"]).exits(0).out;
    assert!(shown.contains("swap the system disk of web"), "{shown}");

    // What somebody wrote into it, or took out of it, is not what is planned now.
    let kept: Value = serde_json::from_str(&tool.read("plan.json")).unwrap();
    let apply = |plan: &Value| {
        tool.write("other.json", &plan.to_string());
        tool.sim(&[
            "apply",
            "--auto-approve",
            "--allow",
            "offline-repair,spend,reboot",
            "other.json",
        ])
    };
    let mut other = kept.clone();
    other["repairs"][0]["id"] = BANK.into();
    let stale = "its repair is not the one in the file";
    apply(&other).exits(1).complains(stale);
    other = kept.clone();
    other["repairs"][0]["keep_seconds"] = 3_600.into();
    apply(&other).exits(1).complains(stale);
    other = kept.clone();
    other.as_object_mut().unwrap().remove("repairs");
    apply(&other).exits(1).complains(stale);
    other = kept.clone();
    other["repairs"][0]["guards"] = serde_json::json!([]);
    apply(&other).exits(1).complains("is not a sound plan");
    assert_eq!(made(&tool), Vec::<String>::new());
    let done = apply(&kept);
    assert!(done.out.contains("it answers from outside as declared"), "{}{}", done.out, done.err);
}

#[test]
fn a_machine_of_tencent_cloud_is_refused_beforehand_with_the_way_out() {
    let tool = office(BROKEN, "", "");
    let tencent = "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n[instance.web]\nprovider = \"gz\"\nid = \"ins-0c0b1ed1\"\nprofile = \"standard\"\noffline = { keep = \"7d\" }\n";
    tool.write("rdp.toml", tencent);
    tool.sim(&["plan"]).exits(1).complains("nobody here can swap its system disk").complains(
        "roll its disk back to a snapshot, or enter rescue mode by hand, which ap-guangzhou has",
    );
    // Where the vendor documents no rescue mode, nobody is sent there.
    tool.write("rdp.toml", &tencent.replace("ap-guangzhou", "na-toronto"));
    tool.sim(&["plan"])
        .exits(1)
        .complains("its rescue mode is not documented for na-toronto: roll its disk back");
    // A fleet of it is answered in the same way.
    let fleet = tencent
        .replace("[instance.web]", "[fleet.desks]")
        .replace("id = \"ins-0c0b1ed1\"", "select = { tags = { role = \"desk\" } }");
    tool.write("rdp.toml", &fleet);
    tool.sim(&["plan"]).exits(1).complains("nobody here can swap its system disk");
    tool.sim(&[
        "doctor",
        "tencent:ap-guangzhou/ins-0c0b1ed1",
        "--look-into-disk",
        "--allow",
        "spend",
    ])
    .exits(1)
    .complains("EnterRescueMode itself, which stops the machine");
}

#[test]
fn while_the_maintenance_window_is_closed_no_machine_is_stopped_for_its_disk() {
    use jiff::ToSpan;

    // Never now, whenever this is.
    let opens = jiff::Timestamp::now().in_tz("Asia/Seoul").unwrap().saturating_add(3.days());
    let tool = office(BROKEN, "", OFFLINE);
    let guard =
        format!("\n[guard]\nwindows = [\"{} 02:00-05:00 Asia/Seoul\"]\n", opens.strftime("%a"));
    tool.write("rdp.toml", &(tool.read("rdp.toml") + &guard));
    let applied = tool.sim(&APPLY).exits(3);
    let said = "web: its disk is not repaired now, held: the maintenance window opens";
    assert!(applied.out.contains(said), "{}{}", applied.out, applied.err);
    assert!(!applied.err.contains("stopping web"), "{}", applied.err);
    assert_eq!(made(&tool), Vec::<String>::new());
}

#[test]
fn the_disk_that_a_machine_had_before_is_given_back_by_an_apply_once_its_time_is_over() {
    let tool = office(BROKEN, "", "offline = { keep = \"2d\" }");
    tool.sim(&APPLY).exits(0);
    tool.sim(&["apply", "--auto-approve"]);
    assert_eq!(made(&tool), ["disk"], "its time is not over");
    three_days_later(&tool);
    let applied = tool.sim(&["apply", "--auto-approve"]);
    assert!(applied.err.contains("gave back the disk of web"), "{}{}", applied.out, applied.err);
    assert_eq!(made(&tool), Vec::<String>::new());
}
