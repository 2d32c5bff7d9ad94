//! Range requests to a page blob by its signed link. The link is a secret: no error and no log has it, and no token of ours
//! goes along.

use std::time::Duration;

use rdpctl_model::secret::Secret;

use crate::azure::client::Client;
use crate::moved::say as moved;
use rdpctl_model::Said;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a request is made at most.
const ATTEMPTS: u32 = 5;

/// Somewhere to read from.
#[derive(Debug)]
pub(super) struct Window {
    http: reqwest::Client,
    link: Secret,
}

/// What a request gave.
pub(super) struct Seen {
    pub(super) bytes: Vec<u8>,
    /// How long the whole blob is.
    pub(super) of: u64,
}

/// Why there are no bytes, without the link.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Blind {
    #[error(
        "the link to the disk's copy is not honoured any more: its time is over, or somebody took it back"
    )]
    Refused,
    #[error("what the link to the disk's copy leads to is gone")]
    Gone,
    #[error("the storage answers with HTTP {0}")]
    Status(u16),
    #[error("the storage does not answer: {0}")]
    Lost(String),
    #[error("the storage gave other bytes than those that were asked for")]
    Other,
}

impl Blind {
    pub(super) fn said(&self) -> Said {
        match self {
            Self::Refused => moved::link_refused(),
            Self::Gone => moved::link_gone(),
            Self::Status(status) => moved::storage_status(*status),
            Self::Lost(error) => moved::storage_silent(error),
            Self::Other => moved::storage_other(),
        }
    }
}

impl Window {
    /// A link that leads over the wire in clear, or to nowhere, is not followed.
    pub(super) fn open(client: &Client, link: Secret) -> Result<Self, Said> {
        let url = reqwest::Url::parse(link.expose()).map_err(|_| moved::no_link())?;
        if url.scheme() != "https" && !client.places.is_here() {
            return Err(moved::not_over_tls());
        }
        Ok(Self { http: client.outside(), link })
    }

    /// Bytes from one place on.
    pub(super) async fn read(&self, at: u64, length: u64) -> Result<Seen, Blind> {
        let range = format!("bytes={at}-{}", at.saturating_add(length).saturating_sub(1));
        let mut attempt = 1;
        loop {
            let again = match self.once(&range, at, length).await {
                Ok(seen) => return Ok(seen),
                Err(blind @ (Blind::Refused | Blind::Gone | Blind::Other)) => return Err(blind),
                Err(Blind::Status(status)) if !matches!(status, 408 | 429 | 500 | 502..=504) => {
                    return Err(Blind::Status(status));
                }
                Err(blind @ (Blind::Status(_) | Blind::Lost(_))) => blind,
            };
            if attempt == ATTEMPTS {
                return Err(again);
            }
            tokio::time::sleep(Duration::from_millis(200) * 2_u32.pow(attempt)).await;
            attempt += 1;
        }
    }

    async fn once(&self, range: &str, at: u64, length: u64) -> Result<Seen, Blind> {
        let lost = |error: reqwest::Error| Blind::Lost(error.without_url().to_string());
        rdpctl_contract::Meter::call();
        let request = self.http.get(self.link.expose()).header("range", range).timeout(PATIENCE);
        let mut response = request.send().await.map_err(lost)?;
        match response.status().as_u16() {
            206 => {}
            401 | 403 => return Err(Blind::Refused),
            404 => return Err(Blind::Gone),
            status => return Err(Blind::Status(status)),
        }
        let header = response.headers().get("content-range").and_then(|value| value.to_str().ok());
        let told = header.and_then(|text| {
            let (range, of) = text.strip_prefix("bytes ")?.split_once('/')?;
            let from: u64 = range.split_once('-')?.0.parse().ok()?;
            Some((from, of.parse::<u64>().ok()?))
        });
        let (from, of) = told.filter(|(from, _)| *from == at).ok_or(Blind::Other)?;
        let wanted = usize::try_from(length.min(of.saturating_sub(from))).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if bytes.len() + chunk.len() > wanted {
                return Err(Blind::Other);
            }
            bytes.extend_from_slice(&chunk);
        }
        if bytes.len() == wanted {
            Ok(Seen { bytes, of })
        } else {
            Err(Blind::Lost("it broke off".to_owned()))
        }
    }
}
