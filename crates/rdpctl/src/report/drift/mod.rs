//! What differs from the declaration, for people and machines, and who has accepted it: one value, from which all forms,
//! the words and the exit code are made.

mod causes;
mod csv;
mod html;
mod junit;
mod markdown;
mod numbers;
mod sarif;
mod since;
mod standing;
mod suspects;
mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rdpctl_model::declaration::Accept;
use rdpctl_model::facet::World;
use rdpctl_model::plan::{Basis, Group, Member, Plan, Reached};
use rdpctl_model::{FacetId, Stage, Verdict};
use rdpctl_page::{Accepted, Accepts, Numbers, Standing as Stands};
use serde::Serialize;

use super::called::Called;
use super::who::Suspect;
use super::{gaps, when, words};
use crate::error::CliError;
use crate::exit::Exit;
pub(crate) use causes::GroupBy;
pub(crate) use html::{Source, say};
pub(crate) use since::read as read_former;
use since::{Change, Gone};

/// How a member of a group stands.
fn stands(group: &Group, member: &Member, accepts: &Accepts<'_>) -> Stands {
    Stands::of_member(group, |one| {
        accepts.of(member.name.as_str(), one.facet, one.blocked_by).is_some()
    })
}

/// The format of a report's JSON.
const FORMAT: u32 = 1;

/// A drift report.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Report {
    format: u32,
    /// When the plan was made from which it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    /// Instances looked at.
    pub(crate) instances: usize,
    /// How they stand; the five numbers add up.
    numbers: Numbers,
    /// Facets that differ and alarm.
    pub(crate) drifted: usize,
    /// Facets that cannot be judged.
    pub(crate) unknown: usize,
    /// Facets that differ or cannot be judged and somebody accepted.
    pub(crate) accepted: usize,
    /// On what it rests.
    basis: Basis,
    /// Whether an earlier report was at hand.
    #[serde(skip)]
    is_compared: bool,
    /// When that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared_with: Option<Timestamp>,
    /// What people call the instances.
    #[serde(skip)]
    called: Called,
    findings: Vec<Finding>,
    /// What the earlier report said and this one does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gone: Vec<Gone>,
    /// How old that is, what nobody could see, and what was accepted until lately; for people.
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
    /// The same, or all that the gap hides.
    #[serde(skip)]
    facets: Vec<FacetId>,
    #[serde(flatten)]
    verdict: Verdict,
    /// The first stage of a connection at which it shows, where something is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    /// What a gap hides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hides: Vec<FacetId>,
    /// What was last known of what it hides, where that differed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    last: BTreeMap<FacetId, Verdict>,
    /// When the worlds last answered that did not answer now.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    answered: BTreeMap<World, Timestamp>,
    /// The verdict in one line.
    words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    follows_from: Option<FacetId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<Accepted>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    seed: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plan_would: Vec<String>,
    /// The first report that showed it, as far as the earlier reports say.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// Who may have changed it, by the cloud's own log.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<Suspect>,
    /// How it stands against the earlier report.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Change>,
}

impl Report {
    /// Takes the findings out of a plan.
    pub(crate) fn of(plan: &Plan, accepts: &[Accept], today: Date) -> Self {
        let mut report = Self {
            format: FORMAT,
            at: plan.basis.at,
            instances: plan.instances,
            numbers: Numbers::default(),
            drifted: 0,
            unknown: 0,
            accepted: 0,
            basis: plan.basis.clone(),
            is_compared: false,
            compared_with: None,
            called: Called::of(&plan.groups),
            findings: Vec::new(),
            gone: Vec::new(),
            notes: gaps::basis(plan),
        };
        let accepts = Accepts::new(accepts, today);
        report.notes.extend(accepts.over());
        for group in &plan.groups {
            report.add_gaps(plan, group, &accepts);
            report.add_differences(plan, group, &accepts);
        }
        let said = plan.groups.iter().flat_map(|group| {
            let members = group.members.iter();
            members.map(|member| (member.name.as_str(), stands(group, member, &accepts)))
        });
        report.numbers = Numbers::count(plan.instances, said);
        report
    }

    /// One gap of one instance is one finding, whatever it hides.
    fn add_gaps(&mut self, plan: &Plan, group: &Group, accepts: &Accepts<'_>) {
        for gap in gaps::hidden(group) {
            let words = format!("unknown: {}", gap.why(group, &plan.basis));
            for member in &group.members {
                let reasons: Vec<Option<Accepted>> = gap
                    .findings
                    .iter()
                    .map(|finding| accepts.of(member.name.as_str(), finding.facet, gap.follows))
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
                    facets: gap.findings.iter().map(|finding| finding.facet).collect(),
                    verdict: Verdict::Unknown { gap: gap.gap.clone() },
                    stage: None,
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
                    since: None,
                    changed_by: None,
                    change: None,
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
                .filter(|step| {
                    step.facet == finding.facet && step.action.traits().through.changes()
                })
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
                let accepted = accepts.of(member.name.as_str(), finding.facet, finding.blocked_by);
                match accepted {
                    Some(_) => self.accepted += 1,
                    None => self.drifted += 1,
                }
                self.findings.push(Finding {
                    instance: member.name.to_string(),
                    facet: Some(finding.facet),
                    facets: vec![finding.facet],
                    verdict: finding.verdict.clone(),
                    stage: finding.stage,
                    hides: Vec::new(),
                    last: BTreeMap::new(),
                    answered: BTreeMap::new(),
                    words: words::verdict(&finding.verdict),
                    follows_from: finding.blocked_by,
                    accepted,
                    seed: seed.clone(),
                    plan_would: plan_would.clone(),
                    since: None,
                    changed_by: None,
                    change: None,
                });
            }
        }
    }

    /// How the report ends, by what it says.
    pub(crate) fn exit(&self) -> Exit {
        let shown = |unknown: bool| {
            self.shown()
                .filter(|finding| finding.accepted.is_none())
                .any(|finding| matches!(finding.verdict, Verdict::Unknown { .. }) == unknown)
        };
        if self.basis.reached == Reached::Nothing {
            Exit::Error
        } else if shown(false) {
            Exit::Pending
        } else if shown(true) || !self.basis.unseen.is_empty() {
            Exit::Partial
        } else {
            Exit::Done
        }
    }

    /// For machines: all of it, also what an earlier report had already said.
    pub(crate) fn json(&self) -> Result<String, CliError> {
        let text =
            rdpctl_words::json::to_string(self).map_err(|error| CliError::from_error(&error))?;
        Ok(format!("{text}\n"))
    }

    /// What changed since the earlier report, in one line.
    fn news(&self) -> String {
        let number = |change: Change| {
            let all = self.findings.iter().filter(|finding| finding.change == Some(change));
            words::grouped(all.count())
        };
        let since =
            self.compared_with.map_or_else(String::new, |at| format!(" of {}", when::moment(at)));
        format!(
            "Since the report{since}: {} new, {} changed, {} as before, {} no longer reported.",
            number(Change::New),
            number(Change::Changed),
            number(Change::Stays),
            words::grouped(self.gone.len()),
        )
    }

    /// Who stands worst: the first whose difference is no consequence.
    pub(crate) fn worst(&self) -> Option<&str> {
        let first = self.shown().find(|it| it.accepted.is_none() && it.follows_from.is_none());
        first.map(|finding| self.called.name(&finding.instance))
    }

    /// The one line that says it all.
    fn line(&self) -> String {
        let instances = words::count(self.instances, "instance");
        if self.is_compared && self.basis.reached != Reached::Nothing {
            return self.news();
        }
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

/// A verdict's name in every form.
const fn kind(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy { .. } => "healthy",
        Verdict::Drifted { .. } => "drifted",
        Verdict::Unknown { .. } => "unknown",
        Verdict::Blocked { .. } => "blocked",
        Verdict::NotApplicable { .. } => "not-applicable",
    }
}
