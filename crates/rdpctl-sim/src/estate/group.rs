//! Security groups as they stand.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::world::{AccountIndex, GroupSpec, Rule, Tag, Text};

/// A security group with its rules and the version that guards them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) name: Text,
    pub(crate) description: Text,
    pub(crate) project: u64,
    pub(crate) version: u64,
    pub(crate) ingress: Vec<Rule>,
    pub(crate) egress: Vec<Rule>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) locked: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

impl Group {
    pub(crate) fn declared(spec: &GroupSpec, born: Timestamp) -> Self {
        let dated = |rules: &[Rule]| {
            rules.iter().map(|rule| Rule { modified: born, ..rule.clone() }).collect()
        };
        Self {
            account: spec.account,
            region: spec.region.clone(),
            name: spec.name.clone(),
            description: spec.description.clone(),
            project: spec.project,
            version: 1,
            ingress: dated(&spec.ingress),
            egress: dated(&spec.egress),
            tags: spec.tags.clone(),
            locked: spec.locked,
            created: born,
            updated: born,
        }
    }
}
