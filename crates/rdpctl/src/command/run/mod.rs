//! `rdpctl run`: the continuous loop over declarations, which tells what turns.

mod declared;
mod page;
mod sentences;
mod service;
mod told;
mod webhook;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use rdpctl_engine::lease::Here;
use rdpctl_engine::run::Stops;
use rdpctl_watch::{Pace, Removal, Settings, Signals, Source, Until, Watch};
use tokio::sync::mpsc;

use crate::arguments::Place;
use crate::asked::whoami;
use crate::command::apply::LOOP;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt;
use crate::out;
use crate::session::{Session, state_of};
use declared::{Declared, Noted};
use service::Manager;
use told::Told;

/// Arguments of `run`.
#[derive(clap::Args)]
#[command(
    after_help = "What a cloud says of all its instances is looked at every minute, each machine whole every 15 minutes, or as often as 30 % of the vendor's quota allows; what changes is looked at sooner. Files are read anew when they change, whole or not at all; in a Git checkout at a commit. Two loops on one state: the second stands by and takes over.\n\nWith `[run] mode = \"enforce\"`, which `rdpctl trust` asks about, it mends what the guards allow and leaves the rest for a person.\n\nWith `[[run.webhook]]`, which `rdpctl trust` asks about, it tells a URL, Slack or Teams what turns.\n\nIt ends with 0 on SIGTERM and Ctrl-C; with --once as `rdpctl drift` does: 2 drift, 3 something could not be judged.\n\nExamples:\n  rdpctl run                            # text, a line for each thing that turns\n  rdpctl run --format json | jq -c 'select(.event == \"turned\")'\n  rdpctl run --once"
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Look at everything once, tell what differs, and end
    #[arg(long)]
    once: bool,
    /// The form of what is told, a line for each thing that happens
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// How often a cloud is asked what it says of all its instances
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = super::span::span)]
    clouds_every: Duration,
    /// How often each machine is looked at whole, where the vendor's quota allows it
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = super::span::span)]
    machines_every: Duration,
    /// Serve the page there, and /metrics, /healthz and /readyz; beyond this machine only where `[page] url` was granted;
    /// port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Serve the page over TLS with this chain of certificates (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key", requires = "listen")]
    tls_cert: Option<PathBuf>,
    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A declaration from which more than a fifth is gone at once is meant so
    #[arg(long)]
    allow_mass_removal: bool,
}

/// Forms of what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Runs `run`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        // What is wrong from the start is an error like that of every other command, and may be asked about.
        let session = Arc::new(Session::open(&args.place).await?);
        let stops = Stops::default();
        interrupt::watch_loop(&stops);
        let stated = declared::LastStated::default();
        let reached = page::Reached::default();
        let webhooks = Arc::new(webhook::Webhooks::default());
        let mut source = Declared::new(
            Arc::clone(&session),
            args.place.clone(),
            Noted {
                stated: Arc::clone(&stated),
                reached: Arc::clone(&reached),
                webhooks: Arc::clone(&webhooks),
            },
        );
        let first = source.read().await.map_err(|error| CliError::new(error.0))?;
        let signals = Signals::default();
        let (shows, judged) = tokio::sync::watch::channel(None);
        let mut shown = None;
        if let Some(at) = args.listen {
            let trusted = args.place.trusted.grants.clone();
            let tokens = page::Tokens::new(trusted, crate::trust::trees(&args.place.paths));
            let files = args.tls_cert.zip(args.tls_key);
            let files = files.map(|(certificate, key)| page::TlsFiles { certificate, key });
            let declared = reached.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let open = page::listen(at, files.as_ref(), &declared, &tokens).await?;
            let at = open.listener.local_addr().map_err(|error| CliError::from_error(&error))?;
            let scheme = if open.tls.is_some() { "https" } else { "http" };
            out::err(&format!("answers at {scheme}://{at}/metrics"));
            out::err(&format!("the page: {scheme}://{at}/"));
            shown = Some(page::open(page::Opening {
                open,
                reached,
                tokens,
                webhooks: Arc::clone(&webhooks),
                watched: args.place.paths.iter().map(|path| path.display().to_string()).collect(),
                state: state_of(&args.place, session.declaration.state.as_deref())?.to_string(),
                judged,
                stated,
                session: &session,
                signals: signals.clone(),
                stop: stops.gently.clone(),
            }));
        }
        if let Some(manager) = Manager::of_process() {
            tokio::spawn(manager.keep_informed(signals.clone(), stops.gently.clone()));
        }
        let (events, inbox) = mpsc::unbounded_channel();
        let telling = tokio::spawn(
            Told::new(args.format, shown, Arc::clone(&webhooks)).all(inbox, stops.gently.clone()),
        );
        let watch = Watch {
            source,
            store: Arc::clone(&session.store),
            clock: Arc::clone(&session.clock),
            here: Here::look(whoami(), LOOP.to_owned()),
            settings: Settings {
                pace: Pace { clouds: args.clouds_every, machines: args.machines_every },
                until: if args.once { Until::Once } else { Until::Stopped },
                removal: if args.allow_mass_removal { Removal::Meant } else { Removal::HeldBack },
            },
            signals,
            shows,
            events,
            stop: stops.gently.clone(),
        };
        let ended = Box::pin(watch.run(first)).await;
        // The other end went with the loop, so that this ends once all is told.
        let told = telling.await;
        webhooks.end().await;
        let ended = ended.map_err(|error| match error {
            rdpctl_watch::WatchError::Store(error) => CliError::from(error),
        })?;
        told.map_err(|error| CliError::from_error(&error))??;
        Ok(match (args.once, ended.drifted, ended.unknown) {
            (true, 1.., _) => Exit::Pending,
            (true, 0, 1..) => Exit::Partial,
            (true, 0, 0) | (false, _, _) => Exit::Done,
        })
    })
}
