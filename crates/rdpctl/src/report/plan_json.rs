//! A plan for machines. The schema is `state/schemas/plan.json`.

use rdpctl_model::plan::Plan;
use serde::Serialize;

use super::summary::Summary;

#[derive(Serialize)]
struct Document<'a> {
    summary: Summary,
    #[serde(flatten)]
    plan: &'a Plan,
}

/// Renders a plan with its totals.
pub(crate) fn render(plan: &Plan) -> Result<String, serde_json::Error> {
    let document = Document { summary: Summary::of(plan), plan };
    let mut text = rdpctl_words::json::to_string(&document)?;
    text.push('\n');
    Ok(text)
}
