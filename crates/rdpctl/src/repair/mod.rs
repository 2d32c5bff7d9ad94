//! The repair of a disk that a cloud holds, of a machine that nobody reaches any more: stop, copy, read and compute here,
//! write through a machine that helps, swap, start, prove.
//!
//! Each thing that is made is on record before it is asked for, and how far the repair is before that is begun. Until the
//! copy is whole a kill or a failure puts everything back; from then on the next apply finishes it.

mod hands;
mod record;
pub(crate) mod seen;
mod way;
mod written;

use std::sync::Arc;

use rdpctl_engine::lease::Permit;
use rdpctl_engine::run::Stops;
use rdpctl_model::mending::Hold;
use rdpctl_model::outcome::RunEnd;
use rdpctl_model::repair::{PlannedRepair, RepairStage};
use rdpctl_model::step::Guarded;
use rdpctl_model::{Plan, RunId};

use self::hands::Repair;
use crate::approve::Asks;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::own_run::{self, Wanted};
use crate::report;
use crate::session::Session;

/// Repairs those whom the run before did not reach either: of what is planned now what was planned in the kept file, where
/// there is one. Nothing where there is nobody.
pub(crate) async fn all(
    session: &Session,
    permit: &Arc<Permit>,
    stops: &Stops,
    (plan, kept): (&Plan, Option<&Plan>),
    (flags, asks): (&[Guarded], Asks),
) -> Result<Option<Exit>, CliError> {
    let is_kept = |one: &&PlannedRepair| {
        kept.is_none_or(|kept| {
            kept.repairs.iter().any(|other| rdpctl_plan::is_same_repair(one, other))
        })
    };
    let mut exit = None;
    for planned in plan.repairs.iter().filter(is_kept) {
        if stops.gently.is_cancelled() {
            break;
        }
        let name = &planned.instance;
        let found = session.estate.instances.iter().find(|instance| instance.name == *name);
        let Some(instance) = found else { continue };
        out::out("\n")?;
        out::page(&report::repairs::question(planned))?;
        let may = own_run::may(session, wanted(flags, asks), stops).await?;
        let Some(allowed) = may else {
            exit = Some(Exit::Partial);
            continue;
        };
        let repair = Repair { allowed, ..Repair::of(session, permit, stops, &instance.provider)? };
        let ended = Box::pin(repair.whole(instance, planned.clone().after(0))).await?;
        exit = Some(match exit {
            Some(Exit::Partial) => Exit::Partial,
            Some(_) | None => ended,
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
            if !is_cut_off_at_its_end(session, &left).await? {
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
        let holds = session.estate.instances.iter().any(|instance| {
            instance.name == left.instance
                && instance.guest.offline.is_some_and(|wish| wish.hold == Hold::Stop)
        });
        if left.stage == RepairStage::Held && holds {
            out::err(record::left(&left).trim_end());
            continue;
        }
        demand_declared(session, &left)?;
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
async fn is_cut_off_at_its_end(session: &Session, left: &record::Record) -> Result<bool, CliError> {
    let run = session.store.run(&RunId::new(&left.run)).await?;
    Ok(run.is_some_and(|run| run.record.ended.is_none()) && demand_declared(session, left).is_ok())
}

/// What a record speaks of must be who is declared by that name: whoever may be swapped or started is told by the
/// declaration, never by a record.
fn demand_declared(session: &Session, left: &record::Record) -> Result<(), CliError> {
    let is_declared = session.estate.instances.iter().any(|instance| {
        instance.name == left.instance
            && instance.provider == left.provider
            && instance.id.as_str().eq_ignore_ascii_case(left.id.as_str())
    });
    if is_declared {
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
    demand_declared(session, &past)?;
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
