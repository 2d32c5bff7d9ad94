//! What the commands show on terminals of 40, 80 and 120 columns, in ASCII, for the ear, and on a Korean terminal: one file
//! for each, to be read.

use crate::terminal::seen_by;
use crate::tool::Tool;

/// A name, a width, what the command is told besides, and what the environment says.
type View = (&'static str, usize, &'static str, &'static [(&'static str, &'static str)]);

/// Who looks, and how.
const VIEWS: [View; 6] = [
    ("40 columns", 40, "", &[]),
    ("80 columns", 80, "", &[]),
    ("120 columns", 120, "", &[]),
    ("80 columns in ASCII", 80, " --ascii", &[]),
    ("for the ear", 80, "", &[("ACCESSIBLE", "1")]),
    ("80 columns on a Korean terminal", 80, "", &[("LANG", "ko_KR.UTF-8")]),
];

/// All views of a command, one after another.
pub(crate) fn views(tool: &Tool, command: &str) -> String {
    views_and(tool, command, || ())
}

/// The same, with something to be done after each.
fn views_and(tool: &Tool, command: &str, after: impl Fn()) -> String {
    let view = |(name, columns, more, variables): &View| {
        let shown = seen_by(tool, *columns, &format!("{command}{more}"), variables);
        after();
        format!("[{name}]\n{}\n", steady(shown.trim_end()))
    };
    VIEWS.iter().map(view).collect()
}

/// Without the moment of the look.
pub(crate) fn steady(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let words = line.split(' ').map(|word| {
            let is_day = word.len() == 10 && word.starts_with("20") && word.contains('-');
            let is_time = word.len() == 8 && word.matches(':').count() == 2;
            match (is_day, is_time) {
                (true, _) => "2026-11-26".to_owned(),
                (_, true) => "09:14:32".to_owned(),
                (false, false) => word.to_owned(),
            }
        });
        lines.push(words.collect::<Vec<_>>().join(" "));
    }
    lines.join("\n")
}

#[test]
fn a_plan_in_every_view() {
    let tool = Tool::quickstart();
    insta::assert_snapshot!("plan", views(&tool, "plan -q --sim world.toml"));
    let commands = "plan -q --sim world.toml --target legacy-01 --show-commands";
    insta::assert_snapshot!("plan_commands", views(&tool, commands));
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    insta::assert_snapshot!("plan_nothing", views(&tool, "plan -q --sim world.toml"));
}

#[test]
fn a_report_of_drift_in_every_view() {
    let tool = Tool::quickstart();
    let accept = "\n[[accept]]\ninstance = \"legacy-01\"\nfacet = \"bandwidth\"\nreason = \"the audit\"\nuntil = 2999-12-31\n";
    tool.write("rdp.toml", &(tool.read("rdp.toml") + accept));
    // Since when something stands would be said of what was seen before.
    let forget = || std::fs::remove_dir_all(tool.path(".rdpctl")).unwrap();
    insta::assert_snapshot!("drift", views_and(&tool, "drift -q --sim world.toml", forget));
}

#[test]
fn a_diagnosis_in_every_view() {
    let tool = Tool::quickstart();
    insta::assert_snapshot!("doctor", views(&tool, "doctor -q web-01 --sim world.toml"));
    let korean = "doctor -q web-01 --lang ko --sim world.toml";
    insta::assert_snapshot!("doctor_korean", views(&tool, korean));
}

#[test]
fn permissions_and_a_facet_in_every_view() {
    let tool = Tool::quickstart();
    insta::assert_snapshot!("permissions", views(&tool, "permissions -q --sim world.toml"));
    insta::assert_snapshot!("explain", views(&tool, "explain bandwidth"));
}

#[test]
fn a_wrong_declaration_in_every_view() {
    let tool = Tool::quickstart();
    let wrong = tool.read("rdp.toml").replace("ap-guangzhou\"", "ap-guangzhou\"\nregoin = \"x\"");
    tool.write("rdp.toml", &wrong);
    insta::assert_snapshot!("validate", views(&tool, "validate"));
}

#[test]
fn errors_in_every_view() {
    let tool = Tool::quickstart();
    insta::assert_snapshot!(
        "error_nobody",
        views(&tool, "plan -q --sim world.toml --target web-1")
    );
    tool.sim(&["plan", "--out", "plan.json"]).exits(0);
    tool.write(
        "rdp.toml",
        &tool.read("rdp.toml").replace("[guard]", "# changed\n[guard]\nweaken = \"deny\""),
    );
    insta::assert_snapshot!(
        "error_stale",
        views(&tool, "apply -q --auto-approve --sim world.toml plan.json")
    );
}
