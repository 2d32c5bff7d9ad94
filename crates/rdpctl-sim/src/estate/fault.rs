//! Faults by count: which call, which operation is struck.

use std::collections::HashMap;
use std::sync::Arc;

use super::Estate;
use crate::world::{Faults, Text};

/// How often each fault's target has come by, and how often it struck.
#[derive(Debug, Default)]
pub(super) struct Counts {
    faults: HashMap<(FaultKind, usize), (u32, u32)>,
    /// Calls that a loss of power counts.
    calls: u32,
    /// Whether the power was lost before.
    pub(super) is_cut: bool,
    /// What goes wrong instead of what the world says.
    instead: Option<Arc<Faults>>,
}

/// Which list of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum FaultKind {
    Error,
    Reset,
    Operation,
}

impl Counts {
    fn strikes(&mut self, kind: FaultKind, place: usize, every: u32, times: Option<u32>) -> bool {
        let (seen, struck) = self.faults.entry((kind, place)).or_default();
        *seen += 1;
        let due = *seen % every.max(1) == 0 && times.is_none_or(|times| *struck < times);
        if due {
            *struck += 1;
        }
        due
    }
}

/// What a call meets instead of its answer.
#[derive(Clone, Debug)]
pub(crate) enum Mishap {
    /// An error.
    Error {
        /// Whether what was asked for is done all the same.
        after_effect: bool,
        /// The vendor's code.
        code: String,
        /// The vendor's words.
        message: String,
    },
    /// A broken connection.
    Reset {
        /// Whether what was asked for is done all the same.
        after_effect: bool,
    },
    /// The caller's power is lost.
    PowerCut {
        /// Whether what was asked for is done all the same.
        after_effect: bool,
    },
}

impl Mishap {
    pub(crate) fn is_after_effect(&self) -> bool {
        match self {
            Self::Error { after_effect, .. }
            | Self::Reset { after_effect }
            | Self::PowerCut { after_effect } => *after_effect,
        }
    }
}

fn aims_at(target: &str, action: &str) -> bool {
    target == "*" || target == action
}

impl Estate {
    /// What goes wrong with calls from now on, instead of what the world says; counted from the beginning.
    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.counts.faults.clear();
        self.counts.instead = Some(Arc::new(faults));
    }

    /// The power was lost in an earlier life of this world.
    pub(crate) fn power_was_cut(&mut self) {
        self.counts.is_cut = true;
    }

    /// What a call of `action` meets, if anything. Counts the call.
    pub(crate) fn mishap(&mut self, action: &str) -> Option<Mishap> {
        let (world, instead) = (Arc::clone(&self.world), self.counts.instead.clone());
        let faults = instead.as_deref().unwrap_or(&world.faults);
        let mut met = None;
        if let Some(cut) = faults.power_cut
            && !self.counts.is_cut
            && !(cut.of_writes && action.ends_with("/read"))
        {
            self.counts.calls += 1;
            if self.counts.calls == cut.call {
                return Some(Mishap::PowerCut { after_effect: cut.after_effect });
            }
        }
        for (place, fault) in
            faults.reset.iter().enumerate().filter(|(_, fault)| aims_at(&fault.action, action))
        {
            if self.counts.strikes(FaultKind::Reset, place, fault.every, fault.times) {
                met = Some(Mishap::Reset { after_effect: fault.after_effect });
            }
        }
        for (place, fault) in
            faults.error.iter().enumerate().filter(|(_, fault)| aims_at(&fault.action, action))
        {
            if self.counts.strikes(FaultKind::Error, place, fault.every, fault.times) {
                met = Some(Mishap::Error {
                    after_effect: fault.after_effect,
                    code: fault.code.clone(),
                    message: fault.message.clone(),
                });
            }
        }
        met
    }

    /// What the vendor will say if the operation that `action` begins is to fail. Counts the operation.
    pub(crate) fn doom(&mut self, action: &str) -> Option<Text> {
        let (world, instead) = (Arc::clone(&self.world), self.counts.instead.clone());
        let faults = instead.as_deref().unwrap_or(&world.faults);
        let mut doom = None;
        for (place, fault) in
            faults.operation.iter().enumerate().filter(|(_, fault)| aims_at(&fault.action, action))
        {
            if self.counts.strikes(FaultKind::Operation, place, fault.every, fault.times) {
                doom = Some(Text::from(fault.message.as_str()));
            }
        }
        doom
    }
}
