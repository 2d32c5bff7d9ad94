//! Whoever logs on: the probe's one log-on, with the secret read after the server's certificate was seen.

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::log_on::{LogOn, LoggedOn, Threshold, Towards};
use rdpctl_contract::told;
use rdpctl_model::host::Host;
use rdpctl_model::secret::Secret;
use rdpctl_probe::ProbeOptions;
use rdpctl_probe::logon;
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
    ) -> Result<Box<dyn Threshold>, String> {
        let to = logon::Towards {
            address: address(&towards.host, towards.port).await?,
            certificate: towards.certificate,
            computer: towards.computer,
        };
        let options = ProbeOptions::default();
        let threshold = tokio::select! {
            met = logon::approach(to, &options) => met.map_err(|why| why.to_string())?,
            () = stop.cancelled() => return Err("stopped".to_owned()),
        };
        let secret = self.vault.resolve(&towards.password).await;
        let secret = secret.map_err(|error| told(&error))?;
        Ok(Box::new(Met { threshold, user: towards.user, secret }))
    }
}

/// The address that is dialled. Who answers there proves itself by the guest's own certificate.
async fn address(host: &Host, port: u16) -> Result<SocketAddr, String> {
    let name = match host {
        Host::Address(address) => return Ok(SocketAddr::new(*address, port)),
        Host::Name(name) => name,
    };
    let found = timeout(RESOLVED, lookup_host((name.as_str(), port))).await;
    let found = found.map_err(|_| format!("{name}: the resolver did not answer in time"))?;
    let mut found = found.map_err(|error| format!("{name}: {error}"))?;
    found.next().ok_or_else(|| format!("{name} has no address"))
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
