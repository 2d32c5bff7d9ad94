//! An order: actions one after another, each command watched, nothing after the first failure.

use rdpctl_model::GuestAction;
use rdpctl_model::step::Check;

use crate::check::{self, Seen};
use crate::frame::{Batch, Frame, Frames, Nonce};
use crate::refusal::Unrenderable;
use crate::script::{Form, Script};

use super::action::row;
use super::command::NativeCommand;
use super::former::{Former, Lost};
use crate::said::say;
use rdpctl_model::Said;

/// An order as batches, of which each is sent only when the one before went well.
#[derive(Clone, Debug)]
pub struct Performance {
    parts: Vec<(Batch, Script)>,
    steps: Vec<Prepared>,
}

/// One action with everything that is run for it.
#[derive(Clone, Debug)]
struct Prepared {
    former: Former,
    before: Vec<String>,
    commands: Vec<NativeCommand>,
    proofs: Vec<Check>,
}

/// An action that has no safe spelling; nothing was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place.
    pub action: usize,
    /// Why.
    pub why: Unrenderable,
}

/// What came of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Exit codes and files, for people.
    pub note: Said,
    /// The actions that put back what was replaced.
    pub undo: Vec<GuestAction>,
}

/// Why an order did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A command failed; those after it were not run.
    Failed {
        /// The place of its action.
        action: usize,
        /// The command.
        command: String,
        /// Its exit code.
        exit: i32,
    },
    /// Every command succeeded, and yet the wanted state is not there.
    NotProved {
        /// The place of the action.
        action: usize,
        /// The last command of it.
        command: String,
        /// What was found instead.
        found: Said,
    },
    /// Nobody knows: the answer is missing or damaged from this action on.
    Unknown {
        /// The place of the action.
        action: usize,
        /// What is missing.
        reason: Said,
    },
}

impl Performance {
    /// Prepares an order. The token names backup files and the boot nonce in the guest.
    pub fn new(
        nonce: Nonce,
        actions: &[GuestAction],
        token: &str,
        form: Form,
    ) -> Result<Self, Refused> {
        let refused = |action: usize| move |why: Unrenderable| Refused { action, why };
        let mut batch = Batch::new(nonce);
        batch.prelude("set F=0");
        batch.ask_code_page();
        let mut steps = Vec::new();
        for (place, action) in actions.iter().enumerate() {
            let step = Prepared::new(action, token, place).map_err(refused(place))?;
            step.write(&mut batch, place).map_err(refused(place))?;
            steps.push(step);
        }
        let last = actions.len().saturating_sub(1);
        let parts = batch.split(form).map_err(refused(last))?;
        let parts = parts.into_iter().map(|part| part.script(form).map(|script| (part, script)));
        Ok(Self { parts: parts.collect::<Result<_, _>>().map_err(refused(last))?, steps })
    }

    /// The scripts, to be sent one after another as long as [`goes_on`](Self::goes_on).
    #[must_use]
    pub fn scripts(&self) -> impl ExactSizeIterator<Item = &Script> {
        self.parts.iter().map(|(_, script)| script)
    }

    /// Whether the script at some place went well, so that the next one may be sent.
    #[must_use]
    pub fn goes_on(&self, place: usize, reply: &[u8]) -> bool {
        let Some((batch, _)) = self.parts.get(place) else { return false };
        let frames = Frames::read(batch, reply);
        let well = |tag: &String| match (self.command(tag), frames.get(tag)) {
            (Some(command), Ok(frame)) => command.ok_codes.contains(&frame.exit),
            (Some(_), Err(_)) => false,
            (None, _) => true,
        };
        frames.finished() && batch.tags().iter().all(well)
    }

    /// What came of the order, from the replies to its scripts as far as they were sent.
    pub fn read(&self, replies: &[Vec<u8>]) -> Result<Vec<Done>, Failure> {
        let frames: Vec<Frames> = self
            .parts
            .iter()
            .zip(replies)
            .map(|((batch, _), reply)| Frames::read(batch, reply))
            .collect();
        let answers = Answers { parts: &self.parts, frames: &frames };
        self.steps.iter().enumerate().map(|(place, step)| step.read(place, &answers)).collect()
    }

    /// The changing command behind a tag.
    fn command(&self, tag: &str) -> Option<&NativeCommand> {
        let (place, rest) = tag.split_once("/do/")?;
        self.steps.get(place.parse::<usize>().ok()?)?.commands.get(rest.parse::<usize>().ok()?)
    }
}

/// Frames over all replies.
struct Answers<'a> {
    parts: &'a [(Batch, Script)],
    frames: &'a [Frames],
}

impl Answers<'_> {
    fn get(&self, tag: &str) -> Result<&Frame, Said> {
        let part =
            self.parts.iter().position(|(batch, _)| batch.tags().iter().any(|known| known == tag));
        let frames =
            part.and_then(|part| self.frames.get(part)).ok_or_else(|| say::not_sent(tag))?;
        if frames.is_skipped(tag) {
            return Err(say::skipped(tag));
        }
        frames.get(tag).map_err(|gap| gap.said())
    }
}

impl Prepared {
    fn new(action: &GuestAction, token: &str, place: usize) -> Result<Self, Unrenderable> {
        let row = row(action, token, place)?;
        let (before, proofs) = (row.former.questions()?, action.proves());
        Ok(Self { former: row.former, before, commands: row.commands, proofs })
    }

    fn write(&self, batch: &mut Batch, place: usize) -> Result<(), Unrenderable> {
        for (number, question) in self.before.iter().enumerate() {
            ask(batch, &format!("{place}/was/{number}"), question);
        }
        for (number, command) in self.commands.iter().enumerate() {
            run(batch, &format!("{place}/do/{number}"), command);
        }
        for (number, proof) in self.proofs.iter().enumerate() {
            ask(batch, &format!("{place}/is/{number}"), &check::command(proof)?);
        }
        Ok(())
    }

    fn read(&self, place: usize, answers: &Answers<'_>) -> Result<Done, Failure> {
        let unknown = |reason: Said| Failure::Unknown { action: place, reason };
        let mut exits = Vec::new();
        for (number, command) in self.commands.iter().enumerate() {
            let frame = answers.get(&format!("{place}/do/{number}")).map_err(unknown)?;
            if !command.ok_codes.contains(&frame.exit) {
                return Err(Failure::Failed {
                    action: place,
                    command: command.readable(),
                    exit: frame.exit,
                });
            }
            exits.push(frame.exit.to_string());
        }
        for (number, proof) in self.proofs.iter().enumerate() {
            let frame = answers.get(&format!("{place}/is/{number}")).map_err(unknown)?;
            match check::judge(proof, frame) {
                Seen::Holds => {}
                Seen::Differs(found) => {
                    let command =
                        self.commands.last().map(NativeCommand::readable).unwrap_or_default();
                    return Err(Failure::NotProved { action: place, command, found });
                }
                Seen::Unknown(gap) => return Err(unknown(gap.said())),
            }
        }
        let before: Result<Vec<&Frame>, Said> = (0..self.before.len())
            .map(|number| answers.get(&format!("{place}/was/{number}")))
            .collect();
        Ok(self.done(&exits, before.ok().as_deref()))
    }

    fn done(&self, exits: &[String], before: Option<&[&Frame]>) -> Done {
        let mut note = say::exit_codes(exits.to_vec());
        if before.is_some_and(|frames| self.former.has_fired(frames)) {
            note = say::and_fired(note);
        }
        let undo = before.ok_or(Lost).and_then(|frames| self.former.way_back(frames));
        // A way back that has no safe spelling is none.
        let spelled = |back: &Vec<GuestAction>| back.iter().all(|step| row(step, "t", 0).is_ok());
        match undo.ok().filter(spelled) {
            Some(undo) => Done { note, undo },
            None => Done { note: say::and_not_recorded(note), undo: Vec::new() },
        }
    }
}

/// A question that is asked only while nothing has failed.
fn ask(batch: &mut Batch, tag: &str, question: &str) {
    let text = format!(
        "(if !F!==0 ({}&{question}&{}) else {})",
        batch.begin(tag),
        batch.end(),
        batch.skip(tag)
    );
    batch.segment(text, [tag.to_owned()]);
}

/// A command that is run only while nothing has failed; its failure stops the rest.
fn run(batch: &mut Batch, tag: &str, command: &NativeCommand) {
    let tests: String = command
        .ok_codes
        .iter()
        .flat_map(|code| ["if !R! neq ".to_owned(), code.to_string(), " ".to_owned()])
        .collect();
    let text = format!(
        "(if !F!==0 ({}&{}&set R=!errorlevel!&echo #{} E !R!&{tests}set F=1) else {})",
        batch.begin(tag),
        command.silent(),
        batch.nonce(),
        batch.skip(tag)
    );
    batch.segment(text, [tag.to_owned()]);
}

#[cfg(test)]
mod tests;
