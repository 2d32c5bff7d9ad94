//! A drift report as `JUnit`'s XML: one suite an instance, one case a facet, for whatever shows test results.

use std::collections::BTreeMap;
use std::fmt::Write;

use rdpctl_model::Verdict;

use super::{Finding, Report};
use crate::report::markup::escape;
use crate::report::words;

impl Report {
    /// As `JUnit`'s XML. What differs is a failure, what cannot be judged an error, and what was accepted is skipped:
    /// never does a facet that nobody saw pass.
    pub(crate) fn junit(&self) -> String {
        let mut suites: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in self.shown() {
            suites.entry(&finding.instance).or_default().push(finding);
        }
        let mut cases = String::new();
        let mut all = Totals::default();
        for (instance, findings) in &suites {
            let mut totals = Totals::default();
            let mut inner = String::new();
            for finding in findings {
                case(&mut inner, &mut totals, finding);
            }
            let _ = writeln!(
                cases,
                "  <testsuite name=\"{}\" {}>\n{inner}  </testsuite>",
                escape(instance),
                totals.attributes()
            );
            all.add(&totals);
        }
        for unseen in &self.basis.unseen {
            all.add(&Totals { tests: 1, errors: 1, ..Totals::default() });
            let _ = writeln!(
                cases,
                "  <testsuite name=\"{0}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n    <testcase classname=\"{0}\" name=\"members\"><error message=\"its members are unknown: {1}\"/></testcase>\n  </testsuite>",
                escape(unseen.fleet.as_str()),
                escape(&rdpctl_words::english(&unseen.gap.said()))
            );
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rdpctl drift\" {}>\n{cases}</testsuites>\n",
            all.attributes()
        )
    }
}

#[derive(Default)]
struct Totals {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Totals {
    fn attributes(&self) -> String {
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
            self.tests, self.failures, self.errors, self.skipped
        )
    }

    const fn add(&mut self, other: &Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

fn case(text: &mut String, totals: &mut Totals, finding: &Finding) {
    for facet in &finding.facets {
        totals.tests += 1;
        let words = escape(&finding.words);
        let outcome = match (&finding.accepted, &finding.verdict) {
            (Some(accepted), _) => {
                totals.skipped += 1;
                format!("<skipped message=\"accepted: {}\"/>", escape(&accepted.words()))
            }
            (None, Verdict::Unknown { .. }) => {
                totals.errors += 1;
                format!("<error message=\"{words}\"/>")
            }
            (
                None,
                Verdict::Drifted { .. }
                | Verdict::Blocked { .. }
                | Verdict::Healthy { .. }
                | Verdict::NotApplicable { .. },
            ) => {
                totals.failures += 1;
                format!("<failure message=\"{words}\">{}</failure>", escape(&details(finding)))
            }
        };
        let _ = writeln!(
            text,
            "    <testcase classname=\"{}\" name=\"{facet}\">{outcome}</testcase>",
            escape(&finding.instance)
        );
    }
}

fn details(finding: &Finding) -> String {
    let mut lines = Vec::new();
    if let Some(cause) = finding.follows_from {
        lines.push(format!("follows from {cause}"));
    }
    if let Some(stage) = finding.stage {
        lines.push(format!("shows {}", words::place(stage)));
    }
    if let Some(suspect) = &finding.changed_by {
        lines.push(format!("may have been changed by {}", suspect.words()));
    }
    if !finding.plan_would.is_empty() {
        lines.push(format!("plan would: {}", finding.plan_would.join("; ")));
    }
    if !finding.seed.is_empty() {
        lines.push(format!("see {}", finding.seed.join("; ")));
    }
    lines.join(". ")
}
