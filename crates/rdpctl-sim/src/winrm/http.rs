//! One connection: who is logged on over it, and how messages get in and out.
//!
//! NTLM authenticates the connection, not the request, so all of this is state of one TCP connection.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, SERVER, WWW_AUTHENTICATE};
use hyper::{Method, Response as HttpResponse, StatusCode};
use tokio::time::timeout;
use uuid::Uuid;

use super::accepts::Accepts;
use super::frame;
use super::inject::Effect;
use super::machine::LogOn;
use super::reply::Reply;
use super::service::Service;
use super::soap::{Body, MUTUAL, Request, Response};
use super::tls::Tls;
use crate::ntlm::{Answer, Expect, Negotiation, Session, negotiate};

/// The largest body that is read.
const BODY_LIMIT: usize = 8 * 1024 * 1024;
/// How long a request's body may take.
const BODY_PATIENCE: Duration = Duration::from_mins(2);
const XML: &str = "application/soap+xml;charset=UTF-8";
/// Between 1601 and 1970, in seconds.
const FILE_TIME_EPOCH: u64 = 11_644_473_600;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
pub(super) struct Closed;

/// The state of one connection.
pub(super) struct Connection {
    service: Arc<Service>,
    accepts: Accepts,
    tls: Option<Tls>,
    /// Whom the client's TLS certificate stands for.
    certified: Option<String>,
    negotiation: Option<Negotiation>,
    logged_on: Option<(String, Session)>,
}

/// Who a request comes from, and what else must be said to them.
enum Who {
    Known { user: String, last_token: Option<Vec<u8>> },
    Unknown { token: Option<Vec<u8>> },
}

impl Connection {
    pub(super) fn new(
        service: Arc<Service>,
        accepts: Accepts,
        tls: Option<Tls>,
        certified: Option<String>,
    ) -> Self {
        Self { service, accepts, tls, certified, negotiation: None, logged_on: None }
    }

    /// Answers one HTTP request.
    pub(super) async fn answer(
        &mut self,
        request: hyper::Request<Incoming>,
    ) -> Result<HttpResponse<Reply>, Closed> {
        self.service.count(|counters| counters.requests += 1);
        if !self.service.is_on() {
            return Err(Closed);
        }
        let (head, body) = request.into_parts();
        let body = match timeout(BODY_PATIENCE, Limited::new(body, BODY_LIMIT).collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => return Ok(status(StatusCode::PAYLOAD_TOO_LARGE)),
            Err(_) => return Err(Closed),
        };
        if head.uri.path() != "/wsman" {
            return Ok(status(StatusCode::NOT_FOUND));
        }
        if head.method != Method::POST {
            return Ok(status(StatusCode::METHOD_NOT_ALLOWED));
        }
        let sealed = header(&head, &CONTENT_TYPE).is_some_and(frame::says_sealed);
        if self.tls.is_none() && !sealed && !body.is_empty() {
            self.service.count(|counters| counters.clear_text_bodies += 1);
        }
        if head.headers.get("WSMANIDENTIFY").is_some_and(|value| value == "unauthenticated")
            && str::from_utf8(&body)
                .ok()
                .and_then(|xml| Request::parse(xml).ok())
                .is_some_and(|it| it.body == Body::Identify)
        {
            return Ok(xml(&Response::identify()));
        }
        match self.who(header(&head, &AUTHORIZATION)) {
            Who::Unknown { token } => Ok(self.challenge(token.as_deref())),
            Who::Known { user, last_token } => {
                let mut response = self.serve(&user, sealed, &body).await?;
                if let Some(value) = last_token.as_deref().and_then(negotiate_header) {
                    response.headers_mut().insert(WWW_AUTHENTICATE, value);
                }
                Ok(response)
            }
        }
    }

    fn who(&mut self, authorization: Option<&str>) -> Who {
        let Some(authorization) = authorization else {
            return match &self.logged_on {
                Some((user, _)) => Who::Known { user: user.clone(), last_token: None },
                None => Who::Unknown { token: None },
            };
        };
        let who = match authorization.split_once(' ') {
            Some(("Negotiate", token)) if self.accepts.negotiate => self.negotiated(token),
            Some(("Basic", token)) if self.accepts.basic => self.basic(token),
            None if authorization == MUTUAL => {
                self.certified.clone().map(|user| Who::Known { user, last_token: None })
            }
            Some(_) | None => None,
        };
        match who {
            Some(Who::Known { user, last_token }) => {
                self.service.count(|counters| counters.log_ons += 1);
                Who::Known { user, last_token }
            }
            Some(going_on @ Who::Unknown { .. }) => going_on,
            None => {
                self.logged_on = None;
                self.service.count(|counters| counters.refused_log_ons += 1);
                Who::Unknown { token: None }
            }
        }
    }

    fn negotiated(&mut self, token: &str) -> Option<Who> {
        let token = STANDARD.decode(token.trim()).ok()?;
        let nonce = *Uuid::new_v4().as_bytes().first_chunk::<8>()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let file_time =
            (now.as_secs() + FILE_TIME_EPOCH) * 10_000_000 + u64::from(now.subsec_nanos() / 100);
        let machine = self.service.machine();
        let expect = Expect {
            computer: self.service.name(),
            admits: &|claim, proves| machine.log_on(claim.into(), proves),
            binding: self.tls.as_ref().map(|tls| (tls.fingerprint, tls.binding)),
            nonce,
            file_time,
        };
        match negotiate(self.negotiation.take(), &token, &expect) {
            Answer::Continue(token, negotiation) => {
                self.negotiation = Some(negotiation);
                self.logged_on = None;
                Some(Who::Unknown { token: Some(token) })
            }
            Answer::Accept(logged_on, last_token) => {
                let user = logged_on.user.clone();
                self.logged_on = Some((logged_on.user, logged_on.session));
                Some(Who::Known { user, last_token })
            }
            Answer::Refuse => None,
        }
    }

    fn basic(&self, token: &str) -> Option<Who> {
        if self.tls.is_none() && !self.accepts.clear_text {
            return None;
        }
        let token = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
        let (user, password) = token.split_once(':')?;
        let by = LogOn { user, domain: "", workstation: "" };
        let right = self.service.machine().log_on(by, &|expected| expected == password);
        right.then(|| Who::Known { user: user.to_owned(), last_token: None })
    }

    fn challenge(&self, token: Option<&[u8]>) -> HttpResponse<Reply> {
        let mut response = status(StatusCode::UNAUTHORIZED);
        let headers = response.headers_mut();
        if let Some(value) = token.and_then(negotiate_header) {
            headers.insert(WWW_AUTHENTICATE, value);
            return response;
        }
        if self.accepts.negotiate {
            headers.append(WWW_AUTHENTICATE, hyper::header::HeaderValue::from_static("Negotiate"));
        }
        if self.accepts.basic {
            headers.append(
                WWW_AUTHENTICATE,
                hyper::header::HeaderValue::from_static("Basic realm=\"WSMAN\""),
            );
        }
        response
    }

    async fn serve(
        &mut self,
        user: &str,
        sealed: bool,
        body: &Bytes,
    ) -> Result<HttpResponse<Reply>, Closed> {
        if body.is_empty() {
            // The end of a handshake that carries no message.
            return Ok(status(StatusCode::OK));
        }
        let plain = match (&mut self.logged_on, sealed) {
            (Some((_, session)), true) => match frame::open(session, body) {
                Some(plain) => plain,
                None => return Ok(status(StatusCode::BAD_REQUEST)),
            },
            (None, true) => return Ok(status(StatusCode::BAD_REQUEST)),
            (_, false) if self.tls.is_none() && !self.accepts.clear_text => {
                return Ok(status(StatusCode::INTERNAL_SERVER_ERROR));
            }
            (_, false) => body.to_vec(),
        };
        let Ok(text) = String::from_utf8(plain) else { return Ok(status(StatusCode::BAD_REQUEST)) };
        if text.len() > self.service.quotas().max_envelope {
            return Ok(self.deliver(
                sealed,
                &self.service.fault("", super::soap::Fault::RequestTooLarge),
                None,
            ));
        }
        let request = match Request::parse(&text) {
            Ok(request) => request,
            Err((fault, id)) => {
                return Ok(self.deliver(sealed, &self.service.fault(&id, fault), None));
            }
        };
        let effect = self.service.strike(&request);
        match &effect {
            Some(Effect::CloseBefore) => return Err(Closed),
            Some(Effect::Status(code)) => {
                return Ok(status(
                    StatusCode::from_u16(*code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
                ));
            }
            Some(Effect::Fault(fault)) => {
                let response = self.service.fault(&request.message_id, *fault);
                return Ok(self.deliver(sealed, &response, None));
            }
            Some(Effect::Stall(time)) => tokio::time::sleep(*time).await,
            Some(Effect::LoseShells) => self.service.lose_shells(),
            Some(
                Effect::CloseAfter
                | Effect::CutBody
                | Effect::SlowBody(_)
                | Effect::Html
                | Effect::CutXml,
            )
            | None => {}
        }
        let response = self.service.handle(&request, user).await;
        if effect == Some(Effect::CloseAfter) {
            return Err(Closed);
        }
        Ok(self.deliver(sealed, &response, effect.as_ref()))
    }

    fn deliver(
        &mut self,
        sealed: bool,
        response: &Response,
        effect: Option<&Effect>,
    ) -> HttpResponse<Reply> {
        if effect == Some(&Effect::Html) {
            let page = "<html><body><h1>Welcome</h1>This is the portal.</body></html>";
            return with(StatusCode::OK, "text/html", Reply::whole(page));
        }
        let text = match effect {
            Some(Effect::CutXml) => response.xml.get(..response.xml.len() / 2).unwrap_or_default(),
            Some(_) | None => &response.xml,
        };
        let code =
            StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (content_type, body) = match (&mut self.logged_on, sealed) {
            (Some((_, session)), true) => {
                (frame::CONTENT_TYPE, frame::wrap(session, text.as_bytes().to_vec()))
            }
            (_, true | false) => (XML, text.as_bytes().to_vec()),
        };
        let reply = match effect {
            Some(Effect::CutBody) => Reply::half(body),
            Some(Effect::SlowBody(over)) => Reply::slow(body, *over),
            Some(_) | None => Reply::whole(body),
        };
        with(code, content_type, reply)
    }
}

fn header<'a>(
    head: &'a hyper::http::request::Parts,
    name: &hyper::header::HeaderName,
) -> Option<&'a str> {
    head.headers.get(name).and_then(|value| value.to_str().ok())
}

fn negotiate_header(token: &[u8]) -> Option<hyper::header::HeaderValue> {
    hyper::header::HeaderValue::from_str(&format!("Negotiate {}", STANDARD.encode(token))).ok()
}

fn status(code: StatusCode) -> HttpResponse<Reply> {
    let mut response = HttpResponse::new(Reply::whole(Bytes::new()));
    *response.status_mut() = code;
    response
        .headers_mut()
        .insert(SERVER, hyper::header::HeaderValue::from_static("Microsoft-HTTPAPI/2.0"));
    response
}

fn xml(response: &Response) -> HttpResponse<Reply> {
    let code = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    with(code, XML, Reply::whole(response.xml.clone()))
}

fn with(code: StatusCode, content_type: &'static str, reply: Reply) -> HttpResponse<Reply> {
    let mut response = status(code);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
    *response.body_mut() = reply;
    response
}
