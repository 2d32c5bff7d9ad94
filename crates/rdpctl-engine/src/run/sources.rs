//! The declared instances and fleets, found by the names of those who belong to them.

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::{FleetName, InstanceName, SourceKey};

use super::disruption::Crowd;
use crate::estate::{Estate, Who};

/// What a run asks of a source.
pub(crate) struct Found {
    /// The key under which its facts are kept.
    pub(crate) key: SourceKey,
    /// The way into its guests.
    pub(crate) access: Arc<GuestAccess>,
    /// With whom its members share the limit on disruption.
    pub(crate) crowd: Crowd,
}

/// All sources of an estate.
pub(crate) struct Sources {
    all: Vec<Found>,
    ones: HashMap<InstanceName, usize>,
    fleets: HashMap<FleetName, usize>,
}

impl Sources {
    pub(crate) fn of(estate: &Estate) -> Self {
        let mut sources = Self { all: Vec::new(), ones: HashMap::new(), fleets: HashMap::new() };
        for source in estate.sources() {
            let place = sources.all.len();
            let crowd = match source.who {
                Who::One(instance) => {
                    sources.ones.insert(instance.name.clone(), place);
                    Crowd::Declared
                }
                Who::Fleet(fleet) => {
                    sources.fleets.insert(fleet.name.clone(), place);
                    Crowd::Fleet(fleet.name.clone())
                }
            };
            let access = Arc::clone(source.guest);
            sources.all.push(Found { key: source.key, access, crowd });
        }
        sources
    }

    /// The source to which an instance belongs.
    pub(crate) fn of_member(&self, name: &InstanceName) -> Option<&Found> {
        let place = match name.member() {
            Some((fleet, _)) => self.fleets.get(fleet),
            None => self.ones.get(name),
        };
        self.all.get(*place?)
    }
}
