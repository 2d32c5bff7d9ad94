//! HTTP on loopback: the vendor's gateway, and a corner for tests that no vendor has.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, DATE, HOST, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::Semaphore,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::azure;
use crate::{hatch, plain::plain, serial, shared::Shared, tencent};

/// The largest request that the vendor takes.
const BODY_LIMIT: usize = 10 << 20;
/// Connections that are served at once; more wait.
const CONNECTIONS: usize = 512;

/// Serves until `stop`, then finishes the calls in hand: in clear, and over HTTPS for clients that insist on it.
pub(crate) async fn serve_both(
    listener: TcpListener,
    (secure, acceptor): (TcpListener, TlsAcceptor),
    shared: Shared,
    stop: CancellationToken,
) {
    let ticker = tokio::spawn(tick(shared.clone(), stop.clone()));
    tokio::join!(
        serve(listener, None, shared.clone(), stop.clone()),
        serve(secure, Some(acceptor), shared, stop),
    );
    // The ticker ends with the same token; a panic in it has already shown itself.
    let _ended = ticker.await;
}

async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Shared,
    stop: CancellationToken,
) {
    let mut connections = JoinSet::new();
    let places = std::sync::Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = std::sync::Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        // A connection that is gone before it was accepted is its client's business.
        let Ok((stream, peer)) = accepted else { continue };
        // Answers are written whole; waiting for more only costs time. Without the option it still works.
        let _quick = stream.set_nodelay(true);
        let (shared, stop, acceptor) = (shared.clone(), stop.clone(), acceptor.clone());
        connections.spawn(async move {
            let _place = place;
            match acceptor {
                None => talk(stream, peer, "http", &shared, &stop).await,
                // Who does not come through the handshake has said what he wanted to say.
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        talk(stream, peer, "https", &shared, &stop).await;
                    }
                }
            }
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Answers one connection.
async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    scheme: &'static str,
    shared: &Shared,
    stop: &CancellationToken,
) {
    let service = service_fn(|request| answer(request, peer, scheme, shared, stop));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(30))
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        // A broken connection has nobody left to tell.
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _finished = tokio::time::timeout(Duration::from_secs(2), connection).await;
        }
    }
}

/// Lets time work on the world even when nobody calls.
async fn tick(shared: Shared, stop: CancellationToken) {
    loop {
        let wait = {
            let mut core = shared.lock();
            core.estate.advance();
            // A full disk shows itself to the next caller, who must not be told of what is not kept.
            if core.record().is_err() {
                Duration::from_secs(1)
            } else {
                core.estate
                    .next_due()
                    .map_or(Duration::from_millis(500), |due| core.estate.clock.real_until(due))
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait.clamp(Duration::from_millis(5), Duration::from_millis(500))) => {}
            () = stop.cancelled() => break,
        }
    }
}

/// Whether a `Host` header names this machine by an address of its own, with or without a port.
fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    port.bytes().all(|byte| byte.is_ascii_digit())
        && (name == "localhost" || address.is_ok_and(|address| address.is_loopback()))
}

/// Why a connection is broken off without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the world's faults break this connection")]
struct Broken;

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    scheme: &'static str,
    shared: &Shared,
    stop: &CancellationToken,
) -> Result<Response<Full<Bytes>>, Broken> {
    if serial::is_gateway(request.uri().path()) {
        return Ok(serial::answer_gateway(request, shared, stop));
    }
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than 10 MB"));
    };
    let body = body.to_bytes();
    if let Some(path) = head.uri.path().strip_prefix("/__sim/") {
        // A page in somebody's browser reaches loopback, too, but by a name of its own.
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        if !is_loopback(host) {
            return Ok(plain(
                StatusCode::FORBIDDEN,
                "the hatch is open to loopback addresses only",
            ));
        }
        return Ok(hatch::answer(&head.method, path, &body, shared));
    }
    // The one vendor has a single path; every other one is of the other.
    if head.uri.path() != "/" {
        return arm(&head, &body, scheme, shared).await;
    }
    let (answer, clock) = {
        let mut core = shared.lock();
        let core = &mut *core;
        let request = tencent::Request {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
            body: &body,
            caller: peer.ip(),
        };
        let answer = core.gate.answer(&mut core.estate, &mut core.counters, &request);
        if let Err(error) = core.record() {
            tracing::error!(%error, "what was done to the simulated world is not kept");
            return Ok(plain(
                StatusCode::INSUFFICIENT_STORAGE,
                "the simulator cannot write its journal",
            ));
        }
        if answer.cut {
            core.lose_power();
        }
        (answer, core.gate.clock())
    };
    if !answer.held.is_zero() {
        tokio::time::sleep(answer.held).await;
    }
    if answer.reset {
        return Err(Broken);
    }
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    // The official SDKs look for errors only under exactly this type.
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let date = jiff::Timestamp::from_second(clock)
        .map(|moment| moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .ok()
        .and_then(|date| HeaderValue::from_str(&date).ok());
    if let Some(date) = date {
        response.headers_mut().insert(DATE, date);
    }
    Ok(response)
}

/// Answers a request to Azure.
async fn arm(
    head: &hyper::http::request::Parts,
    body: &Bytes,
    scheme: &str,
    shared: &Shared,
) -> Result<Response<Full<Bytes>>, Broken> {
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let reply = {
        let mut core = shared.lock();
        let core = &mut *core;
        core.arm.taken = core.consoles.taken();
        let request = azure::Request {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
            body,
            base: format!("{scheme}://{host}"),
        };
        let reply = core.arm.answer(&mut core.estate, &mut core.counters, &request);
        if let Err(error) = core.record() {
            tracing::error!(%error, "what was done to the simulated world is not kept");
            return Ok(plain(
                StatusCode::INSUFFICIENT_STORAGE,
                "the simulator cannot write its journal",
            ));
        }
        if reply.cut {
            core.lose_power();
        }
        reply
    };
    if !reply.held.is_zero() {
        tokio::time::sleep(reply.held).await;
    }
    if reply.reset {
        return Err(Broken);
    }
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hatch_opens_to_loopback_addresses_and_to_no_name_of_somebody_else() {
        for host in ["127.0.0.1:4711", "127.65.0.1", "localhost:80", "[::1]:80", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.5:80", "localhost.evil:1"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
