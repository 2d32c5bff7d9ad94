//! What happened over time, in memory.

use std::collections::BTreeMap;

use crate::store::TURNS_KEPT;
use jiff::Timestamp;
use rdpctl_model::chronicle::{Order, Turned};
use rdpctl_model::{FacetId, InstanceName};

/// Turns and orders as they were told.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) turns: Vec<Turned>,
    pub(super) orders: Vec<Order>,
}

impl History {
    pub(super) fn add(&mut self, turns: &[Turned]) {
        self.turns.extend_from_slice(turns);
        for turn in turns {
            let alike =
                |other: &Turned| other.instance == turn.instance && other.facet == turn.facet;
            let mut over = self.turns.iter().filter(|other| alike(other)).count();
            self.turns.retain(|other| {
                let goes = alike(other) && over > TURNS_KEPT;
                over -= usize::from(goes);
                !goes
            });
        }
    }

    pub(super) fn of(
        &self,
        instance: &InstanceName,
        facet: Option<FacetId>,
        limit: usize,
    ) -> Vec<Turned> {
        let of = |turn: &&Turned| {
            turn.instance == *instance && facet.is_none_or(|facet| turn.facet == facet)
        };
        self.turns.iter().rev().filter(of).take(limit).cloned().collect()
    }

    pub(super) fn since(&self, at: Timestamp, limit: usize) -> Vec<Turned> {
        self.turns.iter().rev().filter(|turn| turn.at >= at).take(limit).cloned().collect()
    }

    pub(super) fn standing(&self) -> Vec<Turned> {
        let mut last: BTreeMap<(&InstanceName, FacetId), &Turned> = BTreeMap::new();
        for turn in &self.turns {
            last.insert((&turn.instance, turn.facet), turn);
        }
        last.into_values().filter(|turn| turn.to.is_some()).cloned().collect()
    }

    pub(super) fn after(&self, after: u64) -> Vec<(u64, Order)> {
        let numbered = (1..).zip(self.orders.iter().cloned());
        numbered.filter(|(number, _)| *number > after).collect()
    }
}
