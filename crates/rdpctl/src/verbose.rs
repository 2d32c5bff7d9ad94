//! `-v`: every request and look as a line with its time, and with `-vv` what was sent and what came back.

use std::fmt;

use jiff::Zoned;
use rdpctl_providers::asked::TARGET;
use rdpctl_term::{Page, Words, grid};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::out;

/// How much of what is asked is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbose {
    /// Nothing.
    No,
    /// Each request and look, as it ends.
    Requests,
    /// Their bodies, too.
    Bodies,
}

impl Verbose {
    /// By how often `-v` was said.
    pub(crate) const fn of(times: u8) -> Self {
        match times {
            0 => Self::No,
            1 => Self::Requests,
            2.. => Self::Bodies,
        }
    }

    /// Whether lines come in between that nobody may draw over.
    pub(crate) const fn tells(self) -> bool {
        match self {
            Self::No => false,
            Self::Requests | Self::Bodies => true,
        }
    }

    /// Whether an event is one of those.
    pub(crate) fn takes(self, of: &Metadata<'_>) -> bool {
        of.target() == TARGET
            && match self {
                Self::No => false,
                Self::Requests => *of.level() == Level::INFO,
                Self::Bodies => *of.level() <= Level::DEBUG,
            }
    }
}

/// Tells what comes in, line by line.
pub(crate) struct Teller;

impl<S: Subscriber> Layer<S> for Teller {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        out::tell(&told.page(&Zoned::now()));
    }
}

/// What an event says.
#[derive(Default)]
struct Told {
    whom: String,
    what: String,
    how: String,
    sent: String,
    received: String,
    took: Option<u64>,
}

impl Told {
    fn page(&self, now: &Zoned) -> Page {
        let time = now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        let mut page = Page::new();
        let mut line = |word, text: Words| {
            let text = Words::new().said(&self.whom).own("  ").said(&self.what).own("  ").and(text);
            page.push(grid::asked_event(&time, word, text));
        };
        if let Some(took) = self.took {
            let took = u32::try_from(took).unwrap_or(u32::MAX);
            let took = format!("  {:.1} s", f64::from(took) / 1000.0);
            line("asked", Words::new().said(&self.how).own(took));
        } else {
            line("sent", Words::new().said(&self.sent));
            line("received", Words::new().said(&self.received));
        }
        page
    }

    fn take(&mut self, field: &Field, text: String) {
        match field.name() {
            "whom" => self.whom = text,
            "what" => self.what = text,
            "how" => self.how = text,
            "sent" => self.sent = text,
            "received" => self.received = text,
            _ => {}
        }
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.to_owned());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "took" {
            self.took = Some(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Fields that are displayed come by this door.
        self.take(field, format!("{value:?}"));
    }
}
