//! Scheduled tasks: run by the simulated clock, as SYSTEM or as a user.

use super::cmd;
use super::machine::Guest;
use super::order::{Command, Ctx, User};
use super::task::{Task, Trigger};

impl Guest {
    pub(super) fn run_due_tasks(&mut self, now: u64) {
        let booted = self.state.booted_at.unwrap_or(now);
        for at in 0..self.state.tasks.len() {
            let Some(task) = self.state.tasks.get_mut(at).filter(|task| task.enabled) else {
                continue;
            };
            let due = match task.trigger {
                Trigger::Once(when) if when <= now => {
                    task.trigger = Trigger::Never;
                    Some(when)
                }
                Trigger::Every { next, period } if next <= now => {
                    let missed = (now - next) / period.max(1);
                    task.trigger =
                        Trigger::Every { next: next + (missed + 1) * period.max(1), period };
                    Some(next)
                }
                // Once for each start that it has lived to see.
                Trigger::AtStart(delay)
                    if booted + delay <= now
                        && task.created < booted
                        && task.last_run.is_none_or(|last| last < booted) =>
                {
                    Some(booted + delay)
                }
                Trigger::Never | Trigger::Once(_) | Trigger::Every { .. } | Trigger::AtStart(_) => {
                    None
                }
            };
            if due.is_some() {
                let name = task.name.clone();
                self.run_task(&name, now);
            }
        }
    }

    /// Runs a task now; `false` when there is none of that name or the scheduler does not run.
    pub(super) fn run_task(&mut self, name: &str, now: u64) -> bool {
        if !self.runs("Schedule") {
            return false;
        }
        let Some(at) = self.task(name) else { return false };
        let task = &mut self.state.tasks[at];
        task.last_run = Some(now);
        let ctx = Ctx { user: task_user(task.as_system), ..Ctx::system(now) };
        let output = cmd::run(self, &Command::Line(task_line(&self.state.tasks[at])), &ctx);
        // The task may have deleted itself.
        if let Some(at) = self.task(name) {
            self.state.tasks[at].last_result = output.exit;
        }
        true
    }

    pub(super) fn task(&self, name: &str) -> Option<usize> {
        let bare = name.trim_start_matches('\\');
        self.state
            .tasks
            .iter()
            .position(|task| task.name.trim_start_matches('\\').eq_ignore_ascii_case(bare))
    }
}

fn task_user(as_system: bool) -> User {
    if as_system { User::System } else { User::Named("Administrator".to_owned()) }
}

fn task_line(task: &Task) -> String {
    task.action.to_string()
}
