//! `rdpctl console`: what a machine's serial console says and does without anybody logging on.

use clap_complete::ArgValueCompleter;
use rdpctl_engine::run::Stops;
use rdpctl_model::plan::opening;
use rdpctl_model::step::Guarded;
use rdpctl_providers::channel::serial::Anew;

use super::apply::hold;
use super::doctor::member;
use crate::approve::Asks;
use crate::arguments::{Place, guard};
use crate::complete;
use crate::console::{Seat, guards, seen, seen_json};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt;
use crate::out;
use crate::own_run::{self, Wanted};
use crate::session::Session;

/// Arguments of `console`.
#[derive(clap::Args)]
#[command(
    after_help = "Without --restart and --nmi it only asks. No account is needed: Windows' console answers to whoever has the line. A session that somebody has open is left alone.\n\nExamples:\n  rdpctl console web-01\n  rdpctl console web-01 --restart --allow reboot\n  rdpctl console web-01 --nmi --allow nmi,reboot   # where [guard] says nmi = \"ask\"\n\nExit codes: 0 it answers, or started anew; 3 held, or it did not; 1 an error."
)]
pub(crate) struct Args {
    /// The instance, or the member of a fleet as `FLEET/ID`
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(complete::targets))]
    instance: String,
    #[command(flatten)]
    place: Place,
    /// Restart Windows at once, and wait until it says that it started anew
    #[arg(long)]
    restart: bool,
    /// Interrupt Windows in a way that it cannot mask: it writes a dump, where it is set up to, and starts anew
    #[arg(long, conflicts_with = "restart")]
    nmi: bool,
    /// Allow what a guard asks about: reboot, nmi
    #[arg(long, value_name = "GUARD", value_delimiter = ',', value_parser = guard, add = ArgValueCompleter::new(complete::guards))]
    allow: Vec<Guarded>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with_all = ["restart", "nmi"])]
    format: Format,
}

/// Forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object
    Json,
}

/// Runs `console`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let how = match (args.restart, args.nmi) {
        (true, _) => Some(Anew::Restart),
        (_, true) => Some(Anew::Interrupt),
        (false, false) => None,
    };
    if how.is_some() && args.place.trusted.untrusted {
        return Err(CliError::new("a stranger's declaration is read, never applied"));
    }
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        let instance = member(&args.instance, &session.declaration)?;
        let console = session.console(&instance)?;
        let stops = Stops::default();
        let seat =
            Seat { session: &session, instance: &instance, console: &console, stops: &stops };
        let Some(how) = how else {
            interrupt::watch(&stops);
            let (heard, now) = (seat.ask().await?, session.clock.now());
            match args.format {
                Format::Text => out::page(&seen(&instance.name, &heard, now))?,
                Format::Json => out::out(&format!("{}\n", seen_json(&instance.name, &heard, now)))?,
            }
            return Ok(Exit::Done);
        };
        let now = session.clock.now();
        if let Some(opens) = rdpctl_plan::next_opening(&session.estate.guards.windows, now) {
            let opens = opening(&opens.to_string());
            out::out(&format!("  held: the next window opens {opens}\n"))?;
            return Ok(Exit::Partial);
        }
        interrupt::watch(&stops);
        let wanted = Wanted {
            guards: guards(how),
            allowed: &args.allow,
            asks: Asks::Terminal,
            prompt: "console> ",
        };
        let may = own_run::may(&session, wanted, &stops).await?;
        let Some(allowed) = may else { return Ok(Exit::Partial) };
        let held = hold(&session, "console", &stops).await?;
        let ended = Box::pin(seat.start_anew(how, held.permit(), allowed)).await;
        held.release().await?;
        ended
    })
}
