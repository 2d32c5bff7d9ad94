//! Whoever logs on: the probe's one log-on, with the secret read after the server's certificate was seen.

use async_trait::async_trait;
use rdpctl_contract::log_on::{LogOn, LoggedOn, Threshold, Towards};
use rdpctl_contract::told;
use rdpctl_model::secret::Secret;
use rdpctl_probe::ProbeOptions;
use rdpctl_probe::logon;
use rdpctl_providers::secret::Vault;
use tokio_util::sync::CancellationToken;

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
            address: towards.address,
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
