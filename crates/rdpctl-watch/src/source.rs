//! Where declarations come from: read whole, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_engine::{Estate, Hands};
use rdpctl_model::declaration::{Accept, Looping};
use rdpctl_model::{InstanceName, SourceKey};

/// Fewer than so many are removed without a question.
const FEW: usize = 10;
/// More than this share of all is not.
const SHARE: f64 = 0.2;

/// Somebody who declares.
#[async_trait(?Send)]
pub trait Source {
    /// Reads all of it.
    async fn read(&mut self) -> Result<Fresh, Unreadable>;

    /// Returns once it may say something else than when it was read. It may be dropped at any time.
    async fn changed(&mut self);
}

/// A declaration that was read whole, and the worlds that it is about.
#[derive(Clone)]
pub struct Fresh {
    /// What is declared.
    pub estate: Arc<Estate>,
    /// The worlds.
    pub hands: Hands,
    /// Which reading it is.
    pub revision: Revision,
    /// What is done about what differs.
    pub looping: Looping,
    /// What somebody accepted.
    pub accepts: Arc<[Accept]>,
    /// Who is left to a person's hands.
    pub in_hands: Arc<dyn InHands>,
}

/// Who knows which machines are left to a person's hands: stopped for that, and started by nobody else.
pub trait InHands: Send + Sync {
    /// Who they are now. It turns at any time, and while no run goes on not at all.
    fn names(&self) -> Result<BTreeSet<InstanceName>, Unreadable>;
}

/// Which reading of the declarations it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// The commit of the checkout that it lies in, if it lies in one.
    pub commit: Option<String>,
    /// When somebody last fetched into that checkout.
    pub pulled: Option<Timestamp>,
}

/// Why a declaration cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// How a declaration differs from the one before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Who is new, or declared otherwise.
    pub(crate) changed: BTreeSet<String>,
    /// How many are gone.
    pub(crate) removed: usize,
    /// Of so many.
    pub(crate) of: usize,
}

impl Change {
    pub(crate) fn between(before: &Estate, after: &Estate) -> Self {
        let (before, after) = (declared(before), declared(after));
        let is_changed = |(name, said): &(&String, &String)| before.get(*name) != Some(*said);
        Self {
            changed: after.iter().filter(is_changed).map(|(name, _)| name.clone()).collect(),
            removed: before.keys().filter(|name| !after.contains_key(*name)).count(),
            of: before.len(),
        }
    }

    /// Whether somebody has to say that so much is to go.
    #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
    pub(crate) fn is_mass_removal(&self) -> bool {
        self.removed > FEW && self.removed as f64 > SHARE * self.of as f64
    }

    /// Whether whoever is kept under this source is declared otherwise.
    pub(crate) fn concerns(&self, source: &SourceKey) -> bool {
        self.changed.contains(&source.to_string())
    }
}

/// Who is declared, and as what.
fn declared(estate: &Estate) -> BTreeMap<String, String> {
    let of = |name: &dyn std::fmt::Display, said: &dyn std::fmt::Debug, profile| {
        (name.to_string(), format!("{said:?} {:?}", estate.profile(profile)))
    };
    let ones = estate.instances.iter().map(|one| of(&one.name, one, &one.profile));
    let fleets = estate.fleets.iter().map(|fleet| of(&fleet.name, fleet, &fleet.profile));
    ones.chain(fleets).collect()
}
