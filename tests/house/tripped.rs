//! Small things over which people tripped.

use std::process::Command;

use serde_json::Value;

use crate::office::Office;
use crate::questions::Terminal;
use crate::tool::Tool;

#[test]
fn a_named_pipe_is_no_declaration_and_nobody_waits_for_it() {
    let tool = Tool::quickstart();
    let pipe = tool.path("pipe.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    tool.run(&["validate", "pipe.toml"]).exits(1).complains("this is a named pipe, and no file");
    // In a folder it is left out, as what is no file.
    tool.run(&["validate"]).exits(0);
}

#[test]
fn nothing_at_once_is_refused_before_anything_is_done() {
    let tool = Tool::quickstart();
    tool.sim(&["apply", "--auto-approve", "--parallelism", "0"])
        .exits(1)
        .complains("nothing would ever be done");
    assert!(!tool.path(".rdpctl").exists());
}

#[test]
fn a_file_from_windows_keeps_its_ends_of_lines() {
    let tool = Tool::new();
    tool.write("rdp.toml", "[provider.a]\r\nkind   =  \"static\"\r\n");
    tool.run(&["fmt"]).exits(0);
    assert_eq!(tool.read("rdp.toml"), "[provider.a]\r\nkind = \"static\"\r\n");
    assert_eq!(tool.run(&["fmt"]).exits(0).out, "", "it is in the usual form now");
}

#[test]
fn the_version_the_manual_of_a_part_and_the_schemas_come_from_the_binary() {
    let tool = Tool::new();
    let version = tool.run(&["version", "--format", "json"]).exits(0).out;
    let version: Value = serde_json::from_str(&version).unwrap();
    assert_eq!(version["rdpctl"], env!("CARGO_PKG_VERSION"));
    let page = tool.run(&["man", "state", "list"]).exits(0).out;
    assert!(page.contains("rdpctl\\-state\\-list"), "{page}");
    for document in ["plan", "event", "diagnosis", "disk"] {
        let schema = tool.run(&["schema", "--of", document]).exits(0).out;
        let schema: Value = serde_json::from_str(&schema).unwrap();
        assert!(schema["$schema"].is_string(), "{document}");
    }
}

#[test]
fn a_simulated_world_needs_no_authority_s_certificate() {
    let tool = Tool::quickstart()
        .with("SSL_CERT_FILE", "/nonexistent")
        .with("SSL_CERT_DIR", "/nonexistent");
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(plan.out.contains("2 instances"), "{}", plan.out);
}

#[test]
fn mistakes_in_a_declaration_are_counted_once_and_are_no_second_error() {
    let tool = Tool::quickstart();
    tool.write("rdp.toml", "nonsense = 1\n");
    let plan = tool.sim(&["plan"]).exits(1);
    assert_eq!(plan.err.matches("error").count(), 1, "{}", plan.err);
    assert!(plan.err.ends_with("1 mistake. Nothing was looked at.\n"), "{}", plan.err);
}

#[test]
fn two_halves_of_the_world_ask_as_the_whole_does() {
    for sources in ["\"0.0.0.0/0\"", "\"0.0.0.0/1\", \"128.0.0.0/1\"", "\"198.0.0.0/7\""] {
        let tool = Office::default().open();
        let open = tool.read("rdp.toml").replace("\"198.51.100.0/24\"", sources);
        tool.write("rdp.toml", &open);
        let plan = tool.sim(&["plan"]).exits(0).out;
        assert!(plan.contains("the guard `open-to-world` asks"), "{sources}: {plan}");
    }
}

#[test]
fn where_an_id_may_stand_a_folder_is_a_folder() {
    let tool = Tool::quickstart();
    let mut apply = Terminal::start(&tool, "apply --sim world.toml");
    apply.until("spend> ");
    tool.run(&["state", "unlock", "."])
        .exits(1)
        .complains("the lock is held by")
        .complains("rdpctl state unlock ");
    // Whoever works on the same world meets the state's lock, and not the simulator's.
    tool.sim(&["apply", "--auto-approve"])
        .exits(1)
        .complains("tester")
        .complains("rdpctl state unlock ");
    apply.types("q\n");
    assert_eq!(apply.ends().0, 1);
    let free = tool.run(&["state", "unlock", "."]).exits(0).out;
    assert!(free.contains("The state is not locked."), "{free}");
}

#[test]
fn a_maintenance_window_is_told_in_its_own_zone() {
    use jiff::ToSpan;

    // Never now, whenever this is.
    let opens = jiff::Timestamp::now().in_tz("Asia/Seoul").unwrap().saturating_add(3.days());
    let tool = Office {
        profile: "tls = { enable = [\"1.2\"], disable = [\"1.0\", \"1.1\"] }",
        guard: &format!(
            "reboot = \"allow\"\nweaken = \"allow\"\nspend = \"allow\"\nwindows = [\"{} 02:00-05:00 Asia/Seoul\"]",
            opens.strftime("%a")
        ),
        ..Office::default()
    }
    .open();
    let plan = tool.sim(&["plan"]).exits(0).out;
    let wanted = format!(
        "waits until the maintenance window opens, {}",
        opens.strftime("%a %-d %b 02:00 KST")
    );
    assert!(plan.contains(&wanted), "{wanted}: {plan}");
}

#[test]
fn a_region_that_nobody_knows_is_named_with_the_nearest() {
    let tool = Tool::new();
    tool.write("rdp.toml", "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzou\"\n");
    let said = tool.run(&["validate"]).exits(0).err;
    assert!(said.contains("`ap-guangzou` is no region"), "{said}");
    assert!(said.contains("did you mean `ap-guangzhou`?"), "{said}");
}

#[test]
fn a_misspelt_facet_of_a_target_is_named_with_the_nearest() {
    let tool = Tool::quickstart();
    let refused = tool.sim(&["plan", "--target", "web-01/nlaa"]).exits(1).err;
    assert!(refused.contains("nobody is named `web-01/nlaa`"), "{refused}");
    assert!(refused.contains("did you mean `web-01/nla`?"), "{refused}");
}

#[test]
fn a_declaration_is_validated_from_standard_input() {
    let tool = Tool::new();
    tool.write(
        "given.toml",
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nzzz = 1\n",
    );
    let given = std::fs::File::open(tool.path("given.toml")).unwrap();
    let ran = tool.command(&["validate", "-"]).stdin(given).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains(" --> <stdin>:4:1"), "{said}");
}

#[test]
fn what_the_declaration_denies_no_flag_allows_and_the_step_says_so() {
    let tool = Tool::quickstart();
    let denied = tool.read("rdp.toml").replace("spend  = \"ask\"", "spend  = \"deny\"");
    tool.write("rdp.toml", &denied);
    let plan = tool.sim(&["plan", "--allow", "spend"]).exits(0).out;
    assert!(plan.contains("# denied: the guard `spend` says no"), "{plan}");
    // What is denied is neither done nor paid for.
    assert!(!plan.contains("costs money: "), "{plan}");
    let blocked = plan.lines().find(|line| line.starts_with("Blocked "));
    assert!(blocked.is_some_and(|line| line.ends_with(", denied")), "{plan}");
}
