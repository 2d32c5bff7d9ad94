//! What a unit of work reports, whenever it knows of a machine what came of it.

use rdpctl_contract::CloudError;
use rdpctl_model::Said;
use rdpctl_model::facts::Facts;
use rdpctl_model::outcome::{LogonAttempt, Receipt};
use tokio::sync::mpsc;

use super::roster::Cell;
use crate::said::say;

/// What came of one step on one subject.
#[derive(Clone)]
pub(crate) enum Ended {
    /// It was done and read back.
    Done(Receipt),
    /// It failed.
    Failed(Failure),
    /// It was not tried, for this reason.
    Skipped(Said),
}

/// Why a step failed on one subject.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) why: Said,
    pub(crate) advice: Said,
    pub(crate) leaves: Leaves,
    /// The attempt to log on that failed.
    pub(crate) logon: Option<LogonAttempt>,
}

/// How a failure leaves the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// As it was, or changed in part.
    Up,
    /// Told to reboot and not back: it counts as disrupted.
    Down,
}

impl Failure {
    pub(crate) const fn new(why: Said, advice: Said) -> Self {
        Self { why, advice, leaves: Leaves::Up, logon: None }
    }

    pub(crate) const fn of_log_on(why: Said, advice: Said, attempt: LogonAttempt) -> Self {
        Self { why, advice, leaves: Leaves::Up, logon: Some(attempt) }
    }
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        Self::new(error.said(), error.advice())
    }
}

/// What is known now.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) results: Results,
    /// Facts that an observation brought, about those whom the results name.
    pub(crate) observed: Option<Facts>,
}

pub(crate) type Results = Vec<(Cell, Ended)>;

/// Where units report.
#[derive(Clone)]
pub(crate) struct Reports(mpsc::Sender<Report>);

impl Reports {
    pub(crate) const fn new(to: mpsc::Sender<Report>) -> Self {
        Self(to)
    }

    /// Tells the owner of the run; one that went away has ended the run.
    pub(crate) async fn tell(&self, results: Results) {
        if !results.is_empty() {
            let _ = self.0.send(Report { results, observed: None }).await;
        }
    }

    /// Tells what was observed.
    pub(crate) async fn tell_observed(&self, results: Results, facts: Facts) {
        let _ = self.0.send(Report { results, observed: Some(facts) }).await;
    }
}

/// One cause is one failure: the first of the steps that it concerns fails, and the others are not tried.
pub(crate) fn fail_first(cells: impl IntoIterator<Item = Cell>, failure: &Failure) -> Results {
    let mut failed = false;
    cells
        .into_iter()
        .map(|cell| {
            if std::mem::replace(&mut failed, true) {
                (cell, Ended::Skipped(say::step_before_failed(&failure.why)))
            } else {
                (cell, Ended::Failed(failure.clone()))
            }
        })
        .collect()
}
