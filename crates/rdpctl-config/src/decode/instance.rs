//! `[instance.NAME]` and `[fleet.NAME]`: which VMs, in which state, and the way into them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rdpctl_model::declaration::{Fleet, GuestAccess, Instance, Provider, ProviderKind, Selector};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{FleetName, InstanceName, ProfileName, ProviderName};

use crate::diagnostic::Problems;
use crate::parse::{Entry, Sections};
use crate::resolve::Resolved;
use crate::source::Place;
use crate::suggest::did_you_mean;
use crate::tree::{Fields, Node, entries};

use super::scalar::{check_name, line};
use super::{guest, proof, provider};

pub(crate) const INSTANCE_KEYS: &[&str] = &[
    "provider",
    "id",
    "address",
    "profile",
    "guest",
    "snapshot",
    "disk",
    "installation",
    "offline",
    "proof",
];
pub(crate) const FLEET_KEYS: &[&str] =
    &["provider", "select", "profile", "guest", "snapshot", "offline", "proof"];
pub(crate) const SELECT_KEYS: &[&str] = &["tags", "names", "resource-group"];

/// What instances and fleets may refer to.
pub(super) struct Known<'k> {
    provider_names: BTreeSet<&'k str>,
    providers: &'k BTreeMap<ProviderName, Provider>,
    profiles: &'k BTreeMap<ProfileName, Resolved>,
}

impl<'k> Known<'k> {
    pub(super) fn new(
        sections: &Sections<'k>,
        providers: &'k BTreeMap<ProviderName, Provider>,
        profiles: &'k BTreeMap<ProfileName, Resolved>,
    ) -> Self {
        Self { provider_names: sections.providers.keys().copied().collect(), providers, profiles }
    }

    /// The provider that is referred to. One that is declared with mistakes has been reported already.
    fn provider(&self, fields: &Fields<'_>, problems: &mut Problems) -> Option<&'k Provider> {
        let example = match self.provider_names.first() {
            Some(name) => format!("\"{name}\""),
            None => "\"NAME\"".to_owned(),
        };
        let node = fields.need("provider", &example, problems)?;
        let name = node.text("provider", problems)?;
        if !self.provider_names.contains(name) {
            problems.error(node.place, format!("no provider is named `{name}`")).maybe_help(|| {
                if self.provider_names.is_empty() {
                    Some(format!("declare it: `[provider.{name}]` with its `kind`"))
                } else {
                    did_you_mean(name, self.provider_names.iter().copied())
                }
            });
        }
        self.providers.get(name)
    }

    fn profile(&self, fields: &Fields<'_>, problems: &mut Problems) -> Option<ProfileName> {
        let node = fields.need("profile", "\"standard\"", problems)?;
        let name = node.text("profile", problems)?;
        let Some((key, profile)) = self.profiles.get_key_value(name) else {
            problems
                .error(node.place, format!("no profile is named `{name}`"))
                .maybe_help(|| did_you_mean(name, self.profiles.keys().map(ProfileName::as_str)));
            return None;
        };
        if profile.lacks_source_range() {
            problems.warn_once(
                node.place,
                format!(
                    "profile `{name}` has no source range for RDP, so `ingress` is not managed"
                ),
                "`hardened` never opens the port to everybody: say who connects in a profile that extends it, \
                 `ingress = { from = [\"203.0.113.0/24\"] }`, or `ingress = \"unmanaged\"` to leave it at that",
            );
        }
        Some(key.clone())
    }
}

/// The instance, with the place of its id.
pub(super) fn instance(
    entry: &Entry<'_>,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Option<(Instance, Place)> {
    let name = instance_name(entry, problems);
    let what = format!("instance `{name}`");
    let fields = Fields::open(entry.node, entry.key.place, what, INSTANCE_KEYS, problems)?;
    let provider = known.provider(&fields, problems);
    let profile = known.profile(&fields, problems);
    let kind = provider.map(Provider::kind);
    let id = id_node(&fields, kind, problems);
    let mut guest = guest_of(&fields, kind, problems);
    let installation = installation(&fields, problems);
    if let (Some(access), Some(disk)) = (&mut guest, disk(&fields, kind, problems)) {
        // A disk is asked where no way into a running Windows answered.
        access.via.push(ChannelKind::Offline);
        access.disk = Some(disk);
        access.installation = installation;
    }
    if let Some(access) = &mut guest {
        access.offline = super::offline::wish(&fields, provider, problems);
        access.proof = proof::proof(&fields, problems);
    }
    let id_at = id?.place;
    let id = provider::id(id?, kind?, problems);
    let mut instance = Instance {
        name,
        provider: provider?.name.clone(),
        id: id?,
        profile: profile?,
        guest: Arc::new(guest?),
        snapshot: super::snapshot::wish(&fields, kind, problems),
        closed: None,
    };
    if kind == Some(ProviderKind::Static) {
        let host = instance.id.clone();
        instance.is_met_at(host.as_str());
    }
    Some((instance, id_at))
}

/// The disk in the hand.
fn disk(
    fields: &Fields<'_>,
    kind: Option<ProviderKind>,
    problems: &mut Problems,
) -> Option<PathBuf> {
    let node = fields.get("disk")?;
    let path = line(node, "disk", problems)?;
    if kind.is_some_and(ProviderKind::is_cloud) {
        problems
            .error(node.place, "the disk of a cloud's VM lies in the cloud")
            .help("`disk` is an image or a device of this machine, for hosts of a provider of the kind \"static\"");
        return None;
    }
    Some(PathBuf::from(path))
}

/// Which Windows on the disk.
fn installation(fields: &Fields<'_>, problems: &mut Problems) -> Option<usize> {
    let node = fields.get("installation")?;
    if fields.lacks("disk") {
        problems
            .error(
                node.place,
                "`installation` says which Windows of a `disk` is meant, and there is no `disk`",
            )
            .help("name the image or device, `disk = \"/dev/sdc\"`, or leave `installation` out");
    }
    let number = node.integer().and_then(|number| usize::try_from(number).ok());
    let number = number.filter(|number| (1..=16).contains(number));
    if number.is_none() {
        node.wrong("installation", "a number from 1 on, as `doctor --disk` lists them", problems);
    }
    number
}

fn id_node<'t>(
    fields: &Fields<'t>,
    kind: Option<ProviderKind>,
    problems: &mut Problems,
) -> Option<Node<'t>> {
    let (id, address) = (fields.get("id"), fields.get("address"));
    match kind {
        Some(ProviderKind::Static) => match (id, address) {
            (Some(id), Some(address)) => {
                problems
                    .error(address.place, "a host is named by `address` or by `id`, not by both")
                    .first_at(id.place, "the id", "the address");
                None
            }
            (None, None) if fields.misspells(&["id"]) => None,
            (None, None) => fields.need("address", "\"10.0.0.5\"", problems),
            (one, other) => other.or(one),
        },
        Some(cloud) => {
            if let Some(address) = address {
                problems
                    .error(address.place, "an instance of a cloud is named by its `id`")
                    .help("its address is asked of the cloud; `address` is for hosts of a provider of the kind \"static\"");
                return id;
            }
            id.or_else(|| fields.need("id", cloud.vendor().id, problems))
        }
        None => id.or(address),
    }
}

fn guest_of(
    fields: &Fields<'_>,
    kind: Option<ProviderKind>,
    problems: &mut Problems,
) -> Option<GuestAccess> {
    match fields.get("guest") {
        Some(node) => guest::decode(node, &fields.what, kind, problems),
        None => Some(guest::unsaid(kind)),
    }
}

pub(super) fn fleet(
    entry: &Entry<'_>,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Option<Fleet> {
    check_name("a fleet", entry.key, problems);
    let what = format!("fleet `{}`", entry.key.text);
    let fields = Fields::open(entry.node, entry.key.place, what, FLEET_KEYS, problems)?;
    let provider = known.provider(&fields, problems);
    let profile = known.profile(&fields, problems);
    let kind = provider.map(Provider::kind);
    let select = fields
        .need("select", "{ tags = { role = \"kiosk\" } }", problems)
        .and_then(|node| select(node, kind, problems));
    let mut guest = guest_of(&fields, kind, problems);
    if let Some(access) = &mut guest {
        access.offline = super::offline::wish(&fields, provider, problems);
        access.proof = proof::proof(&fields, problems);
    }
    if kind == Some(ProviderKind::Static) {
        problems
            .error(
                entry.key.place,
                "a provider of the kind \"static\" has no inventory to select from",
            )
            .help("declare its hosts one by one: `[instance.NAME]` with `address`");
    }
    Some(Fleet {
        name: FleetName::new(entry.key.text),
        provider: provider?.name.clone(),
        select: select?,
        profile: profile?,
        guest: Arc::new(guest?),
        snapshot: super::snapshot::wish(&fields, kind, problems),
        closed: None,
    })
}

fn select(node: Node<'_>, kind: Option<ProviderKind>, problems: &mut Problems) -> Option<Selector> {
    let fields = Fields::open(node, node.place, "`select`".to_owned(), SELECT_KEYS, problems)?;
    let mut selector = Selector::default();
    if let Some(tags) = fields.get("tags") {
        let table = tags.table("tags", problems)?;
        for (key, value) in entries(table, node.place.source) {
            let value = value.text(&format!("tags.{}", key.text), problems)?;
            selector.tags.insert(key.text.to_owned(), value.to_owned());
        }
    }
    if let Some(names) = fields.get("names") {
        for name in names.list("names", problems)? {
            selector.names.push(line(name, "names", problems)?);
        }
    }
    if let Some(group) = fields.get("resource-group") {
        selector.resource_group = Some(line(group, "resource-group", problems)?);
        if kind == Some(ProviderKind::Tencent) {
            problems
                .error(group.place, "Tencent Cloud has no resource groups")
                .help("select by tags or names");
        }
    }
    let empty =
        selector.tags.is_empty() && selector.names.is_empty() && selector.resource_group.is_none();
    if empty && fields.misspells(SELECT_KEYS) {
        return None;
    }
    if empty {
        problems
            .error(node.place, "an empty `select` would take every instance of the account")
            .help("name tags or names; `names = [\"*\"]` if everything is meant");
        return None;
    }
    Some(selector)
}

/// The name of an instance, checked.
fn instance_name(entry: &Entry<'_>, problems: &mut Problems) -> InstanceName {
    check_name("an instance", entry.key, problems);
    InstanceName::new(entry.key.text)
}
