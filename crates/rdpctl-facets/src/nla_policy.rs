//! The listener's security values under the policies' key, which win over its own: a policy's, or left there by nobody.

use rdpctl_model::guest::{GuestSurvey, RegData};
use rdpctl_model::step::{Check, Disruption, Setting};
use rdpctl_model::{Gap, GuestAction, Said, Step};
use serde::{Deserialize, Serialize};

use crate::facet::{Purpose, StepWords};
use crate::nla_wish::Desired;
use crate::paths::TS_POLICY;
use crate::policy_owner::Owner;
use crate::steps::say as step;

pub(crate) const LAYER: &str = "SecurityLayer";
pub(crate) const AUTHENTICATION: &str = "UserAuthentication";

/// What stands there, and who is behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ByPolicy {
    layer: Option<(u32, Owner)>,
    authentication: Option<(u32, Owner)>,
}

/// A value that stands against what is declared.
pub(crate) struct Against<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: u32,
    pub(crate) owner: &'a Owner,
    /// The policy's setting that would write it.
    pub(crate) setting: Said,
}

impl ByPolicy {
    pub(crate) fn read(guest: &GuestSurvey) -> Result<Self, Gap> {
        let of = |name: &str| -> Result<_, Gap> {
            let value = guest.registry.dword(TS_POLICY, name)?;
            Ok(value.map(|value| (value, Owner::of(guest, TS_POLICY, name))))
        };
        Ok(Self { layer: of(LAYER)?, authentication: of(AUTHENTICATION)? })
    }

    /// Those that are not as declared.
    pub(crate) fn against(&self, want: Desired) -> Vec<Against<'_>> {
        let required = want == Desired::Required;
        let authentication =
            self.authentication.as_ref().filter(|(value, _)| *value != u32::from(required)).map(
                |(value, owner)| Against {
                    name: AUTHENTICATION,
                    value: *value,
                    owner,
                    setting: say::policy_authentication(),
                },
            );
        let layer =
            self.layer.as_ref().filter(|(layer, _)| *layer > 2 || (*layer == 0 && required)).map(
                |(value, owner)| Against {
                    name: LAYER,
                    value: *value,
                    owner,
                    setting: say::policy_layer(),
                },
            );
        authentication.into_iter().chain(layer).collect()
    }

    /// The first behind which a policy stands, or may.
    pub(crate) fn enforced(&self, want: Desired) -> Option<Against<'_>> {
        self.against(want).into_iter().find(|one| *one.owner != Owner::Nobody)
    }

    /// Those behind which nobody stands any more; none where a policy decides anyway.
    pub(crate) fn left(&self, want: Desired) -> Vec<Against<'_>> {
        let against = self.against(want);
        let nobody = against.iter().all(|one| *one.owner == Owner::Nobody);
        if nobody { against } else { Vec::new() }
    }

    /// Whether the listener's own value of that name does not count.
    pub(crate) fn wins(&self, name: &str, want: Desired) -> bool {
        let there = if name == LAYER { &self.layer } else { &self.authentication };
        there.is_some() && !self.left(want).iter().any(|one| one.name == name)
    }
}

/// The steps that take away what was left.
pub(crate) fn removed(left: &[Against<'_>], purpose: &Purpose) -> Vec<Step> {
    let steps = left.iter().map(|one| {
        purpose
            .guest(
                GuestAction::DeleteRegistryValue {
                    key: TS_POLICY.to_owned(),
                    name: one.name.to_owned(),
                    setting: Setting::Authentication,
                },
                step::left_under_policies(one.name, one.value),
                step::no_such_value(),
            )
            .disrupting(Disruption::RestartsRdp)
            .expecting(vec![Check::Registry {
                key: TS_POLICY.to_owned(),
                name: one.name.to_owned(),
                data: Some(RegData::Dword(one.value)),
            }])
    });
    steps.collect()
}

rdpctl_model::says! { "nla":
    policy_authentication();
    policy_layer();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_may_write_stands_and_what_nobody_writes_goes() {
        let by = |owner: Owner| ByPolicy { layer: None, authentication: Some((0, owner)) };
        let policy = by(Owner::Policy("Baseline".to_owned()));
        assert!(policy.enforced(Desired::Required).is_some());
        assert!(
            policy.left(Desired::Required).is_empty()
                && policy.wins(AUTHENTICATION, Desired::Required)
        );
        assert!(by(Owner::Unknown).enforced(Desired::Required).is_some());
        let left = by(Owner::Nobody);
        assert!(left.enforced(Desired::Required).is_none());
        assert_eq!(left.left(Desired::Required).len(), 1);
        assert!(!left.wins(AUTHENTICATION, Desired::Required));
        // As declared it stands against nothing, whoever wrote it.
        assert!(left.against(Desired::Off).is_empty());
        // What was left stays where a policy decides anyway.
        let mixed = ByPolicy { layer: Some((9, Owner::Unknown)), ..left };
        assert!(mixed.left(Desired::Required).is_empty());
    }
}
