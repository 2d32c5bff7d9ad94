//! What a facet concluded: each wish on each distinct evidence once, however many instances share them.

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_model::Assessment;

use crate::facet::Facet;
use crate::held::Held;

/// What a facet concluded so far.
pub(crate) struct Docket<F: Facet> {
    wishes: HashMap<F::Desired, usize>,
    judged: HashMap<(usize, (usize, Held)), Arc<Assessment>>,
}

impl<F: Facet> Default for Docket<F> {
    fn default() -> Self {
        Self { wishes: HashMap::new(), judged: HashMap::new() }
    }
}

impl<F: Facet> Docket<F> {
    /// The conclusion for one wish on one evidence, made once.
    pub(crate) fn judged(
        &mut self,
        want: &F::Desired,
        evidence: (usize, Held),
        judge: impl FnOnce() -> Assessment,
    ) -> Arc<Assessment> {
        let wish = if let Some(wish) = self.wishes.get(want) {
            *wish
        } else {
            let next = self.wishes.len();
            self.wishes.insert(want.clone(), next);
            next
        };
        Arc::clone(self.judged.entry((wish, evidence)).or_insert_with(|| Arc::new(judge())))
    }
}
