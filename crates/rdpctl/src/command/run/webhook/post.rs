//! One webhook at work: what comes together goes in one request, and what does not arrive is sent again for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::told;
use rdpctl_model::secret::Secret;
use rdpctl_model::webhook::{Webhook, WebhookUrl};
use rdpctl_providers::secret::Vault;
use rdpctl_words::english;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use uuid::Uuid;

use super::form::{Notice, body};
use super::sign::signature;
use crate::out;

/// Events of one request.
const TOGETHER: usize = 100;

/// How long others are waited for that belong to the same cause.
const GATHER: Duration = Duration::from_secs(1);

/// How long one attempt may take: whoever hangs holds nobody up but himself.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first and the longest pause before another attempt, and how long there are any.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
const GIVES_UP: Duration = Duration::from_mins(15);

/// What goes to one place.
pub(super) struct Post {
    pub(super) hook: Webhook,
    pub(super) vault: Vault,
    pub(super) http: reqwest::Client,
    pub(super) inbox: mpsc::Receiver<Notice>,
    /// Events for which there was no room.
    pub(super) lost: Arc<AtomicUsize>,
    /// Events that are being sent, and have not arrived.
    pub(super) in_hand: Arc<AtomicUsize>,
}

/// Why a request did not arrive.
enum Failed {
    /// Another attempt may fare better.
    ForNow(String),
    /// None will.
    ForGood(String),
}

impl Post {
    /// Sends until nobody tells anything any more.
    pub(super) async fn go(mut self) {
        let mut silent = false;
        while let Some(first) = self.inbox.recv().await {
            let notices = self.gather(first).await;
            let lost = self.lost.swap(0, Ordering::Relaxed);
            self.in_hand.store(notices.len(), Ordering::Relaxed);
            let arrived = self.arrives(&notices, lost).await;
            self.in_hand.store(0, Ordering::Relaxed);
            match arrived {
                Ok(()) if silent => {
                    out::err(&format!("{} takes what it is told again", self.hook.url));
                }
                Ok(()) => {}
                Err(ref why) => {
                    self.lost.fetch_add(notices.len() + lost, Ordering::Relaxed);
                    if !silent {
                        out::err(&format!(
                            "{} does not take what it is told: {why}",
                            self.hook.url
                        ));
                    }
                }
            }
            silent = arrived.is_err();
        }
    }

    async fn gather(&mut self, first: Notice) -> Vec<Notice> {
        let until = Instant::now() + GATHER;
        let mut notices = vec![first];
        while notices.len() < TOGETHER {
            match timeout_at(until, self.inbox.recv()).await {
                Ok(Some(next)) => notices.push(next),
                Ok(None) | Err(_) => break,
            }
        }
        notices
    }

    /// Sends one message, with the same id each time, so that whoever got it twice can tell.
    async fn arrives(&self, notices: &[Notice], lost: usize) -> Result<(), String> {
        let body = body(self.hook.form, notices, lost);
        let id = format!("msg_{}", Uuid::new_v4().simple());
        let until = Instant::now() + GIVES_UP;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.send(&id, &body).await {
                Ok(()) => return Ok(()),
                Err(Failed::ForNow(_)) if Instant::now() + pause < until => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(Failed::ForNow(why) | Failed::ForGood(why)) => return Err(why),
            }
        }
    }

    async fn send(&self, id: &str, body: &str) -> Result<(), Failed> {
        let url = match &self.hook.url {
            WebhookUrl::Plain(url) => Secret::new(url.clone()),
            WebhookUrl::Secret(from) => self.read(from).await?,
        };
        let address = reqwest::Url::parse(url.expose()).ok().filter(is_shut_to_others);
        let address = address.ok_or_else(|| {
            Failed::ForGood("what stands there is no https:// address".to_owned())
        })?;
        let second = Timestamp::now().as_second();
        let mut request = self
            .http
            .post(address)
            .timeout(PATIENCE)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", second);
        if let Some(from) = &self.hook.secret {
            let secret = self.read(from).await?;
            let signed = signature(&secret, id, second, body).ok_or_else(|| {
                Failed::ForGood(format!("what {from} holds is no secret of Standard Webhooks"))
            })?;
            request = request.header("webhook-signature", signed);
        }
        // Where the address is a secret, no error may show it.
        let answer = timeout(PATIENCE, request.body(body.to_owned()).send())
            .await
            .map_err(|_| Failed::ForNow("it does not answer in time".to_owned()))?
            .map_err(|error| Failed::ForNow(told(&error.without_url())))?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            status @ (408 | 425 | 429 | 500..=599) => Err(Failed::ForNow(format!("HTTP {status}"))),
            status => Err(Failed::ForGood(format!("HTTP {status}"))),
        }
    }

    async fn read(&self, from: &rdpctl_model::secret::SecretRef) -> Result<Secret, Failed> {
        self.vault.resolve(from).await.map_err(|error| Failed::ForGood(english(&error.said())))
    }
}

/// Whether nobody on the way can read what is sent there.
fn is_shut_to_others(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}
