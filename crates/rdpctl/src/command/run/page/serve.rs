//! Serving the pages over HTTP, for this machine alone: bounded connections, bounded streams, bounded time.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rdpctl_page::{Form, Page, Trouble, file, need, respond, trouble};
use rdpctl_watch::Signals;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::ask::{Asked, is_our_name};
use super::detail::Cold;
use super::snapshot::Shown;
use super::stream::{Comes, events};

/// Connections that are served at once; more wait.
const CONNECTIONS: usize = 256;
/// Streams that are open at once.
const STREAMS: usize = 64;
/// How long a request's head may take.
const HEAD: Duration = Duration::from_secs(10);

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// What is served.
pub(super) struct Serving {
    shown: Arc<Shown>,
    cold: Cold,
    signals: Signals,
    streams: Arc<Semaphore>,
}

impl Serving {
    pub(super) fn new(shown: Arc<Shown>, cold: Cold, signals: Signals) -> Self {
        Self { shown, cold, signals, streams: Arc::new(Semaphore::new(STREAMS)) }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        let asked = Asked::read(path, query, request.headers());
        let (page, form) = Page::of(path);
        if !is_our_name(request.headers()) {
            return sent(trouble(&asked.request, form, &Trouble::WrongHost), asked.cookies);
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return sent(trouble(&asked.request, form, &Trouble::NotAllowed), Vec::new());
        }
        if let Some(said) = self.signals.answer(path) {
            return plain(said.status, said.kind, said.text);
        }
        if path == "/events" {
            let comes = if request.headers().contains_key("last-event-id") {
                Comes::Back
            } else {
                Comes::Anew
            };
            return self.stream(&asked, comes);
        }
        if let Some(file) = file(&asked.request) {
            return sent(file, asked.cookies);
        }
        if page == Page::Unknown {
            return sent(trouble(&asked.request, form, &Trouble::NoSuchPage), asked.cookies);
        }
        let Some(view) = self.shown.view() else {
            return sent(trouble(&asked.request, form, &Trouble::NotYet(5)), asked.cookies);
        };
        let more = self.cold.read(&need(&asked.request), &view, asked.request.language).await;
        sent(respond(&view, &asked.request, &more), asked.cookies)
    }

    fn stream(&self, asked: &Asked, comes: Comes) -> Response<Body> {
        let Ok(place) = Arc::clone(&self.streams).try_acquire_owned() else {
            return sent(trouble(&asked.request, Form::Json, &Trouble::NotYet(30)), Vec::new());
        };
        let events = futures_util::StreamExt::map(events(self.shown.listen(), comes), move |one| {
            // The place is given back when the stream is dropped.
            let _held = &place;
            one
        });
        let mut response = Response::new(StreamBody::new(events).boxed_unsync());
        let headers = response.headers_mut();
        for (name, value) in [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-store"),
            ("x-accel-buffering", "no"),
            ("x-content-type-options", "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

fn plain(status: u16, kind: &'static str, text: String) -> Response<Body> {
    let headers = vec![
        ("content-type", kind.to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
    ];
    let body = text.into_bytes();
    sent(rdpctl_page::Response { status, headers, body }, Vec::new())
}

fn sent(answer: rdpctl_page::Response, cookies: Vec<String>) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)).boxed_unsync());
    // A status of ours is one of HTTP's.
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            headers.append("set-cookie", value);
        }
    }
    response
}

/// Serves until `stop`.
pub(super) async fn serve(listener: TcpListener, serving: Serving, stop: CancellationToken) {
    let serving = Arc::new(serving);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // One that is gone before it was accepted is its client's business.
        let Ok((stream, _)) = accepted else { continue };
        let (serving, stop) = (Arc::clone(&serving), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                // Whoever breaks off has nobody left to tell.
                _ = talk(stream, serving) => {}
            }
            drop(place);
        });
    }
}

async fn talk(stream: TcpStream, serving: Arc<Serving>) -> hyper::Result<()> {
    let answering = move |request: Request<Incoming>| {
        let serving = Arc::clone(&serving);
        async move { Ok::<_, Infallible>(serving.answer(request).await) }
    };
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service_fn(answering))
        .await
}
