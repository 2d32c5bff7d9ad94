//! One request, one answer: headers, signature, deadline and a limit on what is read.
//!
//! No redirect and no repetition happens here unasked; those above decide with the facts in hand.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rdpctl_model::account::Route;
use rdpctl_model::secret::Secret;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderValue};

use super::credentials::Credential;
use super::endpoint::{EndpointError, Endpoints, Service, Target};
use super::error::CallError;
use super::sign::{Signable, authorization};
use crate::route::by;

/// What every request says of itself.
const CLIENT: &str = concat!("rdpctl-", env!("CARGO_PKG_VERSION"));

const JSON: &str = "application/json";

/// The largest answer held: a page of a hundred instances is some 200 KB, a hundred outputs of 24 KB some 4 MB.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends requests for one region.
#[derive(Debug)]
pub struct Transport {
    http: reqwest::Client,
    /// Without any proxy: the metadata service answers this machine alone.
    direct: reqwest::Client,
    endpoints: Endpoints,
    region: Box<str>,
    /// The vendor's clock minus ours, in seconds.
    skew: AtomicI64,
}

/// Why there is no transport.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// TLS or the resolver could not be set up.
    #[error("cannot set up HTTPS")]
    Http(#[source] reqwest::Error),
    /// The region and the endpoint do not make a host.
    #[error("no endpoint for region `{region}`")]
    Endpoint {
        /// The region.
        region: String,
        /// Why.
        source: EndpointError,
    },
}

/// A request to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) service: Service,
    pub(crate) action: &'static str,
    pub(crate) body: &'a [u8],
    pub(crate) signer: Signer<'a>,
}

/// Who vouches for a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signer<'a> {
    /// This credential.
    Credential(&'a Credential),
    /// Nobody: the request carries its own proof.
    Nobody,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) body: Vec<u8>,
    /// The vendor's clock.
    pub(crate) date: Option<Timestamp>,
}

/// A client for calls to the vendor.
pub(crate) fn http_client(route: &Route) -> Result<reqwest::Client, TransportError> {
    builder(route)?.build().map_err(TransportError::Http)
}

fn builder(route: &Route) -> Result<reqwest::ClientBuilder, TransportError> {
    // The process may have chosen a provider already; either serves.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        drop(rustls::crypto::ring::default_provider().install_default());
    }
    Ok(by(route, reqwest::Client::builder())
        .map_err(TransportError::Http)?
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(CLIENT)
        .tcp_nodelay(true)
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(55)))
}

/// A client for calls to this machine alone, its metadata service or a simulator: neither speaks TLS, so that a machine
/// without any authority's certificate can call them.
fn here() -> Result<reqwest::Client, TransportError> {
    match http_client(&Route::Direct) {
        Ok(client) => Ok(client),
        Err(_) => builder(&Route::Direct)?.tls_certs_only([]).build().map_err(TransportError::Http),
    }
}

impl Transport {
    /// A transport for one region.
    ///
    /// # Errors
    /// When HTTPS cannot be set up, or the region does not make a host name.
    pub fn new(endpoints: Endpoints, route: &Route, region: &str) -> Result<Self, TransportError> {
        endpoints
            .target(Service::Cvm, region)
            .map_err(|source| TransportError::Endpoint { region: region.to_owned(), source })?;
        let direct = here()?;
        let http = if endpoints.is_here() { direct.clone() } else { http_client(route)? };
        Ok(Self { http, direct, endpoints, region: region.into(), skew: AtomicI64::new(0) })
    }

    /// The client without any proxy, for the metadata service.
    pub(crate) const fn direct(&self) -> &reqwest::Client {
        &self.direct
    }

    /// The region whose resources are meant.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Where a service's calls go.
    pub(crate) fn target(
        &self,
        service: Service,
        action: &'static str,
    ) -> Result<Target, CallError> {
        self.endpoints.target(service, &self.region).map_err(|_| CallError::Unsendable {
            action,
            what: "the region does not make a host name",
        })
    }

    /// The vendor's time, as far as we know.
    pub(crate) fn now(&self) -> Timestamp {
        let skew = SignedDuration::from_secs(self.skew.load(Ordering::Relaxed));
        Timestamp::now().saturating_add(skew).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Takes the vendor's clock for the right one.
    pub(crate) fn resync(&self, vendor: Timestamp) {
        self.skew.store(vendor.as_second() - Timestamp::now().as_second(), Ordering::Relaxed);
    }

    /// Sends one request, once.
    pub(crate) async fn send(&self, request: Outgoing<'_>) -> Result<Received, CallError> {
        let action = request.action;
        let target = self.target(request.service, action)?;
        let headers = self.headers(&request, &target)?;
        let host = target.host;
        let lost = |source: reqwest::Error| {
            if source.is_timeout() && !source.is_connect() {
                CallError::TimedOut { action, host: host.clone(), after: PATIENCE }
            } else {
                CallError::Network { action, host: host.clone(), source: source.without_url() }
            }
        };

        let mut response = self
            .http
            .post(target.url)
            .headers(headers)
            .timeout(PATIENCE)
            .body(request.body.to_vec())
            .send()
            .await
            .map_err(&lost)?;
        let date =
            response.headers().get(DATE).and_then(|value| value.to_str().ok()).and_then(|text| {
                jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
            });
        let status = response.status();
        if !status.is_success() {
            return Err(CallError::Status { action, host: host.clone(), status: status.as_u16() });
        }
        let announced =
            response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if announced > MAX_ANSWER {
            return Err(CallError::TooLarge { action, limit: MAX_ANSWER });
        }
        let mut body = Vec::with_capacity(announced);
        while let Some(chunk) = response.chunk().await.map_err(&lost)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(CallError::TooLarge { action, limit: MAX_ANSWER });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Received { body, date })
    }

    fn headers(&self, request: &Outgoing<'_>, target: &Target) -> Result<HeaderMap, CallError> {
        let at = self.now();
        let mut headers = HeaderMap::with_capacity(12);
        let mut put = |name: &'static str, value: &str, what: &'static str| {
            let value = HeaderValue::from_str(value)
                .map_err(|_| CallError::Unsendable { action: request.action, what })?;
            headers.insert(name, value);
            Ok::<(), CallError>(())
        };
        put(HOST.as_str(), &target.host, "the host")?;
        put(CONTENT_TYPE.as_str(), JSON, "the content type")?;
        put("x-tc-action", request.action, "the action")?;
        put("x-tc-version", request.service.version(), "the version")?;
        put("x-tc-timestamp", &at.as_second().to_string(), "the time")?;
        put("x-tc-region", &self.region, "the region")?;
        put("x-tc-language", "en-US", "the language")?;
        put("x-tc-requestclient", CLIENT, "the client's name")?;

        let proof = match request.signer {
            Signer::Nobody => "SKIP".to_owned(),
            Signer::Credential(credential) => {
                if let Some(token) = &credential.token {
                    headers.insert(
                        "x-tc-token",
                        secret_header(request.action, token.expose(), "the token")?,
                    );
                }
                let signable = Signable {
                    service: request.service.label(),
                    host: &target.host,
                    content_type: JSON,
                    // Without it, who stands between could put another action over a signed body.
                    action: Some(request.action),
                    body: request.body,
                };
                authorization(&signable, at, &credential.id, credential.key.expose())
            }
        };
        headers.insert(AUTHORIZATION, secret_header(request.action, &proof, "the secret id")?);
        Ok(headers)
    }
}

/// A header that shows nothing of itself when printed.
fn secret_header(
    action: &'static str,
    value: &str,
    what: &'static str,
) -> Result<HeaderValue, CallError> {
    let mut value =
        HeaderValue::from_str(value).map_err(|_| CallError::Unsendable { action, what })?;
    value.set_sensitive(true);
    Ok(value)
}

impl Credential {
    /// A credential that does not run out.
    #[must_use]
    pub fn lasting(id: &str, key: Secret) -> Self {
        Self { id: id.into(), key, token: None, expires: None }
    }
}
