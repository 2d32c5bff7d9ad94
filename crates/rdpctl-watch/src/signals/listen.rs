//! `/metrics`, `/healthz` and `/readyz` over HTTP, for this machine alone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{Health, Signals};

/// Connections that are served at once; more wait.
const CONNECTIONS: usize = 16;
/// How long one may last.
const LONGEST: Duration = Duration::from_secs(30);

/// A place where the numbers can be asked for.
pub struct Listener {
    listener: TcpListener,
    at: SocketAddr,
}

/// Why nobody can ask there.
#[derive(Debug, thiserror::Error)]
pub enum NotHere {
    /// Others than this machine could ask.
    #[error("{0} is not an address of this machine alone")]
    Open(SocketAddr),
    /// It is taken, or not ours.
    #[error("nobody can be listened to at {at}")]
    Taken {
        /// Where.
        at: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

impl Listener {
    /// Opens it. What it tells is not for the network: whoever wants it there puts something before it that asks who
    /// comes.
    pub async fn open(at: SocketAddr) -> Result<Self, NotHere> {
        if !at.ip().is_loopback() {
            return Err(NotHere::Open(at));
        }
        let taken = |source| NotHere::Taken { at, source };
        let listener = TcpListener::bind(at).await.map_err(taken)?;
        let at = listener.local_addr().map_err(taken)?;
        Ok(Self { listener, at })
    }

    /// Where it is, port included.
    #[must_use]
    pub const fn at(&self) -> SocketAddr {
        self.at
    }

    /// Answers until `stop`.
    pub async fn serve(self, signals: Signals, stop: CancellationToken) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            // One that is gone before it was accepted is its client's business.
            let Ok((stream, _)) = accepted else { continue };
            let signals = signals.clone();
            tokio::spawn(async move {
                // Whoever is slower than that, or breaks off, has nobody left to tell.
                let _ = tokio::time::timeout(LONGEST, talk(stream, &signals)).await;
                drop(place);
            });
        }
    }
}

async fn talk(stream: TcpStream, signals: &Signals) -> hyper::Result<()> {
    let answering = |request: Request<Incoming>| {
        let answer = answer(request.method(), request.uri().path(), signals);
        async move { Ok::<_, std::convert::Infallible>(answer) }
    };
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(5))
        .serve_connection(TokioIo::new(stream), service_fn(answering))
        .await
}

fn answer(method: &Method, path: &str, signals: &Signals) -> Response<Full<Bytes>> {
    if method != Method::GET && method != Method::HEAD {
        let mut refused = said(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n".to_owned());
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    let health = |health| match health {
        Health::Well => said(StatusCode::OK, "ok\n".to_owned()),
        Health::Not(why) => said(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    };
    match path {
        "/metrics" => {
            let mut page = said(StatusCode::OK, signals.render());
            let form = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            page.headers_mut().insert(CONTENT_TYPE, form);
            page
        }
        "/healthz" => health(signals.lives()),
        "/readyz" => health(signals.is_ready()),
        _ => said(StatusCode::NOT_FOUND, "here are /metrics, /healthz and /readyz\n".to_owned()),
    }
}

fn said(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
