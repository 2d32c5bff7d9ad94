//! `rdpctl sim`: serves a simulated world on loopback.

use std::path::PathBuf;

use rdpctl_model::account::ProviderKind;
use rdpctl_sim::{Endpoints, Sim, SimOptions, World};
use rdpctl_trust::{Ask, Grants};

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;

/// Arguments of `sim`.
#[derive(clap::Args)]
#[command(
    after_help = "When ready it prints every endpoint and the keys on one line, then serves until SIGTERM or Ctrl-C. With --grants-out another rdpctl may use it: rdpctl plan --grants FILE, with the printed keys in the environment.\n\nExamples:\n  rdpctl sim examples/quickstart/world.toml\n  rdpctl sim examples/quickstart/world.toml --port 18080 --format json"
)]
pub(crate) struct Args {
    /// The world
    #[arg(value_name = "WORLD.toml")]
    world: PathBuf,
    /// The port of the cloud's API on 127.0.0.1 [default: any free one]
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// A folder in which the world remembers what is done to it [default: it forgets]
    #[arg(long, value_name = "FOLDER")]
    remember: Option<PathBuf>,
    /// Write the grants that a client of this world needs: its endpoints and its hosts
    #[arg(long, value_name = "FILE")]
    grants_out: Option<PathBuf>,
    /// The form of the one line that is printed when ready
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Forms of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// What a client's declaration would ask for: who is served, not which secrets it has for them.
fn grants(endpoints: &Endpoints) -> Grants {
    let mut grants = Grants::default();
    grants.add(&Ask::Endpoint { kind: ProviderKind::Tencent, url: endpoints.tencent.clone() });
    for url in [&endpoints.azure, &endpoints.azure_tls] {
        grants.add(&Ask::Endpoint { kind: ProviderKind::Azure, url: url.clone() });
    }
    let host = |url: &str| {
        let (host, _) = url.rsplit_once(':')?;
        Some(host.rsplit_once('/').map_or(host, |(_, host)| host).to_owned())
    };
    for doors in endpoints.instances.values() {
        for host in doors.winrm.iter().chain(&doors.rdp).filter_map(|url| host(url)) {
            grants.add(&Ask::Host { host });
        }
    }
    grants
}

/// Runs `sim`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        let world = World::load(crate::links::own(&args.world)?)
            .map_err(|error| crate::wiring::of_world(&args.world, &error))?;
        let running = Sim::start(
            world,
            SimOptions { persist: args.remember, port: args.port, ..SimOptions::default() },
        )
        .await
        .map_err(|error| CliError::new("the simulator does not start").because(&error))?;
        let endpoints = running.endpoints();
        if let Some(path) = args.grants_out {
            crate::trust::Kept { path, grants: grants(endpoints) }.write()?;
        }
        let line = match args.format {
            Format::Json => {
                serde_json::to_string(endpoints).map_err(|error| CliError::from_error(&error))?
            }
            Format::Text => {
                let keys: Vec<String> = endpoints
                    .credentials
                    .iter()
                    .map(|(name, key)| format!("{name}={}", key.secret_id))
                    .collect();
                format!(
                    "tencent {}  azure {}  keys {}  instances {}",
                    endpoints.tencent,
                    endpoints.azure,
                    keys.join(" "),
                    endpoints.instances.len()
                )
            }
        };
        out::out(&format!("{line}\n"))?;
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        running
            .stop()
            .await
            .map_err(|error| CliError::new("what was done could not be kept").why(error))?;
        Ok(Exit::Done)
    })
}
