//! Every question on a terminal: what is no answer is asked again, no is no, and Ctrl-C leaves at once with nothing done.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::tool::Tool;

/// A command on a terminal of its own, with somebody before it.
pub(crate) struct Terminal {
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
    pub(crate) fn start(tool: &Tool, command: &str) -> Self {
        Self::of(&tool.terminal(&format!("{command} --color never")))
    }

    /// The same on a terminal of that width.
    pub(crate) fn wide(tool: &Tool, command: &str, columns: usize) -> Self {
        let mut terminal = tool.terminal(&format!("{command} --color never"));
        Self::of(terminal.env("COLUMNS", columns.to_string()))
    }

    fn of(command: &Command) -> Self {
        let mut command = bounded(command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (keys, out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, keys, out }
    }

    /// Reads until this was said.
    pub(crate) fn until(&mut self, said: &str) -> String {
        let mut all = Vec::new();
        let mut byte = [0];
        while !String::from_utf8_lossy(&all).contains(said) {
            let read = self.out.read(&mut byte).unwrap();
            assert_ne!(read, 0, "no {said}: {}", String::from_utf8_lossy(&all));
            all.push(byte[0]);
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// How it ended, and what was said until then.
    pub(crate) fn ends(mut self) -> (i32, String) {
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
pub(crate) const CTRL_C: &str = "\u{3}";
pub(crate) const INTERRUPTED: i32 = 130;

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
        let free = tool.run(&["state", "unlock"]).out;
        assert!(free.contains("The state is not locked."), "{free}");
    }
}

#[test]
fn the_questions_of_a_plan_that_was_kept_are_asked_and_left_in_the_same_way() {
    for (answer, code) in [(CTRL_C, INTERRUPTED), ("q\n", 1)] {
        let tool = Tool::quickstart();
        tool.sim(&["plan", "--out", "plan.json"]).exits(0);
        let mut apply = Terminal::start(&tool, "apply --sim world.toml plan.json");
        let question = apply.until("spend> ");
        assert!(question.contains("May rdpctl spend money on web-01?"), "{question}");
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
    assert!(!details.contains("looking at"), "nothing is drawn over a question: {details}");
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
pub(crate) fn slow(time_scale: u32) -> Tool {
    let tool = Tool::quickstart();
    let world = tool.read("world.toml");
    let (before, after) = world.split_once("time-scale").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    tool.write("world.toml", &format!("{before}time-scale = {time_scale}\n{after}"));
    tool
}

#[test]
fn ctrl_c_in_hand_once_waits_for_what_is_in_hand_and_twice_leaves_at_once() {
    for twice in [false, true] {
        let tool = slow(10);
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

#[test]
fn the_question_before_a_disk_is_copied_is_asked_again_and_left_with_nothing_made() {
    for (answer, code) in [(CTRL_C, INTERRUPTED), ("n\n", 3)] {
        let tool = crate::looked_into::office(crate::repaired_there::BROKEN, "");
        let mut doctor = Terminal::start(&tool, "doctor web --look-into-disk --sim world.toml");
        let shown = doctor.until("disk> ");
        assert!(shown.contains("Copy the system disk and read the copy (guard spend: "), "{shown}");
        doctor.types("perhaps\n");
        doctor.until("Please answer y or n. Nothing was decided.");
        doctor.until("disk> ");
        doctor.types(answer);
        let (ended, said) = doctor.ends();
        assert_eq!(ended, code, "{said}");
        assert_eq!(crate::repaired_there::made(&tool), Vec::<String>::new(), "{said}");
    }
}

#[test]
fn each_question_before_a_repair_in_the_cloud_is_left_with_the_machine_as_it_was() {
    use crate::repaired_there::{BROKEN, OFFLINE, made, office};

    for before in [&[][..], &["y\n"]] {
        for (answer, code) in [(CTRL_C, INTERRUPTED), ("n\n", 3)] {
            let tool = office(BROKEN, "", OFFLINE);
            let mut apply = Terminal::start(&tool, "apply --sim world.toml");
            for yes in before {
                apply.until("Do this (guard ");
                apply.until("disk> ");
                apply.types(yes);
            }
            apply.until("Do this (guard ");
            apply.until("disk> ");
            apply.types(answer);
            let (ended, said) = apply.ends();
            assert_eq!(ended, code, "{said}");
            if answer == CTRL_C {
                assert!(said.contains("Stopped. Nothing was done."), "{said}");
            }
            assert_eq!(made(&tool), Vec::<String>::new(), "{said}");
            let free = tool.run(&["state", "unlock"]).out;
            assert!(free.contains("The state is not locked."), "{free}");
        }
    }
}

#[test]
fn the_question_before_a_disk_is_put_back_is_left_with_the_disk_as_it_is() {
    let (tool, _) = crate::disk::broken();
    let applied = "apply --disk server.raw --state kept --auto-approve --allow offline-repair";
    let applied = tool.run(&applied.split(' ').collect::<Vec<_>>()).exits(0).out;
    let mended = std::fs::read(tool.path("server.raw")).unwrap();
    let run = applied.lines().find_map(|line| line.strip_prefix("Run ")).unwrap();
    let run = run.split(':').next().unwrap();
    for (answer, code) in [(CTRL_C, INTERRUPTED), ("n\n", 3)] {
        let command = format!("undo {run} --disk server.raw --state kept");
        let mut undo = Terminal::start(&tool, &command);
        let shown = undo.until("disk> ");
        assert!(shown.contains("Put back ") && shown.contains(run), "{shown}");
        undo.types("\n");
        undo.until("Please answer y or n. Nothing was decided.");
        undo.until("disk> ");
        undo.types(answer);
        let (ended, said) = undo.ends();
        assert_eq!(ended, code, "{said}");
        assert!(std::fs::read(tool.path("server.raw")).unwrap() == mended, "nothing was written");
    }
}

/// A cloud of which each answer takes longer than anybody waits.
#[test]
fn ctrl_c_while_it_is_looked_ends_at_once_with_nothing_done_whatever_the_command() {
    for command in ["plan", "drift", "apply"] {
        let tool = Tool::quickstart();
        let slow = tool.read("world.toml").replace("time-scale = 60", "time-scale = 1");
        let slow = format!("{slow}\n[fault]\nlatency = \"10m\"\n");
        tool.write("world.toml", &slow);
        let mut look = Terminal::start(&tool, &format!("{command} --sim world.toml"));
        look.until("looking at ");
        look.types(CTRL_C);
        let (ended, said) = look.ends();
        assert_eq!(ended, INTERRUPTED, "{command}: {said}");
        let free = tool.run(&["state", "unlock"]);
        assert!(!free.out.contains("held by"), "{command}: {}", free.out);
    }
}

/// One value, one test: what a question says of money is what the plan's JSON and the journal have.
#[test]
fn no_price_in_a_question_differs_from_the_plan_that_is_recorded() {
    let tool = Tool::quickstart();
    let mut apply = Terminal::start(&tool, "apply --sim world.toml");
    let question = apply.until("spend> ");
    let priced = question.lines().find(|line| line.trim_start().starts_with("price ")).unwrap();
    apply.types("y\n");
    let ready = apply.until("apply> ");
    apply.types("y\n");
    let (ended, said) = apply.ends();
    assert_eq!(ended, 0, "{said}");
    let history = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let run = history["runs"][0]["id"].as_str().unwrap();
    let record = tool.run(&["show", run, "--format", "json"]).exits(0).out;
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let budget = &record["plan"]["budget"];
    let (what, pieces) = budget["money"].as_object().unwrap().iter().next().unwrap();
    let quote = budget["quotes"].as_array().unwrap().iter().find(|quote| quote["what"] == **what);
    let price = &quote.unwrap()["price"]["seen"];
    let (whole, rest) = (price["millionths"].as_u64().unwrap() / 1_000_000, 1_000_000);
    let cents = price["millionths"].as_u64().unwrap() % rest / 10_000;
    let wanted = format!("{pieces} x {what}, {whole}.{cents:02} a GB");
    for text in [priced, ready.as_str(), said.as_str()] {
        assert!(text.replace("\r\n           ", " ").contains(&wanted), "{wanted}: {text}");
    }
}
