//! The scripts by which guests are looked into where a vendor holds them ready: their texts are always the same.

use std::collections::BTreeSet;

use rdpctl_contract::channel::Questions;
use rdpctl_guest::Unrenderable;
use rdpctl_guest::observe::{Observation, Wants};
use rdpctl_guest::pack::rest;
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::guest::Closely;

use super::exchange::PAGES;

/// A script whose text is always the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// What it is for, in a word or two.
    pub purpose: String,
    /// The command file.
    pub text: String,
}

/// All that there are, for these declared certificates and a transport that keeps so many bytes of a reply.
pub fn all(pins: &BTreeSet<String>, reply: usize) -> Result<Vec<Fixed>, Unrenderable> {
    let form = Form::Packed { reply };
    let mut all = Vec::new();
    for (purpose, observation) in [("look", short(pins)?), ("look-closely", long(pins)?)] {
        all.extend(named(purpose.to_owned(), observation.batch().script(form)?));
    }
    all.extend((1..=PAGES).filter_map(|page| named(format!("rest-{page}"), rest(page, reply))));
    Ok(all)
}

fn named(purpose: String, script: Script) -> Option<Fixed> {
    match script {
        Script::Registered(text) => Some(Fixed { purpose, text }),
        Script::File(_) | Script::Lines(_) => None,
    }
}

/// The one of them that answers these questions, read as if nothing else had been asked.
pub(super) fn look(
    pins: &BTreeSet<String>,
    questions: &Questions,
) -> Result<Observation, Unrenderable> {
    let closely = !questions.closely.is_empty();
    let observation = if closely { long(pins)? } else { short(pins)? };
    observation.wanting(&Wants {
        ports: &questions.ports,
        pinned: questions.pinned.as_deref(),
        closely: &questions.closely,
    })
}

fn short(pins: &BTreeSet<String>) -> Result<Observation, Unrenderable> {
    Observation::fixed(pins)
}

fn long(pins: &BTreeSet<String>) -> Result<Observation, Unrenderable> {
    Ok(Observation::fixed(pins)?.closely(&Closely::ALL.into()))
}
