//! Spans in the two forms of OTLP: Protocol Buffers, of which five messages are written, and JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// The id of a trace.
pub(super) type TraceId = [u8; 16];
/// The id of a span.
pub(super) type SpanId = [u8; 8];

/// A span that is over.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) name: &'static str,
    pub(super) trace: TraceId,
    pub(super) id: SpanId,
    /// The span in which it was opened.
    pub(super) above: Option<SpanId>,
    pub(super) began: SystemTime,
    pub(super) ended: SystemTime,
    pub(super) fields: Vec<(&'static str, String)>,
    /// Whether it is none, and nothing comes after it.
    pub(super) is_last: bool,
}

impl Span {
    /// The sign that nothing comes any more.
    pub(super) const fn last() -> Self {
        Self {
            name: "",
            trace: [0; 16],
            id: [0; 8],
            above: None,
            began: UNIX_EPOCH,
            ended: UNIX_EPOCH,
            fields: Vec::new(),
            is_last: true,
        }
    }

    /// Whether its trace is one of the share that is sent.
    pub(super) fn is_within(&self, share: f64) -> bool {
        let high: [u8; 8] = std::array::from_fn(|place| self.trace[8 + place]);
        #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
        let place = (u64::from_be_bytes(high) >> 1) as f64 / (u64::MAX >> 1) as f64;
        share >= 1.0 || place < share
    }
}

/// What the specification calls a span of no other kind.
const INTERNAL: u64 = 1;

fn nanoseconds(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// As JSON: ids in hexadecimal digits, long numbers as texts.
pub(super) fn json(resource: &[(String, String)], spans: &[Span]) -> Vec<u8> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let attribute =
        |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let span = |span: &Span| -> Value {
        json!({
            "traceId": hex(&span.trace),
            "spanId": hex(&span.id),
            "parentSpanId": span.above.map(|above| hex(&above)).unwrap_or_default(),
            "name": span.name,
            "kind": INTERNAL,
            "startTimeUnixNano": nanoseconds(span.began).to_string(),
            "endTimeUnixNano": nanoseconds(span.ended).to_string(),
            "attributes": span.fields.iter().map(|(key, value)| attribute(key, value)).collect::<Vec<_>>(),
            "status": {},
        })
    };
    let attributes: Vec<Value> =
        resource.iter().map(|(key, value)| attribute(key, value)).collect();
    json!({
        "resourceSpans": [{
            "resource": { "attributes": attributes },
            "scopeSpans": [{
                "scope": { "name": "rdpctl", "version": env!("CARGO_PKG_VERSION") },
                "spans": spans.iter().map(span).collect::<Vec<_>>(),
            }],
        }],
    })
    .to_string()
    .into_bytes()
}

/// As Protocol Buffers.
pub(super) fn protobuf(resource: &[(String, String)], spans: &[Span]) -> Vec<u8> {
    let mut from = Message::default();
    for (key, value) in resource {
        from.message(1, &attribute(key, value));
    }
    let mut scope = Message::default();
    scope.bytes(1, b"rdpctl");
    scope.bytes(2, env!("CARGO_PKG_VERSION").as_bytes());
    let mut of_scope = Message::default();
    of_scope.message(1, &scope);
    for span in spans {
        of_scope.message(2, &message(span));
    }
    let mut of_resource = Message::default();
    of_resource.message(1, &from);
    of_resource.message(2, &of_scope);
    let mut request = Message::default();
    request.message(1, &of_resource);
    request.0
}

fn message(span: &Span) -> Message {
    let mut message = Message::default();
    message.bytes(1, &span.trace);
    message.bytes(2, &span.id);
    if let Some(above) = &span.above {
        message.bytes(4, above);
    }
    message.bytes(5, span.name.as_bytes());
    message.number(6, INTERNAL);
    message.fixed(7, nanoseconds(span.began));
    message.fixed(8, nanoseconds(span.ended));
    for (key, value) in &span.fields {
        message.message(9, &attribute(key, value));
    }
    message
}

fn attribute(key: &str, value: &str) -> Message {
    let mut text = Message::default();
    text.bytes(1, value.as_bytes());
    let mut pair = Message::default();
    pair.bytes(1, key.as_bytes());
    pair.message(2, &text);
    pair
}

/// The lowest seven bits.
fn low(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

/// A message under construction: fields by number.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(low(number) | 0x80);
            number >>= 7;
        }
        self.0.push(low(number));
    }

    fn number(&mut self, field: u64, number: u64) {
        self.varint(field << 3);
        self.varint(number);
    }

    fn fixed(&mut self, field: u64, number: u64) {
        self.varint((field << 3) | 1);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint((field << 3) | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn span() -> Span {
        Span {
            name: "run",
            trace: [0xab; 16],
            id: [1; 8],
            above: Some([2; 8]),
            began: UNIX_EPOCH + Duration::from_nanos(1),
            ended: UNIX_EPOCH + Duration::from_nanos(258),
            fields: vec![("id", "x".repeat(130))],
            is_last: false,
        }
    }

    #[test]
    fn a_span_in_protocol_buffers_is_what_the_specification_lays_down() {
        let bytes = message(&span()).0;
        let mut expected = vec![0x0a, 16];
        expected.extend([0xab; 16]);
        expected.extend([0x12, 8, 1, 1, 1, 1, 1, 1, 1, 1]);
        expected.extend([0x22, 8, 2, 2, 2, 2, 2, 2, 2, 2]);
        expected.extend([0x2a, 3, b'r', b'u', b'n', 0x30, 1]);
        expected.extend([0x39, 1, 0, 0, 0, 0, 0, 0, 0]);
        expected.extend([0x41, 2, 1, 0, 0, 0, 0, 0, 0]);
        // A length above 127 takes two bytes: 130 of the text, 133 of the value, 140 of the attribute.
        expected
            .extend([0x4a, 0x8c, 0x01, 0x0a, 2, b'i', b'd', 0x12, 0x85, 0x01, 0x0a, 0x82, 0x01]);
        expected.extend([b'x'; 130]);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn in_json_ids_are_hexadecimal_and_long_numbers_are_texts() {
        let said: Value = serde_json::from_slice(&json(&[], &[span()])).unwrap();
        let span = &said["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(span["traceId"], "abababababababababababababababab");
        assert_eq!(span["endTimeUnixNano"], "258");
    }

    #[test]
    fn a_share_of_traces_is_chosen_by_their_ids() {
        let of = |byte| Span { trace: [byte; 16], ..span() };
        assert!(of(0xff).is_within(1.0) && of(0x10).is_within(0.5));
        assert!(!of(0xf0).is_within(0.5) && !of(0x10).is_within(0.0));
    }
}
