//! Text that is not TOML, and many mistakes at once.

use rdpctl_config::{Source, parse};

use crate::{refused, said};

#[test]
fn text_without_quotes() {
    insta::assert_snapshot!(said("[provider.gz]\nkind = tencent\n"), @r#"
    error: text stands in quotes
     --> fleet.toml:2:8
      |
    2 | kind = tencent
      |        ^^^^^^^
      |
      = help: write `kind = "tencent"`
    "#);
}

#[test]
fn a_quote_that_is_not_closed() {
    insta::assert_snapshot!(said("[provider.gz]\nkind = \"tencent\nregion = \"ap-seoul\"\n"), @r#"
    error: a quote is not closed on this line
     --> fleet.toml:2:16
      |
    2 | kind = "tencent
      |                ^
    "#);
}

#[test]
fn a_bracket_that_is_not_closed() {
    insta::assert_snapshot!(said("[guard]\nwindows = [\"Sat 02:00-05:00 UTC\"\n[state]\n"), @"
    error: a list or table before this line is not closed
     --> fleet.toml:3:1
      |
    3 | [state]
      | ^
      |
      = help: add the missing `]` or `}`
    ");
}

#[test]
fn a_password_is_not_shown_even_where_nothing_parses() {
    insta::assert_snapshot!(said("[instance.a]\nguest = { user = \"a\", password = \"hunter2 }\n"), @r#"
    error: a quote is not closed on this line
     --> fleet.toml:2:44
      |
    2 | guest = { user = "a", password = "*********
      |                                            ^
    "#);
}

#[test]
fn a_name_declared_twice_in_one_file() {
    insta::assert_snapshot!(
        said("[profile.a]\npower = \"running\"\n\n[profile.b]\npower = \"running\"\n\n[profile.a]\n"),
        @"
    error: `a` is declared twice
     --> fleet.toml:7:10
      |
    1 | [profile.a]
      |          - first here
    ...
    7 | [profile.a]
      |          ^ again here
    "
    );
}

#[test]
fn a_key_given_twice() {
    insta::assert_snapshot!(
        said("[provider.a]\nkind = \"static\"\n[provider.b]\nkind = \"static\"\nkind = \"azure\"\n"),
        @r#"
    error: `kind` is declared twice
     --> fleet.toml:5:1
      |
    4 | kind = "static"
      | ---- first here
    5 | kind = "azure"
      | ^^^^ again here
    "#
    );
}

#[test]
fn a_name_declared_twice_in_two_files() {
    let sources = vec![
        Source::new("east.toml", "# the east\n[provider.gz]\nkind = \"static\"\n"),
        Source::new("west.toml", "[provider.gz]\nkind = \"static\"\n"),
    ];
    insta::assert_snapshot!(parse(sources).expect_err("it is refused"), @"
    error: provider `gz` is declared twice
     --> west.toml:1:11
      |
    1 | [provider.gz]
      |           ^^ again here
      |
     ::: east.toml:2:11
      |
    2 | [provider.gz]
      |           -- first here
    ");
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_text() {
    let text = r#"
[provider.gz]
kind   = "tencnet"
regoin = "ap-guangzhou"

[instance.web-01]
provider = "gs"
id       = "i-0abc1234"
profil   = "standard"

[gaurd]
reboot = "ask"
"#;
    insta::assert_snapshot!(said(text), @r#"
    error: `kind` does not know `tencnet`
     --> fleet.toml:3:10
      |
    3 | kind   = "tencnet"
      |          ^^^^^^^^^
      |
      = help: did you mean `tencent`?

    error: unknown key `regoin` in provider `gz`
     --> fleet.toml:4:1
      |
    4 | regoin = "ap-guangzhou"
      | ^^^^^^
      |
      = help: did you mean `region`?

    error: no provider is named `gs`
     --> fleet.toml:7:12
      |
    7 | provider = "gs"
      |            ^^^^
      |
      = help: did you mean `gz`?

    error: unknown key `profil` in instance `web-01`
     --> fleet.toml:9:1
      |
    9 | profil   = "standard"
      | ^^^^^^
      |
      = help: did you mean `profile`?

    error: unknown key `gaurd` in a declaration
      --> fleet.toml:11:2
       |
    11 | [gaurd]
       |  ^^^^^
       |
       = help: did you mean `guard`?
    "#);
}

#[test]
fn machines_read_the_same_as_people() {
    let rows =
        refused("# 한글\n[provider.gz]\nkind = \"tencent\"\nregion = \"ap-seoul-1\"\n").rows();
    insta::assert_snapshot!(serde_json::to_string_pretty(&rows).expect("rows are JSON"), @r#"
    [
      {
        "severity": "error",
        "file": "fleet.toml",
        "line": 4,
        "column": 10,
        "text": "\"ap-seoul-1\"",
        "message": "`ap-seoul-1` is an availability zone",
        "help": "its region is `ap-seoul`"
      }
    ]
    "#);
}

#[test]
fn a_flood_of_mistakes_is_counted() {
    let tables: Vec<String> = (0..2_000).map(|n| format!("[instance.a{n}]\nwrong = 1\n")).collect();
    let text = tables.concat();
    let diagnostics = refused(&text);
    assert_eq!(diagnostics.rows().len(), 1_000);
    let said = diagnostics.to_string();
    assert!(said.ends_with("more\n"), "{said}");
    assert!(said.len() < 20_000, "{}", said.len());
}

#[test]
fn an_error_behind_a_flood_of_warnings_still_counts() {
    let profiles: Vec<String> = (0..1_500)
        .map(|n| format!("profile.p{n:04} = {{ extends = \"hardened\" }}\nfleet.f{n:04} = {{ provider = \"a\", profile = \"p{n:04}\", select = {{ names = [\"*\"] }} }}\n"))
        .collect();
    let provider = "provider.a = { kind = \"tencent\", region = \"ap-seoul\" }\n";
    let valid = parse(vec![Source::new("a.toml", provider.to_owned() + &profiles.concat())]);
    assert_eq!(valid.map(|declaration| declaration.warnings.warnings()), Ok(1_500));
    let wrong = provider.to_owned() + &profiles.concat() + "guard.reboot = \"maybe\"\n";
    assert_eq!(refused(&wrong).errors(), 1);
}
