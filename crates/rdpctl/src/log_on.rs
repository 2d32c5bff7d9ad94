//! Whoever logs on: the probe's one log-on, with the secret read after the server's certificate was seen.

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::log_on::{LogOn, LoggedOn, Threshold, Towards};
use rdpctl_model::Said;
use rdpctl_model::host::Host;
use rdpctl_model::secret::Secret;
use rdpctl_probe::ProbeOptions;
use rdpctl_probe::logon::{self, NotTried};
use rdpctl_providers::secret::Vault;
use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long a name may take to become an address.
const RESOLVED: Duration = Duration::from_secs(5);

/// Logs on with secrets from this vault.
pub(crate) struct ByNla {
    pub(crate) vault: Vault,
}

#[async_trait]
impl LogOn for ByNla {
    async fn approach(
        &self,
        towards: Towards,
        stop: &CancellationToken,
    ) -> Result<Box<dyn Threshold>, Said> {
        let to = logon::Towards {
            address: address(&towards.host, towards.port).await?,
            certificate: towards.certificate,
            computer: towards.computer,
        };
        let options = ProbeOptions::default();
        let threshold = tokio::select! {
            met = logon::approach(to, &options) => met.map_err(|why| not_tried(&why))?,
            () = stop.cancelled() => return Err(say::stopped()),
        };
        let secret = self.vault.resolve(&towards.password).await;
        let secret = secret.map_err(|error| error.said())?;
        Ok(Box::new(Met { threshold, user: towards.user, secret }))
    }
}

/// The address that is dialled. Who answers there proves itself by the guest's own certificate.
async fn address(host: &Host, port: u16) -> Result<SocketAddr, Said> {
    let name = match host {
        Host::Address(address) => return Ok(SocketAddr::new(*address, port)),
        Host::Name(name) => name,
    };
    let found = timeout(RESOLVED, lookup_host((name.as_str(), port))).await;
    let found = found.map_err(|_| say::resolver_silent(name))?;
    let mut found = found.map_err(|error| say::not_resolved(name, error.to_string()))?;
    found.next().ok_or_else(|| say::no_address_of(name))
}

/// A door that was met, with the secret in hand.
struct Met {
    threshold: logon::Threshold,
    user: String,
    secret: Secret,
}

#[async_trait]
impl Threshold for Met {
    async fn cross(self: Box<Self>) -> LoggedOn {
        let Self { threshold, user, secret } = *self;
        match threshold.cross(&user, &secret).await {
            logon::Outcome::Authenticated => LoggedOn::Authenticated,
            logon::Outcome::Refused(code) => LoggedOn::Refused(code),
            logon::Outcome::Unclear => LoggedOn::Unclear,
        }
    }
}

/// Why nothing was offered.
fn not_tried(why: &NotTried) -> Said {
    match why {
        NotTried::NoConnection(error) => say::no_connection(error),
        NotTried::NoNla => say::no_nla(),
        NotTried::OtherCertificate => say::other_certificate(),
        NotTried::NoTls(error) => say::no_tls(error),
        NotTried::OldCredSsp(version) => say::old_credssp(*version),
        NotTried::NtlmRefused(status) => say::ntlm_refused(format!("0x{status:08x}")),
        NotTried::NoChallenge => say::no_challenge(),
        NotTried::OtherComputer(name) => say::other_computer(name),
    }
}

rdpctl_model::says! { "log-on":
    stopped();
    resolver_silent(name);
    not_resolved(name, error);
    no_address_of(name);
    no_connection(error);
    no_nla();
    other_certificate();
    no_tls(error);
    old_credssp(version);
    ntlm_refused(status);
    no_challenge();
    other_computer(name);
}
