//! What nobody must miss of what the loop tells, until the loop says that it is over.

use jiff::Timestamp;
use rdpctl_contract::told;
use rdpctl_page::{Banner, Weight};
use rdpctl_watch::Event;

use crate::report::words;

/// What an event does to the banners.
pub(super) enum Word {
    /// It stands until it is taken back, under this name.
    Stands(String, Box<Banner>),
    /// What stood under this name is over.
    Over(String),
    /// Nothing.
    Silent,
}

/// Of an event.
pub(super) fn word(event: &Event, at: Timestamp) -> Word {
    let stands = |name: &str, weight: Weight, says: String, means: &str| {
        let means = means.to_owned();
        Word::Stands(
            name.to_owned(),
            Box::new(Banner { weight, says, means, since: Some(at), quote: String::new() }),
        )
    };
    match event {
        Event::Unreadable { why } => Word::Stands(
            "declared".to_owned(),
            Box::new(Banner {
                weight: Weight::Bad,
                says: "The declaration cannot be read.".to_owned(),
                means: "The last that could be read stays in force, whole.".to_owned(),
                since: Some(at),
                quote: why.clone(),
            }),
        ),
        Event::HeldBack { removed, of } => stands(
            "declared",
            Weight::Wait,
            format!("{removed} of {of} would be declared no more."),
            "The last declaration stays in force. If that is meant, start with --allow-mass-removal.",
        ),
        Event::Read { .. } => Word::Over("declared".to_owned()),
        Event::Silent { provider, error, again } => stands(
            &format!("provider {provider}"),
            Weight::Unknown,
            format!("{provider} does not answer: {}.", told(error.as_ref())),
            &format!(
                "What it hides is as old as it is, and nothing is changed there. It is asked again in {}.",
                words::duration(again.as_secs().max(1))
            ),
        ),
        Event::Answers { provider } => Word::Over(format!("provider {provider}")),
        Event::Forgetful { why } => stands(
            "state",
            Weight::Bad,
            format!("The state does not serve: {why}."),
            "Nothing is changed until it does: what cannot be journaled is not done.",
        ),
        Event::Remembers => Word::Over("state".to_owned()),
        Event::OnlyLooks { why } => stands(
            "mode",
            Weight::Wait,
            format!("It only looks: {why}."),
            "`rdpctl trust` asks about it.",
        ),
        Event::Deposed => stands(
            "lead",
            Weight::Wait,
            "Another process leads; this one stands by.".to_owned(),
            "What is shown is what this one saw last.",
        ),
        Event::Leading => Word::Over("lead".to_owned()),
        Event::Waiting(_)
        | Event::Paced { .. }
        | Event::Ready { .. }
        | Event::Busy { .. }
        | Event::Run(_)
        | Event::NotMended { .. }
        | Event::Mended { .. }
        | Event::Removed(_)
        | Event::Asks { .. }
        | Event::Damped { .. }
        | Event::Told(_)
        | Event::Turned(_) => Word::Silent,
    }
}
