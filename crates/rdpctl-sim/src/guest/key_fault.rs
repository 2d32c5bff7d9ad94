//! What is wrong with the key of a certificate.

use serde::{Deserialize, Serialize};

/// Why there is no usable key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyFault {
    /// No certificate in the store.
    NoCertificate,
    /// The certificate does not parse.
    CorruptCertificate,
    /// The pinned certificate is not there.
    PinnedMissing,
    /// The key file is gone, or holds another key.
    Missing,
    /// The key file may not be read by those who need it.
    Unreadable,
}
