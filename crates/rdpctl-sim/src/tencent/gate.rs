//! The gateway: who calls, what for, and whether they may; then the answer in its envelope.

use std::{net::IpAddr, time::Duration};

use hyper::HeaderMap;

use super::{
    call::Call,
    errors::Refusal,
    keys::{Caller, Gate},
    permission,
    service::Service,
    sign::{Authorization, Signed},
    table::{self, Entry},
};
use crate::{
    counters::Counters,
    estate::{Estate, Mishap},
    world::{AccountIndex, Text},
};

/// A request as it was received.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) caller: IpAddr,
}

impl<'a> Request<'a> {
    fn header(&self, name: &str) -> Option<&'a str> {
        // Values are checked as the bytes that came; those that are no UTF-8 cannot have been signed by an SDK.
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }
}

/// What goes back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    /// How long to hold it back.
    pub(crate) held: Duration,
    /// Break the connection instead.
    pub(crate) reset: bool,
    /// The caller's power is lost instead.
    pub(crate) cut: bool,
}

impl Gate {
    /// Answers a request.
    pub(crate) fn answer(
        &mut self,
        estate: &mut Estate,
        counters: &mut Counters,
        request: &Request<'_>,
    ) -> Answer {
        estate.advance();
        let id = estate.request_id();
        let mut answer =
            Answer { body: Vec::new(), held: Duration::ZERO, reset: false, cut: false };
        let outcome = self.serve(estate, counters, request, &id, &mut answer);
        answer.body = match outcome {
            Ok(body) => envelope(body, &id),
            Err(refusal) => {
                counters.refused(&refusal.code);
                refused(&refusal, &id)
            }
        };
        answer
    }

    fn serve(
        &mut self,
        estate: &mut Estate,
        counters: &mut Counters,
        request: &Request<'_>,
        id: &Text,
        answer: &mut Answer,
    ) -> Result<Vec<u8>, Refusal> {
        let host = request.header("host").unwrap_or_default();
        let (entry, authorization) = route(request)?;
        counters.called(entry.service.name(), entry.name, host);
        answer.held = estate.world.faults.latency.of(entry.name);
        let caller = self.authenticate(estate, request, &authorization)?;
        let account = caller.account;
        authorize(estate, account, entry)?;
        self.windows.admit(
            &estate.world.policy.rate_limits,
            entry.name,
            entry.rate,
            account,
            host,
        )?;
        let region = match request.header("x-tc-region").filter(|region| !region.is_empty()) {
            Some(region) => region,
            None if entry.service.is_regional() => return Err(Refusal::missing("Region")),
            None => "",
        };
        permission::demand(estate, caller, entry, region, request.body)?;
        let mishap = estate.mishap(entry.name);
        let effective = mishap.as_ref().is_none_or(Mishap::is_after_effect);
        let served = if effective {
            let mut call = Call {
                estate,
                account,
                region: region.into(),
                request: id.clone(),
                action: entry.name,
                caller: request.caller,
                gate: self,
            };
            (entry.serve)(&mut call, request.body)
        } else {
            Ok(Vec::new())
        };
        let outcome = match &served {
            _ if !effective => Err("struck by a fault"),
            Ok(_) => Ok(()),
            Err(refusal) => Err(refusal.code.as_ref()),
        };
        estate.note_call(entry.name, request.body, outcome);
        if effective && served.is_ok() && entry.changes() {
            let user = caller.user.and_then(|user| estate.world.account(account).keys.get(user));
            let by = user.map_or_else(|| "root".into(), |user| user.id.clone());
            let sent = String::from_utf8_lossy(request.body);
            estate.audit(account, &by, entry.name, "", &sent);
        }
        match mishap {
            None => served,
            Some(Mishap::Error { code, message, .. }) => Err(Refusal::injected(code, message)),
            Some(Mishap::Reset { .. }) => {
                answer.reset = true;
                served
            }
            Some(Mishap::PowerCut { .. }) => {
                answer.cut = true;
                served
            }
        }
    }

    fn authenticate(
        &self,
        estate: &Estate,
        request: &Request<'_>,
        authorization: &Authorization<'_>,
    ) -> Result<Caller, Refusal> {
        let now = self.clock();
        let (caller, key) = match self.lent.get(authorization.secret_id) {
            Some(lent) => {
                if request.header("x-tc-token") != Some(lent.token.as_str()) || lent.until <= now {
                    return Err(Refusal::new(
                        "AuthFailure.TokenFailure",
                        "The token is wrong or expired.",
                    ));
                }
                (Caller { account: lent.account, user: None }, &lent.key)
            }
            None => match self.keys.get(authorization.secret_id) {
                Some(caller) => {
                    let account = estate.world.account(caller.account);
                    let user = caller.user.and_then(|user| account.keys.get(user));
                    (*caller, user.map_or(&account.secret_key, |user| &user.key))
                }
                None => {
                    return Err(Refusal::new(
                        "AuthFailure.SecretIdNotFound",
                        "The SecretId is not found, please ensure that your SecretId is correct.",
                    ));
                }
            },
        };
        let signed = Signed {
            method: request.method,
            query: request.query,
            timestamp: request
                .header("x-tc-timestamp")
                .ok_or_else(|| Refusal::missing("Timestamp"))?,
            body: request.body,
            unsigned_payload: request.header("x-tc-content-sha256") == Some("UNSIGNED-PAYLOAD"),
        };
        authorization.verify(signed, |name| request.header(name), &key.0, now)?;
        Ok(caller)
    }
}

/// What a request is for.
fn route<'a>(request: &Request<'a>) -> Result<(&'static Entry, Authorization<'a>), Refusal> {
    if request.method != "POST" {
        return Err(Refusal::new(
            "UnsupportedProtocol",
            "Only POST with TC3-HMAC-SHA256 is supported here.",
        ));
    }
    if request.path != "/" {
        return Err(Refusal::new("InvalidRequest", "The path must be `/`."));
    }
    let authorization =
        request.header("authorization").ok_or_else(|| Refusal::missing("Authorization"))?;
    let authorization = Authorization::parse(authorization)?;
    let service = Service::named(authorization.service).ok_or_else(|| {
        Refusal::new(
            "NoSuchProduct",
            format!("The product `{}` does not exist.", authorization.service),
        )
    })?;
    let action = request.header("x-tc-action").ok_or_else(|| Refusal::missing("Action"))?;
    let version = request.header("x-tc-version").ok_or_else(|| Refusal::missing("Version"))?;
    if version != service.version() {
        return Err(Refusal::new(
            "NoSuchVersion",
            format!("The version `{version}` does not exist."),
        ));
    }
    let entry = table::find(service, action).ok_or_else(|| {
        Refusal::new(
            "InvalidAction",
            format!("The action `{action}` does not exist or is not simulated."),
        )
    })?;
    Ok((entry, authorization))
}

fn authorize(estate: &Estate, account: AccountIndex, entry: &Entry) -> Result<(), Refusal> {
    let denied = |rule: &String| match rule.split_once(':') {
        Some((service, action)) => {
            service == entry.service.name() && (action == "*" || action == entry.name)
        }
        None => rule == entry.name,
    };
    if estate.world.account(account).deny.iter().any(denied) {
        let message = format!(
            "You are not authorized to perform operation ({}:{}).",
            entry.service.name(),
            entry.name
        );
        return Err(Refusal::new("UnauthorizedOperation", message));
    }
    Ok(())
}

/// `{"Response":{…,"RequestId":"…"}}` around an answer that is already JSON.
fn envelope(mut answer: Vec<u8>, id: &str) -> Vec<u8> {
    let mut body = Vec::with_capacity(answer.len() + 80);
    body.extend_from_slice(b"{\"Response\":");
    if answer.last() == Some(&b'}') {
        answer.pop();
    } else {
        answer.push(b'{');
    }
    body.extend_from_slice(&answer);
    if answer.len() > 1 {
        body.push(b',');
    }
    body.extend_from_slice(format!("\"RequestId\":\"{id}\"}}}}").as_bytes());
    body
}

fn refused(refusal: &Refusal, id: &str) -> Vec<u8> {
    serde_json::json!({
        "Response": { "Error": { "Code": refusal.code, "Message": refusal.message }, "RequestId": id }
    })
    .to_string()
    .into_bytes()
}
