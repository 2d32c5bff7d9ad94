//! What somebody says yes to, member by member: what is done to it and what that replaces, and nothing that changes from
//! look to look. Whoever asks and whoever does it make the same digest of the same thing.

use std::collections::BTreeMap;

use rdpctl_model::plan::{Group, Member, Plan};
use rdpctl_model::{FacetId, InstanceName, Verdict};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use crate::canon::{Done, done};
use crate::delta::security_of;
use rdpctl_model::action::Binds;
use rdpctl_model::plan::Direction;
use rdpctl_model::{ProfileName, ProviderName, Said};

#[derive(Serialize)]
struct Consent<'a> {
    provider: &'a ProviderName,
    name: &'a InstanceName,
    id: &'a str,
    profile: &'a ProfileName,
    port: u16,
    binds: Option<&'a Binds>,
    differs: BTreeMap<FacetId, &'a Verdict>,
    steps: Vec<Done<'a>>,
    security: Vec<(Direction, Said)>,
}

/// The SHA-256, in hex, of all that is done to a member: facets with what they are and shall be, steps with their values,
/// what they replace and their guards, what is the member's own, and what becomes weaker or stronger.
#[must_use]
pub fn consent(plan: &Plan, group: &Group, member: &Member) -> String {
    let steps: Vec<_> = group.steps.iter().filter_map(|id| plan.step(*id)).collect();
    let differs = group.facets.iter().filter(|it| matches!(it.verdict, Verdict::Drifted { .. }));
    let security = security_of(plan, steps.iter().copied());
    let consent = Consent {
        provider: &group.provider,
        name: &member.name,
        id: member.id.as_str(),
        profile: &group.profile,
        port: group.port,
        binds: member.binds.as_deref(),
        differs: differs.map(|it| (it.facet, &it.verdict)).collect(),
        steps: steps.into_iter().map(done).collect(),
        security: security.into_iter().map(|delta| (delta.direction, delta.what)).collect(),
    };
    // Our own types always have a JSON form; an empty text would only make two look alike that are not done by it.
    hash(&serde_json::to_vec(&consent).unwrap_or_default())
}

/// The digest over several of them.
#[must_use]
pub fn consents(members: &BTreeMap<InstanceName, String>) -> String {
    hash(&serde_json::to_vec(members).unwrap_or_default())
}

fn hash(bytes: &[u8]) -> String {
    crate::digest::hex(digest(&SHA256, bytes).as_ref())
}

#[cfg(test)]
mod tests {
    use rdpctl_model::action::Setting;
    use rdpctl_model::plan::{FacetFinding, Held};
    use rdpctl_model::step::Guarded;

    use super::*;
    use crate::samples;

    type Change = fn(&mut Plan);

    fn asked() -> Plan {
        let step = samples::set(FacetId::Tls, Setting::Protocols, "Enabled");
        let mut plan = samples::plan(vec![step]);
        plan.steps[0].step.guards = vec![Guarded::Reboot];
        plan.steps[0].held = Some(Held::Asks { guards: vec![Guarded::Reboot] });
        plan.groups[0].facets = vec![FacetFinding {
            facet: FacetId::Tls,
            verdict: Verdict::drifted(Said::quoted("off"), Said::quoted("on")),
            stage: None,
            blocked_by: None,
            last: None,
            accepted: None,
        }];
        plan.groups[0].members = vec![Member {
            name: InstanceName::new("web-01"),
            id: "ins-1".into(),
            display: String::new(),
            handles: None,
            binds: None,
            sessions: None,
            answered: BTreeMap::new(),
        }];
        plan
    }

    fn of(plan: &Plan) -> String {
        consent(plan, &plan.groups[0], &plan.groups[0].members[0])
    }

    #[test]
    fn a_yes_dies_with_any_value_that_it_was_about_and_with_nothing_else() {
        let plan = asked();
        let was = of(&plan);
        assert_eq!(was.len(), 64);
        let same: [Change; 5] = [
            |plan| plan.survey = "another look".to_owned(),
            |plan| plan.basis.at = Some(jiff::Timestamp::UNIX_EPOCH),
            |plan| plan.budget.reboots = 7,
            |plan| plan.steps[0].held = None,
            |plan| plan.groups[0].members[0].display = "renamed".to_owned(),
        ];
        for change in same {
            let mut plan = asked();
            change(&mut plan);
            assert_eq!(of(&plan), was);
        }
        let other: [Change; 9] = [
            |plan| plan.steps[0].step.guards.push(Guarded::Weaken),
            |plan| plan.steps[0].step.before = Said::quoted("another"),
            |plan| plan.steps[0].step.after = Said::quoted("another"),
            |plan| plan.steps[0].step.expects.clear(),
            |plan| {
                plan.groups[0].facets[0].verdict =
                    Verdict::drifted(Said::quoted("x"), Said::quoted("on"));
            },
            |plan| plan.groups[0].facets[0].facet = FacetId::Nla,
            |plan| plan.groups[0].members[0].id = "ins-2".into(),
            |plan| plan.groups[0].members[0].binds = Some(Box::default()),
            |plan| plan.groups[0].port = 3390,
        ];
        for change in other {
            let mut plan = asked();
            change(&mut plan);
            assert_ne!(of(&plan), was);
        }
    }
}
