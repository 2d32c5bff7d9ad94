//! Who may do what on the page: tokens lie in the grants file, as hashes, and only the command line makes them.

use crate::tool::Tool;

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
