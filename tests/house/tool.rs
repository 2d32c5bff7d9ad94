//! The binary under test, a folder to run it in, and simulators that end with the test.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::raw_keys::raw_keys;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// The binary, which cargo builds along with its tests.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rdpctl"))
}

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let err = String::from_utf8(output.stderr).unwrap();
        // Whatever a test is about: no script may run what anybody could have put there.
        assert!(!err.contains(TRAP), "{err}");
        let out = String::from_utf8(output.stdout).unwrap();
        // Nor may anybody read a key where its words should stand.
        let raw = raw_keys(&out, root()).or_else(|| raw_keys(&err, root()));
        assert!(raw.is_none(), "`{}` stands for itself in\n{out}\n{err}", raw.unwrap_or_default());
        Self { code: output.status.code(), out, err }
    }
}

/// What the simulator says when a planted program was run in a guest.
const TRAP: &str = "TRAP SPRUNG";

impl Ran {
    /// Fails with everything that was said unless the exit code is this one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Fails with everything that was said unless an error says this.
    #[track_caller]
    pub(crate) fn complains(self, of: &str) -> Self {
        assert!(
            self.err.contains(of),
            "`{of}` is not in stderr:\n{}\nstdout:\n{}",
            self.err,
            self.out
        );
        self
    }
}

/// The tool in a folder of its own.
pub(crate) struct Tool {
    folder: TempDir,
    /// What the user keeps elsewhere.
    kept: TempDir,
    variables: Vec<(String, String)>,
    binary: PathBuf,
}

impl Tool {
    /// In an empty folder.
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            kept: TempDir::new().unwrap(),
            variables: Vec::new(),
            binary: binary().to_owned(),
        }
    }

    /// By a binary that lies elsewhere, beside something else.
    pub(crate) fn by(mut self, binary: &Path) -> Self {
        binary.clone_into(&mut self.binary);
        self
    }

    /// In a copy of the quickstart: the declaration in `rdp.toml`, its world beside the folder's other files.
    pub(crate) fn quickstart() -> Self {
        let tool = Self::new();
        for file in ["rdp.toml", "world.toml"] {
            let from = root().join("examples/quickstart").join(file);
            tool.write(file, &std::fs::read_to_string(from).unwrap());
        }
        tool
    }

    /// With one more variable in the environment, which is otherwise empty.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With grants that somebody gave, kept outside of the folder.
    pub(crate) fn granting(mut self, grants: &str) -> Self {
        let file = self.kept.path().join("grants.toml");
        std::fs::write(&file, grants).unwrap();
        self.variables.retain(|(name, _)| name != "RDPCTL_GRANTS");
        self.with("RDPCTL_GRANTS", file.to_str().unwrap())
    }

    /// What was granted.
    pub(crate) fn grants(&self) -> String {
        std::fs::read_to_string(self.kept.path().join("grants.toml")).unwrap()
    }

    /// With everything granted that the declaration asks for, as somebody would who reads and trusts it.
    pub(crate) fn trusting(self) -> Self {
        let mut grants = String::new();
        let mut tool = self;
        // What stands in an account is known only once the account may be asked.
        for _ in 0..2 {
            grants.push_str(&tool.run(&["trust", "--print"]).out);
            tool = tool.granting(&grants);
        }
        tool
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path(file), text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    /// The command, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("USER", "tester")
            .env("TZ", "UTC")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// The same on a terminal of its own, whose other end the test holds: by util-linux' `script`, which hands on the
    /// exit code.
    pub(crate) fn terminal(&self, arguments: &str) -> Command {
        let mut command = Command::new("script");
        command
            .args(["--quiet", "--return", "--command"])
            .arg(format!("{} {arguments}", self.binary.display()))
            .arg("/dev/null")
            .current_dir(self.folder.path())
            .env_clear()
            .env("USER", "tester")
            .env("TZ", "UTC")
            .env("PATH", "/usr/bin:/bin")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stderr(Stdio::null());
        command
    }

    /// Runs to the end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs on the quickstart's embedded world.
    pub(crate) fn sim(&self, arguments: &[&str]) -> Ran {
        let mut all = arguments.to_vec();
        all.extend(["--sim", "world.toml"]);
        self.run(&all)
    }
}

/// A process that does not outlive its test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `rdpctl sim` as a process of its own.
pub(crate) struct Simulator {
    _process: Running,
    pub(crate) endpoints: Value,
}

impl Simulator {
    /// Serves the world of this folder, and returns once it is ready.
    pub(crate) fn start(tool: &Tool) -> Self {
        let mut process = tool
            .command(&["sim", "world.toml", "--format", "json", "--remember", "world"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { _process: Running(process), endpoints: serde_json::from_str(&line).unwrap() }
    }

    /// The base URL of the cloud's API.
    pub(crate) fn endpoint(&self) -> &str {
        self.endpoints["tencent"].as_str().unwrap()
    }

    /// Where an instance's desktop is met.
    pub(crate) fn rdp(&self, instance: &str) -> &str {
        self.endpoints["instances"][instance]["rdp"].as_str().unwrap()
    }

    /// An account's id and key.
    pub(crate) fn keys(&self, account: &str) -> (&str, &str) {
        let keys = &self.endpoints["credentials"][account];
        (keys["secret-id"].as_str().unwrap(), keys["secret-key"].as_str().unwrap())
    }

    /// The address at which a VM is met.
    pub(crate) fn address(&self, vm: &str) -> &str {
        let rdp = self.endpoints["instances"][vm]["rdp"].as_str().unwrap();
        rdp.strip_suffix(":3389").unwrap()
    }

    /// The certificate that HTTPS is to be trusted by.
    pub(crate) fn authority(&self) -> &str {
        self.endpoints["winrm-authority"].as_str().unwrap()
    }

    /// What a VM's WinRM service has seen.
    pub(crate) fn winrm(&self, vm: &str) -> Value {
        self.hatch("GET", "winrm", "")[vm].clone()
    }

    /// What went over a VM's serial line.
    pub(crate) fn serial(&self, vm: &str) -> Value {
        self.hatch("GET", "serial", "")[vm].clone()
    }

    /// Where a VM's serial port leads to.
    pub(crate) fn line(&self, vm: &str) -> &str {
        self.endpoints["instances"][vm]["serial"].as_str().unwrap()
    }

    /// What it was asked since it started.
    pub(crate) fn counters(&self) -> Value {
        self.hatch("GET", "counters", "")
    }

    /// Runs a command line in a guest behind everybody's back.
    pub(crate) fn behind(&self, vm: &str, command: &str) -> Value {
        self.hatch("POST", "run", &serde_json::json!({ "vm": vm, "command": command }).to_string())
    }

    /// Runs a command line in a guest as somebody without rights.
    pub(crate) fn as_user(&self, vm: &str, command: &str) -> Value {
        let body = serde_json::json!({ "vm": vm, "command": command, "user": "guest" });
        self.hatch("POST", "run", &body.to_string())
    }

    /// Lets so many seconds pass in the world.
    pub(crate) fn passes(&self, seconds: u32) {
        self.hatch("POST", "time", &serde_json::json!({ "seconds": seconds }).to_string());
    }

    /// Switches a VM on or off behind everybody's back.
    pub(crate) fn power(&self, vm: &str, state: &str) {
        self.hatch("POST", "power", &serde_json::json!({ "vm": vm, "state": state }).to_string());
    }

    /// The planted programs that were run in its guests.
    pub(crate) fn traps(&self) -> Value {
        self.hatch("GET", "traps", "")
    }

    /// Whether it still serves.
    fn answers(&self) -> bool {
        TcpStream::connect(self.endpoint().strip_prefix("http://").unwrap().trim_end_matches('/'))
            .is_ok()
    }

    /// Asks through the simulator's hatch for tests.
    pub(crate) fn hatch(&self, method: &str, name: &str, body: &str) -> Value {
        let host = self.endpoint().strip_prefix("http://").unwrap().trim_end_matches('/');
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "{method} /__sim/{name} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if !std::thread::panicking() && self.answers() {
            assert_eq!(self.traps(), serde_json::json!([]), "a planted program was run in a guest");
        }
    }
}

/// A report in which a connection that was closed on the other side is told in one way: whether the system says that it
/// was reset or that it ended depends on which packet came first.
pub(crate) fn closed_in_one_way(report: &str) -> String {
    report.replace(
        "Connection reset by peer (os error 104)",
        "connection closed before message completed",
    )
}

/// How many addresses the world has ever held, by its own journal.
pub(crate) fn addresses(tool: &Tool) -> usize {
    let journal = std::fs::read_dir(tool.path("world"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .unwrap();
    let text = std::fs::read_to_string(journal).unwrap();
    // What was sent stands in it as a text within a text.
    let words = text.split(['"', '\\']);
    let ids: BTreeSet<&str> = words.filter(|word| word.starts_with("eip-")).collect();
    ids.len()
}

/// The quickstart's declaration pointed at a simulator elsewhere, its keys in the environment.
pub(crate) fn against(tool: Tool, simulator: &Simulator) -> Tool {
    let declaration = tool.read("rdp.toml");
    tool.write("rdp.toml", &pointed_at(&declaration, simulator.endpoint()));
    let (id, key) = simulator.keys("gz");
    let (legacy_id, legacy_key) = simulator.keys("gz-legacy");
    tool.with("GZ_ID", id)
        .with("GZ_KEY", key)
        .with("LEGACY_ID", legacy_id)
        .with("LEGACY_KEY", legacy_key)
        .trusting()
}

/// The quickstart's declaration with an endpoint and references to keys.
pub(crate) fn pointed_at(declaration: &str, endpoint: &str) -> String {
    let lines = |prefix: &str| {
        format!(
            "endpoint = \"{endpoint}\"\ncredentials = {{ id = \"env:{prefix}_ID\", key = \"env:{prefix}_KEY\" }}\n"
        )
    };
    declaration
        .replace("[provider.gz]\n", &format!("[provider.gz]\n{}", lines("GZ")))
        .replace("[provider.gz-legacy]\n", &format!("[provider.gz-legacy]\n{}", lines("LEGACY")))
}
