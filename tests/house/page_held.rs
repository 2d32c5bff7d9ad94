//! What is held, on the page: exact commands, prices asked anew, and answers to what is not so any more.

use serde_json::Value;

use crate::interrupt::signal;
use crate::page::Page;
use crate::page_who::token;
use crate::tool::{Simulator, Tool, against};
use crate::watching::Loop;

/// Nobody may speak this version of TLS in there any more once it was started anew.
fn tls_off(version: &str) -> String {
    format!(
        r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS {version}\Server" /v Enabled /t REG_DWORD /d 0 /f"#
    )
}

fn status(answer: &(String, String)) -> &str {
    answer.0.split(' ').nth(1).unwrap()
}

/// The quickstart's estate, where money and reboots are as they are declared there or otherwise.
fn enforced(change: impl Fn(&str) -> String) -> (Tool, Simulator) {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let declared = change(&tool.read("rdp.toml"));
    tool.write("rdp.toml", &format!("{declared}\n[run]\nmode = \"enforce\"\n"));
    (against(tool, &simulator), simulator)
}

/// What a form carries under this name.
fn field(html: &str, name: &str) -> String {
    let value = html.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
    value.split('"').next().unwrap().replace("&quot;", "\"").replace("&amp;", "&")
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn asks(page: &Value) -> bool {
    page["held"].as_array().unwrap().iter().any(|one| one["waits"]["kind"] == "asks")
}

#[test]
fn an_answer_to_what_moved_shows_what_was_seen_beside_what_is_now_and_does_nothing() {
    let (tool, simulator) =
        enforced(|declared| declared.replace("spend  = \"ask\"", "spend  = \"allow\""));
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let mut page = Page::of(tool, simulator);
    let ana = token(page.tool(), "ana", "reboot");
    let (cookie, form) = page.sign_in(&ana);
    page.simulator().behind("web-01", &tls_off("1.2"));
    let seen = page.until("/held.json", asks);
    let held = seen["held"][0].clone();
    let path = format!("/held/{}", held["id"].as_str().unwrap());
    let (_, html) = page.get_as(&path, &cookie);
    // Exactly what would be sent stands there to be read.
    assert!(html.contains("Exact commands"), "{html}");
    assert!(html.contains("SCHANNEL\\Protocols\\TLS 1.2\\Server"), "{html}");
    // And why it is asked at all: by which line of which file.
    let declared = page.tool().read("rdp.toml");
    let line = declared.lines().position(|line| line.starts_with("reboot ")).unwrap() + 1;
    assert!(html.contains(&format!("reboot: declared at rdp.toml:{line}")), "{html}");
    let digest = field(&html, "digest");

    page.simulator().behind("web-01", &tls_off("1.1"));
    page.until("/held.json", |page| asks(page) && page["held"][0]["digest"] != digest.as_str());
    let body = format!("says=yes&digest={digest}&form={form}");
    let answer = page.post(&path, &body, &cookie);
    assert_eq!(status(&answer), "409", "{answer:?}");
    for says in ["What moved", "What you saw", "What is so now", "decide anew"] {
        assert!(answer.1.contains(says), "{says}: {}", answer.1);
    }
    let (before, after) = answer.1.split_once("What is so now").unwrap();
    assert!(!before.contains("TLS 1.1") && after.contains("TLS 1.1"), "{}", answer.1);
    assert!(!answer.1.contains("name=\"says\""), "nothing is answered there: {}", answer.1);
    // What nobody showed lately is not known, and that is said.
    let answer = page.post(&path, &body.replace(&digest, &"0".repeat(64)), &cookie);
    assert_eq!(status(&answer), "409", "{answer:?}");
    assert!(answer.1.contains("not known here any more"), "{}", answer.1);
    let (_, korean) = page.post(&format!("{path}?lang=ko"), &body, &cookie);
    assert!(korean.contains("보신 것"), "{korean}");
    let told = page.events().told.iter().filter(|one| one["told"]["order"] == "approve").count();
    assert_eq!(told, 0);
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn a_price_is_asked_anew_before_a_yes_and_the_yes_asked_again_only_where_it_rose() {
    let (tool, simulator) = enforced(str::to_owned);
    // All but what costs money: nothing else moves what is asked about.
    tool.run(&["apply", "--auto-approve", "--allow", "reboot"]).exits(3);
    let mut page = Page::of(tool, simulator);
    let ana = token(page.tool(), "ana", "reboot,spend");
    let (cookie, form) = page.sign_in(&ana);
    let spends = |line: &Value| {
        line["waits"]["guards"]
            .as_array()
            .is_some_and(|guards| guards.contains(&"spend".into()) && !line["money"].is_null())
    };
    let seen = page.until("/held.json", |page| page["held"].as_array().unwrap().iter().any(spends));
    let line = seen["held"].as_array().unwrap().iter().find(|line| spends(line)).unwrap().clone();
    let path = format!("/held/{}", line["id"].as_str().unwrap());
    let shown = page.until(&format!("{path}.json"), |_| true);
    let quotes = shown["now"]["quotes"].as_array().unwrap();
    assert!(quotes.iter().any(|quote| !quote["price"]["seen"].is_null()), "{shown}");
    let (_, html) = page.get_as(&path, &cookie);
    assert!(html.contains("(the account&#39;s currency)"), "{html}");
    let (digest, shown) = (field(&html, "digest"), field(&html, "shown"));
    let yes =
        |shown: &str| format!("says=yes&digest={digest}&form={form}&shown={}", encoded(shown));

    // Somebody who was shown less, or nothing at all, is shown what it is now.
    let less = shown.replace("\"millionths\":8", "\"millionths\":5");
    assert_ne!(less, shown);
    for less in [less.as_str(), "{}", "nonsense"] {
        let answer = page.post(&path, &yes(less), &cookie);
        assert_eq!(status(&answer), "409", "{answer:?}");
        assert!(answer.1.contains("It has become more than you saw"), "{}", answer.1);
    }
    let answer = page.post(&path, &yes(&shown), &cookie);
    assert_eq!(status(&answer), "303", "{answer:?}");
    let approved = page.events().until_one("told", |told| told["told"]["order"] == "approve");
    let shown_then = approved["told"]["shown"]["quotes"].as_array().unwrap();
    assert_eq!(shown_then, quotes, "{approved}");
    page.events().until_one("told", |told| told["told"]["order"] == "spent");
    let mended = page.events().until("mended");
    let run = mended["run"].as_str().unwrap().to_owned();
    let past = page.until(&format!("/runs/{run}.json"), |run| !run["ended"].is_null());
    let by = past["allowed"].as_array().unwrap();
    assert!(by.iter().any(|one| one["guard"] == "spend" && one["means"] == "page"), "{past}");
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn an_undo_that_is_ordered_while_no_loop_leads_is_done_by_whoever_leads_next() {
    let (tool, simulator) = enforced(str::to_owned);
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let mut page = Page::of(tool, simulator);
    let ana = token(page.tool(), "ana", "undo,weaken");
    let (cookie, form) = page.sign_in(&ana);
    page.simulator().behind("legacy-01", crate::page::DENY);
    let mended = page.events().until("mended");
    let run = mended["run"].as_str().unwrap().to_owned();
    let path = format!("/runs/{run}");
    page.until("/runs.json", |page| {
        page["runs"].as_array().unwrap().iter().any(|one| one["id"] == run.as_str())
    });

    // Another one leads, and is stopped: nobody hears an order now.
    signal(page.events().child(), "STOP");
    let mut other = Loop::start(page.tool(), &[]);
    other.until("leading");
    other.until("ready");
    signal(page.events().child(), "CONT");
    page.events().until("deposed");
    page.events().until("standing-by");
    signal(other.child(), "STOP");
    let answer = page.post(&path, &format!("what=undo&allow=weaken&form={form}"), &cookie);
    assert_eq!(status(&answer), "303", "{answer:?}");
    page.events().until("leading");
    let undone = page.events().until("mended");
    assert_eq!(undone["end"], "done", "{undone}");
    page.until("/instances/legacy-01.json", |one| {
        one["facets"]["remote-desktop"]["verdict"]["verdict"] == "drifted"
    });
    // For once, however often is looked after that.
    let serial = page.until("/runs.json", |_| true)["serial"].as_u64().unwrap();
    let runs = page.until("/runs.json", |page| page["serial"].as_u64() >= Some(serial + 3));
    let undoes = |one: &&Value| one["purpose"]["undo"] == run.as_str();
    assert_eq!(runs["runs"].as_array().unwrap().iter().filter(undoes).count(), 1, "{runs}");
    signal(other.child(), "CONT");
    other.until("standing-by");
    assert_eq!(other.ends().0, Some(0));
    assert_eq!(page.ends(), Some(0));
}
