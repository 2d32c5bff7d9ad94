//! The versions of TLS by their numbers on the wire.

use rdpctl_model::handshake::TlsVersion;

/// The number of a version on the wire.
#[must_use]
pub const fn code_of(version: TlsVersion) -> u16 {
    match version {
        TlsVersion::V1_0 => 0x0301,
        TlsVersion::V1_1 => 0x0302,
        TlsVersion::V1_2 => 0x0303,
        TlsVersion::V1_3 => 0x0304,
    }
}

/// The version with this number on the wire.
#[must_use]
pub fn version_of(code: u16) -> Option<TlsVersion> {
    TlsVersion::ALL.iter().copied().find(|version| code_of(*version) == code)
}
