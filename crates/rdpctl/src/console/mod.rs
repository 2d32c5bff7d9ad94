//! What a machine's console does without anybody logging on: asked who it is, and told to start anew, where nothing else
//! answers.
//!
//! The order is on record before it is given, and what the machine says of itself decides what came of it, also after a
//! kill.

mod order;
mod told;
mod way;
mod written;

use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_engine::lease::Permit;
use rdpctl_engine::run::Stops;
use rdpctl_model::declaration::Instance;
use rdpctl_model::outcome::{Allowed, RunEnd};
use rdpctl_model::step::Guarded;
use rdpctl_providers::channel::serial::{Anew, Console, Heard};

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::session::Session;
pub(crate) use told::{seen, seen_json, words_of_order};
pub(crate) use way::of as way;

/// A machine, its console, and who works there.
pub(crate) struct Seat<'a> {
    pub(crate) session: &'a Session,
    pub(crate) instance: &'a Instance,
    pub(crate) console: &'a Console,
    pub(crate) stops: &'a Stops,
}

/// The guards that an order asks.
pub(crate) const fn guards(how: Anew) -> &'static [Guarded] {
    match how {
        Anew::Restart => &[Guarded::Reboot],
        Anew::Interrupt => &[Guarded::Nmi, Guarded::Reboot],
    }
}

impl Seat<'_> {
    /// Asks the machine itself.
    pub(crate) async fn ask(&self) -> Result<Heard, CliError> {
        self.console.ask(&self.target(), &self.stops.gently).await.map_err(|why| failed(&why))
    }

    /// Starts it anew, unless a run that was cut off did so already.
    pub(crate) async fn start_anew(
        &self,
        how: Anew,
        permit: &Arc<Permit>,
        allowed: Vec<Allowed>,
    ) -> Result<Exit, CliError> {
        if self.settle(how, permit).await? {
            return Ok(Exit::Done);
        }
        let run = self.begin(how, permit, allowed).await?;
        let came = self.console.start_anew(&self.target(), how, &self.stops.now).await;
        let (end, exit) = match &came {
            Ok(_) => (RunEnd::Done, Exit::Done),
            Err(_) => (RunEnd::Partial, Exit::Partial),
        };
        self.noted(&run, how, permit, &came).await?;
        self.end(&run, permit, end).await?;
        match came {
            Ok(heard) => {
                out::page(&told::anew(&self.instance.name, how, &heard))?;
                Ok(exit)
            }
            Err(why) => {
                failed(&why).tell();
                Ok(exit)
            }
        }
    }

    /// What a run that was cut off ordered, by the machine's own word: whether the same order was carried out by then.
    async fn settle(&self, how: Anew, permit: &Arc<Permit>) -> Result<bool, CliError> {
        let mut is_done = false;
        for left in self.left(permit).await? {
            let heard = self.ask().await?;
            let up = jiff::SignedDuration::try_from(heard.up).unwrap_or(jiff::SignedDuration::MAX);
            let since: Option<Timestamp> = self.session.clock.now().checked_sub(up).ok();
            let anew = since.is_some_and(|since| since >= left.ordered);
            self.settled(&left, permit, anew).await?;
            out::page(&told::cut_off(&self.instance.name, &left, anew))?;
            is_done |= anew && left.how == how;
        }
        Ok(is_done)
    }

    fn target(&self) -> GuestTarget {
        GuestTarget {
            instance: self.instance.name.clone(),
            id: self.instance.id.clone(),
            host: None,
            access: Arc::clone(&self.instance.guest),
        }
    }
}

fn failed(why: &ChannelError) -> CliError {
    CliError::new(rdpctl_words::english(&why.said()))
}
