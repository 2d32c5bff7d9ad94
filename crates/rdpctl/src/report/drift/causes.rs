//! Findings by what is behind them: what people read, however many machines share it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rdpctl_model::{FacetId, InstanceName, Stage, Verdict};
use rdpctl_page::Accepted;

use crate::report::who::Suspect;

use super::since::Change;
use super::{Finding, Report};
use crate::report::called::Called;
use crate::report::words;

/// By what findings are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum GroupBy {
    /// What is behind them, over all instances
    #[default]
    Cause,
    /// The fleet; instances that were declared one by one stand for themselves
    Fleet,
    /// The instance
    Instance,
}

/// How a cause stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It differs, and steps can change it.
    Differs,
    /// It differs, and something that wins over us keeps it so.
    Blocked,
    /// It could not be judged.
    Unknown,
    /// It differs or is unknown, and somebody has accepted that.
    Accepted,
}

impl Standing {
    pub(super) const ALL: [Self; 4] = [Self::Differs, Self::Blocked, Self::Unknown, Self::Accepted];

    /// The title over all that stand so.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Differs => "Differs",
            Self::Blocked => "Differs, and something else keeps it so",
            Self::Unknown => "Unknown",
            Self::Accepted => "Accepted",
        }
    }

    fn of(finding: &Finding) -> Self {
        match (&finding.accepted, &finding.verdict) {
            (Some(_), _) => Self::Accepted,
            (None, Verdict::Unknown { .. }) => Self::Unknown,
            (None, Verdict::Blocked { .. }) => Self::Blocked,
            (
                None,
                Verdict::Drifted { .. } | Verdict::Healthy { .. } | Verdict::NotApplicable { .. },
            ) => Self::Differs,
        }
    }
}

/// One cause, and all instances that share it.
pub(super) struct Cause<'a> {
    pub(super) standing: Standing,
    /// What it is of: a facet, or the first of those that a gap hides.
    pub(super) facets: &'a [FacetId],
    /// What was seen and declared, each different one with its number of instances, in the order of the findings.
    pub(super) said: Vec<(&'a str, usize)>,
    /// The first of them.
    pub(super) example: &'a Verdict,
    pub(super) members: Vec<&'a str>,
    /// How many findings are consequences of it.
    pub(super) follows: usize,
    /// The earliest report that showed it.
    pub(super) since: Option<Timestamp>,
    /// The first stage of a connection at which it shows.
    pub(super) stage: Option<Stage>,
    /// Who may have changed it, by the clouds' logs.
    pub(super) changed_by: BTreeSet<&'a Suspect>,
    pub(super) accepted: Option<&'a Accepted>,
    pub(super) seed: &'a [String],
    pub(super) would: &'a [String],
}

/// Different words of one cause beyond so many are counted.
const SAID: usize = 3;

impl Cause<'_> {
    /// Its facet's name, or how many facets a gap hides.
    pub(super) fn what(&self) -> String {
        match self.facets {
            [only] => only.to_string(),
            many => words::count(many.len(), "facet"),
        }
    }

    /// What was seen and declared, in one line.
    pub(super) fn words(&self) -> String {
        let several = self.said.len() > 1;
        let mut parts: Vec<String> = self
            .said
            .iter()
            .take(SAID)
            .map(|(said, on)| {
                if several {
                    format!("{said} (on {})", words::grouped(*on))
                } else {
                    (*said).to_owned()
                }
            })
            .collect();
        if self.said.len() > SAID {
            parts.push(format!("and {} others", words::grouped(self.said.len() - SAID)));
        }
        parts.join("; ")
    }

    /// How many findings follow from it.
    pub(super) fn consequences(&self) -> String {
        match self.follows {
            1 => "1 facet follows".to_owned(),
            more => format!("{} facets follow", words::grouped(more)),
        }
    }

    /// Who may have changed it: names, and beyond a few how many more.
    pub(super) fn changers(&self) -> Option<String> {
        let named: Vec<String> =
            self.changed_by.iter().take(SAID).map(|suspect| suspect.words()).collect();
        let more = match self.changed_by.len().saturating_sub(SAID) {
            0 => String::new(),
            more => format!(" and {} others", words::grouped(more)),
        };
        (!named.is_empty()).then(|| format!("may have been changed by {}{more}", named.join(", ")))
    }

    /// Who shares it: names, and beyond a few how many more.
    pub(super) fn who(&self, shown: usize, called: &Called) -> String {
        let names = self.members.iter().take(shown).map(|name| called.name(name));
        let names = names.collect::<Vec<_>>().join(", ");
        match self.members.len().saturating_sub(shown) {
            0 => names,
            more => format!("{names} and {} more", words::grouped(more)),
        }
    }
}

/// Causes under the heading to which they belong; there is one without a name where all instances are taken together.
pub(super) struct Section<'a> {
    pub(super) heading: Option<&'a str>,
    pub(super) causes: Vec<Cause<'a>>,
}

/// All that a report shows, put together.
pub(super) fn sections(report: &Report, by: GroupBy) -> Vec<Section<'_>> {
    let mut under: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::new();
    for finding in report.shown() {
        let name = finding.instance.as_str();
        let heading = match by {
            GroupBy::Cause => None,
            GroupBy::Instance => Some(name),
            GroupBy::Fleet => Some(InstanceName::fleet_in(name).unwrap_or(name)),
        };
        under.entry(heading).or_default().push(finding);
    }
    under
        .into_iter()
        .map(|(heading, findings)| Section { heading, causes: causes(&findings) })
        .collect()
}

/// What tells causes apart. Differences are one whatever their values; gaps are one by their reason.
type Key<'a> = (Standing, &'a [FacetId], Option<&'a str>);

fn causes<'a>(findings: &[&'a Finding]) -> Vec<Cause<'a>> {
    let mut causes: BTreeMap<Key<'a>, Cause<'a>> = BTreeMap::new();
    let mut behind: BTreeMap<(&str, FacetId), Key<'a>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.follows_from.is_none()) {
        let standing = Standing::of(finding);
        let apart = match (&finding.accepted, standing) {
            (Some(accepted), _) => Some(accepted.reason.as_str()),
            (None, Standing::Unknown) => Some(finding.words.as_str()),
            (None, Standing::Differs | Standing::Blocked | Standing::Accepted) => None,
        };
        let key = (standing, finding.facets.as_slice(), apart);
        for facet in &finding.facets {
            behind.insert((finding.instance.as_str(), *facet), key);
        }
        let cause = causes.entry(key).or_insert_with(|| Cause {
            standing,
            facets: &finding.facets,
            said: Vec::new(),
            example: &finding.verdict,
            members: Vec::new(),
            follows: 0,
            since: None,
            stage: finding.stage,
            changed_by: BTreeSet::new(),
            accepted: finding.accepted.as_ref(),
            seed: &finding.seed,
            would: &finding.plan_would,
        });
        cause.members.push(&finding.instance);
        cause.changed_by.extend(&finding.changed_by);
        cause.since = match (cause.since, finding.since) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        match cause.said.iter_mut().find(|(said, _)| *said == finding.words) {
            Some((_, on)) => *on += 1,
            None => cause.said.push((&finding.words, 1)),
        }
    }
    for finding in findings {
        let key =
            finding.follows_from.and_then(|cause| behind.get(&(finding.instance.as_str(), cause)));
        if let Some(cause) = key.and_then(|key| causes.get_mut(key)) {
            cause.follows += finding.facets.len();
        }
    }
    let mut causes: Vec<Cause<'a>> = causes.into_values().collect();
    causes.sort_by_key(|cause| (cause.standing, std::cmp::Reverse(cause.members.len())));
    causes
}

/// Findings that a report shows: all, or with an earlier report at hand those that are new or changed.
impl Report {
    pub(super) fn shown(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| match finding.change {
            None | Some(Change::New | Change::Changed) => true,
            Some(Change::Stays) => false,
        })
    }
}
