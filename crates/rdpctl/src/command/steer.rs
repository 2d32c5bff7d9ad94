//! `rdpctl pause`, `resume` and `now`: what a person tells a loop through the state. It is kept, with who and why.

use jiff::Timestamp;
use rdpctl_contract::store::{Author, Store, StoreError};
use rdpctl_model::Said;
use rdpctl_model::chronicle::{Command, Order};
use rdpctl_words::english;
use serde_json::{Value, json};

use crate::arguments::Place;
use crate::asked::whoami;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::{when, words};
use crate::session::Session;

/// Arguments of `pause`.
#[derive(clap::Args)]
#[command(
    after_help = "A paused instance is looked at as before, and nothing is changed there by the loop; people's `apply` is theirs.\n\nExamples:\n  rdpctl pause web-01 --until 2h --reason \"exhibition\"\n  rdpctl pause kiosks --until 2026-12-01T06:00:00Z"
)]
pub(crate) struct PauseArgs {
    /// An instance, or a fleet with all its members
    #[arg(value_name = "INSTANCE|FLEET")]
    target: String,
    /// Until then: a time such as 2026-12-01T06:00:00Z, or a span such as 2h; without it until it is resumed
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<Timestamp>,
    /// Why, for whoever asks later
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Arguments of `resume` and `now`.
#[derive(clap::Args)]
pub(crate) struct TargetArgs {
    /// An instance, or a fleet with all its members
    #[arg(value_name = "INSTANCE|FLEET")]
    target: String,
    /// Why, for whoever asks later
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Reads a time, or a span from now.
fn until(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let span = super::span::span(text).map_err(|_| {
        format!("`{text}` is neither a time such as 2026-12-01T06:00:00Z nor a span such as 2h")
    })?;
    Timestamp::now().checked_add(span).map_err(|error| error.to_string())
}

/// Runs `pause`.
pub(crate) fn pause(args: PauseArgs) -> Result<Exit, CliError> {
    if args.until.is_some_and(|until| until <= Timestamp::now()) {
        return Err(CliError::new("that time is over")
            .hint("name one that is to come, or a span such as 2h"));
    }
    let PauseArgs { target, until, reason, place } = args;
    give(&place, target, Command::Pause { until }, reason)
}

/// Runs `resume`.
pub(crate) fn resume(args: TargetArgs) -> Result<Exit, CliError> {
    give(&args.place, args.target, Command::Resume, args.reason)
}

/// Runs `now`.
pub(crate) fn now(args: TargetArgs) -> Result<Exit, CliError> {
    give(&args.place, args.target, Command::Now, args.reason)
}

fn give(
    place: &Place,
    target: String,
    what: Command,
    reason: Option<String>,
) -> Result<Exit, CliError> {
    let runtime = crate::runtime::runtime()?;
    let session = runtime.block_on(Session::mending(place))?;
    let declared = &session.declaration;
    let (name, member) = target.split_once('/').unwrap_or((&target, ""));
    let is_fleet = declared.fleets.keys().any(|fleet| fleet.as_str() == name);
    let is_instance = declared.instances.keys().any(|one| one.as_str() == target);
    if !is_instance && !is_fleet {
        return Err(CliError::new(format!("no instance or fleet `{}` is declared", safe(&target)))
            .hint("names are those of `rdpctl state list`"));
    }
    if is_fleet && target.contains('/') && member.is_empty() {
        return Err(CliError::new("a member of a fleet is FLEET/ID"));
    }
    let reason = reason.map(Said::quoted);
    let order = Order { at: session.clock.now(), by: whoami(), target, what, reason };
    runtime.block_on(obey(session.store.as_ref(), &order))?;
    out::out(&format!("{}\n", safe(&words(&order))))?;
    Ok(Exit::Done)
}

/// Writes an order down. Whoever wants a look now wants that tried again, too, which did not help the last time.
pub(crate) async fn obey(store: &dyn Store, order: &Order) -> Result<(), StoreError> {
    store.order(order).await?;
    if order.what == Command::Now {
        let tried = store.facts().await?.tried.into_iter().filter(|one| order.means(&one.instance));
        let parts: Vec<_> = tried.map(|one| (one.instance, one.facet)).collect();
        store.try_again(&Author::Looker, &parts).await?;
    }
    Ok(())
}

/// An order for programs, with why as a sentence.
pub(crate) fn told(order: &Order) -> Value {
    let mut told = json!(order);
    if let Some(reason) = &order.reason {
        told["reason"] = json!(english(reason));
    }
    told
}

/// An order in a line.
pub(crate) fn words(order: &Order) -> String {
    let what = match &order.what {
        Command::Pause { until: Some(until) } => {
            format!("{} is paused until {}", order.target, when::moment(*until))
        }
        Command::Pause { until: None } => format!("{} is paused until it is resumed", order.target),
        Command::Resume => format!("{} is resumed", order.target),
        Command::Now => format!("{} is looked at now", order.target),
        Command::Approve(approval) => {
            let guards: Vec<&str> = approval.guards.iter().map(|guard| guard.name()).collect();
            let who = words::count(approval.members.len(), "instance");
            format!("{} is allowed on {who} ({})", guards.join(", "), order.target)
        }
        Command::Refuse { .. } => format!("what is held as {} is refused", order.target),
        Command::Undo { run, .. } => format!("run {run} is to be undone"),
        Command::Stop { run } => format!("run {run} is to end after what is in hand"),
        Command::Spent => format!("what was allowed as {} is being done", order.target),
        Command::LeaveAlone { facet, until } => {
            format!("{}/{facet} is left alone until {}", order.target, when::moment(*until))
        }
    };
    let why =
        order.reason.as_ref().map_or_else(String::new, |reason| format!(": {}", english(reason)));
    format!("{what}, by {}{why}", order.by)
}
