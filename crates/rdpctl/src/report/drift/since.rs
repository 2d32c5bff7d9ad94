//! What changed since an earlier report: its JSON is all that is needed, so that a pipeline can keep it beside itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use rdpctl_model::FacetId;
use serde::{Deserialize, Serialize};

use super::{FORMAT, Finding, Report};
use crate::error::CliError;

/// An earlier report may be so large, which holds millions of findings.
const LIMIT: u64 = 1 << 30;

/// How a finding stands against the earlier report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Change {
    /// It was not there.
    New,
    /// It was there, and something else was seen.
    Changed,
    /// It was there as it is.
    Stays,
}

/// What an earlier report said and nothing says any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Gone {
    pub(super) instance: String,
    pub(super) facets: Vec<FacetId>,
}

/// What is read of an earlier report; it may have been written by anybody, and only says what was said.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Former {
    format: u32,
    at: Option<Timestamp>,
    findings: Vec<FormerFinding>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct FormerFinding {
    instance: String,
    facet: Option<FacetId>,
    #[serde(default)]
    hides: Vec<FacetId>,
    words: String,
    since: Option<Timestamp>,
}

impl FormerFinding {
    fn facets(&self) -> impl Iterator<Item = FacetId> {
        let one = self.facet.filter(|facet| !self.hides.contains(facet));
        one.into_iter().chain(self.hides.iter().copied())
    }
}

/// Reads an earlier report.
pub(crate) fn read(path: &Path) -> Result<Former, CliError> {
    let wrong = |why: String| {
        CliError::new(format!("{} is no report to compare with", path.display()))
            .why(why)
            .hint("--since takes what an earlier `rdpctl drift --format json` printed")
    };
    let mut text = String::new();
    crate::links::own(path)?;
    std::fs::File::open(path)
        .and_then(|file| file.take(LIMIT + 1).read_to_string(&mut text))
        .map_err(|error| wrong(error.to_string()))?;
    if text.len() as u64 > LIMIT {
        return Err(wrong("it is larger than 1 GiB".to_owned()));
    }
    let former: Former = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if former.format != FORMAT {
        return Err(wrong(format!("its format is {}, not {FORMAT}", former.format)));
    }
    Ok(former)
}

impl Report {
    /// Marks what is new, changed and as it was, says since when, and adds what is gone. Only those are compared that
    /// `looked_at` says yes to: the earlier report may have been about more.
    pub(crate) fn compared(mut self, former: &Former, looked_at: impl Fn(&str) -> bool) -> Self {
        let before: BTreeMap<(&str, FacetId), &FormerFinding> = former
            .findings
            .iter()
            .flat_map(|finding| {
                finding.facets().map(move |facet| ((finding.instance.as_str(), facet), finding))
            })
            .collect();
        for finding in &mut self.findings {
            let known = finding
                .facets
                .first()
                .and_then(|facet| before.get(&(finding.instance.as_str(), *facet)).copied());
            finding.change = Some(match known {
                None => Change::New,
                Some(known) if known.words == finding.words => Change::Stays,
                Some(_) => Change::Changed,
            });
            finding.since = match (finding.change, known) {
                (Some(Change::Stays), Some(known)) => known.since.or(former.at),
                (Some(Change::New | Change::Changed | Change::Stays) | None, _) => self.at,
            };
        }
        self.gone = gone(former, &self.findings, looked_at);
        self.compared_with = former.at;
        self.is_compared = true;
        self
    }
}

fn gone(former: &Former, findings: &[Finding], looked_at: impl Fn(&str) -> bool) -> Vec<Gone> {
    let now: BTreeSet<(&str, FacetId)> = findings
        .iter()
        .flat_map(|one| one.facets.iter().map(|facet| (one.instance.as_str(), *facet)))
        .collect();
    former
        .findings
        .iter()
        .filter(|finding| looked_at(&finding.instance))
        .filter_map(|finding| {
            let facets: Vec<FacetId> = finding
                .facets()
                .filter(|facet| !now.contains(&(finding.instance.as_str(), *facet)))
                .collect();
            (!facets.is_empty()).then(|| Gone { instance: finding.instance.clone(), facets })
        })
        .collect()
}
