//! Where the state lies, who may read it, and whose state is believed.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::tool::{Running, Tool, binary};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn git(folder: &Path, arguments: &[&str]) {
    let ran = Command::new("git").args(arguments).current_dir(folder).output().unwrap();
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn who_only_reads_a_state_makes_none() {
    let tool = Tool::new();
    tool.write("rdp.toml", "");
    for command in [
        ["state", "list"].as_slice(),
        &["state", "history"],
        &["state", "pull"],
        &["state", "list", "--state", "elsewhere/deep/x.db"],
    ] {
        tool.run(command).exits(0);
        assert_eq!(names(&tool.path("")), ["rdp.toml"], "{command:?}");
    }
    for command in
        [["state", "show", "web-01"].as_slice(), &["show", "web-01"], &["state", "unlock"]]
    {
        tool.run(command).exits(1);
        assert_eq!(names(&tool.path("")), ["rdp.toml"], "{command:?}");
    }
    tool.run(&["state", "list"]).complains("There is no state at .rdpctl/state.db yet.");
}

#[test]
fn the_same_declarations_have_the_same_state_in_whatever_order_they_are_named() {
    let tool = Tool::quickstart();
    for name in ["a", "b"] {
        std::fs::create_dir(tool.path(name)).unwrap();
    }
    std::fs::rename(tool.path("rdp.toml"), tool.path("a/rdp.toml")).unwrap();
    tool.write("b/more.toml", "[profile.more]\nnla = \"required\"\n");
    tool.sim(&["plan", "a", "b"]).exits(0);
    let before = tool.run(&["state", "list", "b", "a"]).exits(0).out;
    assert!(before.contains("web-01"), "{before}");
    assert!(!tool.path("a/.rdpctl").exists() && !tool.path("b/.rdpctl").exists());
    assert_eq!(tool.run(&["state", "list", "a/rdp.toml", "b"]).exits(0).out, before);
    assert_eq!(tool.run(&["state", "list", "a"]).exits(0).out, before, "the nearest upwards");

    // Two that could be meant.
    std::fs::create_dir(tool.path("b/.rdpctl")).unwrap();
    for paths in [["a", "b"], ["b", "a"]] {
        let refused = tool.run(&["state", "list", paths[0], paths[1]]).exits(1);
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused.err, @r"
            error: two states could be meant: b/.rdpctl is the nearest to b, and .rdpctl is that of all paths together
              do     name one with --state PATH, or move the other away
            ");
        }
    }
}

#[test]
fn state_and_plan_are_for_their_owner_alone_whatever_the_mask() {
    let tool = Tool::quickstart();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "umask 0; exec \"$0\" plan --sim world.toml --out plan.json"])
        .arg(binary())
        .current_dir(tool.path(""));
    assert!(shell.output().unwrap().status.success());
    assert_eq!(mode(&tool.path(".rdpctl")), 0o700);
    for file in [".rdpctl/state.db", "plan.json"] {
        assert_eq!(mode(&tool.path(file)), 0o600, "{file}");
    }
    assert_eq!(tool.read(".rdpctl/.gitignore"), "*\n");
    // What an earlier rdpctl left open is closed.
    std::fs::set_permissions(tool.path(".rdpctl"), PermissionsExt::from_mode(0o755)).unwrap();
    tool.sim(&["plan"]).exits(0);
    assert_eq!(mode(&tool.path(".rdpctl")), 0o700);
}

#[test]
fn no_link_is_followed_to_a_state_a_plan_or_a_simulated_world() {
    let tool = Tool::quickstart();
    let precious = tool.path("precious");
    let is_untouched = || assert_eq!(std::fs::read_to_string(&precious).unwrap(), "mine");
    std::fs::write(&precious, "mine").unwrap();
    symlink(&precious, tool.path("plan.json")).unwrap();
    tool.sim(&["plan", "--out", "plan.json"]).exits(1).complains("a link is not followed");
    is_untouched();

    let worlds = names(&tool.path(".rdpctl"));
    let world = worlds.iter().find(|name| name.contains(".jsonl")).unwrap();
    let lock = Path::new(".rdpctl").join(world).with_extension("lock");
    for planted in [lock.to_str().unwrap(), &format!(".rdpctl/{world}"), ".rdpctl/state.db"] {
        std::fs::remove_file(tool.path(planted)).unwrap();
        symlink(&precious, tool.path(planted)).unwrap();
        tool.sim(&["plan"]).exits(1).complains("is a link");
        std::fs::remove_file(tool.path(planted)).unwrap();
        is_untouched();
    }
    std::fs::remove_dir_all(tool.path(".rdpctl")).unwrap();
    std::fs::create_dir(tool.path("elsewhere")).unwrap();
    symlink(tool.path("elsewhere"), tool.path(".rdpctl")).unwrap();
    tool.sim(&["plan"]).exits(1).complains("is a link, which is not followed");
    assert_eq!(names(&tool.path("elsewhere")), [""; 0]);
}

#[test]
fn a_state_that_others_could_have_written_is_not_believed() {
    let tool = Tool::quickstart();
    tool.sim(&["plan"]).exits(0);
    let state = tool.path(".rdpctl/state.db");
    let refused = |why: &str| {
        for command in
            [["plan", "--sim", "world.toml"].as_slice(), &["state", "list"], &["show", "web-01"]]
        {
            tool.run(command).exits(1).complains(why);
        }
    };
    std::fs::set_permissions(&state, PermissionsExt::from_mode(0o666)).unwrap();
    refused("others may write .rdpctl/state.db");
    std::fs::set_permissions(&state, PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::set_permissions(tool.path(".rdpctl"), PermissionsExt::from_mode(0o777)).unwrap();
    refused("others may write its folder");
    std::fs::set_permissions(tool.path(".rdpctl"), PermissionsExt::from_mode(0o700)).unwrap();

    // Somebody commits it, or what SQLite would read beside it.
    git(&tool.path(""), &["init", "--quiet"]);
    tool.run(&["state", "list"]).exits(0);
    git(&tool.path(""), &["add", "."]);
    tool.run(&["state", "list"]).exits(0);
    git(&tool.path(""), &["add", "--force", ".rdpctl/state.db"]);
    refused("Git tracks .rdpctl/state.db");
    git(&tool.path(""), &["rm", "--cached", "--quiet", ".rdpctl/state.db"]);
    tool.write(".rdpctl/state.db-journal", "");
    std::fs::set_permissions(
        tool.path(".rdpctl/state.db-journal"),
        PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    git(&tool.path(""), &["add", "--force", ".rdpctl/state.db-journal"]);
    refused("Git tracks .rdpctl/state.db-journal");
}

/// A process of its own namespace sees no other's number, and must not take that for their end.
#[test]
fn a_run_in_another_container_does_not_take_a_living_run_s_lock() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let tool = Tool::new()
        .with("TENCENTCLOUD_SECRET_ID", "AKIDnobody")
        .with("TENCENTCLOUD_SECRET_KEY", "nothing");
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"http://{}\"\n\n\
             [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n",
            silent.local_addr().unwrap()
        ),
    );
    let tool = {
        // An account that nobody answers for is not asked who it is: the grant is for the endpoint alone.
        let grants = tool.run(&["trust", "--print"]).out;
        tool.granting(&grants)
    };
    let mut living = Running(
        tool.command(&["apply", "--auto-approve"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut told = BufReader::new(living.0.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("looking at") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it ended before it looked");
    }
    let inner = tool.command(&["apply", "--auto-approve"]);
    let mut other = Command::new("unshare");
    other
        .args(["--map-root-user", "--pid", "--fork", "--mount-proc"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(tool.path(""))
        .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let other = other.output().unwrap();
    let said = String::from_utf8_lossy(&other.stderr);
    assert_eq!(other.status.code(), Some(1), "{said}");
    assert!(said.contains("the state is locked by tester"), "{said}");
}
