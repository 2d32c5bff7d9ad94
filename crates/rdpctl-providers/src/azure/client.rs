//! Calls the resource manager: token, pace, answer; and repeats only what may be repeated.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdpctl_contract::{ForACall, Leave, Meter};
use rdpctl_model::account::{Azure, Route};
use rdpctl_model::secret::Secret;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::credentials::{Keychain, Surroundings, source};
use super::error::{ArmError, Told};
use super::pace::{Kind, Pace};
use super::places::Places;
use super::retail::Retail;
use crate::asked::Asked;
use crate::route::by;

/// Requests under way at once.
const IN_FLIGHT: usize = 32;

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a call is made at most.
const ATTEMPTS: u32 = 6;

/// The longest wait that the vendor can ask for in the middle of a call.
const LONGEST: Duration = Duration::from_mins(2);

/// How long after an own write the graph may not know of it.
const LAG: Duration = Duration::from_mins(3);

/// The largest answer that is held.
const MOST: usize = 64 << 20;

/// The versions of the interfaces, by namespace.
pub(super) const COMPUTE: &str = "2024-07-01";
pub(super) const DISKS: &str = "2024-03-02";
pub(super) const NETWORK: &str = "2024-05-01";
pub(super) const GRAPH: &str = "2021-03-01";
pub(super) const SUBSCRIPTIONS: &str = "2022-12-01";
pub(super) const CONSOLE: &str = "2018-05-01";
/// The first that says whether somebody has a console open.
pub(super) const CONSOLE_STATE: &str = "2024-07-01";

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// A path with its query but for the version, or a whole URL that an answer named.
    pub(super) to: &'a str,
    pub(super) version: &'a str,
    pub(super) body: Option<&'a Value>,
    /// The version of the thing that is meant.
    pub(super) etag: Option<&'a str>,
    pub(super) kind: Kind,
}

impl<'a> Ask<'a> {
    /// Reads something.
    pub(super) const fn get(to: &'a str, version: &'a str) -> Self {
        Self { method: Method::GET, to, version, body: None, etag: None, kind: Kind::Read }
    }

    /// Puts something.
    pub(super) const fn put(to: &'a str, version: &'a str, body: &'a Value) -> Self {
        Self { method: Method::PUT, to, version, body: Some(body), etag: None, kind: Kind::Write }
    }

    /// Deletes something.
    pub(super) const fn delete(to: &'a str, version: &'a str) -> Self {
        Self { method: Method::DELETE, to, version, body: None, etag: None, kind: Kind::Write }
    }

    /// Asks for something to be done.
    pub(super) const fn post(to: &'a str, version: &'a str, kind: Kind) -> Self {
        Self { method: Method::POST, to, version, body: None, etag: None, kind }
    }

    /// What is asked, for messages: the verb and the last names of the path.
    pub(super) fn action(&self) -> String {
        let path = self.to.split('?').next().unwrap_or_default();
        let kind = path.rsplit_once("/providers/").map_or(path, |(_, rest)| rest);
        format!("{} {kind}", self.method)
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// What was asked, for messages.
    pub(super) action: String,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How long the vendor wants us to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds)).filter(|wait| !wait.is_zero())
    }

    /// The body as what it should be.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, ArmError> {
        serde_json::from_slice(&self.body).map_err(|error| ArmError::Garbled {
            action: self.action.clone(),
            source: rdpctl_contract::Cause::of(error),
        })
    }

    fn refusal(&self) -> ArmError {
        let words = serde_json::from_slice::<Told>(&self.body).unwrap_or_default().words();
        let ids = ["x-ms-correlation-request-id", "x-ms-request-id"];
        ArmError::Refused {
            action: self.action.clone(),
            status: self.status,
            code: if words.code.is_empty() { format!("HTTP {}", self.status) } else { words.code },
            message: words.message,
            request: ids.iter().find_map(|id| self.header(id)).unwrap_or_default().to_owned(),
            retry_after: self.retry_after(),
        }
    }
}

/// Calls one subscription.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    /// The same for what begins as HTTP and goes on as something else.
    upgrading: reqwest::Client,
    pub(super) places: Places,
    pub(super) subscription: String,
    keychain: Keychain,
    in_flight: Semaphore,
    pub(super) pace: Pace,
    written: Mutex<Option<Instant>>,
    pub(super) prices: Retail,
    /// Where what is made for one call is on record.
    pub(super) for_a_call: Option<Arc<dyn ForACall>>,
}

impl Client {
    /// A client for a declared account. Nothing is sent yet.
    pub(super) fn new(declared: &Azure, around: &Surroundings) -> Result<Self, ClientError> {
        let places = Places::of(declared).map_err(ClientError::Endpoint)?;
        let direct = here().map_err(ClientError::Http)?;
        let http = if places.is_here() {
            direct.clone()
        } else {
            http(&declared.calls.route).map_err(ClientError::Http)?
        };
        let route = if places.is_here() { &Route::Direct } else { &declared.calls.route };
        let upgrading = builder(route).and_then(|builder| builder.http1_only().build());
        let upgrading = match upgrading {
            Err(_) if places.is_here() => {
                builder(route).and_then(|it| it.http1_only().tls_certs_only([]).build())
            }
            other => other,
        };
        let upgrading = upgrading.map_err(ClientError::Http)?;
        let keychain = Keychain::new(source(declared, &places, around, (&http, &direct)));
        let prices = Retail::at(places.prices.clone(), http.clone());
        Ok(Self {
            http,
            upgrading,
            places,
            subscription: declared.subscription.clone(),
            keychain,
            in_flight: Semaphore::new(IN_FLIGHT),
            pace: Pace::new(&declared.calls.rates),
            written: Mutex::new(None),
            prices,
            for_a_call: around.for_a_call.clone(),
        })
    }

    /// The way to others than the resource manager: the same, and without a token.
    pub(super) fn outside(&self) -> reqwest::Client {
        self.http.clone()
    }

    /// The way to a websocket.
    pub(super) fn upgrading(&self) -> reqwest::Client {
        self.upgrading.clone()
    }

    /// A token, for whoever is no call.
    pub(super) async fn token(&self) -> Result<Secret, ArmError> {
        let token = self.keychain.current().await;
        let action = "POST Microsoft.SerialConsole".to_owned();
        token
            .map(|token| token.secret.clone())
            .map_err(|source| ArmError::Credentials { action, source: Box::new(source) })
    }

    /// The path of the subscription.
    pub(super) fn root(&self) -> String {
        format!("/subscriptions/{}", self.subscription)
    }

    /// Whether we changed something of which the graph may not know yet.
    pub(super) fn wrote_lately(&self) -> bool {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.is_some_and(|at| at.elapsed() < LAG)
    }

    /// Makes a call, repeating it as far as that is safe.
    pub(super) async fn call(
        &self,
        ask: &Ask<'_>,
        stop: &CancellationToken,
    ) -> Result<Answer, ArmError> {
        let (mut attempt, mut renewed) = (1, false);
        loop {
            if stop.is_cancelled() {
                return Err(ArmError::Stopped);
            }
            self.pace.place(ask.kind, stop).await?;
            let token = self.keychain.current().await.map_err(|source| ArmError::Credentials {
                action: ask.action(),
                source: Box::new(source),
            })?;
            // Before each attempt: places, tokens and pauses take their time.
            if ask.kind.changes() && !Leave::here().holds().await {
                return Err(ArmError::Stopped);
            }
            let sent = self.send(ask, token.secret.expose());
            // What has been sent to change something is awaited: its answer says what became of it.
            let answered = match ask.kind {
                Kind::Read | Kind::Graph => tokio::select! {
                    answered = sent => answered,
                    () = stop.cancelled() => return Err(ArmError::Stopped),
                },
                Kind::Write | Kind::Once => sent.await,
            };
            let wait = match answered {
                Ok(answer) if (200..300).contains(&answer.status) => {
                    if ask.kind.changes() {
                        *self.written.lock().unwrap_or_else(PoisonError::into_inner) =
                            Some(Instant::now());
                    }
                    return Ok(answer);
                }
                Ok(answer) => {
                    let refusal = answer.refusal();
                    match answer.status {
                        401 if !renewed => {
                            renewed = true;
                            self.keychain.discard(&token).await;
                            continue;
                        }
                        // Nothing was done; and a repetition before its time prolongs the ban.
                        429 if attempt < ATTEMPTS => {
                            let wait = answer.retry_after().unwrap_or(Duration::from_secs(5));
                            if wait > LONGEST {
                                return Err(refusal);
                            }
                            self.pace.close(ask.kind, wait);
                            wait
                        }
                        500 | 502..=504 if attempt < ATTEMPTS && ask.kind != Kind::Once => {
                            answer.retry_after().unwrap_or(backoff(attempt)).min(LONGEST)
                        }
                        _ => return Err(refusal),
                    }
                }
                Err(source) if attempt < 3 && (ask.kind != Kind::Once || source.is_connect()) => {
                    tracing::debug!(action = ask.action(), attempt, %source, "repeating a call");
                    backoff(attempt)
                }
                Err(source) => {
                    let (action, endpoint) = (ask.action(), self.places.arm.clone());
                    return Err(ArmError::Lost { action, endpoint, source: source.without_url() });
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => return Err(ArmError::Stopped),
            }
            attempt += 1;
        }
    }

    async fn send(&self, ask: &Ask<'_>, token: &str) -> Result<Answer, reqwest::Error> {
        let url = if ask.to.starts_with('/') {
            let sign = if ask.to.contains('?') { '&' } else { '?' };
            format!("{}{}{sign}api-version={}", self.places.arm, ask.to, ask.version)
        } else {
            ask.to.to_owned()
        };
        let mut request = self
            .http
            .request(ask.method.clone(), url)
            .timeout(PATIENCE)
            .bearer_auth(token)
            .header("accept", "application/json")
            .header("x-ms-client-request-id", uuid::Uuid::new_v4().to_string());
        if let Some(body) = ask.body {
            request = request.header("content-type", "application/json").body(body.to_string());
        } else if ask.method != Method::GET {
            request = request.header("content-length", "0");
        }
        if let Some(etag) = ask.etag {
            request = request.header("if-match", etag);
        }
        // Never closed; should it be, the call is made all the same.
        let permit = self.in_flight.acquire().await;
        Meter::call();
        let name = ask.action();
        let seen = Asked::of(&self.places.arm, &name);
        let answered = request.send().await;
        let mut response = answered.inspect_err(|error| seen.ended(error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A page of a thousand rows is a megabyte: it is not moved while it grows. What is said of its length is not believed
        // beyond what pages are.
        let said = response.content_length().and_then(|length| usize::try_from(length).ok());
        let mut body = Vec::with_capacity(said.unwrap_or(0).min(4 << 20));
        while let Some(chunk) = response.chunk().await? {
            // What is larger is cut, and not understood.
            if body.len() + chunk.len() > MOST {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        drop(permit);
        seen.bodies(ask.body.map(ToString::to_string).unwrap_or_default().as_bytes(), &body);
        seen.ended(status);
        Ok(Answer { action: ask.action(), status, headers, body })
    }
}

fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(250) * 2_u32.pow(attempt.min(6))
}

/// Why a declared account cannot be called.
#[derive(Debug)]
pub(super) enum ClientError {
    Endpoint(String),
    Http(reqwest::Error),
}

/// A client for calls to this machine alone, which need no authority's certificate.
fn here() -> Result<reqwest::Client, reqwest::Error> {
    match http(&Route::Direct) {
        Ok(client) => Ok(client),
        Err(_) => builder(&Route::Direct)?.tls_certs_only([]).build(),
    }
}

fn http(route: &Route) -> Result<reqwest::Client, reqwest::Error> {
    builder(route)?.build()
}

fn builder(route: &Route) -> Result<reqwest::ClientBuilder, reqwest::Error> {
    // The process may have chosen a provider already; either serves.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        drop(rustls::crypto::ring::default_provider().install_default());
    }
    Ok(by(route, reqwest::Client::builder())?
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("rdpctl/", env!("CARGO_PKG_VERSION")))
        .tcp_nodelay(true)
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(55)))
}
