//! The repair of a disk that a cloud holds, of a machine that nobody reaches any more: stop, copy, read and compute here,
//! write through a machine that helps, swap, start, prove.
//!
//! Each thing that is made is on record before it is asked for, and how far the repair is before that is begun. Until the
//! copy is whole a kill or a failure puts everything back; from then on the next apply finishes it.

mod hands;
pub(crate) mod known;
pub(crate) mod program;
mod record;
mod second;
pub(crate) mod seen;
mod way;
mod whose;
mod written;

use std::sync::Arc;

use rdpctl_engine::Disruption;
use rdpctl_engine::lease::Permit;
use rdpctl_engine::run::{Crowd, Place, Stops};
use rdpctl_model::outcome::RunEnd;
use rdpctl_model::plan::Held;
use rdpctl_model::repair::{PlannedRepair, RepairStage, SecondWay};
use rdpctl_model::step::Guarded;
use rdpctl_model::{InstanceName, Plan, RunId};

use self::hands::Repair;
use rdpctl_words::english;

use crate::approve::Asks;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::own_run::{self, Wanted};
use crate::report;
use crate::session::Session;

/// Repairs those whom the run before did not reach either, one after another: of what is planned now what was planned in
/// the kept file, where there is one. Nothing where there is nobody.
///
/// A machine that a repair leaves stopped, or that does not answer from its repaired disk, holds its place among those
/// that may be disrupted at once; who finds none waits for a later apply.
pub(crate) async fn all(
    session: &Session,
    permit: &Arc<Permit>,
    stops: &Stops,
    (plan, kept): (&Plan, Option<&Plan>),
    (flags, asks): (&[Guarded], Asks),
) -> Result<Option<Exit>, CliError> {
    // What is sent to a machine that helps is what somebody kept, or it is not sent.
    let as_kept = |one: &PlannedRepair| {
        let Some(kept) = kept else { return Some(one.clone()) };
        let same = kept.repairs.iter().find(|other| rdpctl_plan::is_same_repair(one, other))?;
        let at_once = one.second.as_ref().and_then(|second| second.at_once);
        let second = same.second.clone().map(|second| SecondWay { at_once, ..second });
        Some(PlannedRepair { second, ..one.clone() })
    };
    if plan.repairs.is_empty() {
        return Ok(None);
    }
    let rooms = Disruption::of(&session.estate, &session.store.facts().await?);
    let limit = session.estate.guards.max_disrupted;
    let mut lost: Vec<(Crowd, Option<Place>, InstanceName)> = record::all(session.beside())?
        .into_iter()
        .filter(|left| !left.stage.is_over())
        .map(|left| (Crowd::of(&left.instance), left.instance))
        .map(|(crowd, name)| (crowd.clone(), rooms.take(&crowd, limit), name))
        .collect();
    let opens = rdpctl_plan::next_opening(&session.estate.guards.windows, session.clock.now());
    let window = opens.map(|opens| Held::Window { opens: opens.to_string() });
    let mut exit = None;
    for planned in &plan.repairs.iter().filter_map(as_kept).collect::<Vec<_>>() {
        if stops.gently.is_cancelled() {
            break;
        }
        let name = &planned.instance;
        let Some(instance) = whose::declared(session, name, &planned.id).await? else { continue };
        let crowd = Crowd::of(name);
        out::out("\n")?;
        if let Some(window) = &window {
            let why = english(&report::words::held_alone(window));
            let name = safe(name.as_str());
            out::out(&format!("{name}: its disk is not repaired now, {}\n", safe(&why)))?;
            exit = Some(Exit::Partial);
            continue;
        }
        let Some(place) = rooms.take(&crowd, limit) else {
            let of_it = lost.iter().filter(|(other, _, _)| *other == crowd);
            let names: Vec<String> = of_it.map(|(_, _, name)| name.to_string()).collect();
            out::out(&format!(
                "{}: its disk is not repaired now: max-disrupted leaves no room for it: {} did not come back\n",
                safe(name.as_str()),
                safe(&names.join(", "))
            ))?;
            exit = Some(Exit::Partial);
            continue;
        };
        out::page(&report::repairs::question(planned))?;
        let may = own_run::may(session, wanted(flags, asks), stops).await?;
        let Some(allowed) = may else {
            exit = Some(Exit::Partial);
            continue;
        };
        let repair = Repair { allowed, ..Repair::of(session, permit, stops, &instance.provider)? };
        let ended = Box::pin(repair.whole(&instance, planned.clone().after(0))).await?;
        if ended.is_disrupted() {
            lost.push((crowd, Some(place), name.clone()));
        }
        exit = Some(match exit {
            Some(Exit::Partial) => Exit::Partial,
            Some(_) | None => ended.exit(),
        });
    }
    Ok(exit)
}

/// Finishes what was cut off, or puts it back.
pub(crate) async fn settle(
    session: &Session,
    permit: &Arc<Permit>,
    stops: &Stops,
) -> Result<(), CliError> {
    for mut left in record::all(session.beside())? {
        if left.stage.is_over() {
            if !is_cut_off_at_its_end(session, &left, stops).await? {
                continue;
            }
            if left.stage == RepairStage::PutBack {
                let repair = Repair::of(session, permit, stops, &left.provider)?;
                repair.end(&left, RunEnd::Partial).await?;
                continue;
            }
            // It was not told yet how it ended: it is proved again, which changes nothing.
            left.stage = RepairStage::CleaningUp;
        }
        if seen::is_held(&session.estate, &left) {
            out::err(record::left(&left).trim_end());
            continue;
        }
        demand_declared(session, &left, stops).await?;
        out::err(&format!(
            "run {} was cut off while it repaired {}",
            safe(&left.run),
            safe(left.instance.as_str())
        ));
        let repair = Repair::of(session, permit, stops, &left.provider)?;
        repair.remember(&left).await?;
        if left.stage >= RepairStage::Detaching {
            Box::pin(repair.finish(left)).await?;
        } else {
            Box::pin(repair.put_back(left)).await?;
        }
    }
    Ok(())
}

/// Whether the power was lost between the last stage and the end of the run, of which somebody has to be told.
async fn is_cut_off_at_its_end(
    session: &Session,
    left: &record::Record,
    stops: &Stops,
) -> Result<bool, CliError> {
    let run = session.store.run(&RunId::new(&left.run)).await?;
    Ok(run.is_some_and(|run| run.record.ended.is_none())
        && demand_declared(session, left, stops).await.is_ok())
}

/// What a record speaks of must be who is declared by that name: whoever may be swapped or started is told by the
/// declaration, never by a record.
async fn demand_declared(
    session: &Session,
    left: &record::Record,
    stops: &Stops,
) -> Result<(), CliError> {
    let found = whose::declared_still(session, &left.instance, &left.id, &stops.now).await?;
    if found.is_some_and(|instance| instance.provider == left.provider) {
        return Ok(());
    }
    let (run, name) = (safe(&left.run).into_owned(), safe(left.instance.as_str()).into_owned());
    Err(CliError::new(format!(
        "run {run} left a repair of {name}, and no instance of that name, provider and id is declared"
    ))
    .hint("declare it as it was, so that the repair can be finished or put back; or move the record in .rdpctl/repairs away"))
}

/// Swaps back, where a run of that name was a repair. Nothing where it was none.
pub(crate) async fn undo(
    session: &Session,
    permit: &Arc<Permit>,
    stops: &Stops,
    run: &str,
    asks: Asks,
    allowed: &[Guarded],
) -> Result<Option<Exit>, CliError> {
    let begins = |past: &record::Record| !run.is_empty() && past.run.starts_with(run);
    let Some(past) = record::all(session.beside())?.into_iter().find(begins) else {
        return Ok(None);
    };
    demand_declared(session, &past, stops).await?;
    if past.stage != RepairStage::Done {
        return Err(CliError::new(format!(
            "run {} did not put a repaired disk into its place",
            safe(run)
        ))
        .hint("`rdpctl apply` finishes what was cut off, or puts it back"));
    }
    let may = own_run::may(session, wanted(allowed, asks), stops).await?;
    let Some(allowed) = may else {
        return Ok(Some(Exit::Partial));
    };
    let repair = Repair { allowed, ..Repair::of(session, permit, stops, &past.provider)? };
    Box::pin(repair.swap_back(past)).await?;
    Ok(Some(Exit::Done))
}

/// What is asked before a disk in a cloud is touched.
fn wanted(allowed: &[Guarded], asks: Asks) -> Wanted<'_> {
    let prompt = crate::command::disk::PROMPT;
    Wanted { guards: &PlannedRepair::GUARDS, allowed, asks, prompt }
}
