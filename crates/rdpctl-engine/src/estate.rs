//! What was declared, as the engine needs it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_facets::Profile;
use rdpctl_model::declaration::{
    Accept, Fleet, Guards, GuestAccess, Instance, ProviderKind, SnapshotFirst, SnapshotWish,
};
use rdpctl_model::{InstanceName, ProfileName, ProviderName, ResourceId, SourceKey};

/// The declaration, resolved.
#[derive(Clone, Debug)]
pub struct Estate {
    /// Vendors by provider.
    pub providers: BTreeMap<ProviderName, ProviderKind>,
    /// Profiles with everything that they inherit.
    pub profiles: BTreeMap<ProfileName, Arc<Profile>>,
    /// Single instances.
    pub instances: Vec<Instance>,
    /// Fleets.
    pub fleets: Vec<Fleet>,
    /// The guards.
    pub guards: Guards,
    /// Differences that somebody took responsibility for.
    pub accepts: Vec<Accept>,
    /// Digest of the declaration's meaning.
    pub digest: String,
}

/// A declared instance or fleet, with what its members share.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// Under which the facts are kept.
    pub key: SourceKey,
    /// The provider.
    pub provider: &'a ProviderName,
    /// The desired state's name.
    pub profile: &'a ProfileName,
    /// The way into guests.
    pub guest: &'a Arc<GuestAccess>,
    /// Whether system disks are copied before something risky; hosts without a cloud have nobody who could.
    pub snapshot: SnapshotWish,
    /// Who.
    pub who: Who<'a>,
}

/// One instance, or those that a selector picks.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    /// One.
    One(&'a Instance),
    /// A fleet.
    Fleet(&'a Fleet),
}

impl Estate {
    /// All declared instances and fleets, in order.
    pub fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        let ones = self.instances.iter().map(|instance| Source {
            key: SourceKey::instance(instance.name.clone()),
            provider: &instance.provider,
            profile: &instance.profile,
            guest: &instance.guest,
            snapshot: self.snapshot(&instance.provider, instance.snapshot),
            who: Who::One(instance),
        });
        let fleets = self.fleets.iter().map(|fleet| Source {
            key: fleet_key(fleet),
            provider: &fleet.provider,
            profile: &fleet.profile,
            guest: &fleet.guest,
            snapshot: self.snapshot(&fleet.provider, fleet.snapshot),
            who: Who::Fleet(fleet),
        });
        ones.chain(fleets)
    }

    fn snapshot(&self, provider: &ProviderName, declared: SnapshotWish) -> SnapshotWish {
        if self.kind(provider).is_cloud() {
            declared
        } else {
            SnapshotWish { first: SnapshotFirst::No, ..declared }
        }
    }

    /// The profile of that name; an unknown one manages nothing.
    #[must_use]
    pub fn profile(&self, name: &ProfileName) -> Arc<Profile> {
        self.profiles.get(name).cloned().unwrap_or_default()
    }

    /// The vendor of that provider.
    #[must_use]
    pub fn kind(&self, provider: &ProviderName) -> ProviderKind {
        self.providers.get(provider).copied().unwrap_or(ProviderKind::Static)
    }
}

impl Source<'_> {
    /// The name under which a member is known.
    #[must_use]
    pub fn member(&self, id: &str) -> InstanceName {
        self.key.member(id)
    }

    /// The id of the one instance that is declared, if it is one.
    #[must_use]
    pub fn id(&self) -> Option<&ResourceId> {
        match self.who {
            Who::One(instance) => Some(&instance.id),
            Who::Fleet(_) => None,
        }
    }
}

/// A changed selector makes another source: facts about members of the former one are not facts about this one.
fn fleet_key(fleet: &Fleet) -> SourceKey {
    let mut text = format!("{}:", fleet.provider);
    for (key, value) in &fleet.select.tags {
        text.push_str(&format!("{key}={value};"));
    }
    for name in &fleet.select.names {
        text.push_str(&format!("name={name};"));
    }
    if let Some(group) = &fleet.select.resource_group {
        text.push_str(&format!("group={group};"));
    }
    SourceKey::fleet(fleet.name.clone(), text)
}
