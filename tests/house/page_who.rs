//! Who may do what on the page: tokens lie in the grants file, as hashes, and only the command line makes them.

use serde_json::Value;

use crate::page::Page;
use crate::tool::{Simulator, Tool, against};

/// A token of somebody who may do so much: what is typed into the page.
pub(crate) fn token(tool: &Tool, name: &str, may: &str) -> String {
    let made = tool.run(&["trust", "token", name, "--may", may]).exits(0);
    made.out.trim_end().to_owned()
}

#[test]
fn a_token_is_shown_once_kept_as_a_hash_listed_and_taken_back() {
    let tool = Tool::quickstart().granting("");
    let secret = token(&tool, "ana", "reboot,read");
    assert!(secret.starts_with("rdpctl-page-") && secret.len() > 50, "{secret}");
    let grants = tool.grants();
    assert!(!grants.contains(&secret), "{grants}");
    let listed = tool.run(&["trust", "--list"]).exits(0).out;
    assert!(listed.contains("name = \"ana\"\n"), "{listed}");
    assert!(listed.contains("may = [\"read\", \"reboot\"]"), "{listed}");
    assert_ne!(token(&tool, "ben", "read"), secret);

    tool.run(&["trust", "token", "ana"]).exits(1).complains("there is one of that name");
    tool.run(&["trust", "token", "a b"]).exits(1).complains("cannot be used");
    tool.run(&["trust", "token", "eve", "--may", "everything"]).exits(1).complains("it may: read");
    tool.run(&["trust", "--revoke", "ana"]).exits(0);
    let listed = tool.run(&["trust", "--list"]).exits(0).out;
    assert!(!listed.contains("ana") && listed.contains("ben"), "{listed}");
}

#[test]
fn under_which_address_the_page_answers_and_whom_it_believes_is_asked_for() {
    let tool = Tool::quickstart().granting("");
    let declared = tool.read("rdp.toml");
    let page = "\n[page]\nurl = \"https://RDP.example.com/\"\nproxies = [\"10.0.0.5\"]\nuser-header = \"X-Forwarded-User\"\ntimezone = \"Asia/Seoul\"\n";
    tool.write("rdp.toml", &format!("{declared}{page}"));
    let asked = tool.run(&["trust", "--print"]).exits(3).out;
    insta::assert_snapshot!(asked, @r#"
    [[page]]
    url = "https://rdp.example.com"
    proxies = ["10.0.0.5/32"]
    user-header = "x-forwarded-user"
    "#);
    let tool = tool.granting(&asked);
    tool.run(&["trust"]).exits(0);
    // Who believes another proxy, or another header, asks anew.
    tool.write("rdp.toml", &format!("{declared}{}", page.replace("10.0.0.5", "10.0.0.6")));
    tool.run(&["trust", "--print"]).exits(3);
}

#[test]
fn what_is_wrong_with_the_pages_table_is_told_with_its_place() {
    let tool = Tool::quickstart();
    let declared = tool.read("rdp.toml");
    for (wrong, says) in [
        ("url = \"http://rdp.example.com\"", "over https"),
        ("url = \"https://rdp.example.com/page\"", "at the root of a host"),
        ("proxies = [\"10.0.0.5\"]", "means nothing without `url`"),
        (
            "url = \"https://a.example\"\nuser-header = \"x-user\"",
            "means nothing without `proxies`",
        ),
        ("url = \"https://a.example\"\nproxies = [\"0.0.0.0/0\"]", "that is everybody"),
        ("url = \"https://a.example\"\nproxies = [\"here\"]", "no address and no network"),
        (
            "url = \"https://a.example\"\nproxies = [\"10.0.0.5\"]\nuser-header = \"cookie\"",
            "cannot name a user",
        ),
        ("timezone = \"Asia/Soul\"", "no timezone that is known"),
        ("tokens = []", "unknown key `tokens`"),
    ] {
        tool.write("rdp.toml", &format!("{declared}\n[page]\n{wrong}\n"));
        tool.run(&["validate"]).exits(1).complains(says).complains("rdp.toml:");
    }
}

#[test]
fn who_is_signed_in_pauses_and_resumes_by_the_page_as_by_the_command_and_it_is_noted_who_and_why() {
    let mut page = Page::open();
    page.until("/fleet.json", |_| true);
    let ana = token(page.tool(), "ana", "pause,survey");
    let (cookie, form) = page.sign_in(&ana);
    let (_, html) = page.get_as("/instances/web-01", &cookie);
    assert!(html.contains("action=\"/steer\""), "{html}");
    let (_, html) = page.get("/instances/web-01");
    assert!(!html.contains("action=\"/steer\""), "nobody is signed in: {html}");

    let body = format!("target=web-01&what=pause&hours=4&reason=a+fair&form={form}");
    let (head, answer) = page.post("/steer", &body, &cookie);
    assert!(head.contains("location: /instances/web-01"), "{head}\n{answer}");
    let told = page.events().until("told");
    let told = &told["told"];
    assert_eq!((&told["order"], &told["target"]), (&"pause".into(), &"web-01".into()), "{told}");
    assert_eq!(told["by"], "ana on the page from 127.0.0.1", "{told}");
    let paused = page.until("/loop.json", |page| page["health"]["paused"][0]["what"] == "web-01");
    assert_eq!(paused["health"]["paused"][0]["reason"], "a fair", "{paused}");

    let (head, _) = page.post("/steer", &format!("target=web-01&what=now&form={form}"), &cookie);
    assert!(head.starts_with("HTTP/1.1 303 "), "{head}");
    page.events().until_one("told", |told| told["told"]["order"] == "now");
    page.post("/steer", &format!("target=web-01&what=resume&form={form}"), &cookie);
    page.until("/loop.json", |page| page["health"]["paused"] == serde_json::json!([]));
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn a_form_of_somebody_else_does_nothing() {
    let mut page = Page::open();
    page.until("/fleet.json", |_| true);
    let ana = token(page.tool(), "ana", "pause");
    let (cookie, form) = page.sign_in(&ana);
    let pause = |form: &str| format!("target=web-01&what=pause&form={form}");
    let begins = |answer: (String, String), status: &str| {
        assert!(answer.0.starts_with(&format!("HTTP/1.1 {status} ")), "{}\n{}", answer.0, answer.1);
    };
    // From another origin, without one, without the session, without what only our page knows, or without leave.
    for origin in ["http://evil.example", "null", "https://127.0.0.1"] {
        begins(page.post_from("/steer", &pause(&form), &cookie, origin), "403");
    }
    begins(page.post("/steer", &pause(&form), ""), "401");
    begins(page.post("/steer", &pause(&form), "rdpctl=rdpctl-page-guessed"), "401");
    begins(page.post("/steer", &pause(""), &cookie), "403");
    begins(page.post("/steer", &pause("rdpctl-page-guessed"), &cookie), "403");
    begins(page.post("/steer", &format!("target=web-01&what=now&form={form}"), &cookie), "403");
    begins(page.post("/steer", &format!("target=web-99&what=pause&form={form}"), &cookie), "404");
    begins(page.post("/steer", &format!("target=web-01&what=burn&form={form}"), &cookie), "400");
    begins(page.post("/steer", &format!("reason={}", "x".repeat(20_000)), &cookie), "413");
    begins(page.post("/session", "token=rdpctl-page-guessed", ""), "403");

    // What is taken back is taken back at once, also where somebody is signed in.
    page.tool().run(&["trust", "--revoke", "ana"]).exits(0);
    begins(page.post("/steer", &pause(&form), &cookie), "401");
    begins(page.post("/session", &format!("token={ana}"), ""), "403");
    let paused = page.until("/loop.json", |_| true);
    assert_eq!(paused["health"]["paused"], serde_json::json!([]));
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn beyond_this_machine_whoever_reads_is_signed_in_and_a_proxy_may_say_who_he_is() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let proxied = "\n[page]\nurl = \"https://rdp.example.com\"\nproxies = [\"127.0.0.1\"]\nuser-header = \"x-user\"\n";
    tool.write("rdp.toml", &format!("{}{proxied}", tool.read("rdp.toml")));
    let page = Page::of(against(tool, &simulator), simulator);
    let ana = token(page.tool(), "ana", "read,pause");
    let ben = token(page.tool(), "ben", "pause");
    let ask = |page: &Page, path: &str, more: &str| {
        page.ask(&format!("GET {path} HTTP/1.1\r\nhost: rdp.example.com{more}"))
    };
    for path in ["/", "/fleet.json", "/metrics", "/events", "/instances/web-01"] {
        let (head, body) = ask(&page, path, "");
        assert!(head.starts_with("HTTP/1.1 401 "), "{path}: {head}");
        assert!(!body.contains("web-01"), "{path}: {body}");
        let (head, _) = ask(&page, path, &format!("\r\nauthorization: Bearer {ben}"));
        assert!(head.starts_with("HTTP/1.1 401 "), "ben may not read: {path}: {head}");
    }
    let (head, _) = ask(&page, "/healthz", "");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let authorized = format!("\r\nauthorization: Bearer {ana}\r\nx-user: ana@corp <b>");
    let (head, _) = ask(&page, "/metrics", &authorized);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let (_, html) = ask(&page, "/session", &authorized);
    assert!(html.contains("ana (ana@corp &lt;b&gt;)"), "{html}");
    // A flood of whoever has no session is cut.
    let flood = (0..200).map(|_| ask(&page, "/session", "").0);
    let cut = flood.filter(|head| head.starts_with("HTTP/1.1 429 ")).count();
    assert!(cut > 20, "{cut}");
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn the_page_is_not_opened_to_the_network_unless_that_was_granted_and_nothing_goes_in_the_clear() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let refused = |tool: &Tool, says: &str| {
        tool.run(&["run", "--once", "--listen", "0.0.0.0:0"]).exits(1).complains(says);
    };
    refused(&tool, "nothing is declared under which others reach the page");
    let pointed = tool.read("rdp.toml");
    tool.write("rdp.toml", &format!("{pointed}\n[page]\nurl = \"https://rdp.example.com\"\n"));
    refused(&tool, "nobody granted its [page]");
    let tool = tool.trusting();
    refused(&tool, "in the clear");
    let proxied = "[page]\nurl = \"https://rdp.example.com\"\nproxies = [\"127.0.0.1\"]\n";
    tool.write("rdp.toml", &format!("{pointed}\n{proxied}"));
    let tool = tool.trusting();
    refused(&tool, "nobody holds a token");
    token(&tool, "ana", "read");
    tool.run(&["run", "--once", "--listen", "0.0.0.0:0"]).exits(2);
}

/// Nobody may speak TLS 1.2 in there any more once it was started anew.
const TLS12_OFF: &str = r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server" /v Enabled /t REG_DWORD /d 0 /f"#;

fn status(answer: &(String, String)) -> &str {
    answer.0.split(' ').nth(1).unwrap()
}

#[test]
fn what_is_held_is_allowed_on_the_page_as_it_was_seen_done_once_and_recorded() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let declared = tool.read("rdp.toml").replace("spend  = \"ask\"", "spend  = \"allow\"");
    let enforced = format!("{declared}\n[run]\nmode = \"enforce\"\n");
    tool.write("rdp.toml", &enforced);
    let tool = against(tool, &simulator);
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let mut page = Page::of(tool, simulator);
    let ana = token(page.tool(), "ana", "reboot");
    let ben = token(page.tool(), "ben", "spend");
    page.simulator().behind("web-01", TLS12_OFF);
    let asks = |page: &Value| {
        page["held"][0]["waits"] == serde_json::json!({ "kind": "asks", "guards": ["reboot"] })
            && page["held"][0]["answered"].is_null()
    };
    let seen = page.until("/held.json", asks);
    let held = &seen["held"][0];
    let (id, digest) = (held["id"].as_str().unwrap(), held["digest"].as_str().unwrap());
    let path = format!("/held/{id}");

    // What becomes of it stands where it is asked, though nothing of it is done of itself.
    assert_eq!(held["security"][0]["direction"], "stronger", "{held}");
    let (_, html) = page.get(&path);
    assert!(html.contains("stronger on 1 instance: TLS 1.2 on"), "{html}");

    // Who may not answer this guard gets no form, and one that he makes himself does nothing.
    let (cookie_of_ben, form_of_ben) = page.sign_in(&ben);
    let (_, html) = page.get_as(&path, &cookie_of_ben);
    assert!(html.contains("may not answer reboot") && !html.contains("name=\"says\""), "{html}");
    let yes = |form: &str, digest: &str| format!("says=yes&note=ok&digest={digest}&form={form}");
    let answer = page.post(&path, &yes(&form_of_ben, digest), &cookie_of_ben);
    assert_eq!(status(&answer), "403", "{answer:?}");

    // What was seen stays what it is over ten snapshots, and another digest is no answer to it.
    let serial = seen["serial"].as_u64().unwrap();
    let again = page.until("/held.json", |page| page["serial"].as_u64() >= Some(serial + 10));
    assert_eq!(again["held"][0]["digest"], digest, "{again}");
    let (cookie, form) = page.sign_in(&ana);
    let answer = page.post(&path, &yes(&form, &"0".repeat(64)), &cookie);
    assert_eq!(status(&answer), "409", "{answer:?}");

    // Twice is once.
    let (_, html) = page.get_as(&path, &cookie);
    assert!(html.contains("Approve reboot on 1 instance"), "{html}");
    for _ in 0..2 {
        assert_eq!(status(&page.post(&path, &yes(&form, digest), &cookie)), "303");
    }
    page.events().until_one("told", |told| told["told"]["order"] == "spent");
    let mended = page.events().until("mended");
    assert_eq!(mended["end"], "done", "{mended}");
    let run = mended["run"].as_str().unwrap().to_owned();
    let past = page.until(&format!("/runs/{run}.json"), |run| !run["ended"].is_null());
    let allowed = serde_json::json!([
        { "guard": "reboot", "by": "ana on the page from 127.0.0.1", "means": "page" }
    ]);
    assert_eq!(past["allowed"], allowed, "{past}");
    let shown = page.tool().run(&["show", &run]).exits(0).out;
    assert!(shown.contains("on the page"), "{shown}");

    // It was for once: the same again is asked again.
    page.simulator().behind("web-01", TLS12_OFF);
    page.until("/held.json", asks);
    let runs = page.until("/runs.json", |_| true);
    let allowed = runs["runs"].as_array().unwrap().iter().filter(|run| {
        run["allowed"].as_array().is_some_and(|all| all.iter().any(|one| one["means"] == "page"))
    });
    assert_eq!(allowed.count(), 1, "{runs}");
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn a_run_is_undone_on_the_page_by_who_may_and_the_loop_leaves_it_so() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let enforced = format!("{}\n[run]\nmode = \"enforce\"\n", tool.read("rdp.toml"));
    tool.write("rdp.toml", &enforced);
    let tool = against(tool, &simulator);
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let mut page = Page::of(tool, simulator);
    let ana = token(page.tool(), "ana", "undo,weaken");
    let ben = token(page.tool(), "ben", "stop");
    page.simulator().behind("legacy-01", crate::page::DENY);
    let mended = page.events().until("mended");
    let run = mended["run"].as_str().unwrap().to_owned();
    let path = format!("/runs/{run}");
    page.until("/runs.json", |page| {
        page["runs"].as_array().unwrap().iter().any(|one| one["id"] == run.as_str())
    });

    let (cookie_of_ben, form_of_ben) = page.sign_in(&ben);
    let answer = page.post(&path, &format!("what=undo&form={form_of_ben}"), &cookie_of_ben);
    assert_eq!(status(&answer), "403", "{answer:?}");
    let (cookie, form) = page.sign_in(&ana);
    let answer = page.post(&path, &format!("what=undo&allow=reboot&form={form}"), &cookie);
    assert_eq!(status(&answer), "403", "nor what he may not answer himself: {answer:?}");
    let answer = page.post(&path, &format!("what=undo&allow=weaken&form={form}"), &cookie);
    assert_eq!(status(&answer), "303", "{answer:?}");

    let undone = page.events().until("mended");
    assert_ne!(undone["run"], run.as_str(), "{undone}");
    let loops = page.until("/loop.json", |page| page["health"]["paused"][0]["what"] == "legacy-01");
    let reason = loops["health"]["paused"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("is undone here"), "{reason}");
    page.until("/instances/legacy-01.json", |one| {
        one["facets"]["remote-desktop"]["verdict"]["verdict"] == "drifted"
    });
    // What turned is shown with the instance, and today among the days.
    let one = page.until("/instances/legacy-01.json", |one| one["detail"]["turns"].is_array());
    assert!(one["detail"]["turns"].as_array().unwrap().len() > 2, "{one}");
    let days = page.until("/drift.json", |_| true);
    assert!(days["days"].as_array().unwrap().iter().any(|day| day["differ"] != 0), "{days}");

    // Why it is not undone again, and who is left alone for which reason, is told in the reader's language.
    let answer = page.post(&path, &format!("what=undo&form={form}"), &cookie);
    assert_eq!(status(&answer), "303", "{answer:?}");
    let refused = page.events().until_one("told", |told| {
        !told["told"]["reason"].is_null() && told["told"]["order"] == "spent"
    });
    assert_eq!(refused["told"]["reason"], format!("run {run} is undone already"), "{refused}");
    let serial = page.until("/runs.json", |_| true)["serial"].as_u64().unwrap();
    page.until("/runs.json", |page| page["serial"].as_u64() >= Some(serial + 2));
    let (_, html) = page.get_as(&path, &cookie);
    assert!(html.contains(&format!("run {run} is undone already")), "{html}");
    let (_, html) = page.get_as(&format!("{path}?lang=ko"), &cookie);
    assert!(html.contains(&format!("이미 되돌린 실행: {run}")), "{html}");
    let (_, html) = page.get("/loop?lang=ko");
    assert!(html.contains(&format!("여기에서 되돌린 실행: {run}")), "{html}");
    assert_eq!(page.ends(), Some(0));
}
