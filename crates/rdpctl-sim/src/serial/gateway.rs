//! The gateway of Azure's serial console: sessions over websockets, and what is told to a machine beside them.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONNECTION, HeaderValue, UPGRADE};
use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio_util::sync::CancellationToken;

use super::line::{Interrupt, interrupt, serve};
use super::websocket::{Websocket, accept};
use crate::plain::plain;
use crate::shared::Shared;
use crate::world::{AccountIndex, Power, VmIndex};

/// Under which names sessions, and what is told beside them, are counted.
const SESSION: &str = "console/sessions/client";
const BESIDE: &str = "console/sessions/adminCommand";

/// Whether a path is one of the gateway's.
pub(crate) fn is_here(path: &str) -> bool {
    path.starts_with("/n/connector/")
}

/// Answers a request to the gateway.
pub(crate) fn answer(
    request: Request<Incoming>,
    shared: &Shared,
    stop: &CancellationToken,
) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match (request.method(), &parts[..]) {
        (&Method::GET, ["n", "connector", _, "sessions", session, "client"]) => {
            let known = {
                let mut core = shared.lock();
                let known = core.arm.session(session);
                core.counters.beside("GET", SESSION, known.is_some());
                known
            };
            match known {
                Some((vm, account)) => upgrade(request, vm, account, shared, stop),
                None => plain(StatusCode::NOT_FOUND, "no such session"),
            }
        }
        (&Method::POST, ["n", "connector", _, "sessions", session, "adminCommand", command]) => {
            let answer = admin(&request, session, command, shared);
            let was_served = answer.status() == StatusCode::OK;
            let what = format!("{BESIDE}/{command}");
            shared.lock().counters.beside("POST", &what, was_served);
            answer
        }
        _ => plain(StatusCode::NOT_FOUND, "the gateway has nothing there"),
    }
}

fn upgrade(
    mut request: Request<Incoming>,
    vm: VmIndex,
    account: AccountIndex,
    shared: &Shared,
    stop: &CancellationToken,
) -> Response<Full<Bytes>> {
    let key = request.headers().get("sec-websocket-key").and_then(|key| key.to_str().ok());
    let Some(accepted) = key.map(accept).and_then(|text| HeaderValue::from_str(&text).ok()) else {
        return plain(StatusCode::BAD_REQUEST, "a session is a websocket");
    };
    let (shared, stop) = (shared.clone(), stop.clone());
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        // Who asked and did not stay has nothing to be served.
        let Ok(upgraded) = upgraded.await else { return };
        let mut socket = Websocket::new(TokioIo::new(upgraded));
        let on = {
            let mut core = shared.lock();
            core.estate.advance();
            core.estate.vm(vm).seen_power(core.estate.now) == Power::Running
        };
        if on && greet(&mut socket, account, &shared).await {
            serve(&mut socket, vm, &shared, &stop).await;
        }
        // The other side may have closed it already.
        let _closed = socket.close().await;
    });
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert("sec-websocket-accept", accepted);
    response
}

/// Greets a client, who answers with a token.
async fn greet<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    socket: &mut Websocket<S>,
    account: AccountIndex,
    shared: &Shared,
) -> bool {
    use super::line::Wire as _;
    if socket.send(b"Preparing the connection\r\n").await.is_err() {
        return false;
    }
    match socket.message().await {
        Ok(Some(token)) => {
            let token = String::from_utf8_lossy(&token).into_owned();
            shared.lock().arm.whose(&token) == Some(account)
        }
        Ok(None) | Err(_) => false,
    }
}

fn admin(
    request: &Request<Incoming>,
    session: &str,
    command: &str,
    shared: &Shared,
) -> Response<Full<Bytes>> {
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let vm = {
        let core = shared.lock();
        let Some((vm, account)) = core.arm.session(session) else {
            return plain(StatusCode::NOT_FOUND, "no such session");
        };
        if core.arm.whose(token) != Some(account) {
            return plain(StatusCode::UNAUTHORIZED, "the token is not valid here");
        }
        if !core.consoles.is_taken(vm) {
            return plain(StatusCode::CONFLICT, "the session is not open");
        }
        vm
    };
    let which = match command {
        "nmi" => Interrupt::NonMaskable,
        "reset" => Interrupt::Reset,
        _ => return plain(StatusCode::BAD_REQUEST, "no such command"),
    };
    interrupt(vm, which, shared);
    plain(StatusCode::OK, "{}")
}
