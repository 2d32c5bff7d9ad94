//! `rdpctl permissions`: the least cloud policy that this declaration needs.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_contract::CloudNeeds;
use rdpctl_engine::Hands;
use rdpctl_engine::estate::Who;
use rdpctl_model::account::Account;
use rdpctl_model::action::CloudVerb;
use rdpctl_model::declaration::{ProviderKind, Selector, SnapshotFirst};
use rdpctl_model::facet::World;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{FacetId, ProviderName};
use rdpctl_providers::azure::AzureCloud;
use rdpctl_providers::tencent::TencentCloud;
use serde_json::{Value, json};

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::session::Session;

/// Arguments of `permissions`.
#[derive(clap::Args)]
#[command(
    after_help = "As JSON it is one object, with each provider's policy under its name; --provider NAME prints that policy alone, as the vendor takes it.\n\nExamples:\n  rdpctl permissions --for plan\n  rdpctl permissions --for apply --format json --provider gz > policy.json"
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// For which command
    #[arg(long = "for", value_enum, default_value_t = Purpose::Apply, value_name = "COMMAND")]
    purpose: Purpose,
    /// Of this provider alone
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What the permissions are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Purpose {
    /// Looking: plan, doctor
    Plan,
    /// Looking and changing
    Apply,
    /// Looking
    Drift,
}

/// Forms of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One action a line
    Text,
    /// One object of the vendor's policy documents, by provider
    Json,
}

/// What one provider's key must be allowed.
#[derive(Default)]
struct Needed {
    region: String,
    /// The subscription, where the vendor has them.
    subscription: Option<String>,
    /// Actions on anything in the account.
    actions: BTreeSet<String>,
    /// Actions by which whoever holds them is SYSTEM in a guest.
    as_system: BTreeSet<String>,
    /// In which guests.
    guests: BTreeSet<Guests>,
}

/// Guests that a policy can name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Guests {
    /// One, by its id.
    One(String),
    /// Those that carry a tag.
    Tagged(String, String),
    /// Those that are picked by what no policy can say.
    Any,
}

/// Runs `permissions`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        let mut needed = needed(&session, &session.hands()?, args.purpose);
        if let Some(name) = &args.provider {
            needed.retain(|provider, _| provider.as_str() == name);
            if needed.is_empty() {
                return Err(CliError::new(format!(
                    "no provider `{}` is used here",
                    out::safe(name)
                ))
                .hint("its name is that of [provider.NAME] in the declaration"));
            }
        }
        let text = match (args.format, &args.provider) {
            (Format::Text, _) => {
                needed.iter().map(|(name, one)| text(name, one) + &look(one)).collect::<String>()
            }
            (Format::Json, None) => {
                let all: BTreeMap<&str, Value> =
                    needed.iter().map(|(name, one)| (name.as_str(), policy(one))).collect();
                format!("{}\n", json!(all))
            }
            (Format::Json, Some(_)) => {
                needed.values().map(|one| format!("{}\n", policy(one))).collect::<String>()
            }
        };
        out::out(&text)?;
        Ok(Exit::Done)
    })
}

fn needed(session: &Session, hands: &Hands, purpose: Purpose) -> BTreeMap<ProviderName, Needed> {
    let mut by_provider: BTreeMap<ProviderName, Needed> = BTreeMap::new();
    for source in session.estate.sources() {
        let Some(cloud) = hands.clouds.get(source.provider) else { continue };
        let profile = session.estate.profile(source.profile);
        let manages = |facet| rdpctl_facets::managed(&profile, facet);
        let into_guest =
            profile.looks_into(World::Guest) && source.guest.via.contains(&ChannelKind::RunCommand);
        let needs = CloudNeeds {
            addresses: manages(FacetId::PublicIp)
                || manages(FacetId::Bandwidth)
                || manages(FacetId::Reachable),
            doors: manages(FacetId::Ingress),
            agent: into_guest,
        };
        let one = by_provider.entry(source.provider.clone()).or_default();
        let provider = session.declaration.providers.get(source.provider);
        let region = provider.and_then(|provider| provider.account.region());
        region.unwrap_or_default().clone_into(&mut one.region);
        one.actions.extend(cloud.read_permissions(&needs));
        if let Some(Account::Azure(azure)) = provider.map(|provider| &provider.account) {
            one.subscription = Some(azure.subscription.clone());
        }
        let (commands, system) = match session.estate.kind(source.provider) {
            ProviderKind::Tencent => {
                (TencentCloud::run_command_permissions(), TencentCloud::AS_SYSTEM)
            }
            ProviderKind::Azure => (AzureCloud::run_command_permissions(), AzureCloud::AS_SYSTEM),
            ProviderKind::Static => (Vec::new(), ""),
        };
        if into_guest {
            let (as_system, others): (Vec<_>, Vec<_>) =
                commands.into_iter().partition(|action| action == system);
            one.as_system.extend(as_system);
            one.actions.extend(others);
            one.guests.insert(match source.who {
                Who::One(instance) => Guests::One(instance.id.to_string()),
                Who::Fleet(fleet) => tagged(&fleet.select),
            });
        }
        if purpose == Purpose::Apply {
            let mut verbs = rdpctl_facets::cloud_verbs(&profile);
            if source.snapshot.first == SnapshotFirst::Yes && into_guest {
                verbs.insert(CloudVerb::SnapshotSystemDisk);
            }
            for verb in verbs {
                one.actions.extend(cloud.change_permissions(verb));
            }
        }
    }
    by_provider
}

/// The narrowest that a policy can say of a selector. It cannot ask for two tags at once, so the first stands.
fn tagged(select: &Selector) -> Guests {
    match select.tags.iter().next() {
        Some((key, value)) => Guests::Tagged(key.clone(), value.clone()),
        None => Guests::Any,
    }
}

/// What is asked for on its own, and given apart: the link is to the whole disk.
fn look(needed: &Needed) -> String {
    if needed.subscription.is_none() {
        return String::new();
    }
    let mut text = "# doctor --look-into-disk needs besides, to read a copy of a whole disk by a short-lived link:\n".to_owned();
    for action in AzureCloud::look_permissions() {
        text.extend([action.as_str(), "\n"]);
    }
    text
}

fn text(name: &ProviderName, needed: &Needed) -> String {
    let mut text = format!("# provider {}\n", out::safe(name.as_str()));
    for action in &needed.actions {
        text.extend([action.as_str(), "\n"]);
    }
    if needed.as_system.is_empty() {
        return text;
    }
    text.push_str("# Whoever holds the next is SYSTEM in every guest that it reaches, and can run anything there.\n# Give it for these alone:\n");
    for guests in &needed.guests {
        let line = match guests {
            Guests::One(id) => format!("#   {}\n", resource(&needed.region, id)),
            Guests::Tagged(key, value) => format!(
                "#   what carries the tag {}={}: whoever can set that tag can have rdpctl's scripts run in his guest\n",
                out::safe(key),
                out::safe(value)
            ),
            Guests::Any => "#   every guest of the account: a fleet that is picked by names cannot be told to a policy\n".to_owned(),
        };
        text.push_str(&line);
    }
    for action in &needed.as_system {
        text.extend([action.as_str(), "\n"]);
    }
    text
}

/// The vendor's policy document.
fn policy(needed: &Needed) -> Value {
    if let Some(subscription) = &needed.subscription {
        let actions: BTreeSet<&String> = needed.actions.union(&needed.as_system).collect();
        // What `az role definition create --role-definition` takes.
        return json!({
            "Name": "rdpctl",
            "IsCustom": true,
            "Description": "The least that rdpctl needs for what is declared.",
            "Actions": actions,
            "NotActions": [],
            "AssignableScopes": [format!("/subscriptions/{subscription}")],
        });
    }
    let mut statements =
        vec![json!({ "effect": "allow", "action": needed.actions, "resource": ["*"] })];
    let ids: Vec<String> = needed
        .guests
        .iter()
        .filter_map(|guests| match guests {
            Guests::One(id) => Some(resource(&needed.region, id)),
            Guests::Tagged(..) | Guests::Any => None,
        })
        .collect();
    if !ids.is_empty() {
        statements.push(json!({ "effect": "allow", "action": needed.as_system, "resource": ids }));
    }
    for guests in &needed.guests {
        match guests {
            Guests::One(_) => {}
            Guests::Tagged(key, value) => statements.push(json!({
                "effect": "allow", "action": needed.as_system, "resource": ["*"],
                "condition": { "for_any_value:string_equal": { "qcs:resource_tag": [format!("{key}&{value}")] } },
            })),
            Guests::Any => statements.push(
                json!({ "effect": "allow", "action": needed.as_system, "resource": ["*"] }),
            ),
        }
    }
    json!({ "version": "2.0", "statement": statements })
}

/// A VM as access management names it; without an account it is the one that the policy belongs to.
fn resource(region: &str, id: &str) -> String {
    // An id of Azure says where its VM is, and is the scope of a role.
    if id.starts_with('/') {
        return id.to_owned();
    }
    format!("qcs::cvm:{region}::instance/{id}")
}
