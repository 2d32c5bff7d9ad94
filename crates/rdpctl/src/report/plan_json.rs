//! A plan for machines. The schema is `state/schemas/plan.json`.

use rdpctl_model::plan::Plan;
use serde::Serialize;

use super::summary::Summary;
use crate::repair::Planned;

#[derive(Serialize)]
struct Document<'a> {
    summary: Summary,
    #[serde(flatten)]
    plan: &'a Plan,
    /// Beside its steps: the disks that would be repaired.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    repairs: &'a [Planned],
}

/// Renders a plan with its totals.
pub(crate) fn render(plan: &Plan, repairs: &[Planned]) -> Result<String, serde_json::Error> {
    let document = Document { summary: Summary::of(plan), plan, repairs };
    let mut text = rdpctl_words::json::to_string(&document)?;
    text.push('\n');
    Ok(text)
}
