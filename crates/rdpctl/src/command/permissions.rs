//! `rdpctl permissions`: the least cloud policy that this declaration needs.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_contract::CloudNeeds;
use rdpctl_model::action::CloudVerb;
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facet::World;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{FacetId, ProviderName};

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::session::Session;

/// Arguments of `permissions`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  rdpctl permissions --for plan\n  rdpctl permissions --for apply --format json > policy.json"
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// For which command
    #[arg(long = "for", value_enum, default_value_t = Purpose::Apply, value_name = "COMMAND")]
    purpose: Purpose,
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
    /// The vendor's policy document
    Json,
}

/// Runs `permissions`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        let hands = session.hands()?;
        let mut by_provider: BTreeMap<ProviderName, BTreeSet<String>> = BTreeMap::new();
        for source in session.estate.sources() {
            let Some(cloud) = hands.clouds.get(source.provider) else { continue };
            let profile = session.estate.profile(source.profile);
            let manages = |facet| rdpctl_facets::managed(&profile, facet);
            let into_guest = profile.looks_into(World::Guest)
                && source.guest.via.contains(&ChannelKind::RunCommand);
            let needs = CloudNeeds {
                addresses: manages(FacetId::PublicIp)
                    || manages(FacetId::Bandwidth)
                    || manages(FacetId::Reachable),
                doors: manages(FacetId::Ingress),
                agent: into_guest,
            };
            let actions = by_provider.entry(source.provider.clone()).or_default();
            actions.extend(cloud.read_permissions(&needs));
            if into_guest && session.estate.kind(source.provider) == ProviderKind::Tencent {
                actions.extend(rdpctl_providers::tencent::TencentCloud::run_command_permissions());
            }
            if args.purpose == Purpose::Apply {
                let mut verbs = rdpctl_facets::cloud_verbs(&profile);
                if session.estate.guards.snapshot_first {
                    verbs.insert(CloudVerb::SnapshotSystemDisk);
                }
                for verb in verbs {
                    actions.extend(cloud.change_permissions(verb));
                }
            }
        }
        let mut text = String::new();
        for (provider, actions) in &by_provider {
            match args.format {
                Format::Text => {
                    text.push_str(&format!("# provider {provider}\n"));
                    for action in actions {
                        text.push_str(action);
                        text.push('\n');
                    }
                }
                Format::Json => {
                    let policy = serde_json::json!({
                        "version": "2.0",
                        "statement": [{ "effect": "allow", "action": actions, "resource": ["*"] }],
                    });
                    text.push_str(&format!("{policy}\n"));
                }
            }
        }
        out::out(&text)?;
        Ok(Exit::Done)
    })
}
