//! Who keeps a port closed where a rule of ours is not the way past: just-in-time access, and administrators of all networks.

use ipnet::IpNet;
use rdpctl_model::rules::{Doors, Keeper};
use rdpctl_model::{Finding, Found, Said};

use crate::openings::evaluate;

/// The first who keeps out somebody who is to be let in.
pub(crate) fn keeper(from: &[IpNet], seen: &Doors, port: u16) -> Option<Keeper> {
    from.iter()
        .find_map(|net| seen.stages.iter().find_map(|stage| evaluate(stage, port, *net).kept))
}

/// Who it is, and what to do.
pub(crate) fn said(keeper: &Keeper) -> (Said, Said) {
    match keeper {
        Keeper::JustInTime => (say::just_in_time(), say::request_access()),
        Keeper::SecurityAdmin(rule) => (say::security_admin(rule), say::ask_the_admin()),
    }
}

/// What is found of it.
pub(crate) fn found(keeper: &Keeper) -> Found {
    let (by, remedy) = said(keeper);
    Found::from(Finding::RulesKept).with("by", by).with("remedy", remedy)
}

rdpctl_model::says! { "ingress":
    just_in_time();
    request_access();
    security_admin(rule);
    ask_the_admin();
}
