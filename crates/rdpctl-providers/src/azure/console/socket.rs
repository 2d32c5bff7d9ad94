//! The websocket: opened by the same client as all calls, so that proxies and authorities are the same.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use rdpctl_contract::Cause;
use rdpctl_model::secret::Secret;
use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Upgraded, Url};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};

use crate::channel::serial::Wire;
use crate::channel::why::say;

/// What every server adds to the key before it hashes it (RFC 6455, 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The largest message that is taken.
const LARGEST: usize = 256 * 1024;

/// How long the gateway may take to answer, and to greet.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open session, with what its gateway is asked by beside it.
pub(super) struct Socket {
    stream: WebSocketStream<Upgraded>,
    http: reqwest::Client,
    /// Where the gateway takes an interrupt; none where its address has another form.
    interrupts: Option<Url>,
    token: Secret,
}

/// Opens a session and says who we are: the token answers the gateway's greeting, which is not shown. A gateway that
/// greets nobody is told all the same.
pub(super) async fn open(
    http: &reqwest::Client,
    url: &Url,
    token: &Secret,
) -> Result<Socket, Cause> {
    let key = STANDARD.encode(uuid::Uuid::new_v4().as_bytes());
    let request = http
        .get(url.clone())
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", &key);
    let answer = timeout(PATIENCE, request.send())
        .await
        .map_err(|_| Cause::from(say::gateway_silent()))?
        .map_err(|error| Cause::of(error.without_url()))?;
    let expected = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, (key + GUID).as_bytes()));
    let accepted = answer.headers().get("sec-websocket-accept").map(HeaderValue::as_bytes);
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS || accepted != Some(expected.as_bytes()) {
        return Err(Cause::from(say::gateway_no_session(answer.status().as_u16())));
    }
    let upgraded = answer.upgrade().await.map_err(|error| Cause::of(error.without_url()))?;
    let config =
        WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let stream = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
    let interrupts = interrupts(url);
    let token = token.clone();
    let mut socket = Socket { stream, http: http.clone(), interrupts, token };
    match timeout(PATIENCE, socket.receive()).await {
        Ok(Ok(greeting)) if greeting.is_empty() => {
            return Err(Cause::from(say::gateway_closed()));
        }
        Ok(Err(error)) => return Err(Cause::of(error)),
        Ok(Ok(_)) | Err(_) => {}
    }
    let said = Message::text(socket.token.expose().to_owned());
    socket.stream.send(said).await.map_err(Cause::of)?;
    Ok(socket)
}

/// Beside the session, at the same gateway.
fn interrupts(url: &Url) -> Option<Url> {
    let path = url.path().strip_suffix("/client")?;
    let mut place = url.clone();
    place.set_path(&format!("{path}/adminCommand/nmi"));
    place.set_query(None);
    Some(place)
}

#[async_trait]
impl Wire for Socket {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.stream.send(Message::text(text)).await.map_err(io::Error::other)
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.stream.next().await {
                None | Some(Ok(Message::Close(_))) => return Ok(Vec::new()),
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                    let bytes = message.into_data();
                    // An empty message is no end.
                    if !bytes.is_empty() {
                        return Ok(bytes.to_vec());
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(error)) => return Err(io::Error::other(error)),
            }
        }
    }

    async fn interrupt(&mut self) -> io::Result<()> {
        let unsupported = || io::Error::from(io::ErrorKind::Unsupported);
        let place = self.interrupts.clone().ok_or_else(unsupported)?;
        let id = uuid::Uuid::new_v4();
        let asked = self
            .http
            .post(place)
            .bearer_auth(self.token.expose())
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .body(format!(r#"{{"command":"nmi","requestId":"{id}","commandParameters":{{}}}}"#));
        let sent = timeout(PATIENCE, asked.send()).await.map_err(|_| io::ErrorKind::TimedOut)?;
        let status = sent.map_err(|error| io::Error::other(error.without_url()))?.status();
        if status.is_success() {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("HTTP {}", status.as_u16())))
    }
}
