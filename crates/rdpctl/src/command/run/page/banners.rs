//! What nobody must miss of what the loop tells, until the loop says that it is over.

use jiff::Timestamp;
use rdpctl_engine::lease::Waiting;
use rdpctl_model::Said;
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
    let stands = |name: &str, weight: Weight, says: Said, means: Said| {
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
                says: say::unreadable(),
                means: say::last_in_force(),
                since: Some(at),
                quote: why.clone(),
            }),
        ),
        Event::HeldBack { removed, of } => {
            stands("declared", Weight::Wait, say::held_back(*removed, *of), say::if_meant())
        }
        Event::Read { .. } => Word::Over("declared".to_owned()),
        Event::Silent { provider, error, again } => stands(
            &format!("provider {provider}"),
            Weight::Unknown,
            say::silent(provider.as_str(), error.said()),
            say::asked_again(words::duration(again.as_secs().max(1))),
        ),
        Event::Answers { provider } => Word::Over(format!("provider {provider}")),
        Event::Forgetful { why } => {
            stands("state", Weight::Bad, say::forgetful(why), say::nothing_until())
        }
        Event::Remembers => Word::Over("state".to_owned()),
        Event::OnlyLooks { why } => {
            stands("mode", Weight::Wait, say::only_looks(why), say::trust_asks())
        }
        Event::Deposed => stands("lead", Weight::Wait, say::leads_no_more(), say::remembered()),
        Event::Waiting(Waiting::StandingBy(holding) | Waiting::Watching(holding)) => {
            stands("lead", Weight::Wait, say::stands_by(holding.to_string()), say::remembered())
        }
        Event::Leading => Word::Over("lead".to_owned()),
        Event::Waiting(Waiting::TakingOver(..) | Waiting::Unanswered(_))
        | Event::Paced { .. }
        | Event::Ready { .. }
        | Event::Busy { .. }
        | Event::Run(_)
        | Event::NotMended { .. }
        | Event::Mended { .. }
        | Event::Removed(_)
        | Event::GaveBack(_)
        | Event::Asks { .. }
        | Event::Damped { .. }
        | Event::InHands { .. }
        | Event::Orphaned { .. }
        | Event::Told(_)
        | Event::Turned(_) => Word::Silent,
    }
}

rdpctl_model::says! { "banner":
    unreadable();
    last_in_force();
    held_back(removed, of);
    if_meant();
    silent(provider, why);
    asked_again(duration);
    forgetful(why);
    nothing_until();
    only_looks(why);
    trust_asks();
    leads_no_more();
    stands_by(holder);
    remembered();
}
