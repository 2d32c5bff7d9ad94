//! Traces for OpenTelemetry, by the standard variables of the environment: what ran, what was looked at, how long it took.
//!
//! The environment is that of the person who runs rdpctl, as the default chain of a cloud's credentials is: no grant is
//! asked for. Sent are names of spans and their ids, and never what a guest or a cloud said. It speaks OTLP over HTTP by
//! itself: of the protocol it needs five messages, and of the libraries that speak it all the rest would be carried along.

mod collect;
mod export;
mod form;
mod wanted;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use collect::Collector;
use form::Span;
use wanted::Wanted;

use crate::out;

/// Spans that wait to be sent; more are not kept.
const ROOM: usize = 4_096;

/// How long the end waits for what is on its way.
const AT_THE_END: Duration = Duration::from_secs(5);

/// Whoever sends; ends with the process.
pub(crate) struct Traces {
    room: SyncSender<Span>,
    sender: Option<JoinHandle<()>>,
    over: Receiver<()>,
}

impl Traces {
    /// What the environment asks for; nothing where it asks for nothing, or for something that is not spoken here, which
    /// is said.
    pub(crate) fn of_environment() -> Option<Self> {
        let wanted = match Wanted::read(|name| std::env::var(name).ok()) {
            Ok(wanted) => wanted?,
            Err(why) => {
                out::err(&format!("No traces are sent: {why}."));
                return None;
            }
        };
        let (room, spans) = sync_channel(ROOM);
        let (done, over) = sync_channel(1);
        let sender = std::thread::Builder::new().name("traces".to_owned()).spawn(move || {
            export::until_the_end(&wanted, &spans);
            // Nobody may be waiting any more.
            let _ = done.send(());
        });
        Some(Self { room, sender: sender.ok(), over })
    }

    /// By which spans are collected.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    {
        Collector::new(self.room.clone())
    }

    /// Lets go what is on its way. The layer holds the other end as long as the process lives, so that the end is said.
    pub(crate) fn end(mut self) {
        let until = Instant::now() + AT_THE_END;
        let mut last = Span::last();
        // Where there is no room, the sender is busy: it is given time.
        while let Err(std::sync::mpsc::TrySendError::Full(span)) = self.room.try_send(last) {
            last = span;
            if Instant::now() >= until {
                return;
            }
            std::thread::yield_now();
        }
        let left = until.saturating_duration_since(Instant::now());
        if self.over.recv_timeout(left).is_ok()
            && let Some(sender) = self.sender.take()
        {
            // It has said that it is over.
            let _ = sender.join();
        }
    }
}
