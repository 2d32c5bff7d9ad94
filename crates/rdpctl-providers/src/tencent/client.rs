//! Calls an action: keeps to the limits, signs, reads, and repeats only what may be repeated.

use std::collections::BTreeMap;

use rdpctl_contract::{Leave, Meter};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::credentials::Keychain;
use super::endpoint::Service;
use super::envelope::{self, Answer};
use super::error::CallError;
use super::limits::{Count, Limits, Rates};
use super::retry::{self, Next, Safety, Tried};
use super::transport::{Outgoing, Signer, Transport};
use crate::asked::Asked;

/// Requests under way at once; more would only queue up in the vendor's windows.
const IN_FLIGHT: usize = 32;

/// An action of the API: the request's fields are the value's.
pub trait Action: Serialize + Send + Sync {
    /// Its name.
    const NAME: &'static str;
    /// Its service.
    const SERVICE: Service;
    /// The documented calls per second.
    const RATE: u32;
    /// Whether it may be repeated.
    const SAFETY: Safety;
    /// The answer's fields.
    type Reply: DeserializeOwned + Send;
}

/// Calls the API of one account in one region.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    keychain: Keychain,
    limits: Limits,
    in_flight: Semaphore,
    random: SystemRandom,
}

impl Client {
    /// A client over that transport.
    #[must_use]
    pub fn new(transport: Transport, keychain: Keychain, rates: Rates) -> Self {
        Self {
            transport,
            keychain,
            limits: Limits::new(rates),
            in_flight: Semaphore::new(IN_FLIGHT),
            random: SystemRandom::new(),
        }
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.transport.region()
    }

    /// How often each action was called.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, Count> {
        self.limits.counts()
    }

    /// Calls an action, repeating it as far as that is safe.
    ///
    /// When stopped, a read is abandoned, and a write that has been sent is awaited, since its answer says what
    /// became of it.
    ///
    /// # Errors
    /// The last attempt's.
    pub async fn call<A: Action>(
        &self,
        request: &A,
        stop: &CancellationToken,
    ) -> Result<Answer<A::Reply>, CallError> {
        let action = A::NAME;
        let body =
            serde_json::to_vec(request).map_err(|source| CallError::Garbled { action, source })?;
        let host = self.transport.target(A::SERVICE, action)?.host;
        let mut tried = Tried::default();
        let mut attempt = 1;
        loop {
            let place = self
                .limits
                .place(&host, action, A::RATE, stop)
                .await
                .ok_or(CallError::Cancelled { action })?;
            let credential = self
                .keychain
                .current(&self.transport)
                .await
                .map_err(|source| CallError::Credentials { action, source })?;
            // Before each attempt: places, tokens and pauses take their time.
            let changes = match A::SAFETY {
                Safety::Read => false,
                Safety::Token | Safety::Write => true,
            };
            if changes && !Leave::here().holds().await {
                return Err(CallError::Cancelled { action });
            }
            Meter::call();
            self.limits.count(action, |count| {
                count.sent += 1;
                count.repeated += u64::from(attempt > 1);
            });
            let outgoing = Outgoing {
                service: A::SERVICE,
                action,
                body: &body,
                signer: Signer::Credential(&credential),
            };
            // Never closed; should it be, the call is made all the same.
            let permit = self.in_flight.acquire().await;
            let asked = Instant::now();
            let seen = Asked::of(&host, action);
            let sent = self.transport.send(outgoing);
            let received = match A::SAFETY {
                Safety::Read => tokio::select! {
                    received = sent => received,
                    () = stop.cancelled() => return Err(CallError::Cancelled { action }),
                },
                Safety::Token | Safety::Write => sent.await,
            };
            drop((permit, place));
            let (error, date) = match received {
                Ok(received) => {
                    seen.bodies(&body, &received.body);
                    match envelope::read(action, &received.body) {
                        Ok(answer) => {
                            seen.ended(format_args!("ok, {}", answer.request_id));
                            return Ok(answer);
                        }
                        Err(error) => (error, received.date),
                    }
                }
                Err(error) => (error, None),
            };
            seen.ended(&error);
            tried.waited += asked.elapsed();
            match retry::next(&error, A::SAFETY, attempt, tried) {
                Next::GiveUp => return Err(error),
                Next::Wait(delay) => {
                    let delay = retry::jittered(delay, self.random_byte());
                    if error.class() == super::code::Class::Throttled {
                        self.limits.count(action, |count| count.throttled += 1);
                        self.limits.close(&host, action, Instant::now() + delay);
                    } else {
                        pause_until::<A>(Instant::now() + delay, stop).await?;
                    }
                }
                Next::ResyncClock => {
                    let Some(date) = date else { return Err(error) };
                    tracing::warn!(%date, "this machine's clock is off; going by the vendor's");
                    self.transport.resync(date);
                    tried.clock = true;
                }
                Next::RefreshCredentials => {
                    self.keychain.discard(&credential).await;
                    tried.credentials = true;
                }
            }
            tracing::debug!(action, attempt, error = %error, "repeating a call");
            attempt += 1;
        }
    }

    fn random_byte(&self) -> u8 {
        let mut byte = [128];
        // Without randomness callers return together, which is slower and not wrong.
        if self.random.fill(&mut byte).is_err() {
            return 128;
        }
        byte[0]
    }
}

async fn pause_until<A: Action>(at: Instant, stop: &CancellationToken) -> Result<(), CallError> {
    if stop.is_cancelled() {
        return Err(CallError::Cancelled { action: A::NAME });
    }
    tokio::select! {
        () = tokio::time::sleep_until(at) => Ok(()),
        () = stop.cancelled() => Err(CallError::Cancelled { action: A::NAME }),
    }
}
