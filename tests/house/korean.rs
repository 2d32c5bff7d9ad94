//! Whoever asks in Korean is answered in Korean: no sentence of ours is left in English.

use std::collections::BTreeSet;

use crate::disk::declared::off;
use crate::looked_into::office;
use crate::page::Page;
use crate::static_hosts::{Host, NTLM, hosts};
use crate::tool::{Ran, Simulator, Tool};

/// Lines in which three words of English stand in a row, outside of what is typed, quoted or shown as it was found.
fn english(text: &str) -> Vec<String> {
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        !rest.is_empty()
            && first.bytes().all(|b| b.is_ascii_alphabetic())
            && rest.bytes().all(|b| b.is_ascii_lowercase())
    };
    let speaks = |line: &str| {
        let own: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" . . ");
        let mut row = 0;
        own.split_whitespace().any(|word| {
            row = if is_word(word) { row + 1 } else { 0 };
            let is_long = row >= 3;
            // A list of names is no sentence.
            if word.ends_with(',') {
                row = 0;
            }
            is_long
        })
    };
    text.lines().filter(|line| speaks(line)).map(str::to_owned).collect()
}

/// What a diagnosis says itself: without what is typed as it stands, and what the machine itself answered.
fn of_its_own(report: &str) -> String {
    let mut quoted = false;
    let mut lines = Vec::new();
    for line in report.lines() {
        let asked = line.trim_start().starts_with("$ ");
        // A command and a name.
        let head = line.starts_with("### rdpctl doctor: ");
        quoted =
            head || asked || (quoted && line.starts_with("      ")) || line.starts_with("- 증거: ");
        if !quoted {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// What diagnoses in Korean leave in English.
fn left(
    tool: &Tool,
    run: fn(&Tool, &[&str]) -> Ran,
    instances: &[&str],
    more: &[&str],
) -> Vec<String> {
    let mut left = Vec::new();
    for form in ["text", "markdown"] {
        for instance in instances {
            let ask = ["doctor", "--lang", "ko", "--all", "--format", form, instance];
            let ask: Vec<&str> = ask.iter().chain(more).copied().collect();
            let said = run(tool, &ask);
            assert!(said.out.contains("프로필"), "{}{}", said.out, said.err);
            // The vendor's own words are quoted.
            let own = of_its_own(&said.out).replace("injected by the world's faults", "");
            left.extend(english(&own));
        }
    }
    left
}

#[test]
fn a_diagnosis_in_korean_says_nothing_in_english() {
    let left = left(&Tool::quickstart(), Tool::sim, &["web-01", "legacy-01"], &[]);
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn what_a_cloud_refuses_is_told_in_korean() {
    let mut all = Vec::new();
    for (action, code) in [
        ("DescribeSecurityGroupPolicies", "UnauthorizedOperation"),
        ("DescribeSecurityGroupPolicies", "InternalError"),
        ("RunCommand", "ResourceUnavailable.AgentStatusNotOnline"),
    ] {
        let tool = Tool::quickstart();
        let fault =
            format!("\n[[fault.error]]\naction = \"{action}\"\ncode = \"{code}\"\ntimes = 99\n");
        tool.write("world.toml", &(tool.read("world.toml") + &fault));
        all.extend(left(&tool, Tool::sim, &["web-01"], &[]));
    }
    assert!(all.is_empty(), "{all:#?}");
}

/// Hosts whose ways in are barred, each in its own way.
fn barred() -> (Tool, Simulator) {
    let host = |name, access| Host { name, guest: "", access };
    hosts(
        &[
            host("wrong-password", r#"user = "Administrator", password = "env:WRONG""#),
            host("no-secret", r#"user = "Administrator", password = "env:NOT_SET""#),
            host("full", NTLM),
            host("undeclared", ""),
        ],
        "extends = \"standard\"",
        "",
    )
}

#[test]
fn what_bars_the_way_into_a_host_and_what_nobody_granted_is_told_in_korean() {
    let (tool, _simulator) = barred();
    let names = ["wrong-password", "no-secret", "undeclared"];
    let barred = left(&tool, Tool::run, &names, &[]);
    assert!(barred.is_empty(), "{barred:#?}");
    let tool = tool.granting("");
    let shut = left(&tool, Tool::run, &["full"], &[]);
    assert!(shut.is_empty(), "{shut:#?}");
    let untouched = left(&tool, Tool::run, &["full"], &["--untrusted"]);
    assert!(untouched.is_empty(), "{untouched:#?}");
}

#[test]
fn what_a_disk_shows_and_why_none_can_be_read_is_told_in_korean() {
    let tool = off();
    let shown = left(&tool, Tool::sim, &["server"], &[]);
    assert!(shown.is_empty(), "{shown:#?}");
    tool.write("server.raw", "no disk");
    let at = tool.read("rdp.toml").replace("id       = \"server\"", "id = \"127.0.0.1\"");
    tool.write("rdp.toml", &at);
    let tool = tool.trusting();
    let unread = left(&tool, Tool::run, &["server"], &[]);
    assert!(unread.is_empty(), "{unread:#?}");
}

#[test]
fn what_azure_answers_and_refuses_is_told_in_korean() {
    let agent = "agent = \"offline\"\n";
    let mut all = left(&office(agent, ""), Tool::sim, &["web"], &[]);
    for (action, code) in [
        ("Microsoft.Network/networkSecurityGroups/read", "AuthorizationFailed"),
        ("Microsoft.Compute/virtualMachines/runCommand/action", "RequestDisallowedByPolicy"),
    ] {
        let fault =
            format!("[[fault.error]]\naction = \"{action}\"\ncode = \"{code}\"\ntimes = 99\n");
        all.extend(left(&office("", &fault), Tool::sim, &["web"], &[]));
    }
    assert!(all.is_empty(), "{all:#?}");
}

/// What a page says, a line for each of its texts: those of labels as well, and none that is quoted or typed.
fn texts(html: &str) -> String {
    const SHOWN_AS_FOUND: [&str; 7] =
        ["blockquote", "code", "pre", "samp", "kbd", "script", "style"];
    let (mut said, mut rest) = (String::new(), html);
    while let Some((text, after)) = rest.split_once('<') {
        said.push_str(text);
        let (tag, after) = after.split_once('>').expect("a tag ends");
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        if !matches!(name.as_str(), "b" | "em" | "strong") && !tag.starts_with("/b") {
            said.push('\n');
        }
        for label in ["aria-label=\"", "title=\"", "alt=\"", "content=\""] {
            if let Some((_, value)) = tag.split_once(label) {
                said.push_str(value.split('"').next().unwrap_or_default());
                said.push('\n');
            }
        }
        rest = after;
        if SHOWN_AS_FOUND.contains(&name.as_str()) {
            said.push_str(" . . ");
            rest = after.split_once(&format!("</{name}>")).map_or("", |(_, after)| after);
        }
    }
    said.push_str(rest);
    said
}

/// Where a page leads to, among our own.
fn links(html: &str) -> impl Iterator<Item = String> + '_ {
    let hrefs = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let ours = hrefs.filter(|href| href.starts_with('/') && !href.starts_with("/static/"));
    ours.filter_map(|href| href.split(['?', '#']).next()).map(str::to_owned)
}

#[test]
fn no_page_in_korean_says_anything_in_english() {
    const MOST: usize = 40;
    let mut page = Page::open();
    page.until("/fleet.json", |fleet| !fleet["causes"].as_array().unwrap().is_empty());
    let (mut known, mut next) = (BTreeSet::from(["/".to_owned()]), vec!["/".to_owned()]);
    let (mut left, mut read) = (Vec::new(), 0);
    while let Some(path) = next.pop() {
        let (head, html) = page.get(&format!("{path}?lang=ko"));
        if !head.contains("text/html") {
            continue;
        }
        read += 1;
        left.extend(english(&texts(&html)).into_iter().map(|line| format!("{path}: {line}")));
        next.extend(links(&html).filter(|link| known.len() < MOST && known.insert(link.clone())));
    }
    assert!(read > 3, "{known:?}");
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn what_is_english_is_seen() {
    let html = "<p title=\"no answer came at all\">대상 <code>net user ops active</code></p>";
    assert_eq!(english(&texts(html)), ["no answer came at all"]);
    assert_eq!(english("경고: the agent is offline now").len(), 1);
    assert!(english("`net user ops active` 다음에 확인").is_empty());
}
