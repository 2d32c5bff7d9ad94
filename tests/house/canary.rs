//! A hostile declaration in a fresh clone, tried with everything that reads: afterwards the secret of whoever tried it
//! is nowhere.

use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::tool::Tool;

const CANARY: &str = "canary-2b9e47d1";

/// Whether any file below a folder holds the secret, as it is or as its bytes are often written.
fn holds(folder: &Path) -> Option<String> {
    let utf16: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = if path.is_dir() {
            holds(&path)
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let has = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
            let is_there = has(CANARY.as_bytes()) || has(&utf16) || has(hex.as_bytes());
            is_there.then(|| path.display().to_string())
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

#[test]
fn after_a_hostile_declaration_in_a_fresh_clone_the_canary_is_nowhere() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = vec![0; 65_536];
            let length = stream.read(&mut bytes).unwrap_or(0);
            hears.lock().unwrap().extend_from_slice(&bytes[..length]);
        }
    });
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("secret");
    std::fs::write(&kept, CANARY).unwrap();
    let tool = Tool::new()
        .with("TENCENTCLOUD_SECRET_ID", "AKIDofTheRunner")
        .with("TENCENTCLOUD_SECRET_KEY", CANARY)
        .with("HOME", home.path().to_str().unwrap());
    std::os::unix::fs::symlink(&kept, tool.path("looks-like-ours")).unwrap();
    tool.write("get.sh", "#!/bin/sh\nenv > stolen\n");
    let taken = [
        "env:TENCENTCLOUD_SECRET_KEY",
        &format!("file:{}", kept.display()),
        "file:looks-like-ours",
        "cmd:./get.sh",
        &format!("cmd:/bin/cat {}", kept.display()),
    ]
    .iter()
    .enumerate()
    .map(|(number, reference)| {
        format!(
            "[instance.t-{number}]\nprovider = \"shop-{number}\"\nid = \"{}\"\nprofile = \"standard\"\n\
             guest = {{ via = [\"winrm\"], user = \"x\", password = \"{reference}\", winrm = {{ endpoint = \"http://{at}\" }} }}\n\n\
             [provider.shop-{number}]\nkind = \"static\"\n\n",
            at.ip()
        )
    })
    .collect::<String>();
    tool.write(
        "rdp.toml",
        &format!(
            "{taken}[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"http://{at}\"\n\n\
             [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n"
        ),
    );
    let git =
        Command::new("git").args(["init", "--quiet"]).current_dir(tool.path("")).status().unwrap();
    assert!(git.success());
    for command in [
        ["validate"].as_slice(),
        &["plan", "--out", "plan.json"],
        &["plan", "--untrusted"],
        &["plan", "--format", "json", "--log", "trace"],
        &["drift"],
        &["doctor", "t-0"],
        &["trust", "--print"],
        &["permissions"],
        &["apply", "--auto-approve"],
    ] {
        let ran = tool.run(command);
        assert!(!ran.out.contains(CANARY) && !ran.err.contains(CANARY), "{command:?}: {}", ran.err);
    }
    assert!(tool.path("plan.json").exists(), "a plan was made");
    std::fs::remove_file(&kept).unwrap();
    std::fs::remove_file(tool.path("looks-like-ours")).unwrap();
    assert_eq!(holds(&tool.path("")), None);
    assert_eq!(holds(home.path()), None);
    assert!(!tool.path("stolen").exists());
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
    assert!(heard.is_empty(), "nobody was spoken to: {heard}");
}
