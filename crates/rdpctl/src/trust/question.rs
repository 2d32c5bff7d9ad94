//! The question on a terminal: one for one secret with all its receivers, one for everything else.

use std::io::BufRead;

use rdpctl_trust::{Ask, Wish, sentence};

use crate::error::CliError;
use crate::out::{self, safe};

/// Whether somebody sits before this.
pub(crate) fn is_answered_here() -> bool {
    use std::io::IsTerminal;
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// What somebody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Granted, and remembered.
    Yes,
    /// Not granted; the rest goes on.
    No,
    /// Nothing more is asked, and nothing is done.
    Quit,
}

/// Wishes that one answer is for.
fn of_one_secret<'w>(wishes: &[&'w Wish]) -> Vec<Vec<&'w Wish>> {
    let mut groups: Vec<Vec<&Wish>> = Vec::new();
    for wish in wishes {
        let same = |other: &&Wish| match (&wish.ask, &other.ask) {
            (Ask::Secret { from: one, .. }, Ask::Secret { from: other, .. }) => one == other,
            (one, other) => one == other,
        };
        match groups.iter_mut().find(|group| group.first().is_some_and(same)) {
            Some(group) => group.push(wish),
            None => groups.push(vec![wish]),
        }
    }
    groups
}

/// Asks for each; gives back what was granted, or nothing when somebody quit.
pub(crate) fn ask_all(wishes: &[&Wish]) -> Result<Option<Vec<Ask>>, CliError> {
    let mut granted = Vec::new();
    for group in of_one_secret(wishes) {
        for wish in &group {
            let at = wish
                .at
                .as_ref()
                .map_or_else(String::new, |at| format!("{}:{}: ", at.file.display(), at.line));
            out::err(&safe(&format!("{at}{}", sentence(&wish.ask))));
        }
        match answer()? {
            Answer::Yes => granted.extend(group.iter().map(|wish| wish.ask.clone())),
            Answer::No => {}
            Answer::Quit => return Ok(None),
        }
    }
    Ok(Some(granted))
}

/// Anything but a plain answer is asked again; the end of input is no answer, and nothing is granted by it.
fn answer() -> Result<Answer, CliError> {
    loop {
        out::prompt("  grant it, and remember that? y yes, n no, q quit: ");
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 {
            return Ok(Answer::Quit);
        }
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(Answer::Yes),
            "n" | "no" => return Ok(Answer::No),
            "q" | "quit" => return Ok(Answer::Quit),
            _ => out::err("  that is no answer"),
        }
    }
}
