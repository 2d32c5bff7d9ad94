//! What differs from the declaration, for people and machines, and who has accepted it.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::Date;
use rdpctl_model::declaration::Accept;
use rdpctl_model::facet::World;
use rdpctl_model::plan::{Basis, Group, Plan, Reached};
use rdpctl_model::{FacetId, Verdict};
use serde::Serialize;

use super::{gaps, words};
use crate::exit::Exit;
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
    /// On what it rests.
    basis: Basis,
    findings: Vec<Finding>,
    /// How old that is and what nobody could see, for people.
    #[serde(skip)]
    notes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Finding {
    instance: String,
    /// The facet that differs; none where a gap hides several.
    #[serde(skip_serializing_if = "Option::is_none")]
    facet: Option<FacetId>,
    #[serde(flatten)]
    verdict: Verdict,
    /// What a gap hides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hides: Vec<FacetId>,
    /// What was last known of what it hides, where that differed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    last: BTreeMap<FacetId, Verdict>,
    /// When the worlds last answered that did not answer now.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    answered: BTreeMap<World, Timestamp>,
    #[serde(skip)]
    words: String,
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
            basis: plan.basis.clone(),
            findings: Vec::new(),
            notes: gaps::basis(plan),
        };
        let accepts = Accepts { accepts, today };
        for group in &plan.groups {
            report.add_gaps(plan, group, &accepts);
            report.add_differences(plan, group, &accepts);
        }
        report
    }

    /// One gap of one instance is one finding, whatever it hides.
    fn add_gaps(&mut self, plan: &Plan, group: &Group, accepts: &Accepts<'_>) {
        for gap in gaps::hidden(group) {
            let words = gap.words(group, &plan.basis);
            for member in &group.members {
                let reasons: Vec<Option<String>> = gap
                    .findings
                    .iter()
                    .map(|finding| accepts.reason(member.name.as_str(), finding.facet))
                    .collect();
                let accepted = reasons.iter().flatten().count();
                self.accepted += accepted;
                self.unknown += reasons.len() - accepted;
                let all_accepted = accepted == reasons.len();
                self.findings.push(Finding {
                    instance: member.name.to_string(),
                    facet: match gap.findings.as_slice() {
                        [only] => Some(only.facet),
                        _ => None,
                    },
                    verdict: Verdict::Unknown { gap: gap.gap.clone() },
                    hides: gap.findings.iter().map(|finding| finding.facet).collect(),
                    last: gap
                        .findings
                        .iter()
                        .filter_map(|finding| Some((finding.facet, finding.last.as_deref()?)))
                        .filter(|(_, last)| !last.is_quiet())
                        .map(|(facet, last)| (facet, last.clone()))
                        .collect(),
                    answered: member.answered.clone(),
                    words: words.clone(),
                    follows_from: gap.follows,
                    accepted: if all_accepted {
                        reasons.into_iter().flatten().next()
                    } else {
                        None
                    },
                    seed: Vec::new(),
                    plan_would: Vec::new(),
                });
            }
        }
    }

    fn add_differences(&mut self, plan: &Plan, group: &Group, accepts: &Accepts<'_>) {
        for finding in &group.facets {
            match finding.verdict {
                // Told by their gaps.
                Verdict::Unknown { .. } => continue,
                Verdict::Healthy { .. }
                | Verdict::Drifted { .. }
                | Verdict::Blocked { .. }
                | Verdict::NotApplicable { .. } => {}
            }
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
                let accepted = accepts.reason(member.name.as_str(), finding.facet);
                match accepted {
                    Some(_) => self.accepted += 1,
                    None => self.drifted += 1,
                }
                self.findings.push(Finding {
                    instance: member.name.to_string(),
                    facet: Some(finding.facet),
                    verdict: finding.verdict.clone(),
                    hides: Vec::new(),
                    last: BTreeMap::new(),
                    answered: BTreeMap::new(),
                    words: words::verdict(&finding.verdict),
                    follows_from: finding.blocked_by,
                    accepted,
                    seed: seed.clone(),
                    plan_would: plan_would.clone(),
                });
            }
        }
    }

    /// How the report ends, by what it says.
    pub(crate) fn exit(&self) -> Exit {
        if self.basis.reached == Reached::Nothing {
            Exit::Error
        } else if self.drifted > 0 {
            Exit::Pending
        } else if self.unknown > 0 || !self.basis.unseen.is_empty() {
            Exit::Partial
        } else {
            Exit::Done
        }
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
                "{} {}{}  {}{seed}{}",
                words::mark(&finding.verdict),
                safe(&finding.instance),
                finding.facet.map_or_else(String::new, |facet| format!("/{facet}")),
                safe(&finding.words),
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
        for note in &self.notes {
            let _ = writeln!(text, "{}", safe(note));
        }
        let _ = writeln!(text, "{}", self.line());
        text
    }

    fn line(&self) -> String {
        let instances = words::count(self.instances, "instance");
        let nothing = self.findings.is_empty() && self.basis.unseen.is_empty();
        match self.basis.reached {
            Reached::Something if nothing => format!("No drift. {instances} looked at."),
            Reached::NotTried if nothing => format!("No drift by what is known of {instances}."),
            Reached::Nothing => format!(
                "Nothing could be looked at: {} unknown on {instances}.",
                words::count(self.unknown, "facet"),
            ),
            Reached::Something | Reached::NotTried => format!(
                "Drift: {} differ, {} unknown, {} accepted, on {instances}.",
                words::count(self.drifted, "facet"),
                self.unknown,
                self.accepted,
            ),
        }
    }
}

/// What was accepted, as of a day.
struct Accepts<'a> {
    accepts: &'a [Accept],
    today: Date,
}

impl Accepts<'_> {
    fn reason(&self, instance: &str, facet: FacetId) -> Option<String> {
        accepted(self.accepts, instance, facet, self.today)
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
