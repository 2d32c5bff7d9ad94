//! What the loop tells people in more than a line of code.

use rdpctl_contract::Changed;
use rdpctl_contract::store::Made;
use rdpctl_model::outcome::RunEnd;
use rdpctl_model::{FacetId, RunId};
use rdpctl_watch::Turn;

use crate::out::safe;
use crate::report::who;
use crate::report::words::{self, count};

/// What is left of those who are declared no more.
pub(super) fn orphans(made: &[Made]) -> String {
    if made.is_empty() {
        return "nothing is left of those who are declared no more".to_owned();
    }
    format!(
        "{} that rdpctl made for those who are declared no more: `rdpctl state list` names them, `rdpctl state release ID` gives one back",
        count(made.len(), "thing")
    )
}

/// What somebody else puts back.
pub(super) fn left_alone(
    instance: &str,
    facet: FacetId,
    times: usize,
    writer: Option<&Changed>,
) -> String {
    let by = writer.map_or_else(
        || "and who is not known".to_owned(),
        |change| format!("by the cloud's log {}", safe(&who::words(change))),
    );
    let instance = safe(instance);
    format!(
        "{instance}  {facet}  came back {times} times after it was mended: somebody else writes it, {by}. It is left alone for a day, or until `rdpctl now {instance}`"
    )
}

/// What is not as it was.
pub(super) fn turned(turn: &Turn) -> String {
    let facets: Vec<&str> = turn.facets.iter().map(|facet| facet.name()).collect();
    let what = match &turn.to {
        Some(verdict) => words::verdict(verdict),
        None => match &turn.from {
            Some(was) => format!("as declared again (was {})", words::verdict(was)),
            None => "as declared".to_owned(),
        },
    };
    let after = turn
        .follows_from
        .filter(|_| turn.to.is_some())
        .map_or_else(String::new, |cause| format!("  (follows from {cause})"));
    let accepted = turn
        .accepted
        .as_ref()
        .map_or_else(String::new, |accepted| format!("  (accepted: {})", safe(&accepted.words())));
    format!(
        "{}  {}  {}{after}{accepted}",
        safe(turn.instance.as_str()),
        facets.join(", "),
        safe(&what)
    )
}

/// How a run of the loop's own ended.
pub(super) fn mended(run: &RunId, end: RunEnd, done: usize, failed: usize) -> String {
    let end = match end {
        RunEnd::Done => "done",
        RunEnd::Partial => "done in part",
        RunEnd::Interrupted => "interrupted",
    };
    let run: String = run.as_str().chars().take(8).collect();
    format!("run {run} {end}: {}, failed on {}", count(done, "step"), count(failed, "machine"))
}
