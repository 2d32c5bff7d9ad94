//! `rdpctl undo`: puts back what a run replaced, and names what stays.

use std::path::PathBuf;

use rdpctl_contract::store::Recorded;
use rdpctl_engine::assess::Filter;
use rdpctl_engine::run::Stops;
use rdpctl_engine::{Disruption, Errand, Goal, Past, Reconciled, RestsOn};
use rdpctl_model::InstanceName;
use rdpctl_model::declaration::{Patience, Share};
use rdpctl_model::outcome::{Purpose, RunEnd};
use rdpctl_model::step::Guarded;
use rdpctl_plan::{Lasts, Stays, WayBack};

use super::apply::{self, Format};
use super::disk::Undoing;
use crate::approve::Asks;
use crate::arguments::{Place, guard};
use crate::asked::whoami;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt;
use crate::out::{self, safe};
use crate::progress::Manner;
use crate::report;
use crate::report::ended::Towards;
use crate::report::summary::Summary;
use crate::report::table::short;
use crate::report::words;
use crate::session::Session;

/// Arguments of `undo`.
#[derive(clap::Args)]
#[command(
    after_help = "What a run replaced in guests, rules that it made and addresses that it bought are planned back, with the same guards and checks as any change; what cannot be undone is named. A machine that has changed since is left alone. With --disk what `apply --disk` changed is put back, to the byte; a disk on which somebody has written there since is refused: Windows was started, and what it wrote would be lost.\n\nExamples:\n  rdpctl state history                  # the runs\n  rdpctl undo 3f9a12bc --allow weaken\n  rdpctl undo 20261126T101500-123456Z --disk server.raw"
)]
pub(crate) struct Args {
    /// The run, as `rdpctl state history` or `apply --disk` names it
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    place: Place,
    /// Not in a cloud: the disk that `apply --disk` changed; --state is then the folder of its journal
    #[arg(long, value_name = "FILE|DEVICE")]
    disk: Option<PathBuf>,
    /// Allow what a guard asks about: weaken, reboot, stop-service, move-port, …
    #[arg(long, value_name = "GUARD", value_delimiter = ',', value_parser = guard)]
    allow: Vec<Guarded>,
    /// Do not ask; guards that ask and were not allowed stay held
    #[arg(long)]
    auto_approve: bool,
    /// Failed machines that stop the run: a number, or a share such as 10%, which is at least 3
    #[arg(long, value_name = "N|N%", default_value = "10%", value_parser = super::share::share)]
    max_failures: Share,
    #[command(flatten)]
    grace: interrupt::Grace,
    /// The form of the progress and the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs `undo`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let asks = if args.auto_approve { Asks::Nobody } else { Asks::Terminal };
    if let Some(disk) = args.disk {
        let state = args.place.state.map(PathBuf::from);
        return super::disk::undo(Undoing { run: args.run, disk, state, asks });
    }
    if args.place.trusted.untrusted {
        return Err(CliError::new("a stranger's declaration is read, never applied"));
    }
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        let stops = Stops::default();
        let held = apply::hold(&session, "undo", &stops).await?;
        let ended = Box::pin(locked(&args, asks, &session, &held, &stops)).await;
        let released = held.release().await;
        let exit = ended?;
        released?;
        Ok(exit)
    })
}

async fn locked(
    args: &Args,
    asks: Asks,
    session: &Session,
    held: &rdpctl_engine::lease::Held,
    stops: &Stops,
) -> Result<Exit, CliError> {
    interrupt::watch_with(stops, args.grace);
    if let Some(exit) =
        crate::repair::undo(session, held.permit(), stops, &args.run, asks, &args.allow).await?
    {
        return Ok(exit);
    }
    let recorded = super::state::find_run(session, &args.run).await?;
    refuse_twice(session, &recorded).await?;
    let Recorded { record, plan, journal } = recorded;
    let mut back = rdpctl_plan::way_back(&plan, &journal);
    let strangers = strangers(session, &mut back);
    let left = told(&back.stays, &strangers);
    if !left.is_empty() {
        out::err(left.trim_end());
    }
    if back.machines.is_empty() {
        out::out("Nothing of this run can be undone.\n")?;
        return Ok(if left.is_empty() { Exit::Done } else { Exit::Partial });
    }
    let errand = Errand {
        scope: Filter::of(back.machines.keys()),
        goal: Goal::Before(Past { run: record.id, back }),
        rests_on: RestsOn::Look,
        again: Vec::new(),
        kept: None,
        parallelism: 10,
        max_failures: args.max_failures,
        patience: Patience::default(),
        holder: whoami(),
        disruption: Disruption::default(),
    };
    let manner = match args.format {
        Format::Text => Manner::Words,
        Format::Json => Manner::Json,
    };
    let permit = held.permit();
    let ended = apply::conduct(session, permit, stops, manner, asks, &args.allow, &errand).await?;
    let (report, after, answers) = match ended {
        Reconciled::Idle { .. } => return Ok(Exit::Partial),
        Reconciled::Ran { report, after, answers } => (report, after, answers),
    };
    match args.format {
        Format::Text => {
            out::out("\n")?;
            out::page(&report::ended::page(&report, &after, Towards::Before(&answers)))?;
            apply::tell_head(report.head.as_deref());
        }
        Format::Json => out::out(&apply::finished(&report, &Summary::of(&after)))?,
    }
    Ok(match report.end {
        RunEnd::Interrupted => Exit::Interrupted,
        RunEnd::Done if left.is_empty() => Exit::Done,
        RunEnd::Done | RunEnd::Partial => Exit::Partial,
    })
}

/// What is undone once is as it was; undoing that again would be somebody else's change.
async fn refuse_twice(session: &Session, recorded: &Recorded) -> Result<(), CliError> {
    let this = Purpose::Undo(recorded.record.id.clone());
    let runs = session.store.runs(usize::MAX).await?;
    match runs.iter().find(|run| run.purpose == this && run.end == Some(RunEnd::Done)) {
        None => Ok(()),
        Some(by) => Err(CliError::new(format!(
            "run {} is undone already, by run {}",
            short(recorded.record.id.as_str()),
            short(by.id.as_str())
        ))
        .hint("`rdpctl plan` shows what is declared against what is now")),
    }
}

/// Takes out who is declared no more: nobody knows any longer how to reach them.
fn strangers(session: &Session, back: &mut WayBack) -> Vec<InstanceName> {
    let gone = |name: &&InstanceName| !session.estate.declares(name);
    let strangers: Vec<InstanceName> = back.machines.keys().filter(gone).cloned().collect();
    for name in &strangers {
        back.machines.remove(name);
    }
    strangers
}

/// What is not undone, in lines.
fn told(stays: &[Stays], strangers: &[InstanceName]) -> String {
    let mut text = String::new();
    for Stays { number, facet, action, on, why } in stays {
        let why = match why {
            Lasts::Irreversible => "there is no way back from it",
            Lasts::NotKept => "what was there before was not kept",
        };
        let what = words::action(action);
        let line = format!("stays  {number}. {facet}: {what} ({}): {why}", names(on));
        text.push_str(&safe(&line));
        text.push('\n');
    }
    if !strangers.is_empty() {
        let who = names(strangers);
        text.push_str(&safe(&format!("stays  all of {who}: declared no more")));
        text.push('\n');
    }
    text
}

fn names(on: &[InstanceName]) -> String {
    const NAMED: usize = 6;
    let mut names: Vec<&str> = on.iter().take(NAMED).map(InstanceName::as_str).collect();
    let more = format!("and {} more", words::grouped(on.len().saturating_sub(NAMED)));
    if on.len() > NAMED {
        names.push(&more);
    }
    names.join(", ")
}
