//! Evidence as a tree names it, quoted from the survey: who was asked, and what came back.
//!
//! Quotes are bounded, and untrusted: whoever shows them escapes them.

mod cloud;
mod guest;
mod quote;
mod spelled;

use std::collections::BTreeSet;

use rdpctl_model::Said;
use rdpctl_model::said::Arg;
use serde::Deserialize;

use crate::case::Case;
use crate::diagnosis::Quote;
use crate::texts::Texts;

pub(crate) use guest::{data, events};
pub(crate) use quote::{Saw, saw, typed};
pub(crate) use spelled::say;

/// Quotes of one node.
const QUOTES: usize = 12;
/// Events of one selection.
const EVENTS: usize = 4;

/// What is to be shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Exhibit {
    /// A part of what the cloud's API said.
    Cloud(CloudPart),
    /// Values of a key, all when none is named.
    Registry(Values),
    /// A service's state and process.
    Service(String),
    /// Who listens on the port and on 3389.
    Listeners,
    /// Firewall rules that may concern RDP.
    FirewallRules,
    /// The RDP key's access list.
    KeyAcl,
    /// Marks of safe mode and EMS in the boot configuration.
    BootEntry,
    /// Who holds the rights to log on, and who is denied them.
    Rights,
    /// Registry values that a domain's policies write again.
    Policies,
    /// Events of one provider with these ids.
    Events(Selection),
    /// A part of what the handshake showed.
    Outside(OutsidePart),
}

/// Parts of a cloud's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CloudPart {
    Power,
    Address,
    Bandwidth,
    Rules,
    Agent,
}

/// Parts of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OutsidePart {
    Verdict,
    Tls,
    Nla,
    Certificate,
}

/// Values of a registry key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Values {
    key: String,
    #[serde(default)]
    names: Vec<String>,
    /// Whether what is not there is worth a line.
    #[serde(default)]
    absent: bool,
}

/// Events by provider and ids.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Selection {
    pub(crate) provider: String,
    pub(crate) ids: Vec<u32>,
}

/// The quotes that some exhibits give of a case.
pub(crate) fn quotes(exhibits: &[Exhibit], case: &Case<'_>, texts: &Texts) -> Vec<Quote> {
    let seen = exhibits.iter().flat_map(|exhibit| exhibit.seen(case)).take(QUOTES);
    seen.map(|saw| saw.quote(texts)).collect()
}

impl Exhibit {
    fn seen(&self, case: &Case<'_>) -> Vec<Saw> {
        let guest = case.survey.guest.as_ref().ok();
        match self {
            Self::Cloud(part) => case
                .survey
                .cloud
                .as_ref()
                .map(|cloud| cloud::seen(*part, cloud, case))
                .unwrap_or_default(),
            Self::Registry(values) => guest.map(|guest| values.seen(guest)).unwrap_or_default(),
            Self::Service(name) => {
                guest.and_then(|guest| guest::service(guest, name)).into_iter().collect()
            }
            Self::Listeners => {
                guest.map(|guest| guest::listeners(guest, case.port)).unwrap_or_default()
            }
            Self::FirewallRules => {
                guest.map(|guest| guest::firewall_rules(guest, case.port)).unwrap_or_default()
            }
            Self::KeyAcl => guest.map(guest::key_acl).unwrap_or_default(),
            Self::BootEntry => guest.map(guest::boot_entry).unwrap_or_default(),
            Self::Rights => guest.map(guest::rights).unwrap_or_default(),
            Self::Policies => guest.map(guest::policies).unwrap_or_default(),
            Self::Events(selection) => {
                guest.map(|guest| events(guest, selection, |_| true)).unwrap_or_default()
            }
            Self::Outside(part) => outside(*part, case),
        }
    }
}

fn list(names: &BTreeSet<impl ToString>) -> Arg {
    if names.is_empty() {
        return say::none().into();
    }
    names.iter().map(ToString::to_string).collect::<Vec<_>>().into()
}

fn outside(part: OutsidePart, case: &Case<'_>) -> Vec<Saw> {
    let Ok(outside) = &case.survey.outside else { return Vec::new() };
    let verdict = outside.verdict.to_string();
    let reply = match part {
        OutsidePart::Verdict if outside.problems.is_empty() => Said::quoted(verdict),
        OutsidePart::Verdict => say::with_problems(verdict, list(&outside.problems)),
        OutsidePart::Tls if outside.accepted.is_empty() && outside.refused.is_empty() => {
            return Vec::new();
        }
        OutsidePart::Tls => say::versions(list(&outside.accepted), list(&outside.refused)),
        OutsidePart::Nla => say::nla(outside.nla.to_string()),
        OutsidePart::Certificate => {
            let Some(shown) = outside.certificate else { return Vec::new() };
            let Some(end) = shown.not_after else { return Vec::new() };
            say::certificate(shown.sha1.to_string(), end.to_string())
        }
    };
    vec![saw(say::handshake(outside.port), reply)]
}
