//! Serving the pages over HTTP: bounded connections, streams, requests, forms and time.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rdpctl_contract::Clock;
use rdpctl_page::{Form, Page, Trouble, Welcome, file, need, respond, session, trouble};
use rdpctl_watch::Signals;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::act::Acting;
use super::ask::Asked;
use super::detail::Cold;
use super::door::{Caller, Door};
use super::limits::Limits;
use super::snapshot::Shown;
use super::stream::events;
use super::wire::Patient;

/// Connections that are served at once; more wait.
const CONNECTIONS: usize = 256;
/// Streams that are open at once.
const STREAMS: usize = 64;
/// How long a request's head may take, and a form after it.
const HEAD: Duration = Duration::from_secs(10);
/// The largest head, in bytes.
const HEADERS: usize = 64 * 1024;
/// The largest form, in bytes.
const FORM: usize = 16 * 1024;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// What is served.
pub(super) struct Serving {
    shown: Arc<Shown>,
    cold: Cold,
    signals: Signals,
    streams: Arc<Semaphore>,
    door: Door,
    limits: Limits,
    clock: Arc<dyn Clock>,
    tls: Option<TlsAcceptor>,
}

/// Who it is served to, and how.
pub(super) struct Terms {
    pub(super) door: Door,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tls: Option<TlsAcceptor>,
}

impl Serving {
    pub(super) fn new(shown: Arc<Shown>, cold: Cold, signals: Signals, terms: Terms) -> Self {
        let Terms { door, clock, tls } = terms;
        let (streams, limits) = (Arc::new(Semaphore::new(STREAMS)), Limits::default());
        Self { shown, cold, signals, streams, door, limits, clock, tls }
    }

    async fn answer(&self, peer: IpAddr, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
        let headers = &parts.headers;
        let zone = self.door.zone();
        let mut asked = Asked::read(path, query, headers, zone.as_deref(), self.clock.now());
        let (page, form) = Page::of(path);
        let Some(caller) = self.door.caller(peer, headers) else {
            return sent(trouble(&asked.request, form, &Trouble::WrongHost), Vec::new());
        };
        if !caller.is_here
            && let Err(after) = self.limits.take(caller.asker.clone(), Instant::now())
        {
            return sent(trouble(&asked.request, form, &Trouble::TooMuch(after)), Vec::new());
        }
        asked.request.visitor.clone_from(&caller.visitor);
        if parts.method == Method::POST {
            return self.act(&asked, &caller, headers, body).await;
        }
        if parts.method != Method::GET && parts.method != Method::HEAD {
            return sent(trouble(&asked.request, form, &Trouble::NotAllowed), Vec::new());
        }
        if let Some(file) = file(&asked.request) {
            return sent(file, asked.cookies);
        }
        if page == Page::Session {
            return sent(session(&asked.request, form, Welcome::Comes), asked.cookies);
        }
        let is_health = path == "/healthz" || path == "/readyz";
        if !is_health && !caller.may_read() {
            return sent(session(&asked.request, form, Welcome::Needed), asked.cookies);
        }
        if let Some(said) = self.signals.answer(path) {
            return plain(said.status, said.kind, said.text);
        }
        if path == "/events" {
            let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
            return self.stream(&asked, last);
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

    /// Reads a form and does what it asks for.
    async fn act(
        &self,
        asked: &Asked,
        caller: &Caller,
        headers: &HeaderMap,
        body: Incoming,
    ) -> Response<Body> {
        let refused =
            |why: &Trouble<'_>| sent(trouble(&asked.request, Form::Html, why), Vec::new());
        let read = Limited::new(body, FORM).collect();
        let Ok(read) = tokio::time::timeout(HEAD, read).await else {
            return refused(&Trouble::BadForm);
        };
        let Ok(read) = read else { return refused(&Trouble::TooLarge) };
        let Ok(text) = String::from_utf8(read.to_bytes().into()) else {
            return refused(&Trouble::BadForm);
        };
        let view = self.shown.view();
        let acting = Acting {
            door: &self.door,
            cold: &self.cold,
            shown: &self.shown,
            view: view.as_deref(),
            caller,
            request: &asked.request,
            now: self.clock.now(),
        };
        let came = acting.act(headers, &text).await;
        sent(came.answer, came.cookie.into_iter().collect())
    }

    fn stream(&self, asked: &Asked, last: Option<&str>) -> Response<Body> {
        let Ok(place) = Arc::clone(&self.streams).try_acquire_owned() else {
            return sent(trouble(&asked.request, Form::Json, &Trouble::NotYet(30)), Vec::new());
        };
        let (changes, begin) = self.shown.listen(last);
        let events = futures_util::StreamExt::map(events(changes, begin), move |one| {
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
        let Ok((stream, peer)) = accepted else { continue };
        // In the clear nobody is served but this machine, and a proxy that was declared and granted.
        if serving.tls.is_none() && !serving.door.may_speak_plainly(peer.ip()) {
            continue;
        }
        let (serving, stop) = (Arc::clone(&serving), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                // Whoever breaks off has nobody left to tell.
                () = greet(stream, peer.ip(), serving) => {}
            }
            drop(place);
        });
    }
}

/// Shakes hands where there is TLS, and answers.
async fn greet(stream: TcpStream, peer: IpAddr, serving: Arc<Serving>) {
    // Whoever breaks off has nobody left to tell.
    match serving.tls.clone() {
        None => {
            let _ = talk(stream, peer, serving).await;
        }
        Some(tls) => {
            let shaken = tokio::time::timeout(HEAD, tls.accept(stream)).await;
            if let Ok(Ok(stream)) = shaken {
                let _ = talk(stream, peer, serving).await;
            }
        }
    }
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: IpAddr,
    serving: Arc<Serving>,
) -> hyper::Result<()> {
    let answering = move |request: Request<Incoming>| {
        let serving = Arc::clone(&serving);
        async move { Ok::<_, Infallible>(serving.answer(peer, request).await) }
    };
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEADERS)
        .serve_connection(TokioIo::new(Patient::new(stream)), service_fn(answering))
        .await
}
