//! Clients of `winrm-rs`, kept for as long as their connections may live and shared between hosts.
//!
//! A client holds one way to speak and one credential; hosts at the same port share it. That matters for plain HTTP,
//! where each new client loads the system's certificates that it never needs (5 ms and 100 KiB).

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdpctl_model::secret::Secret;
use winrm_rs::{
    AuthMethod, EncryptionMode, WinrmClient, WinrmConfig, WinrmCredentials, WinrmError,
};

use super::account::CredentialId;
use super::endpoint::{LogOn, Way};
use super::limits::CONNECT;

/// How long a shell that we leave behind lives on.
pub(super) const IDLE: Duration = Duration::from_mins(2);
/// The largest answer; older hosts take 150 KiB.
const ENVELOPE: u32 = 153_600;
/// The most clients of one worker.
const KEPT: usize = 128;
/// Unused for this long, a client's connections are gone and so may it be.
const STALE: Duration = Duration::from_mins(2);

/// The clients of one worker. Their connections belong to its runtime.
pub(super) struct Clients {
    kept: Mutex<HashMap<(Way, CredentialId), Kept>>,
    /// How long the service may hold one request.
    hold: Duration,
    /// Requests sent, whoever sent them.
    sent: Arc<AtomicU64>,
}

struct Kept {
    client: Arc<WinrmClient>,
    used: Instant,
}

impl Clients {
    pub(super) fn new(hold: Duration, sent: Arc<AtomicU64>) -> Self {
        Self { kept: Mutex::default(), hold, sent }
    }

    /// The client for this way and credential.
    pub(super) fn of(
        &self,
        way: &Way,
        id: CredentialId,
        secret: &Secret,
    ) -> Result<Arc<WinrmClient>, WinrmError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(found) = kept.get_mut(&(way.clone(), id)) {
            found.used = now;
            return Ok(Arc::clone(&found.client));
        }
        kept.retain(|_, kept| now.duration_since(kept.used) < STALE);
        if kept.len() >= KEPT {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                kept.remove(&oldest);
            }
        }
        let client = Arc::new(self.build(way, secret)?);
        kept.insert((way.clone(), id), Kept { client: Arc::clone(&client), used: now });
        Ok(client)
    }

    fn build(&self, way: &Way, secret: &Secret) -> Result<WinrmClient, WinrmError> {
        let mut config = WinrmConfig {
            port: Some(way.port),
            use_tls: way.tls,
            accept_invalid_certs: false,
            connect_timeout_secs: CONNECT.as_secs(),
            operation_timeout_secs: self.hold.as_secs().max(1),
            max_envelope_size: ENVELOPE,
            // A repeated Command runs twice.
            max_retries: 0,
            idle_timeout_secs: Some(IDLE.as_secs()),
            ..WinrmConfig::default()
        };
        let credentials = match &way.log_on {
            LogOn::Ntlm { user, domain } => {
                config.auth_method = AuthMethod::Ntlm;
                // One log-on per connection instead of one per request.
                config.encryption = EncryptionMode::Always;
                WinrmCredentials::new(user, secret.expose(), domain)
            }
            LogOn::Basic { user } => {
                config.auth_method = AuthMethod::Basic;
                WinrmCredentials::new(user, secret.expose(), "")
            }
            LogOn::Certificate { certificate, key } => {
                config.auth_method = AuthMethod::Certificate;
                config.client_cert_pem = Some(certificate.display().to_string());
                config.client_key_pem = Some(key.display().to_string());
                WinrmCredentials::new("", "", "")
            }
            LogOn::Kerberos => {
                config.auth_method = AuthMethod::Kerberos;
                config.encryption = EncryptionMode::Always;
                WinrmCredentials::new("", "", "")
            }
        };
        let sent = Arc::clone(&self.sent);
        let mut builder =
            WinrmClient::builder(config).credentials(credentials).before_send_with(move |_| {
                sent.fetch_add(1, Ordering::Relaxed);
                true
            });
        // Whom a declared file of authorities vouches for is known by now, and stands here as a pin.
        if let Some(pin) = &way.pin {
            builder = builder.pin_server_certificate_sha256(pin);
        } else if way.tls {
            // A company's authority is in the system's store, and not among those that a browser brings along.
            builder = builder.platform_roots(true);
        }
        builder.build()
    }
}
