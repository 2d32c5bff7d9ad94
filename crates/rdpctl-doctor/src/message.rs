//! What the user saw: texts and codes of clients in any spelling, mapped to their meaning and to the stage at which they
//! arise.
//!
//! What is not known is said to be unknown. A code is compared as a whole token, never as a part of a number.

mod alike;
mod table;
mod token;

use crate::diagnosis::Complaint;
use crate::texts::Texts;
use alike::{coverage, normal};
pub(crate) use table::{Meaning, Messages};
use token::Tokens;

/// Characters of a complaint that are looked at.
const LENGTH: usize = 2000;
/// Characters of a complaint that are repeated.
const SHOWN: usize = 600;
/// Known messages that are offered when none fits.
const NEAREST: usize = 3;
/// How alike a message must be to be offered.
const ALIKE: f64 = 0.6;
/// How much of a known text must be there for it to be taken for one with slips of the pen.
const SLIP: f64 = 0.9;
/// The shortest text, without blanks, that is recognised with slips, or by its beginning alone.
const TELLING: usize = 20;
/// The shortest beginning in a script that needs fewer letters.
const TELLING_HAN: usize = 10;

/// How telling a match is, the less telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// A part of a text, by its length.
    Text(usize),
    /// A number.
    Code,
    /// The number that explains another.
    Explained,
    /// A number with the one that explains it.
    Pair,
    /// The name of an error.
    Name(usize),
}

impl Messages {
    /// Recognises what somebody saw.
    pub(crate) fn recognise(&self, text: &str, texts: &Texts) -> Complaint {
        let text: String = text.trim().chars().take(LENGTH).collect();
        let plain = normal(&text);
        let known = self
            .by_token(&Tokens::of(&text, &self.code_words))
            .chain(self.by_text(&plain))
            .max_by_key(|(how, meaning)| (!meaning.vague, *how))
            .map(|(_, meaning)| meaning)
            .or_else(|| self.cut_short(&plain))
            .or_else(|| self.mistyped(&plain));
        let shown = text.chars().take(SHOWN).collect();
        match known {
            Some(meaning) => Complaint {
                text: shown,
                message: Some(meaning.id.clone()),
                stage: Some(meaning.stage),
                meaning: texts.get(&format!("message.{}", meaning.id)).to_owned(),
                entry: meaning.entry.clone(),
                suspects: meaning.suspects.clone(),
                nearest: Vec::new(),
            },
            None => Complaint {
                text: shown,
                message: None,
                stage: None,
                meaning: texts.get("words.unknown-message").to_owned(),
                entry: None,
                suspects: Vec::new(),
                nearest: self.nearest(&plain),
            },
        }
    }

    /// What its names and numbers say.
    fn by_token<'a>(&'a self, tokens: &Tokens) -> impl Iterator<Item = (Match, &'a Meaning)> {
        let names = self.names().filter(|name| tokens.has_name(&name.is));
        let by_name = names.map(|name| (Match::Name(name.is.len()), name.means.as_str()));
        let codes = tokens.code().into_iter().flat_map(|(code, extended)| {
            self.codes()
                .filter(move |row| row.holds(code))
                .filter(move |row| row.extended.is_none() || row.extended == extended)
                .map(|row| {
                    let how = if row.extended.is_some() { Match::Pair } else { Match::Code };
                    (how, row.means.as_str())
                })
                // What explains a bare "the server ended it" or "the socket is closed" tells more than they do.
                .chain(
                    extended
                        .into_iter()
                        .flat_map(|extended| self.extended().filter(move |row| row.holds(extended)))
                        .map(|row| (Match::Explained, row.means.as_str())),
                )
                .collect::<Vec<_>>()
        });
        by_name
            .chain(codes)
            .filter_map(|(how, means)| Some((how, self.meaning(means)?)))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Known texts that stand in it whole.
    fn by_text<'a>(&'a self, plain: &str) -> impl Iterator<Item = (Match, &'a Meaning)> {
        self.said()
            .filter(|said| plain.contains(said.plain.as_str()))
            .filter_map(|said| Some((Match::Text(said.plain.len()), self.meaning(&said.means)?)))
    }

    /// The message of which somebody gives only a part, where that part belongs to one meaning alone.
    fn cut_short(&self, plain: &str) -> Option<&Meaning> {
        let han = plain.chars().any(|c| c >= '\u{2e80}');
        let least = if han { TELLING_HAN } else { TELLING };
        if plain.chars().count() < least {
            return None;
        }
        // Its last letters, which stand in the known text where it was cut.
        let skipped = plain.chars().count() - least;
        let tail: String = plain.chars().skip(skipped).collect();
        let ends_in = |known: &str| {
            let upto = known.find(&tail).map(|at| at + tail.len());
            upto.and_then(|upto| known.get(..upto)).is_some_and(|head| plain.ends_with(head))
        };
        let mut meanings = self
            .said()
            .filter(|said| said.plain.contains(plain) || ends_in(&said.plain))
            .filter_map(|said| self.meaning(&said.means));
        let first = meanings.next()?;
        meanings.all(|other| other.id == first.id).then_some(first)
    }

    /// The message that somebody copied by hand, with a slip or two.
    fn mistyped(&self, plain: &str) -> Option<&Meaning> {
        let length = plain.chars().count();
        self.said()
            .filter(|said| {
                let known = said.plain.chars().count();
                known >= TELLING && length <= known * 2
            })
            .map(|said| (coverage(&said.plain, plain), said))
            .filter(|(covered, _)| *covered >= SLIP)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .and_then(|(_, said)| self.meaning(&said.means))
    }

    /// Known messages that resemble a text, the most alike first, one for each meaning.
    fn nearest(&self, plain: &str) -> Vec<String> {
        let mut alike: Vec<(f64, &table::Said)> = Vec::new();
        for said in self.said() {
            let likeness = strsim::sorensen_dice(plain, &said.plain);
            if likeness < ALIKE {
                continue;
            }
            match alike.iter_mut().find(|(_, other)| other.means == said.means) {
                Some(better) if better.0 < likeness => *better = (likeness, said),
                Some(_) => {}
                None => alike.push((likeness, said)),
            }
        }
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.says.cmp(&b.1.says)));
        alike.into_iter().take(NEAREST).map(|(_, said)| said.says.clone()).collect()
    }
}

#[cfg(test)]
mod exam;
#[cfg(test)]
mod tests;
