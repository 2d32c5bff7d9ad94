//! Every question on a terminal: what is no answer is asked again, no is no, and Ctrl-C leaves at once with nothing done.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::tool::Tool;

/// A command on a terminal of its own, with somebody before it.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    out: ChildStdout,
}

/// The same command, which ends after a while whatever it waits for.
fn bounded(command: &Command) -> Command {
    let mut bounded = Command::new("timeout");
    bounded.args(["--foreground", "120"]).arg(command.get_program()).args(command.get_args());
    bounded.env_clear().stderr(Stdio::null());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            bounded.env(name, value);
        }
    }
    if let Some(folder) = command.get_current_dir() {
        bounded.current_dir(folder);
    }
    bounded
}

impl Terminal {
    fn start(tool: &Tool, command: &str) -> Self {
        let mut command = bounded(&tool.terminal(&format!("{command} --color never")));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (keys, out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, keys, out }
    }

    /// Reads until this was said.
    fn until(&mut self, said: &str) -> String {
        let mut all = Vec::new();
        let mut byte = [0];
        while !String::from_utf8_lossy(&all).contains(said) {
            let read = self.out.read(&mut byte).unwrap();
            assert_ne!(read, 0, "no {said}: {}", String::from_utf8_lossy(&all));
            all.push(byte[0]);
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// How it ended, and what was said until then.
    fn ends(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        drop(self.keys);
        (self.child.wait().unwrap().code().unwrap(), rest)
    }
}

/// What a simulated world is for is to learn: what the flags answer is shown with its question.
#[test]
fn the_quickstart_shows_its_questions_with_the_answers_that_its_flags_gave() {
    let tool = Tool::quickstart();
    let command = "apply --auto-approve --allow reboot,spend --sim world.toml";
    let (ended, said) = Terminal::start(&tool, command).ends();
    assert_eq!(ended, 0, "{said}");
    for shown in
        ["May rdpctl spend money on web-01?", "if not", "(--allow spend)", "(--auto-approve)"]
    {
        assert!(said.contains(shown), "{shown}: {said}");
    }
    let history = tool.sim(&["state", "history"]).exits(0).out;
    assert!(history.contains("spend (tester, by --allow)"), "{history}");
}

/// By hand.
const CTRL_C: &str = "\u{3}";
const INTERRUPTED: i32 = 130;

fn runs(tool: &Tool) -> usize {
    tool.sim(&["state", "history"]).out.lines().count()
}

#[test]
fn the_last_question_before_a_run_is_left_by_ctrl_c_and_by_no_with_nothing_done() {
    for (answer, code) in [(CTRL_C, INTERRUPTED), ("n\n", 1), ("q\n", 1)] {
        let tool = Tool::quickstart();
        let mut apply = Terminal::start(&tool, "apply --sim world.toml --target legacy-01");
        let shown = apply.until("apply> ");
        assert!(shown.contains("Ready: 1 change on 1 instance"), "{shown}");
        apply.types("\n");
        apply.until("Please answer y, n or d. Nothing was decided.");
        apply.until("apply> ");
        apply.types("d\n");
        apply.until("$ ");
        apply.until("apply> ");
        apply.types(answer);
        let (ended, said) = apply.ends();
        assert_eq!(ended, code, "{said}");
        assert!(said.contains("Nothing was done."), "{said}");
        assert_eq!(runs(&tool), 0);
    }
}

#[test]
fn a_yes_on_the_terminal_does_it_and_is_on_record() {
    let tool = Tool::quickstart();
    let mut apply = Terminal::start(&tool, "apply --sim world.toml");
    apply.until("spend> ");
    apply.types("d\n");
    let details = apply.until("spend> ");
    assert!(details.contains("web-01") && details.contains("AllocateAddresses"), "{details}");
    apply.types("y\n");
    apply.until("apply> ");
    apply.types("y\n");
    let (ended, said) = apply.ends();
    assert_eq!(ended, 0, "{said}");
    let history = tool.sim(&["state", "history"]).exits(0).out;
    assert!(history.contains("spend (tester, on the terminal)"), "{history}");
}

#[test]
fn the_questions_of_an_undo_are_left_in_the_same_way() {
    let tool = Tool::quickstart();
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let history = tool.sim(&["state", "history"]).exits(0).out;
    let run = history.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let mut undo = Terminal::start(&tool, &format!("undo {run} --sim world.toml"));
    undo.until("Question 1 of ");
    undo.until("> ");
    undo.types(CTRL_C);
    let (ended, said) = undo.ends();
    assert_eq!(ended, INTERRUPTED, "{said}");
    assert!(said.contains("Nothing was done."), "{said}");
    assert_eq!(tool.sim(&["state", "history"]).out, history);
}

/// A host that only the declaration names, and a password that would be offered there.
fn asking() -> Tool {
    let tool = Tool::new().with("TILL_PASSWORD", "First-1");
    tool.write(
        "rdp.toml",
        "[provider.shop]\nkind = \"static\"\n\n[profile.till]\nservice = \"auto\"\n\n[instance.till-01]\nprovider = \"shop\"\nid = \"127.0.0.1\"\nprofile = \"till\"\nguest = { via = [\"winrm\"], user = \"Administrator\", password = \"env:TILL_PASSWORD\" }\n",
    );
    let home = tool.path("home");
    tool.with("HOME", home.to_str().unwrap())
}

#[test]
fn what_a_declaration_asks_for_is_asked_and_left_by_ctrl_c_and_q_with_nothing_granted() {
    for (answer, code) in [(CTRL_C, INTERRUPTED), ("q\n", 1)] {
        let tool = asking();
        let mut plan = Terminal::start(&tool, "plan");
        let shown = plan.until("grant> ");
        assert!(shown.contains("May this declaration have what it asks for?"), "{shown}");
        plan.types("perhaps\n");
        plan.until("Please answer y, n, d or q. Nothing was decided.");
        plan.until("grant> ");
        plan.types("d\n");
        plan.until("[[");
        plan.until("grant> ");
        plan.types(answer);
        let (ended, said) = plan.ends();
        assert_eq!(ended, code, "{said}");
        assert!(!tool.path("home/.config/rdpctl/grants.toml").exists());
    }
}

#[test]
fn the_questions_of_init_are_left_by_ctrl_c_with_nothing_written() {
    for answers in [&[][..], &["hosts\n"], &["hosts\n", "10.0.0.5\n"]] {
        let tool = Tool::new();
        let mut init = Terminal::start(&tool, "init");
        for (place, answer) in answers.iter().enumerate() {
            init.until(["Where do", "Which machine", "Who is to"][place]);
            init.types(answer);
        }
        init.until(["Where do", "Which machine", "Who is to"][answers.len()]);
        init.types(CTRL_C);
        let (ended, said) = init.ends();
        assert_eq!(ended, INTERRUPTED, "{said}");
        assert!(!tool.path("rdp.toml").exists());
    }
}

#[test]
fn the_question_before_a_disk_is_changed_is_asked_again_and_left_by_ctrl_c_and_no() {
    for (answer, code) in [(CTRL_C, INTERRUPTED), ("n\n", 3)] {
        let (tool, before) = crate::disk::broken();
        let mut apply = Terminal::start(&tool, "apply --disk server.raw --state kept");
        let shown = apply.until("disk> ");
        assert!(shown.contains("Change this disk (guard offline-repair)?"), "{shown}");
        apply.types("sure\n");
        apply.until("Please answer y or n. Nothing was decided.");
        apply.until("disk> ");
        apply.types(answer);
        let (ended, said) = apply.ends();
        assert_eq!(ended, code, "{said}");
        assert!(std::fs::read(tool.path("server.raw")).unwrap() == before, "nothing was written");
    }
}

/// A stopped machine whose start takes its time.
fn slow() -> Tool {
    let tool = Tool::quickstart();
    let world = tool.read("world.toml");
    let (before, after) = world.split_once("time-scale").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    tool.write("world.toml", &format!("{before}time-scale = 10\n{after}"));
    tool
}

#[test]
fn ctrl_c_in_hand_once_waits_for_what_is_in_hand_and_twice_leaves_at_once() {
    for twice in [false, true] {
        let tool = slow();
        let command = "apply --auto-approve --sim world.toml --target web-01";
        let mut apply = Terminal::start(&tool, command);
        // It stands in the live view once it runs.
        apply.until("Ctrl-C stops after what is in hand");
        apply.types(CTRL_C);
        let said = apply.until("Ctrl-C once more: leave at once.");
        assert!(said.contains("Stopping: no new machine and no new step starts"), "{said}");
        if twice {
            apply.types(CTRL_C);
        }
        let (ended, said) = apply.ends();
        assert_eq!(ended, INTERRUPTED, "{said}");
        assert!(said.contains("Stopped before its end") || twice, "{said}");
        let history = tool.run(&["state", "history", "."]).exits(0).out;
        assert!(history.contains("interrupted"), "twice {twice}: {history}");
        let free = tool.run(&["state", "unlock"]);
        assert!(!free.out.contains("released"), "the lock was given back: {}", free.out);
    }
}
