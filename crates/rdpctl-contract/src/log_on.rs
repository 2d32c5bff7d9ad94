//! One log-on from outside. Whoever only looks is never given this: it is a trait apart from the probe.

use async_trait::async_trait;
use rdpctl_model::Said;
use rdpctl_model::host::Host;
use rdpctl_model::secret::SecretRef;
use tokio_util::sync::CancellationToken;

/// Logs on by NLA up to where the password would be handed over.
#[async_trait]
pub trait LogOn: Send + Sync {
    /// Comes as far as the challenge, with the secret in hand, and offers nothing. An error is why not.
    async fn approach(
        &self,
        towards: Towards,
        stop: &CancellationToken,
    ) -> Result<Box<dyn Threshold>, Said>;
}

/// Who logs on, and where.
#[derive(Clone, Debug)]
pub struct Towards {
    /// Where the machine is met.
    pub host: Host,
    /// At which port.
    pub port: u16,
    /// The certificate that the guest itself reported, as DER.
    pub certificate: Vec<u8>,
    /// The computer's name, as the guest reported it.
    pub computer: String,
    /// The account.
    pub user: String,
    /// Where its password is found.
    pub password: SecretRef,
}

/// A log-on that could begin now.
#[async_trait]
pub trait Threshold: Send {
    /// Begins and ends it, once.
    async fn cross(self: Box<Self>) -> LoggedOn;
}

/// What came of a log-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoggedOn {
    /// The server knows the account and its password, and holds the key of the connection.
    Authenticated,
    /// It refused, with this number where it gave one.
    Refused(Option<u32>),
    /// It went away, or said something that proves nothing.
    Unclear,
}

/// Nobody: where a log-on is not to be had at all.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

#[async_trait]
impl LogOn for Nobody {
    async fn approach(
        &self,
        _: Towards,
        _: &CancellationToken,
    ) -> Result<Box<dyn Threshold>, Said> {
        Err(say::nobody_logs_on())
    }
}

rdpctl_model::says! { "log-on":
    nobody_logs_on();
}
