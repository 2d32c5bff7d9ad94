//! What a declaration lets a run do without asking, how many at once, and when.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::step::Guarded;

/// The `[guard]` table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guards {
    /// The answer for each guarded thing.
    pub answers: BTreeMap<GuardKey, GuardAnswer>,
    /// How many instances may reboot or restart RDP at once.
    pub max_disrupted: Share,
    /// When disruption is allowed; empty means always.
    pub windows: Vec<MaintenanceWindow>,
}

/// A guard as a key of a map in a stable order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct GuardKey(pub Guarded);

/// What a guard says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardAnswer {
    /// Yes.
    Allow,
    /// Asks a person.
    Ask,
    /// No.
    Deny,
}

/// A number of instances, or a share of a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// So many.
    Count(u32),
    /// So many per cent, at least one.
    Percent(f64),
}

impl Share {
    /// How many of `total` that is, at least one.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a fleet fits"
    )]
    pub fn of(self, total: usize) -> usize {
        match self {
            Self::Count(count) => (count as usize).max(1),
            Self::Percent(percent) => ((total as f64 * percent / 100.0).floor() as usize).max(1),
        }
    }

    /// How many failures among `total` machines stop a run: a number means that number, and a share at least three, as
    /// fewer are no share of anything.
    #[must_use]
    pub fn stops_at(self, total: usize) -> usize {
        const FEWEST: usize = 3;
        match self {
            Self::Count(_) => self.of(total),
            Self::Percent(_) => self.of(total).max(FEWEST),
        }
    }
}

/// A weekly maintenance window: `Sat 02:00-05:00 Asia/Seoul`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct MaintenanceWindow {
    /// Days on which it begins, Monday = 0; empty means every day.
    pub days: Vec<u8>,
    /// Minutes after midnight at which it begins.
    pub start: u16,
    /// Minutes after midnight at which it ends; smaller than `start` means on the next day.
    pub end: u16,
    /// The IANA time zone.
    pub zone: String,
}

impl Default for Guards {
    /// Asks before what costs, reboots or weakens; denies what breaks other things; one tenth at a time.
    fn default() -> Self {
        let answers = Guarded::ALL
            .into_iter()
            .map(|guard| {
                let answer = match guard {
                    Guarded::Reboot
                    | Guarded::Spend
                    | Guarded::OfflineRepair
                    | Guarded::OpenToWorld
                    | Guarded::Weaken => GuardAnswer::Ask,
                    Guarded::StopService
                    | Guarded::MovePort
                    | Guarded::FirewallOff
                    | Guarded::DiskIdentity
                    | Guarded::LogOn
                    | Guarded::Nmi => GuardAnswer::Deny,
                };
                (GuardKey(guard), answer)
            })
            .collect();
        Self { answers, max_disrupted: Share::Percent(10.0), windows: Vec::new() }
    }
}

impl Guards {
    /// What the guard says.
    #[must_use]
    pub fn answer(&self, guard: Guarded) -> GuardAnswer {
        self.answers.get(&GuardKey(guard)).copied().unwrap_or(GuardAnswer::Ask)
    }
}
