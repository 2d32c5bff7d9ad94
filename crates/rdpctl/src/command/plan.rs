//! `rdpctl plan`: what differs, and what would be done, in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::path::PathBuf;

use rdpctl_contract::CloudOrder;
use rdpctl_engine::{Extent, Hands};
use rdpctl_model::Plan;
use rdpctl_model::action::{Binds, Deed};
use rdpctl_model::plan::{PlannedStep, StepId};
use rdpctl_term::{View, lay};
use tokio_util::sync::CancellationToken;

use crate::arguments::{Place, Scope};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::plan_file;
use crate::progress::Manner;
use crate::report;
use crate::report::next::Next;
use crate::report::plan::{Accepted, Amount};
use crate::report::summary::{Pending, Summary};
use crate::session::Session;

/// Arguments of `plan`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  rdpctl plan\n  rdpctl plan --target web-01 --show-commands\n  rdpctl plan --out plan.json && rdpctl apply plan.json\n  rdpctl plan --format markdown > comment.md\n  rdpctl plan --refresh=false          # from what was last seen, without the network"
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) in_hand: crate::disk::Asked,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) shown: Shown,
    /// Print who is in a group, one a line: by its letter in the plan, or as FLEET/FACET, which stays the same
    #[arg(long, value_name = "GROUP")]
    pub(crate) members: Option<String>,
    /// Save the plan, for `rdpctl apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Show each step's exact API call or guest commands
    #[arg(long)]
    pub(crate) show_commands: bool,
    /// Exit with 0 when nothing is to be done, 1 on an error, 2 when changes are pending
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// How much of it is shown.
#[derive(clap::Args)]
pub(crate) struct Shown {
    /// Show all groups, however many
    #[arg(long)]
    all: bool,
    /// Show what was accepted, too
    #[arg(long)]
    accepted: bool,
}

/// Forms of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For machines; schema in state/schemas
    Json,
    /// For a pull request, within 65,536 bytes
    Markdown,
    /// Graphviz
    Dot,
    /// A picture
    Svg,
    /// For code hosts that draw it
    Mermaid,
}

/// Runs `plan`.
pub(crate) fn run(mut args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        args.scope.exclude.extend(crate::repair::seen::held(&session)?);
        let stop = CancellationToken::new();
        let (sight, untold) = session.look(&args.scope, Manner::Words, &stop).await?;
        let allowed: BTreeSet<_> = args.scope.allow.iter().copied().collect();
        let tried = session.tried(&sight).await?;
        let plan = session.plan(&sight, &args.scope, &allowed, Some(&tried))?;
        // The process ends with it: to take a plan of ten thousand machines apart would be a tenth of its work.
        let mut plan = ManuallyDrop::new(plan);
        let all = args.out.is_some() || args.format == Format::Json || args.show_commands;
        session.bind(&mut plan, if all { Extent::All } else { report::EXAMPLES }).await?;
        if !plan.repairs.is_empty() {
            rdpctl_engine::repairs::quote(&mut plan, &session.hands()?, &stop).await;
        }
        if let Some(file) = &args.out {
            plan_file::save(&plan, file)?;
        }
        let commands =
            if args.show_commands { commands(&plan, &session.hands()?) } else { BTreeMap::new() };
        if let Some(which) = &args.members {
            let members =
                report::plan::members(&plan, which).ok_or_else(|| nobody(&plan, which))?;
            out::page(&members)?;
            return Ok(Exit::Done);
        }
        let amount = if args.shown.all { Amount::All } else { Amount::Readable };
        let accepted = if args.shown.accepted { Accepted::Shown } else { Accepted::Counted };
        if args.format == Format::Text {
            let title = format!("rdpctl plan: {}", Summary::of(&plan).line());
            out::folded(
                "rdpctl_plan",
                &title,
                &report::plan::whole(&plan, &commands, amount, accepted),
            )?;
            crate::repair::seen::tell_beside(&session)?;
            drop(untold);
            report::refused::tell(&plan, &session.declaration);
            report::plan::next(&plan, Next::after(&args.place)).tell();
        } else if args.format == Format::Json {
            out::out(&as_json(&plan)?)?;
        } else {
            out::out(&render(&plan, args.format, &commands)?)?;
        }
        let pending = if args.detailed_exitcode { Pending::Tells } else { Pending::Passes };
        Ok(Summary::of(&plan).plan_exit(pending))
    })
}

/// There is no such group.
fn nobody(plan: &Plan, which: &str) -> CliError {
    let error = CliError::new(format!("the plan has no group `{which}`"));
    match plan.groups.len() {
        0 => error.hint("nothing differs, so that there is no group"),
        groups => error.hint(format!(
            "it has {}; letters hold for one plan, FLEET/FACET means the same in each",
            report::words::count(groups, "group")
        )),
    }
}

fn as_json(plan: &Plan) -> Result<String, CliError> {
    report::plan_json::render(plan)
        .map_err(|error| CliError::new("the plan cannot be written as JSON").why(error))
}

/// Renders a plan in a form.
pub(crate) fn render(
    plan: &Plan,
    format: Format,
    commands: &BTreeMap<StepId, Vec<String>>,
) -> Result<String, CliError> {
    Ok(match format {
        Format::Text => {
            let page = report::plan::page(plan, commands, Amount::Readable);
            lay(&page, &View::plain())
        }
        Format::Json => as_json(plan)?,
        Format::Markdown => report::markdown::render(plan),
        Format::Dot => report::dot::render(plan),
        Format::Svg => report::svg::render(plan),
        Format::Mermaid => report::mermaid::render(plan),
    })
}

/// Each step's exact calls or commands, as they are for the first of its subjects.
pub(crate) fn commands(plan: &Plan, hands: &Hands) -> BTreeMap<StepId, Vec<String>> {
    plan.numbered().map(|(id, planned)| (id, commands_of(plan, planned, hands))).collect()
}

/// The calls or commands of one step, as they are for the first of its subjects.
pub(crate) fn commands_of(plan: &Plan, planned: &PlannedStep, hands: &Hands) -> Vec<String> {
    let spelled = || {
        let group = plan.groups.get(planned.group)?;
        let member = group.members.first()?;
        let nothing = Binds::default();
        match planned.step.deed(member.binds.as_deref().unwrap_or(&nothing)).ok()? {
            Deed::Cloud(actions) => {
                let cloud = hands.clouds.get(&group.provider)?;
                let order = |action| CloudOrder {
                    instance: member.id.clone(),
                    action,
                    handles: member.handles.as_deref().cloned().unwrap_or_default(),
                    token: "TOKEN".to_owned(),
                    created: Vec::new(),
                };
                Some(actions.into_iter().flat_map(|it| cloud.describe(&order(it))).collect())
            }
            Deed::Guest { action, .. } => {
                let channel = hands.channels.get(&(group.provider.clone(), group.way?))?;
                Some(channel.describe(&action))
            }
            Deed::Look | Deed::Proof => None,
        }
    };
    spelled().unwrap_or_default()
}
