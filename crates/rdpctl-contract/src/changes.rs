//! What a vendor's own log tells of changes: who, what and when.

use jiff::Timestamp;
use rdpctl_model::{FacetId, ResourceId};

/// Facets that somebody changes through a cloud's API, so that its log may know who.
pub const IN_A_CLOUDS_LOG: [FacetId; 4] =
    [FacetId::Power, FacetId::PublicIp, FacetId::Bandwidth, FacetId::Ingress];

/// What is asked of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesAsk {
    /// Changes that may be the cause of these.
    pub facets: Vec<FacetId>,
    /// To these, where the vendor's log can be asked so.
    pub of: Vec<ResourceId>,
    /// Since then.
    pub since: Timestamp,
    /// Until then.
    pub until: Timestamp,
}

/// A change that succeeded, by the vendor's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// When.
    pub at: Timestamp,
    /// Who, as the vendor names them; untrusted text.
    pub by: String,
    /// What they called, as the vendor names it.
    pub what: String,
    /// Of which facets it may be the cause.
    pub facets: Vec<FacetId>,
    /// What the log says of it, in small letters, with the ids of all that it was done to; untrusted text.
    pub names: String,
}

impl Changed {
    /// Whether it was done to the thing of that id.
    #[must_use]
    pub fn is_of(&self, id: &str) -> bool {
        let id = id.to_ascii_lowercase();
        let goes_on = |next: char| next.is_ascii_alphanumeric() || "-_./".contains(next);
        !id.is_empty()
            && self.names.match_indices(&id).any(|(at, _)| {
                let after = self.names[at + id.len()..].chars().next();
                // The end of an id, and not of its beginning: a rule's path begins with its group's.
                after.is_none_or(|next| next == '/' || !goes_on(next))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_not_found_in_a_longer_one() {
        let changed = Changed {
            at: Timestamp::UNIX_EPOCH,
            by: "ops".to_owned(),
            what: "StopInstances".to_owned(),
            facets: vec![FacetId::Power],
            names: r#"{"instanceids":["ins-0abc1234"]} /groups/web/rules/rdp"#.to_owned(),
        };
        assert!(changed.is_of("ins-0ABC1234") && changed.is_of("/groups/web"));
        assert!(
            !changed.is_of("ins-0abc123") && !changed.is_of("/groups/we") && !changed.is_of("")
        );
    }
}
