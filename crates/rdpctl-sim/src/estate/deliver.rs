//! From the command service to the guest and back: delivery, execution, and the end of a command.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Due, Ending, Estate, Phase, Script, guests::Requests};
use crate::{
    clock::later,
    guest::{Command, Ctx, Entered, GuestDelta, Output, Typist, User},
    world::{Text, Vendor, VmIndex},
};

/// What the agent keeps of a command's output.
const OUTPUT_LIMIT: usize = 24_576;

/// What became of a command that reached its guest.
struct Outcome {
    ending: Ending,
    exit: Option<i64>,
    output: Vec<u8>,
    errors: Vec<u8>,
    took: Duration,
    error: &'static str,
}

impl Outcome {
    fn not_started(ending: Ending, error: &'static str) -> Self {
        Self {
            ending,
            exit: None,
            output: Vec::new(),
            errors: Vec::new(),
            took: Duration::ZERO,
            error,
        }
    }
}

impl Estate {
    /// A command reaches its agent, and runs in the guest.
    pub(super) fn deliver(&mut self, number: u64, place: usize) {
        let now = self.now;
        let Some(invocation) = self.invocations.get(&number) else { return };
        let Some(task) = invocation.tasks.get(place) else { return };
        if task.phase != Phase::Pending {
            return;
        }
        let (vm, account) = (task.vm, invocation.account);
        let (content, script) = (Arc::clone(&invocation.content), invocation.script);
        let (user, timeout) = (Arc::clone(&invocation.user), invocation.timeout);
        let limit = Duration::from_secs(u64::from(timeout));
        let mut outcome = if self.agent_answers(vm) {
            self.execute(vm, script, &content, &user)
        } else {
            Outcome::not_started(Ending::DeliverFailed, "the agent does not answer")
        };
        if outcome.took > limit {
            outcome.took = limit;
            outcome.ending = Ending::Timeout;
            outcome.exit = None;
            outcome.error = "the command ran out of time";
        }
        let ends = self.clock.end_of(now, outcome.took);
        self.guests.enter(vm, number, place);
        // One vendor gives both streams in one, and its beginning; the other each by itself, and its end.
        if self.world.account(account).vendor == Vendor::Tencent {
            outcome.output.append(&mut outcome.errors);
        }
        let kept = outcome.output.len().min(OUTPUT_LIMIT);
        let dropped = u64::try_from(outcome.output.len() - kept).unwrap_or(u64::MAX);
        outcome.output.truncate(kept);
        self.output_kept += kept;
        if let Some(task) =
            self.invocation_mut(number).and_then(|invocation| invocation.tasks.get_mut(place))
        {
            task.phase = Phase::Running(outcome.ending);
            task.started = Some(now);
            task.ended = Some(ends);
            task.updated = now;
            task.exit = outcome.exit;
            task.output = outcome.output;
            task.errors = outcome.errors;
            task.dropped = dropped;
            task.error = outcome.error.into();
        }
        self.forget_old_output();
        self.schedule(ends, Due::Finish(number, place));
    }

    fn execute(&mut self, vm: VmIndex, script: Script, content: &str, user: &Text) -> Outcome {
        let Ok(bytes) = STANDARD.decode(content) else {
            return Outcome::not_started(Ending::StartFailed, "the content is no base64");
        };
        let written = String::from_utf8_lossy(&bytes).into_owned();
        let batch = match script {
            Script::Bat => written,
            Script::Powershell => match wrapped_batch(&written) {
                Some(batch) => batch,
                None => {
                    return Outcome::not_started(
                        Ending::StartFailed,
                        "PowerShell is not available in this guest",
                    );
                }
            },
            Script::Shell => {
                return Outcome::not_started(Ending::StartFailed, "no shell on Windows");
            }
        };
        let user = account(user);
        let before = self.registry_of(vm);
        let (output, requests) = self.with_guest(vm, |guest, now| {
            let run_as = Ctx { user, ..Ctx::system(now) };
            let output = guest.run(&Command::File(batch), &run_as);
            (output, Requests::of(guest))
        });
        let after = self.registry_of(vm);
        if before != after {
            self.note_machine(vm, "registry", &format!("{after:016x}"));
        }
        self.count_command(vm);
        self.heed_guest(vm, requests);
        let Output { stdout, stderr, exit, took } = output;
        let ending = if exit == 0 { Ending::Success } else { Ending::Failed };
        Outcome {
            ending,
            exit: Some(i64::from(exit)),
            output: stdout,
            errors: stderr,
            took,
            error: "",
        }
    }

    /// Runs a command as SYSTEM, as somebody at the machine would.
    pub(crate) fn run_behind(&mut self, vm: VmIndex, command: &Command) -> Output {
        self.run_as(vm, command, Ctx::system)
    }

    /// Runs a command in the circumstances that `circumstances` makes of the moment, and heeds what it asked for.
    pub(crate) fn run_as(
        &mut self,
        vm: VmIndex,
        command: &Command,
        circumstances: impl FnOnce(u64) -> Ctx,
    ) -> Output {
        let (output, requests) = self.with_guest(vm, |guest, now| {
            let output = guest.run(command, &circumstances(now));
            (output, Requests::of(guest))
        });
        self.heed_guest(vm, requests);
        output
    }

    /// What a guest's registry came to, as a number to compare.
    fn registry_of(&self, vm: VmIndex) -> u64 {
        self.vm(vm).guest.as_ref().map_or(0, GuestDelta::registry_print)
    }

    /// Runs a line that somebody typed at an interpreter in a guest.
    pub(crate) fn type_in(
        &mut self,
        vm: VmIndex,
        typist: &mut Typist,
        line: &str,
        circumstances: impl FnOnce(u64) -> Ctx,
    ) -> Entered {
        let (entered, requests) = self.with_guest(vm, |guest, now| {
            let entered = typist.enter(guest, line, &circumstances(now));
            (entered, Requests::of(guest))
        });
        self.heed_guest(vm, requests);
        entered
    }

    /// Some agents stop after so many commands.
    fn count_command(&mut self, vm: VmIndex) {
        let world = Arc::clone(&self.world);
        if !world.agent_faults.iter().any(|strike| strike.vm == vm) {
            return;
        }
        let now = self.now;
        let state = self.vm_mut(vm);
        state.commands += 1;
        let commands = state.commands;
        for strike in world
            .agent_faults
            .iter()
            .filter(|strike| strike.vm == vm && strike.after_commands == commands)
        {
            match strike.lasting {
                Some(lasting) => self.vm_mut(vm).agent_back = Some(later(now, lasting)),
                None => self.vm_mut(vm).agent_back = Some(jiff::Timestamp::MAX),
            }
        }
    }

    /// A command's time is over.
    pub(super) fn finish_task(&mut self, number: u64, place: usize) {
        let now = self.now;
        let Some(task) =
            self.invocation_mut(number).and_then(|invocation| invocation.tasks.get_mut(place))
        else {
            return;
        };
        let vm = task.vm;
        if let Phase::Running(ending) = task.phase {
            task.phase = Phase::Done(ending);
            task.updated = now;
        }
        self.guests.leave(vm, number, place);
    }

    /// Ends a command before its time.
    pub(crate) fn cut_off(&mut self, number: u64, place: usize, ending: Ending) {
        let now = self.now;
        if let Some(task) =
            self.invocation_mut(number).and_then(|invocation| invocation.tasks.get_mut(place))
            && !task.phase.is_done()
        {
            task.phase = Phase::Done(ending);
            task.ended = Some(now);
            task.updated = now;
            task.exit = None;
        }
    }

    /// A machine that loses power takes its commands with it.
    pub(super) fn lose_commands(&mut self, vm: VmIndex) {
        for (number, place) in self.guests.in_guest(vm) {
            self.cut_off(number, place, Ending::TaskTimeout);
        }
    }
}

/// The account that a command runs under.
fn account(name: &str) -> User {
    if name.is_empty() || name.eq_ignore_ascii_case("system") {
        User::System
    } else {
        User::Named(name.to_owned())
    }
}

/// The batch file inside the one PowerShell form that carries native commands: a here-string that is
/// written to a file, which `cmd` then runs.
fn wrapped_batch(script: &str) -> Option<String> {
    if !script.contains("cmd.exe") {
        return None;
    }
    let start = script.find("@'")?;
    let body = script[start + 2..].trim_start_matches('\r').strip_prefix('\n')?;
    let end = body.find("\n'@")?;
    Some(body[..end].to_owned())
}
