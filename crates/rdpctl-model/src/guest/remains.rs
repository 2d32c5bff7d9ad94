//! What runs left in a guest: copies that a person may need to put something back by hand, for thirty days and of ten
//! runs at most. Their names say of which run they are and since which day, so that no clock of the guest's is asked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::GuestSurvey;
use crate::id::RunId;

/// For how many days what a run left is kept.
pub const KEPT_DAYS: i32 = 30;
/// Of how many runs it is kept.
pub const KEPT_RUNS: usize = 10;

/// Stands between the name of a key file that was set aside and the token of the run that did.
pub const ASIDE: &str = ".rdpctl-";

/// What lies in rdpctl's own folder, by name as the guest listed it: untrusted text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Files of runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Folders of scripts that did not come to their end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<String>,
}

impl GuestSurvey {
    /// The names of all files that earlier runs left: copies, and keys that were set aside; untrusted text.
    pub fn remains(&self) -> impl Iterator<Item = &str> {
        let files = self.left.iter().flat_map(|left| &left.files).map(String::as_str);
        let keys = self.acl_keys.iter().flatten().map(|(name, _)| name.as_str());
        files.chain(keys.filter(|name| name.contains(ASIDE)))
    }
}

/// By what a run's files are named: its day, its beginning, and a number that no other order has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    day: Date,
    run: String,
    number: u32,
}

impl Token {
    /// For an order of a run.
    #[must_use]
    pub fn new(day: Date, run: &RunId, number: u32) -> Self {
        let run: String =
            run.as_str().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        Self { day, run: if run.is_empty() { "run".to_owned() } else { run }, number }
    }

    /// The day of the run, by the clock of whoever ran it.
    #[must_use]
    pub const fn day(&self) -> Date {
        self.day
    }

    /// The beginning of the run's id.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The token that a file's name bears: at its beginning, or behind the name of a key that was set aside.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name.rsplit_once(ASIDE) {
            Some((_, token)) => Self::read(token).filter(|(_, rest)| rest.is_empty()),
            None => Self::read(name).filter(|(_, rest)| rest.starts_with('-')),
        }
        .map(|(token, _)| token)
    }

    /// A token with what stands behind it.
    fn read(text: &str) -> Option<(Self, &str)> {
        let (day, rest) = text.split_once('-')?;
        let (run, rest) = rest.split_once('-')?;
        let (number, rest) = (rest.get(..8)?, rest.get(8..)?);
        let digits = |text: &str, all: fn(&u8) -> bool| text.bytes().all(|byte| all(&byte));
        let fits = day.len() == 8
            && digits(day, u8::is_ascii_digit)
            && (1..=8).contains(&run.len())
            && digits(run, u8::is_ascii_alphanumeric)
            && digits(number, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let date = Date::strptime("%Y%m%d", day).ok().filter(|_| fits)?;
        let number = u32::from_str_radix(number, 16).ok()?;
        Some((Self { day: date, run: run.to_owned(), number }, rest))
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{:08x}", self.day.strftime("%Y%m%d"), self.run, self.number)
    }
}

/// The tokens of all files that undo needs no more: of runs longer ago than [`KEPT_DAYS`], or before the last
/// [`KEPT_RUNS`]. What bears no token is not ours to delete.
pub fn over<'n>(names: impl IntoIterator<Item = &'n str>, today: Date) -> BTreeSet<Token> {
    let tokens: BTreeSet<Token> = names.into_iter().filter_map(Token::of).collect();
    // Of a run that began before midnight its last day counts.
    let mut runs: BTreeMap<&str, Date> = BTreeMap::new();
    for token in &tokens {
        let last = runs.entry(&token.run).or_insert(token.day);
        *last = token.day.max(*last);
    }
    let mut newest: Vec<(Date, &str)> = runs.into_iter().map(|(run, day)| (day, run)).collect();
    newest.sort_unstable();
    let kept: BTreeSet<&str> = newest
        .iter()
        .rev()
        .take(KEPT_RUNS)
        .filter(|(day, _)| !is_long_ago(*day, today))
        .map(|(_, run)| *run)
        .collect();
    tokens.iter().filter(|token| !kept.contains(token.run.as_str())).cloned().collect()
}

/// Whether a day is further back than what is kept.
pub(crate) fn is_long_ago(day: Date, today: Date) -> bool {
    today.duration_since(day).as_hours() > i64::from(KEPT_DAYS) * 24
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_says_of_which_run_a_file_is() {
        let token = Token::new(day("2026-11-27"), &RunId::new("3f9a12bc-77e1-4c0d"), 0x5e1f);
        assert_eq!(token.to_string(), "20261127-3f9a12bc-00005e1f");
        for name in [
            "20261127-3f9a12bc-00005e1f-before.acl",
            "20261127-3f9a12bc-00005e1f-0.reg",
            "f686aace6942fb7f7ceb231212eef4a4_c5d2.rdpctl-20261127-3f9a12bc-00005e1f",
        ] {
            assert_eq!(Token::of(name).as_ref(), Some(&token), "{name}");
        }
    }

    #[test]
    fn what_bears_no_token_is_nobodys_to_delete() {
        for name in [
            "",
            "notes.txt",
            "20261127",
            "20261127-3f9a12bc-00005e1f",
            "20261327-3f9a12bc-00005e1f-0.reg",
            "20261127-3f9a*2bc-00005e1f-0.reg",
            "20261127-3f9a12bc-0000*e1f-0.reg",
            "20261127-3f9a12bcd-00005e1f-0.reg",
            "20261127--00005e1f-0.reg",
            "20261127-3f9a12bc-00005e1\u{e9}-0.reg",
            "f686_c5d2.rdpctl-20261127-3f9a12bc-00005e1f.cmd",
        ] {
            assert_eq!(Token::of(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_older_than_thirty_days_or_of_the_eleventh_run_is_over() {
        let today = day("2026-11-27");
        let name = |day: &str, run: &str| format!("{day}-{run}-0000000a-0.reg");
        let over = |names: &[String]| {
            let all = over(names.iter().map(String::as_str), today);
            all.iter().map(|token| token.run().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(over(&[name("20261028", "thirty"), name("20261027", "more")]), ["more"]);
        // The clock of somebody else is ahead.
        assert_eq!(over(&[name("20270101", "later")]), Vec::<String>::new());
        let eleven: Vec<String> = (10..21)
            .map(|number| name(&format!("202611{number}"), &format!("r{number}")))
            .collect();
        assert_eq!(over(&eleven), ["r10"]);
        assert_eq!(over(&eleven[1..]), Vec::<String>::new());
        // A run that went on past midnight is of its last day.
        assert_eq!(over(&[name("20261027", "a"), name("20261028", "a")]), Vec::<String>::new());
    }

    #[test]
    fn months_do_not_hide_days() {
        let old = over(["20260101-aaaa-0000000a-0.reg"], day("2026-11-27"));
        assert_eq!(old.len(), 1);
    }
}
