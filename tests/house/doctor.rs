//! `rdpctl doctor`: the first cause named, with evidence, in several forms and languages, without changing anything.

use serde_json::Value;

use crate::tool::{Tool, root};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn of_everything_that_is_wrong_at_once_the_first_cause_is_named() {
    let tool = Tool::quickstart();
    let ran = tool.sim(&["doctor", "web-01", "--format", "json"]).exits(2);
    let diagnosis = json(&ran.out);
    assert_eq!(diagnosis["first-cause"]["facet"], "power");
    assert_eq!(diagnosis["first-cause"]["reference"]["step"], "Tencent 1");
    assert_eq!(diagnosis["first-cause"]["repairs"][0]["step"], "start the instance");
    let others: Vec<&str> = diagnosis["other-causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["facet"].as_str().unwrap())
        .collect();
    assert_eq!(others, ["public-ip", "ingress"]);
    assert!(diagnosis["facets"].as_array().unwrap().len() >= 16);
}

#[test]
fn the_doctor_leaves_no_trace() {
    let tool = Tool::quickstart();
    tool.sim(&["doctor", "web-01"]).exits(2);
    assert!(!tool.path(".rdpctl/state.db").exists());
    tool.sim(&["drift"]).exits(2);
}

#[test]
fn an_instance_that_nobody_declared_is_looked_at_by_its_id() {
    let tool = Tool::quickstart();
    std::fs::remove_file(tool.path("rdp.toml")).unwrap();
    let ran =
        tool.sim(&["doctor", "tencent:ap-guangzhou/ins-0abc1234", "--format", "json"]).exits(2);
    let diagnosis = json(&ran.out);
    assert_eq!(diagnosis["first-cause"]["facet"], "power");
    assert_eq!(diagnosis["profile"], "standard");
}

#[test]
fn of_an_id_that_the_cloud_does_not_know_nothing_else_is_said() {
    let tool = Tool::quickstart();
    let ran =
        tool.sim(&["doctor", "tencent:ap-guangzhou/ins-0abc9999", "--format", "json"]).exits(3);
    let unseen = json(&ran.out)["unseen"].clone();
    assert_eq!(unseen.as_array().unwrap().len(), 1, "{unseen}");
    assert_eq!(unseen[0]["why"], "the cloud does not know ins-0abc9999");
}

#[test]
fn whoever_is_not_declared_is_an_error_that_names_those_who_are() {
    let tool = Tool::quickstart();
    tool.sim(&["doctor", "web-99"]).exits(1).complains("legacy-01, web-01");
    tool.run(&["doctor", "tencent:ap-guangzhou"]).exits(1).complains("tencent:REGION/ID");
    tool.run(&["doctor", "host:"]).exits(1).complains("no host");
}

#[test]
fn the_documentation_shows_what_the_doctor_says_before_and_after() {
    let documentation = std::fs::read_to_string(root().join("docs/doctor.md")).unwrap();
    let tool = Tool::quickstart();
    let shown = |arguments: &[&str], code: i32| {
        let text = timeless(&tool.sim(arguments).exits(code).out);
        assert!(
            documentation.contains(&format!("```text\n{text}```")),
            "not in the documentation:\n{text}"
        );
    };
    shown(&["doctor", "web-01"], 2);
    shown(&["doctor", "--lang", "ko", "legacy-01"], 2);
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    shown(&["doctor", "web-01"], 0);
}

/// The time of the survey, and the address that the world gave out, as the documentation has them.
fn timeless(text: &str) -> String {
    const LENGTH: usize = "2026-01-01 00:00:00 UTC".len();
    let at = text.match_indices('\n').nth(1).unwrap().0 - LENGTH;
    let text = format!("{}2026-01-01 00:00:00 UTC{}", &text[..at], &text[at + LENGTH..]);
    match text.split_once(" at 127.") {
        None => text,
        Some((before, after)) => {
            let (_, rest) = after.split_once(':').unwrap();
            format!("{before} at 203.0.113.7:{rest}")
        }
    }
}

#[test]
fn the_locale_decides_the_language_unless_it_is_said() {
    let korean = Tool::quickstart().with("LANG", "ko_KR.UTF-8");
    assert!(
        korean.sim(&["doctor", "web-01"]).exits(2).out.contains("인스턴스가 실행 중이 아닙니다.")
    );
    assert!(
        korean
            .sim(&["doctor", "web-01", "--lang", "en"])
            .exits(2)
            .out
            .contains("The instance does not run.")
    );
    let german = Tool::quickstart().with("LANG", "ko_KR.UTF-8").with("LC_ALL", "de_DE.UTF-8");
    assert!(german.sim(&["doctor", "web-01"]).exits(2).out.contains("The instance does not run."));
}

#[test]
fn what_the_client_showed_decides_where_the_walk_begins() {
    let tool = Tool::quickstart();
    let entries = |error: &str| {
        let ran = tool.sim(&["doctor", "legacy-01", "--error", error, "--format", "json"]).exits(2);
        let diagnosis = json(&ran.out);
        let first = &diagnosis["walks"][0];
        let complaint = diagnosis["complaint"].clone();
        (complaint, first["tree"].clone(), first["entry"].clone())
    };
    for error in ["An internal error has occurred.", "내부 오류가 발생했습니다."] {
        let (complaint, tree, entry) = entries(error);
        assert_eq!(complaint["message"], "internal-error");
        assert_eq!(complaint["stage"], "tls");
        assert_eq!(complaint["suspects"][0], "machine-keys");
        assert_eq!((tree, entry), ("azure-rdp-internal-error".into(), "azure-1-1".into()));
    }
    let (complaint, tree, entry) = entries("an internet error has happened");
    assert!(complaint["message"].is_null());
    assert_eq!(complaint["nearest"][0], "An internal error has occurred");
    assert_eq!((tree, entry), ("tencent-cvm-rdp".into(), "tencent-1".into()));
}

#[test]
fn a_host_is_seen_from_outside_alone() {
    // Nobody listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ran = Tool::new()
        .run(&["doctor", &format!("host:127.0.0.1:{port}"), "--format", "json"])
        .exits(3);
    let diagnosis = json(&ran.out);
    assert_eq!(diagnosis["guesses"][0]["facet"], "service");
    let worlds: Vec<&str> = diagnosis["unseen"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unseen| unseen["world"].as_str().unwrap())
        .collect();
    assert_eq!(worlds, ["cloud", "guest"]);
}

#[test]
fn what_others_wrote_is_text_in_every_form() {
    let tool = Tool::quickstart();
    let world = tool.read("world.toml").replace(
        "# closed after an audit",
        "# <script>alert(1)</script> \\u001b[2J [a](javascript:b) `c`",
    );
    tool.write("world.toml", &world);
    let form = |form: &str| {
        tool.sim(&["doctor", "web-01", "--error", "<b>\u{1b}[2J", "--format", form]).exits(2).out
    };
    let html = form("html");
    assert!(
        html.contains("<html lang=\"en\">") && html.contains("&lt;script&gt;alert(1)"),
        "{html}"
    );
    for forbidden in ["<script", "<b>\u{1b}", "<link", "<img", " src=", "\u{1b}"] {
        assert!(!html.contains(forbidden), "{forbidden} in {html}");
    }
    assert_eq!(unclosed(&html.replace("<!doctype html>", "")), Vec::<String>::new());
    let markdown = form("markdown");
    assert!(!markdown.contains("<script") && markdown.len() <= 65_536, "{markdown}");
    assert!(!markdown.contains('\u{1b}') && !markdown.contains("[a](javascript"), "{markdown}");
    assert!(!form("text").contains('\u{1b}'));
}

/// Elements that are opened and never closed, or closed out of order; those without content aside.
fn unclosed(html: &str) -> Vec<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut faults = Vec::new();
    for piece in html.split('<').skip(1) {
        let tag = piece.split_once('>').map_or(piece, |(tag, _)| tag);
        let name = tag.split_whitespace().next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) if open.last() == Some(&name) => {
                open.pop();
            }
            Some(_) => faults.push(name.to_owned()),
            None if tag.ends_with('/') || ["meta", "br"].contains(&name) => {}
            None => open.push(name),
        }
    }
    faults.extend(open.into_iter().map(str::to_owned));
    faults
}

/// Of a machine on which nothing is wrong and no disk was looked at, nothing is said of disks, and nothing is advised.
#[test]
fn of_what_nobody_looked_at_the_doctor_answers_nothing() {
    let tool = Tool::quickstart();
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let said = tool.sim(&["doctor", "web-01"]).exits(0).out;
    assert!(said.starts_with("Nothing is wrong up to the log-on: "), "{said}");
    assert_eq!(said.matches("questions answered, 0 against (--all)").count(), 3, "{said}");
    let all = tool.sim(&["doctor", "web-01", "--all"]).exits(0).out;
    for unseen in ["snapshot", "On the disk"] {
        assert!(!said.contains(unseen) && !all.contains(unseen), "{unseen}: {all}");
    }
}
