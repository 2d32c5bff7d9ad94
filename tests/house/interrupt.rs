//! Ctrl-C and SIGTERM before anything is done: the command ends at once, nothing was changed, and the lock is free.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Stdio};

use crate::tool::Tool;

/// Sends a signal to a process of ours.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// A cloud that takes every call and answers none.
fn silence() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().flatten().take(64) {
            held.push(stream);
        }
    });
    at
}

#[test]
fn whoever_stops_a_look_at_a_silent_cloud_waits_for_nobody() {
    for name in ["INT", "TERM"] {
        let tool = Tool::new()
            .with("TENCENTCLOUD_SECRET_ID", "AKIDnobody")
            .with("TENCENTCLOUD_SECRET_KEY", "nothing");
        tool.write(
            "rdp.toml",
            &format!(
                "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"http://{}\"\n\n\
                 [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n",
                silence()
            ),
        );
        let tool = tool.trusting();
        let mut apply = tool
            .command(&["apply", "--auto-approve"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(apply.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("looking at") {
            line.clear();
            assert_ne!(told.read_line(&mut line).unwrap(), 0, "it ended before it looked");
        }
        signal(&apply, name);
        let mut rest = String::new();
        told.read_to_string(&mut rest).unwrap();
        assert_eq!(apply.wait().unwrap().code(), Some(130), "{name}: {rest}");
        assert!(rest.contains("Nothing was done."), "{name}: {rest}");
        let free = tool.run(&["state", "unlock"]);
        assert!(!free.out.contains("released"), "{name}: the lock was given back: {}", free.out);
    }
}

/// Runs a command on a terminal of its own, by util-linux' `script`.
fn on_a_terminal(tool: &Tool, command: &str) -> Child {
    tool.terminal(command).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Reads until this was said.
fn until(out: &mut impl Read, said: &str) -> String {
    let mut all = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&all).contains(said) {
        assert_ne!(out.read(&mut byte).unwrap(), 0, "{}", String::from_utf8_lossy(&all));
        all.push(byte[0]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn a_question_names_step_and_price_and_is_left_by_ctrl_c_or_q_with_nothing_done() {
    for leave in ["\u{3}", "q\n"] {
        let tool = Tool::quickstart();
        let mut child = on_a_terminal(&tool, "apply --sim world.toml");
        let mut out = child.stdout.take().unwrap();
        let shown = until(&mut out, "spend> ");
        assert!(shown.contains("1 x elastic addresses, charged by traffic"), "{shown}");
        let mut keys = child.stdin.take().unwrap();
        keys.write_all(leave.as_bytes()).unwrap();
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        let code = child.wait().unwrap().code();
        let wanted = if leave == "q\n" { Some(1) } else { Some(130) };
        assert_eq!(code, wanted, "{shown}{rest}");
        let history = tool.sim(&["state", "history"]);
        assert_eq!(history.out.lines().count(), 0, "nothing was begun:\n{}", history.out);
    }
}

#[test]
fn what_is_no_answer_is_asked_again_and_no_leaves_the_step_held() {
    let tool = Tool::quickstart();
    let mut child = on_a_terminal(&tool, "apply --sim world.toml");
    let mut out = child.stdout.take().unwrap();
    let mut keys = child.stdin.take().unwrap();
    until(&mut out, "spend> ");
    keys.write_all(b"maybe\n").unwrap();
    until(&mut out, "Please answer y, n, d or q. Nothing was decided.");
    until(&mut out, "spend> ");
    keys.write_all(b"n\n").unwrap();
    until(&mut out, "apply> ");
    keys.write_all(b"q\n").unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{rest}");
    assert!(rest.contains("Nothing was done."), "{rest}");
}
