//! Running a command in a guest: what goes in, what comes out.

use super::cmd;
use super::machine::Guest;
use super::order::{Command, Ctx, Output};

impl Guest {
    /// Runs a command against this guest.
    pub fn run(&mut self, command: &Command, ctx: &Ctx) -> Output {
        self.tick(ctx.now);
        let mut output = cmd::run(self, command, ctx);
        self.spoil(&mut output);
        output
    }

    /// What the world's faults do to a finished output.
    fn spoil(&self, output: &mut Output) {
        let faults = &self.template.faults;
        if let Some(every) = faults.noise_every.filter(|every| *every > 0) {
            let mut noisy = Vec::with_capacity(output.stdout.len());
            for (at, line) in output.stdout.split_inclusive(|byte| *byte == b'\n').enumerate() {
                noisy.extend_from_slice(line);
                if (at + 1) % every == 0 {
                    noisy.extend_from_slice(b"WARNING: another program wrote this line\r\n");
                }
            }
            output.stdout = noisy;
        }
        if let Some(most) = faults.truncate_output {
            output.stdout.truncate(most);
        }
    }
}
