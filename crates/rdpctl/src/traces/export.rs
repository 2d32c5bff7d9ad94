//! Sends what was collected, in a thread of its own: nothing that rdpctl does waits for whoever collects traces.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rdpctl_contract::told;

use super::form::{self, Span};
use super::wanted::{Protocol, Wanted};
use crate::out;

/// Spans of one request.
const TOGETHER: usize = 512;

/// Attempts of one request, and the first pause between them.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// Sends until it is said that nothing comes any more.
pub(super) fn until_the_end(wanted: &Wanted, spans: &Receiver<Span>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (Ok(runtime), Ok(http)) = (runtime, rdpctl_providers::client()) else {
        out::err("No traces are sent: no connection can be made.");
        return;
    };
    let mut silent = false;
    loop {
        let (batch, goes_on) = gather(wanted, spans);
        if !batch.is_empty() {
            let sent = runtime.block_on(send(wanted, &http, &batch));
            if let (Err(why), false) = (&sent, silent) {
                let host = wanted.to.host_str().unwrap_or_default();
                out::err(&format!("{host} does not take traces: {}", out::safe(why)));
            }
            silent = sent.is_err();
        }
        if !goes_on {
            return;
        }
    }
}

/// What comes within a while, and whether more may come.
fn gather(wanted: &Wanted, spans: &Receiver<Span>) -> (Vec<Span>, bool) {
    let mut batch = Vec::new();
    let until = Instant::now() + wanted.gather;
    while batch.len() < TOGETHER {
        match spans.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(span) if span.is_last => return (batch, false),
            Ok(span) if span.is_within(wanted.share) => batch.push(span),
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return (batch, false),
        }
    }
    (batch, true)
}

async fn send(wanted: &Wanted, http: &reqwest::Client, spans: &[Span]) -> Result<(), String> {
    let (kind, body) = match wanted.protocol {
        Protocol::Protobuf => ("application/x-protobuf", form::protobuf(&wanted.resource, spans)),
        Protocol::Json => ("application/json", form::json(&wanted.resource, spans)),
    };
    let mut pause = PAUSE;
    let mut attempt = 1;
    loop {
        let mut request =
            http.post(wanted.to.clone()).timeout(wanted.timeout).header("content-type", kind);
        for (name, value) in &wanted.headers {
            request = request.header(name, value.expose());
        }
        // The address may hold a key: no error shows it.
        let why = match request.body(body.clone()).send().await {
            Ok(answer) => match answer.status().as_u16() {
                200..=299 => return Ok(()),
                status @ (429 | 502..=504) => format!("HTTP {status}"),
                status => return Err(format!("HTTP {status}")),
            },
            Err(error) => told(&error.without_url()),
        };
        if attempt == ATTEMPTS {
            return Err(why);
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
        attempt += 1;
    }
}
