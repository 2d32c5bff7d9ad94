//! What a look tells of a facet.

use std::sync::Arc;

use rdpctl_model::facet::World;
use rdpctl_model::facts::Told;
use rdpctl_model::{Gap, Survey, Worlds};

use crate::facet::Facet;

/// The evidence of a facet that was told last, with its text: machines that show the same need not be encoded again.
pub(crate) struct Last<F: Facet> {
    seen: Option<Result<F::Seen, Gap>>,
    text: Arc<str>,
}

impl<F: Facet> Default for Last<F> {
    fn default() -> Self {
        Self { seen: None, text: Arc::default() }
    }
}

impl<F: Facet> Last<F> {
    /// What a look tells of it. Where its worlds were not all looked at that is nothing: the rest of its evidence is known
    /// from before, and stays.
    pub(crate) fn tell(&mut self, survey: &Survey, looked: Worlds) -> Told {
        if !looked.include(Worlds::of(F::READS)) {
            return Told::Nothing;
        }
        let seen = F::read(survey);
        match &seen {
            Err(Gap::NotAsked | Gap::NotSurveyed) => return Told::Nothing,
            Err(_) if F::READS.iter().any(|world| failed(survey, *world)) => return Told::Failed,
            // What answered and cannot be made out is a gap of the facet's own.
            Ok(_) | Err(_) => {}
        }
        if self.seen.as_ref() != Some(&seen) {
            // A value of ours always has a JSON form; were it not so, the text would be read back as never surveyed.
            self.text = serde_json::to_string(&seen).unwrap_or_default().into();
            self.seen = Some(seen);
        }
        Told::Seen(Arc::clone(&self.text))
    }
}

fn failed(survey: &Survey, world: World) -> bool {
    survey.gap(world).is_some_and(Gap::was_looked_for)
}
