//! Private keys, parsed once: guests of a template share theirs, and parsing costs more than signing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;

/// More templates than this in use at once are parsed again.
const KEPT: usize = 256;

/// The keys that were used lately, by their PKCS #8.
#[derive(Default)]
pub(super) struct Keys(Mutex<HashMap<Vec<u8>, Arc<dyn SigningKey>>>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Keys {
    /// The key in a PKCS #8 document; `None` when it holds none.
    pub(super) fn get(&self, pkcs8: &[u8]) -> Option<Arc<dyn SigningKey>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept.get(pkcs8) {
            return Some(Arc::clone(key));
        }
        let document = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.to_vec()));
        let key = any_supported_type(&document).ok()?;
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(pkcs8.to_vec(), Arc::clone(&key));
        Some(key)
    }
}
