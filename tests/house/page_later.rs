//! A yes to what cannot be done yet: it outlasts looks without a change, and no change at all.

use serde_json::Value;

use crate::page::Page;
use crate::page_who::token;
use crate::tool::{Simulator, Tool, against};

/// Nobody may speak this version of TLS in there any more once it was started anew.
fn tls_off(version: &str) -> String {
    format!(
        r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS {version}\Server" /v Enabled /t REG_DWORD /d 0 /f"#
    )
}

/// What is held of this machine.
fn held<'a>(page: &'a Value, name: &str) -> Option<&'a Value> {
    let mut lines = page["held"].as_array().unwrap().iter();
    lines.find(|line| line["members"] == serde_json::json!([name]))
}

/// Of how many looks into machines this page is told by the loop itself.
fn looks(page: &Page) -> u64 {
    let (_, metrics) = page.get("/metrics");
    let lines = metrics.lines().filter(|line| {
        line.starts_with("rdpctl_looks_total{")
            && line.contains("\"machines\"")
            && line.contains("\"success\"")
    });
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn a_yes_that_waits_for_a_window_outlasts_ten_looks_is_done_without_being_asked_again_and_dies_with_one_value()
 {
    use jiff::ToSpan;

    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    // Never now, whenever this is.
    let opens = jiff::Timestamp::now().in_tz("Asia/Seoul").unwrap().saturating_add(3.days());
    let window = format!("\nwindows = [\"{} 02:00-05:00 Asia/Seoul\"]\n", opens.strftime("%a"));
    let declared = tool.read("rdp.toml").replace("spend  = \"ask\"", "spend  = \"allow\"");
    tool.write("rdp.toml", &format!("{declared}\n[run]\nmode = \"enforce\"\n"));
    let tool = against(tool, &simulator);
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let open = tool.read("rdp.toml");
    tool.write("rdp.toml", &open.replacen("[guard]\n", &format!("[guard]{window}"), 1));
    let mut page = Page::of(tool, simulator);
    let ana = token(page.tool(), "ana", "reboot");
    let (cookie, form) = page.sign_in(&ana);
    let both = ["web-01", "legacy-01"];
    for name in both {
        page.simulator().behind(name, &tls_off("1.2"));
    }
    let asks = |page: &Value, name| {
        held(page, name).is_some_and(|it| it["waits"]["kind"] == "asks" && it["answered"].is_null())
    };
    let seen = page.until("/held.json", |page| both.iter().all(|name| asks(page, *name)));
    let digests = both.map(|name| held(&seen, name).unwrap()["digest"].clone());
    for name in both {
        let line = held(&seen, name).unwrap();
        let (id, digest) = (line["id"].as_str().unwrap(), line["digest"].as_str().unwrap());
        let yes = format!("says=yes&digest={digest}&form={form}");
        let (head, answer) = page.post(&format!("/held/{id}"), &yes, &cookie);
        assert!(head.starts_with("HTTP/1.1 303 "), "{head}\n{answer}");
    }

    // It cannot be done yet: however often is looked, it is the same that was allowed, and nothing is done of it.
    let said_yes =
        |page: &Value, name| held(page, name).is_some_and(|line| line["answered"]["says"] == "yes");
    page.until("/held.json", |page| both.iter().all(|name| said_yes(page, *name)));
    let (_, html) = page.get("/held");
    assert!(html.contains("ana on the page from 127.0.0.1"), "{html}");
    let looked = looks(&page);
    while looks(&page) < looked + 10 {
        let serial = page.until("/held.json", |_| true)["serial"].as_u64().unwrap();
        let held_now = page.until("/held.json", |page| page["serial"].as_u64() > Some(serial));
        for (name, digest) in both.iter().zip(&digests) {
            assert!(said_yes(&held_now, *name), "{held_now}");
            assert_eq!(&held(&held_now, name).unwrap()["digest"], digest, "{held_now}");
        }
    }
    let runs = page.until("/runs.json", |_| true);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1, "only the one before: {runs}");

    // One value moves in one of them: that yes was about something else.
    page.simulator().behind("web-01", &tls_off("1.1"));
    page.until("/held.json", |page| asks(page, "web-01"));

    // The window opens: what was allowed is done, and of the other is asked.
    page.tool().write("rdp.toml", &open);
    page.events().until_one("told", |told| told["told"]["order"] == "spent");
    let mended = page.events().until("mended");
    assert_eq!(mended["end"], "done", "{mended}");
    let run = mended["run"].as_str().unwrap().to_owned();
    let past = page.until(&format!("/runs/{run}.json"), |run| !run["ended"].is_null());
    let allowed = serde_json::json!([
        { "guard": "reboot", "by": "ana on the page from 127.0.0.1", "means": "page" }
    ]);
    assert_eq!(past["allowed"], allowed, "{past}");
    page.until("/instances/legacy-01.json", |one| {
        one["facets"]["tls"]["verdict"]["verdict"] == "healthy"
    });
    let left = page.until("/held.json", |page| held(page, "legacy-01").is_none());
    assert!(asks(&left, "web-01"), "{left}");
    let one = page.until("/instances/web-01.json", |_| true);
    assert_eq!(one["facets"]["tls"]["verdict"]["verdict"], "drifted", "{one}");
    assert_eq!(page.ends(), Some(0));
}
