//! Spans of what is under way: `run` holds `instance`, and that holds `step`, each with its id.

use std::collections::HashMap;

use rdpctl_model::InstanceName;
use rdpctl_model::plan::Plan;
use tracing::Span;

use super::roster::{self, Cell};

/// Spans of the cells under way.
#[derive(Default)]
pub(crate) struct Spans {
    steps: HashMap<Cell, Span>,
}

impl Spans {
    /// One subject's turn begins. Gives the span of its first step.
    pub(crate) fn begin(&mut self, plan: &Plan, subject: &InstanceName, cells: &[Cell]) -> Span {
        let instance = tracing::info_span!("instance", id = %subject);
        let mut first = None;
        for cell in cells {
            let facet = roster::bound(plan, *cell).map(|step| step.facet.name());
            let id = plan.number(cell.step);
            let span = tracing::info_span!(parent: &instance, "step", %id, facet, outcome = tracing::field::Empty);
            first.get_or_insert_with(|| span.clone());
            self.steps.insert(*cell, span);
        }
        first.unwrap_or(instance)
    }

    /// A cell came to its end.
    pub(crate) fn end(&mut self, cell: Cell, said: &str) {
        if let Some(span) = self.steps.remove(&cell) {
            span.record("outcome", said);
            span.in_scope(|| tracing::debug!("{said}"));
        }
    }
}
