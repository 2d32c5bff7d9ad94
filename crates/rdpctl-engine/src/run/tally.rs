//! What came of the run so far: one cause on one machine is one failure, however many steps it stops.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::InstanceName;
use rdpctl_model::Said;
use rdpctl_model::declaration::Share;
use rdpctl_model::plan::StepId;

use super::report::Failure;
use super::{Ends, Failed, Skipped};
use crate::said::say;

/// The counts of a run.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) done: usize,
    pub(crate) ends: BTreeMap<StepId, Ends>,
    pub(crate) failed: Vec<Failed>,
    pub(crate) skipped: Vec<Skipped>,
    subjects: BTreeSet<InstanceName>,
}

/// Whether a failure says something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// The first of its cause on its machine.
    First,
    /// The same cause, on another step.
    Again,
}

impl Tally {
    pub(crate) fn done(&mut self, step: StepId) {
        self.done += 1;
        self.ends.entry(step).or_default().done += 1;
    }

    pub(crate) fn fail(&mut self, step: StepId, subject: &InstanceName, failure: &Failure) -> News {
        self.ends.entry(step).or_default().left += 1;
        if !self.subjects.insert(subject.clone()) {
            let same = |known: &Failed| known.subject == *subject && known.why == failure.why;
            if self.failed.iter().rev().any(same) {
                return News::Again;
            }
        }
        self.failed.push(Failed {
            step,
            subject: subject.clone(),
            why: failure.why.clone(),
            advice: failure.advice.clone(),
        });
        News::First
    }

    pub(crate) fn skip(&mut self, step: StepId, subject: InstanceName, why: Said) {
        self.ends.entry(step).or_default().left += 1;
        self.skipped.push(Skipped { step, subject, why });
    }

    /// How many machines and shared objects failed.
    pub(crate) fn subjects_failed(&self) -> usize {
        self.subjects.len()
    }

    /// Why the run stops, if so many failures stop it.
    pub(crate) fn halts(&self, limit: Share, machines: usize) -> Option<Said> {
        let failed = self.subjects.len();
        (failed >= limit.stops_at(machines)).then(|| say::limit_reached(failed))
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(machines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for name in machines {
            tally.fail(
                StepId(0),
                &InstanceName::new(name),
                &Failure::new(Said::quoted("no answer"), Said::default()),
            );
        }
        tally
    }

    #[test]
    fn a_number_of_failures_means_that_number_and_a_share_means_at_least_three() {
        for (limit, machines, failures, halts) in [
            (Share::Count(1), 100, 1, true),
            (Share::Count(2), 100, 1, false),
            (Share::Percent(10.0), 10, 2, false),
            (Share::Percent(10.0), 10, 3, true),
            (Share::Percent(10.0), 50, 4, false),
            (Share::Percent(10.0), 50, 5, true),
        ] {
            let names: Vec<String> = (0..failures).map(|number| format!("vm-{number}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let halted = failed(&names).halts(limit, machines).is_some();
            assert_eq!(halted, halts, "{limit:?} of {machines}, {failures} failed");
        }
    }

    #[test]
    fn one_cause_on_one_machine_is_one_failure() {
        let mut tally = failed(&["web-01", "web-01", "web-02"]);
        let other = Failure::new(Said::quoted("disk full"), Said::default());
        assert_eq!(tally.fail(StepId(1), &InstanceName::new("web-01"), &other), News::First);
        assert_eq!((tally.failed.len(), tally.subjects_failed()), (3, 2));
        // A step whose cause was told already is not done for that.
        tally.done(StepId(1));
        tally.fail(
            StepId(1),
            &InstanceName::new("web-02"),
            &Failure::new(Said::quoted("no answer"), Said::default()),
        );
        assert_eq!(tally.failed.len(), 3);
        assert_eq!(tally.ends[&StepId(1)], Ends { done: 1, left: 2 });
    }
}
