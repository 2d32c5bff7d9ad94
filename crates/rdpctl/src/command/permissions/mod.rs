//! `rdpctl permissions`: the least cloud policy that this declaration needs.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_contract::CloudNeeds;
use rdpctl_engine::Hands;
use rdpctl_engine::estate::Who;
use rdpctl_model::account::Account;
use rdpctl_model::action::CloudVerb;
use rdpctl_model::declaration::{GuardAnswer, ProviderKind, Selector, SnapshotFirst};
use rdpctl_model::facet::World;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::step::Guarded;
use rdpctl_model::{FacetId, ProviderName};
use rdpctl_providers::azure::AzureCloud;
use rdpctl_providers::tencent::TencentCloud;
use rdpctl_term::Page;
use serde_json::{Value, json};

mod policy;
mod register;
mod text;

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::next::Next;
use crate::session::Session;

/// Arguments of `permissions`.
#[derive(clap::Args)]
#[command(
    after_help = "As JSON it is one object, with each provider's policy under its name; --provider NAME prints that policy alone, as the vendor takes it.\n\nExamples:\n  rdpctl permissions --for plan\n  rdpctl permissions --for apply --format json --provider gz > policy.json\n  rdpctl permissions --register   # then declare the commands that it names, and plan with a key that can run no others"
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
    /// Register the commands for looking with the vendor, so that a key for `plan` can run nothing else
    #[arg(long, conflicts_with_all = ["purpose", "format"])]
    register: bool,
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
    /// By what they are for
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
    /// Actions that look, on anything in the account.
    reads: BTreeSet<String>,
    /// Actions that change something, and do not only look.
    changes: BTreeSet<String>,
    /// Actions by which whoever holds them is SYSTEM in a guest.
    as_system: BTreeSet<String>,
    /// Actions by which registered commands are run and read, and nothing else.
    by_command: BTreeSet<String>,
    /// Those commands.
    commands: Vec<String>,
    /// In which guests.
    guests: BTreeSet<Guests>,
}

/// Guests that a policy can name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Guests {
    /// One, by its id.
    One(String),
    /// Those that carry all of these tags.
    Tagged(Vec<(String, String)>),
    /// Those of a resource group.
    Grouped(String),
    /// Those that are picked by what no policy can say.
    Any,
}

impl Needed {
    /// Actions on anything in the account.
    fn actions(&self) -> BTreeSet<&str> {
        self.reads.iter().chain(&self.changes).map(String::as_str).collect()
    }
}

/// Runs `permissions`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        if args.register {
            return register::run(&session, args.provider.as_deref()).await;
        }
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
                let mut page = Page::new();
                for (name, one) in &needed {
                    page.blank();
                    page.append(text::of(name, one, args.purpose));
                }
                out::page(&page)?;
                let mut next = Next::after(&args.place);
                next.push("permissions --format json", "one document, a policy each");
                next.tell();
                return Ok(Exit::Done);
            }
            (Format::Json, None) => {
                let all: BTreeMap<&str, Value> =
                    needed.iter().map(|(name, one)| (name.as_str(), policy::of(one))).collect();
                format!("{}\n", json!(all))
            }
            (Format::Json, Some(_)) => {
                needed.values().map(|one| format!("{}\n", policy::of(one))).collect::<String>()
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
        one.reads.extend(cloud.read_permissions(&needs));
        // For `drift`, `blame` and the loop to say who changed what differs.
        one.reads.extend(cloud.log_permissions());
        match provider.map(|provider| &provider.account) {
            Some(Account::Azure(azure)) => one.subscription = Some(azure.subscription.clone()),
            Some(Account::Tencent(tencent)) => one.commands.clone_from(&tencent.commands),
            Some(Account::Static) | None => {}
        }
        let (commands, system) = match session.estate.kind(source.provider) {
            ProviderKind::Tencent => {
                (TencentCloud::run_command_permissions(), TencentCloud::AS_SYSTEM)
            }
            ProviderKind::Azure => (AzureCloud::run_command_permissions(), AzureCloud::AS_SYSTEM),
            ProviderKind::Static => (Vec::new(), ""),
        };
        let registered = !one.commands.is_empty();
        if into_guest && registered {
            one.by_command.extend(TencentCloud::registered_permissions());
        }
        if into_guest && (!registered || purpose == Purpose::Apply) {
            let (as_system, others): (Vec<_>, Vec<_>) =
                commands.into_iter().partition(|action| action == system);
            one.as_system.extend(as_system);
            one.reads.extend(others);
        }
        if into_guest {
            one.guests.insert(match source.who {
                Who::One(instance) => Guests::One(instance.id.to_string()),
                Who::Fleet(fleet) => selected(&fleet.select),
            });
        }
        if profile.looks_into(World::Guest)
            && source.guest.via.contains(&ChannelKind::Serial)
            && session.estate.kind(source.provider) == ProviderKind::Azure
        {
            one.reads.extend(AzureCloud::console_permissions());
        }
        if purpose == Purpose::Apply
            && session.estate.kind(source.provider) == ProviderKind::Azure
            && session.estate.guards.answer(Guarded::Nmi) != GuardAnswer::Deny
        {
            one.changes.extend(AzureCloud::console_permissions());
        }
        if purpose == Purpose::Apply {
            let mut verbs = rdpctl_facets::cloud_verbs(&profile);
            if source.snapshot.first == SnapshotFirst::Yes && into_guest {
                verbs.insert(CloudVerb::SnapshotSystemDisk);
            }
            for verb in verbs {
                one.changes.extend(cloud.change_permissions(verb));
            }
        }
    }
    for one in by_provider.values_mut() {
        one.changes.retain(|action| !one.reads.contains(action));
    }
    by_provider
}

/// The narrowest that a policy can say of a selector.
fn selected(select: &Selector) -> Guests {
    if let Some(group) = &select.resource_group {
        return Guests::Grouped(group.clone());
    }
    if select.tags.is_empty() {
        return Guests::Any;
    }
    Guests::Tagged(select.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
}
