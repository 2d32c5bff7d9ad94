//! The full check: everything that holds in every healthy hive of Windows, held against this one.
//!
//! Nothing is edited that does not pass. What Windows itself leaves behind here and there is a remark, not an error.

mod bins;
mod security;
mod tree;

use super::cell::NOWHERE;
use super::finding::Finding;
use super::image::Hive;
use crate::Refusal;
use bins::Map;

/// Errors that are kept; a hive with more is not better known by them.
const MOST_KEPT: usize = 64;

/// What the check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What makes the hive unfit for editing; the first of them.
    pub errors: Vec<Finding>,
    /// What Windows leaves behind itself, and lives with.
    pub remarks: Vec<Finding>,
    /// How many keys there are.
    pub keys: usize,
    /// How many values.
    pub values: usize,
}

impl Report {
    /// Refuses a hive with errors.
    pub fn refuse(&self) -> Result<(), Refusal> {
        self.errors.first().cloned().map_or(Ok(()), |finding| Err(Refusal::HiveDamaged(finding)))
    }

    fn error(&mut self, at: u32, what: &'static str) {
        if self.errors.len() < MOST_KEPT {
            self.errors.push(Finding { at, what });
        }
    }

    fn remark(&mut self, at: u32, what: &'static str) {
        if self.remarks.len() < MOST_KEPT {
            self.remarks.push(Finding { at, what });
        }
    }

    /// Notes a damage that a reader met.
    fn damage(&mut self, damage: &crate::Damage) {
        self.error(u32::try_from(damage.at).unwrap_or(NOWHERE), damage.what);
    }
}

impl Hive {
    /// Checks bins, cells, keys, values, lists and securities, each against all that refer to it.
    #[must_use]
    pub fn check(&self) -> Report {
        let mut report = Report::default();
        let Some(mut map) = Map::of(self.bins(), &mut report) else { return report };
        let securities = tree::check(self, &mut map, &mut report);
        security::check(self, &mut map, &securities, &mut report);
        if report.errors.is_empty() {
            map.unreached(&mut report);
        }
        report
    }
}
