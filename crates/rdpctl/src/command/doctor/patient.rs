//! Whom the doctor looks at: a declared instance, a cloud's instance that nobody declared, or a host seen from outside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use rdpctl_config::{Declaration, Source};
use rdpctl_contract::Clock;
use rdpctl_engine::{Estate, Examined};
use rdpctl_facets::Profile;
use rdpctl_model::account::vm_of_azure;
use rdpctl_model::declaration::{Guards, GuestAccess, Instance, ProviderKind};
use rdpctl_model::{FacetId, FacetMap, Gap, InstanceName, ProfileName, ResourceId, Survey};
use rdpctl_probe::{Host, Target};
use rdpctl_providers::azure::AzureCloud;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::arguments::Trusted;
use crate::error::CliError;
use crate::on_record::Keeps;
use crate::out::{self, safe};
use crate::wiring::{self, Simulated};

/// Who was asked for.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// A name of the declaration.
    Declared(String),
    /// An instance of Tencent Cloud that nobody declared.
    Tencent { region: String, id: String },
    /// A VM of Azure that nobody declared.
    Azure { subscription: String, group: String, name: String },
    /// A host, of which only the outside is known.
    Host(Target),
}

impl FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("host:") {
            return Target::from_str(rest)
                .map(Self::Host)
                .map_err(|error| format!("{error}; write host:ADDRESS or host:ADDRESS:PORT"));
        }
        if let Some(rest) = text.strip_prefix("tencent:") {
            let plain = |text: &str| {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            };
            return match rest.split_once('/') {
                Some((region, id)) if plain(region) && plain(id) => {
                    Ok(Self::Tencent { region: region.to_owned(), id: id.to_owned() })
                }
                _ => {
                    Err("write tencent:REGION/ID, such as tencent:ap-guangzhou/ins-0abc1234"
                        .to_owned())
                }
            };
        }
        if let Some(rest) = text.strip_prefix("azure:") {
            let plain = |text: &str| {
                !text.is_empty()
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.()".contains(&b))
            };
            let parts: Vec<&str> = rest.split('/').collect();
            return match parts[..] {
                [subscription, group, name] if parts.iter().all(|part| plain(part)) => {
                    Ok(Self::Azure {
                        subscription: subscription.to_owned(),
                        group: group.to_owned(),
                        name: name.to_owned(),
                    })
                }
                _ => {
                    Err("write azure:SUBSCRIPTION/GROUP/VM, as `az vm show --query id` names them"
                        .to_owned())
                }
            };
        }
        Ok(Self::Declared(text.to_owned()))
    }
}

/// The instance with all that is needed to look at it and to judge it.
pub(super) struct Patient {
    /// As it was asked for.
    pub(super) name: String,
    /// The name of the desired state.
    pub(super) profile: String,
    pub(super) kind: ProviderKind,
    pub(super) port: u16,
    /// What the declaration manages; the rest is judged by the standard.
    pub(super) managed: FacetMap<bool>,
    /// An estate of this one instance, whose profile wishes for all facets.
    pub(super) estate: Estate,
    sight: Sight,
}

/// How it is looked at.
enum Sight {
    /// Through what is declared, or would be.
    Declared { declaration: Box<Declaration>, simulated: Option<Box<Simulated>> },
    /// By a handshake.
    Outside(Target),
}

/// A VM of Azure that nobody declared, as a declaration of it.
pub(super) fn of_azure(
    subscription: &str,
    group: &str,
    name: &str,
) -> Result<(String, Declaration), CliError> {
    let id = vm_of_azure(subscription, group, name);
    let name = name.replace(['.', '(', ')'], "-");
    let text = format!(
        "[provider.azure]\nkind = \"azure\"\nsubscription = \"{subscription}\"\n[instance.\"{name}\"]\nprovider = \"azure\"\nid = \"{id}\"\nprofile = \"standard\"\n"
    );
    Ok((name, rdpctl_config::parse(vec![Source::new("the command line", text)])?))
}

impl Patient {
    /// The subscription that has it, where one does and may be asked.
    pub(super) fn subscription(&self) -> Option<AzureCloud> {
        let instance = self.estate.instances.first()?;
        match &self.sight {
            Sight::Declared { declaration, simulated } => {
                wiring::subscription(declaration, &instance.provider, simulated.as_deref())
                    .ok()
                    .flatten()
            }
            Sight::Outside(_) => None,
        }
    }

    /// The address at which it is tried from outside, as far as it is known.
    pub(super) fn address(&self, survey: &Survey) -> Option<String> {
        if let Sight::Outside(target) = &self.sight {
            return Some(match &target.host {
                Host::Address(address) => address.to_string(),
                Host::Name(name) => name.clone(),
            });
        }
        if self.kind == ProviderKind::Static {
            return self.estate.instances.first().map(|instance| instance.id.to_string());
        }
        let cloud = survey.cloud.as_ref().ok()?;
        cloud.handles.public_ip.map(|address| address.to_string())
    }

    /// Finds whom was asked for.
    pub(super) async fn find(
        who: &Who,
        paths: &[PathBuf],
        sim: Option<&Path>,
        trusted: &Trusted,
    ) -> Result<Self, CliError> {
        match who {
            Who::Host(target) => Ok(Self::host(target)),
            Who::Tencent { region, id } => {
                let text = format!(
                    "[provider.tencent]\nkind = \"tencent\"\nregion = \"{region}\"\n[instance.{id}]\nprovider = \"tencent\"\nid = \"{id}\"\nprofile = \"standard\"\n"
                );
                let declaration =
                    rdpctl_config::parse(vec![Source::new("the command line", text)])?;
                Self::declared(id, declaration, paths, sim).await
            }
            Who::Azure { subscription, group, name } => {
                let (name, declaration) = of_azure(subscription, group, name)?;
                Self::declared(&name, declaration, paths, sim).await
            }
            Who::Declared(name) => {
                let opened = crate::trust::declaration(paths, sim, trusted).await?;
                let declaration = opened.declaration;
                if !declaration.warnings.is_empty() {
                    out::err(declaration.warnings.render(out::paint()).trim_end());
                }
                let name = crate::members::meant(name, &declaration, paths).await;
                Self::declared(&name, declaration, paths, sim).await
            }
        }
    }

    async fn declared(
        name: &str,
        mut declaration: Declaration,
        paths: &[PathBuf],
        sim: Option<&Path>,
    ) -> Result<Self, CliError> {
        let simulated = match sim {
            Some(world) => Some(Box::new(wiring::simulate(world, paths, None).await?)),
            None => None,
        };
        if let Some(simulated) = &simulated {
            wiring::into_world(&mut declaration, simulated)?;
        }
        let instance = member(name, &declaration)?;
        let kind = declaration
            .providers
            .get(&instance.provider)
            .map_or(ProviderKind::Static, rdpctl_model::declaration::Provider::kind);
        let declared = declaration.profiles.get(&instance.profile).cloned().unwrap_or_default();
        let managed = FacetMap::from_fn(|facet| rdpctl_facets::managed(&declared, facet));
        let profile = whole(&declared);
        Ok(Self {
            name: name.to_owned(),
            profile: instance.profile.to_string(),
            kind,
            port: profile.rdp_port(),
            managed,
            estate: Estate {
                providers: BTreeMap::from([(instance.provider.clone(), kind)]),
                profiles: BTreeMap::from([(instance.profile.clone(), Arc::new(profile))]),
                instances: vec![instance],
                fleets: Vec::new(),
                guards: declaration.guards.clone(),
                accepts: Vec::new(),
                digest: declaration.digest(),
            },
            sight: Sight::Declared { declaration: Box::new(declaration), simulated },
        })
    }

    fn host(target: &Target) -> Self {
        let mut standard = rdpctl_facets::built_in("standard").unwrap_or_default();
        // A port is a wish that this facet never refuses.
        let _ = standard.declare(FacetId::Port, json!(target.port));
        let name = target.to_string();
        let provider = "host".into();
        let profile = ProfileName::new("standard");
        Self {
            name: format!("host:{name}"),
            profile: profile.to_string(),
            kind: ProviderKind::Static,
            port: target.port,
            managed: FacetMap::from_fn(|facet| facet == FacetId::Reachable),
            estate: Estate {
                providers: BTreeMap::from([(Clone::clone(&provider), ProviderKind::Static)]),
                profiles: BTreeMap::from([(profile.clone(), Arc::new(whole(&standard)))]),
                instances: vec![Instance {
                    name: InstanceName::new(&name),
                    provider,
                    id: ResourceId::new(&name),
                    profile,
                    guest: Arc::new(GuestAccess { via: Vec::new(), ..GuestAccess::default() }),
                    snapshot: rdpctl_model::declaration::SnapshotWish::default(),
                    closed: None,
                }],
                fleets: Vec::new(),
                guards: Guards::default(),
                accepts: Vec::new(),
                digest: String::new(),
            },
            sight: Sight::Outside(target.clone()),
        }
    }

    /// Looks at it.
    pub(super) async fn examine(
        &self,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Result<Examined, CliError> {
        match &self.sight {
            Sight::Declared { declaration, simulated } => {
                // Eyes keep nothing, wherever that would be.
                let nowhere = Keeps { store: None, home: Path::new(".rdpctl") };
                let hands = wiring::hands(declaration, simulated.as_deref(), clock, nowhere)?;
                let eyes = hands.eyes();
                rdpctl_engine::examine(&self.estate, &eyes, stop)
                    .await
                    .map_err(|(_, error)| CliError::from(error))
            }
            Sight::Outside(target) => {
                let outside = crate::vantage::handshake(target, stop).await;
                let survey = Survey {
                    taken_at: clock.now(),
                    cloud: Err(Gap::NotAsked),
                    guest: Err(Gap::NotAsked),
                    outside,
                };
                let id = ResourceId::new(target.to_string());
                Ok(rdpctl_engine::take_as_seen(&self.estate, &id, survey))
            }
        }
    }
}

/// A declared instance of that name, or the member of a fleet.
pub(crate) fn member(name: &str, declaration: &Declaration) -> Result<Instance, CliError> {
    if let Some(instance) = declaration.instances.get(name) {
        return Ok(instance.clone());
    }
    if let Some((fleet, id)) = name.split_once('/')
        && let Some(fleet) = declaration.fleets.get(fleet)
    {
        // A member is named by its group and name; its whole id needs the subscription, too.
        let account = declaration.providers.get(&fleet.provider).map(|one| &one.account);
        let id = account.map_or_else(|| id.to_owned(), |account| account.id_of(id));
        return Ok(fleet.member(InstanceName::new(name), ResourceId::new(id)));
    }
    let error = CliError::new(format!("no instance `{}` is declared", safe(name)));
    Err(if declaration.fleets.contains_key(name) {
        error.hint(format!("it is a fleet: name a member, such as {name}/ins-0abc1234"))
    } else if declaration.instances.is_empty() {
        error.hint("name one that nobody declared as tencent:REGION/ID, azure:SUBSCRIPTION/GROUP/VM or host:ADDRESS")
    } else {
        let names: Vec<&str> =
            declaration.instances.keys().take(8).map(InstanceName::as_str).collect();
        error.hint(format!(
            "declared are {}; undeclared ones are named tencent:REGION/ID, azure:SUBSCRIPTION/GROUP/VM or host:ADDRESS",
            names.join(", ")
        ))
    })
}

/// The profile with a wish for every facet: what it does not mention is judged by the standard.
fn whole(declared: &Profile) -> Profile {
    let mut whole = declared.clone();
    whole.extend_from(&rdpctl_facets::built_in("standard").unwrap_or_default());
    if !rdpctl_facets::managed(&whole, FacetId::Recovery) {
        // The standard leaves it alone; this is the one value that the facet knows.
        let _ = whole.declare(FacetId::Recovery, json!("enabled"));
    }
    // What the standard does not speak of, and what yet keeps people out.
    for (facet, value) in [(FacetId::Logon, "allowed"), (FacetId::Licence, "served")] {
        if !rdpctl_facets::managed(&whole, facet) {
            let _ = whole.declare(facet, json!(value));
        }
    }
    whole
}
