//! Collects spans of rdpctl's own code as they end: names, ids, times, and the fields that they were opened with.

use std::fmt::Debug;
use std::sync::mpsc::SyncSender;
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use super::form::{Span, SpanId, TraceId};

/// What collects.
pub(super) struct Collector {
    room: SyncSender<Span>,
}

impl Collector {
    pub(super) const fn new(room: SyncSender<Span>) -> Self {
        Self { room }
    }
}

/// What is under way.
struct Open(Span);

impl<S> Layer<S> for Collector
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let above = span.parent().and_then(|above| {
            let held = above.extensions();
            held.get::<Open>().map(|open| (open.0.trace, open.0.id))
        });
        let drawn = Uuid::new_v4().into_bytes();
        let own: SpanId = std::array::from_fn(|place| drawn[place]);
        let mut open = Span {
            name: span.name(),
            trace: above
                .map_or_else(|| -> TraceId { Uuid::new_v4().into_bytes() }, |(trace, _)| trace),
            id: own,
            above: above.map(|(_, id)| id),
            began: SystemTime::now(),
            ended: SystemTime::now(),
            fields: Vec::new(),
            is_last: false,
        };
        attributes.record(&mut Fields(&mut open.fields));
        span.extensions_mut().insert(Open(open));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut Fields(&mut open.0.fields));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(Open(mut open)) = span.extensions_mut().remove::<Open>() else { return };
        open.ended = SystemTime::now();
        // Whoever sends slower than things happen misses some: nobody is held up.
        let _ = self.room.try_send(open);
    }
}

/// Takes fields as texts.
struct Fields<'a>(&'a mut Vec<(&'static str, String)>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }
}
