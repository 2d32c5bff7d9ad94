//! What is said of a vendor, once: all that is the same for each of its accounts and machines. A file for each.

pub(crate) mod azure;
pub(crate) mod hosts;
pub(crate) mod tencent;

use crate::facet::FacetId;

/// What is to be known of a vendor.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// What it is called in declarations and grants.
    pub word: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Where its machines are.
    pub place: Place,
    /// The keys of a provider of it.
    pub keys: &'static [&'static str],
    /// What such a provider is, for whoever gave it a key that it has not.
    pub is: &'static str,
    /// What to do with such a key.
    pub without: &'static str,
    /// What the id of a machine looks like.
    pub id: &'static str,
    /// Where the serial port of a machine leads.
    pub serial: SerialPort,
    /// Domains under which it answers itself.
    pub own_domains: &'static [&'static str],
    /// In which call and field parts of an answer stand; none where nobody is called.
    pub answers: Option<Answers>,
    /// Why it registers no commands for looking, where it has none to register and an account that may be asked.
    pub registers_none: Option<&'static str>,
    /// What facets read and set through its API.
    pub apis: &'static [FacetApi],
    /// The steps of its founding document that are done in its cloud.
    pub steps: &'static [(FacetId, &'static str)],
    /// The step that closes what is no longer needed there; empty where its document has none.
    pub closing: &'static str,
}

/// Where machines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a cloud, which has their disks, and an agent in them.
    Cloud,
    /// Somewhere; nobody but themselves says anything of them.
    Somewhere,
}

/// Where the serial port of a machine leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialPort {
    /// To a line that is declared.
    Declared,
    /// Somewhere, or nowhere, whatever is declared.
    Elsewhere {
        /// Where.
        says: &'static str,
        /// What to write instead.
        help: &'static str,
    },
}

/// In which call and field parts of a cloud's answer stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Whether it runs.
    pub power: &'static str,
    /// Its address.
    pub address: &'static str,
    /// Its bandwidth.
    pub bandwidth: &'static str,
    /// The rules before it.
    pub rules: &'static str,
    /// The agent in it.
    pub agent: &'static str,
}

/// What a facet reads and sets through a vendor's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FacetApi {
    /// The facet.
    pub facet: FacetId,
    /// What it reads.
    pub reads: &'static [&'static str],
    /// What it sets, and through what.
    pub sets: &'static [&'static str],
}

impl Vendor {
    /// What a facet reads and sets there; none where it does nothing there.
    #[must_use]
    pub fn api(&self, facet: FacetId) -> Option<&'static FacetApi> {
        self.apis.iter().find(|api| api.facet == facet)
    }

    /// The founding document's step for what a facet does in its cloud: nobody is told a step of another vendor's console.
    #[must_use]
    pub fn step(&self, facet: FacetId) -> &'static str {
        self.steps.iter().find(|(of, _)| *of == facet).map_or("", |(_, step)| step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::ProviderKind;

    #[test]
    fn a_step_in_a_cloud_is_named_by_that_clouds_own_document() {
        let step = |kind: ProviderKind| kind.vendor().step(FacetId::PublicIp);
        let all = ProviderKind::ALL.map(step);
        assert_eq!(all, ["Tencent 2", "", ""]);
    }
}
