//! A command channel: somebody is asked who he is, and then types at an interpreter.

use super::grid::Grid;
use crate::guest::Typist;

/// A channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) guid: String,
    pub(super) stage: Stage,
    /// What is typed and not yet entered.
    pub(super) typed: String,
    grid: Grid,
    /// What of it was sent.
    shown: Grid,
}

/// How far it is.
#[derive(Debug)]
pub(super) enum Stage {
    /// Nobody looked at it yet.
    Fresh,
    /// It asks for the account.
    User,
    /// It asks for the domain of that account.
    Domain(String),
    /// It asks for the password of that account in that domain.
    Password(String, String),
    /// That account types.
    Shell(String, Typist),
}

impl Channel {
    pub(super) fn new(number: u32) -> Self {
        Self {
            name: format!("Cmd{number:04}"),
            guid: uuid::Uuid::new_v4().to_string(),
            stage: Stage::Fresh,
            typed: String::new(),
            grid: Grid::default(),
            shown: Grid::default(),
        }
    }

    /// Writes on its screen.
    pub(super) fn write(&mut self, text: &str) {
        self.grid.write(text);
    }

    /// A character is typed; what is shown of it depends on who asks.
    pub(super) fn type_one(&mut self, letter: char) {
        match letter {
            '\u{8}' | '\u{7f}' => {
                if self.typed.pop().is_some() {
                    self.grid.rub_out();
                }
            }
            letter if letter.is_control() => {}
            letter => {
                self.typed.push(letter);
                let hidden = matches!(self.stage, Stage::Password(..));
                let shown = if hidden { '*' } else { letter };
                self.grid.write(shown.encode_utf8(&mut [0; 4]));
            }
        }
    }

    /// What is to be sent of it now.
    pub(super) fn news(&mut self) -> String {
        let news = self.grid.since(&self.shown);
        self.shown = self.grid.clone();
        news
    }

    /// All of it, for whoever begins to look.
    pub(super) fn whole(&mut self) -> String {
        self.shown = self.grid.clone();
        self.grid.whole()
    }
}
