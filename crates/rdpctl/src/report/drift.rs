//! What differs from the declaration, for people and machines, and who has accepted it.

use std::fmt::Write;

use jiff::civil::Date;
use rdpctl_model::declaration::Accept;
use rdpctl_model::plan::Plan;
use rdpctl_model::{FacetId, Verdict};
use serde::Serialize;

use super::words;
use crate::out::safe;

/// A drift report.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Report {
    format: u32,
    /// Instances looked at.
    pub(crate) instances: usize,
    /// Facets that differ and alarm.
    pub(crate) drifted: usize,
    /// Facets that cannot be judged.
    pub(crate) unknown: usize,
    /// Facets that differ and somebody accepted.
    pub(crate) accepted: usize,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Finding {
    instance: String,
    facet: FacetId,
    #[serde(flatten)]
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    follows_from: Option<FacetId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    seed: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plan_would: Vec<String>,
}

impl Report {
    /// Takes the findings out of a plan.
    pub(crate) fn of(plan: &Plan, accepts: &[Accept], today: Date) -> Self {
        let mut report = Self {
            format: 1,
            instances: plan.instances,
            drifted: 0,
            unknown: 0,
            accepted: 0,
            findings: Vec::new(),
        };
        for group in &plan.groups {
            for finding in &group.facets {
                let steps: Vec<&rdpctl_model::Step> = group
                    .steps
                    .iter()
                    .filter_map(|id| plan.step(*id))
                    .map(|planned| &planned.step)
                    .filter(|step| step.facet == finding.facet)
                    .collect();
                let mut seed: Vec<String> = steps
                    .iter()
                    .map(|step| step.seed.clone())
                    .filter(|seed| !seed.is_empty())
                    .collect();
                seed.dedup();
                let plan_would: Vec<String> =
                    steps.iter().map(|step| words::action(&step.action)).collect();
                for member in &group.members {
                    let accepted = accepted(accepts, member.name.as_str(), finding.facet, today);
                    match (&finding.verdict, &accepted) {
                        (_, Some(_)) => report.accepted += 1,
                        (Verdict::Unknown { .. }, None) => report.unknown += 1,
                        (Verdict::Drifted { .. } | Verdict::Blocked { .. }, None) => {
                            report.drifted += 1;
                        }
                        (Verdict::Healthy { .. } | Verdict::NotApplicable { .. }, None) => {}
                    }
                    report.findings.push(Finding {
                        instance: member.name.to_string(),
                        facet: finding.facet,
                        verdict: finding.verdict.clone(),
                        follows_from: finding.blocked_by,
                        accepted,
                        seed: seed.clone(),
                        plan_would: plan_would.clone(),
                    });
                }
            }
        }
        report
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        const SHOWN: usize = 500;
        let mut text = String::new();
        for finding in self.findings.iter().take(SHOWN) {
            let note = match (&finding.accepted, finding.follows_from) {
                (Some(reason), _) => format!("   (accepted: {reason})"),
                (None, Some(cause)) => format!("   (follows from {cause})"),
                (None, None) => String::new(),
            };
            let seed = if finding.seed.is_empty() {
                String::new()
            } else {
                format!("   [{}]", finding.seed.join("; "))
            };
            let _ = writeln!(
                text,
                "{} {}/{}  {}{seed}{}",
                words::mark(&finding.verdict),
                safe(&finding.instance),
                finding.facet,
                safe(&words::verdict(&finding.verdict)),
                safe(&note),
            );
        }
        if self.findings.len() > SHOWN {
            let _ = writeln!(
                text,
                "and {} more; --format json has them all",
                self.findings.len() - SHOWN
            );
        }
        if !self.findings.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", self.line());
        text
    }

    fn line(&self) -> String {
        if self.findings.is_empty() {
            return format!("No drift. {} looked at.", words::count(self.instances, "instance"));
        }
        format!(
            "Drift: {} differ, {} unknown, {} accepted, on {} looked at.",
            words::count(self.drifted, "facet"),
            self.unknown,
            self.accepted,
            words::count(self.instances, "instance")
        )
    }
}

/// The reason why somebody accepted it, while the acceptance lasts.
fn accepted(accepts: &[Accept], instance: &str, facet: FacetId, today: Date) -> Option<String> {
    accepts
        .iter()
        .filter(|accept| accept.expires.is_none_or(|expires| today <= expires))
        .filter(|accept| accept.facet.is_none_or(|accepted| accepted == facet))
        .find(|accept| {
            accept.instance == instance
                || instance.split_once('/').is_some_and(|(fleet, _)| fleet == accept.instance)
        })
        .map(|accept| accept.reason.clone())
}
