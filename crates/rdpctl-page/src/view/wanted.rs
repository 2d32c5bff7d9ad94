//! Runs that somebody wants undone: until the loop begins with it, and where it said why it does not.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_model::chronicle::{Command, Order, undos};
use rdpctl_model::{RunId, Said};
use serde::Serialize;

/// That somebody wants a run undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Wanted {
    /// Who.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
    /// Why it is not done, where the loop said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Said>,
}

/// Of orders: what waits for the loop, and what it refused last.
pub(super) fn wanted(orders: &[Order], now: Timestamp) -> BTreeMap<RunId, Wanted> {
    let mut said: BTreeMap<RunId, Wanted> = BTreeMap::new();
    for order in orders {
        match &order.what {
            Command::Undo { run, .. } => {
                let wanted = Wanted { by: order.by.clone(), at: order.at, refused: None };
                said.insert(run.clone(), wanted);
            }
            Command::Spent => {
                let run = RunId::new(&order.target);
                match (said.get_mut(&run), &order.reason) {
                    (Some(wanted), Some(why)) => wanted.refused = Some(why.clone()),
                    (Some(_), None) => {
                        said.remove(&run);
                    }
                    (None, _) => {}
                }
            }
            Command::Pause { .. }
            | Command::Resume
            | Command::Now
            | Command::LeaveAlone { .. }
            | Command::Approve(_)
            | Command::Refuse { .. }
            | Command::Stop { .. } => {}
        }
    }
    let waits: Vec<&str> = undos(orders, now).into_iter().map(|it| it.target.as_str()).collect();
    said.retain(|run, wanted| wanted.refused.is_some() || waits.contains(&run.as_str()));
    said
}
