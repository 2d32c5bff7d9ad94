//! Text of others is text: on a terminal, in the log of a build, in a comment, in JSON.

use crate::tool::Tool;

/// No control characters but the ends of lines and indents, nothing that turns the direction or is not seen.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| match c {
        '\n' | '\t' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' => false,
        '\u{61c}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' => false,
        c => !c.is_control(),
    })
}

#[test]
fn the_name_of_a_file_neither_steers_the_terminal_nor_orders_a_build_server_about() {
    let names =
        ["a\u{1b}]0;PWNED\u{7}\u{1b}[2J.toml", "b\n::add-mask::x::.toml", "c\u{202e}lmot.toml"];
    for name in names {
        let tool = Tool::new();
        tool.write(name, "[provider.gz]\nkind = \"nothing\"\n");
        for command in [["validate"].as_slice(), &["validate", name], &["plan"], &["fmt"]] {
            let ran = tool.run(command);
            let said = format!("{}{}", ran.out, ran.err);
            assert!(is_plain(&said), "{command:?}: {said:?}");
            assert!(!said.lines().any(|line| line.trim_start().starts_with("::")), "{said}");
        }
        let json = tool.run(&["validate", "--format", "json"]).exits(1).out;
        assert!(is_plain(&json), "{json:?}");
        let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(rows[0]["file"].as_str().unwrap().ends_with(name), "{json}");
    }
    let tool = Tool::new();
    let named = tool.run(&["plan", "--\u{1b}[2J.toml"]).exits(1);
    assert!(is_plain(&named.err), "{:?}", named.err);
}

/// What whoever may name and tag things can put into a report.
const HOSTILE: &str =
    "x\u{202e}\u{200b}\u{e0041}https://evil.example/login www.evil.example @all #1 ##[add-mask]y";

#[test]
fn what_is_named_in_a_cloud_neither_links_nor_hides_nor_orders_anybody_about_in_any_form() {
    let tool = Tool::new();
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
             [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
             [vm.web-01]\nid = \"ins-0bad0001\"\n\n\
             [vm.web-01.guest]\nports.3389 = {{ image = \"evil.exe\", service = \"{HOSTILE}\" }}\n"
        ),
    );
    tool.write(
        "rdp.toml",
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
         [profile.desk]\nport = 3389\nservice = \"auto\"\n\n[guard]\nstop-service = \"allow\"\n\n\
         [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0bad0001\"\nprofile = \"desk\"\n",
    );
    let mut seen = 0;
    for command in [
        ["plan"].as_slice(),
        &["plan", "--format", "markdown"],
        &["plan", "--format", "json"],
        &["plan", "--format", "svg"],
        &["plan", "--format", "mermaid"],
        &["plan", "--format", "dot"],
        &["drift"],
        &["drift", "--format", "json"],
        &["doctor", "web-01"],
        &["doctor", "web-01", "--format", "markdown"],
        &["doctor", "web-01", "--format", "html"],
        &["doctor", "web-01", "--format", "json"],
        &["show", "web-01"],
        &["show", "web-01", "--format", "json"],
        &["state", "pull"],
    ] {
        let sim = !matches!(command[0], "show" | "state");
        let ran = if sim { tool.sim(command) } else { tool.run(command) };
        seen += usize::from(ran.out.contains("evil.exe"));
        assert!(is_plain(&ran.out) && is_plain(&ran.err), "{command:?}: {:?}", ran.out);
        assert!(!ran.out.contains("##["), "{command:?}: {}", ran.out);
        if command.contains(&"markdown") {
            assert!(!ran.out.contains("://evil") && !ran.out.contains("www.evil"), "{}", ran.out);
            assert!(!ran.out.contains("@all") && !ran.out.contains("#1 "), "{}", ran.out);
        }
        if command.contains(&"json") {
            serde_json::from_str::<serde_json::Value>(&ran.out).unwrap();
        }
    }
    assert!(seen > 3, "the name is told at all");
}
