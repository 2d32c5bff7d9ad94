//! The service's limits (specs/winrm.md, section 8).

use std::time::Duration;

/// Limits of one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// The largest message in bytes, either way.
    pub max_envelope: usize,
    /// The longest that a request is held.
    pub max_timeout: Duration,
    /// How long a shell may lie idle when its creator did not say.
    pub idle: Duration,
    /// Shells of one user at once.
    pub shells_per_user: usize,
    /// Operations of one user at once; a pending Receive is one.
    pub operations_per_user: usize,
    /// Commands of one shell that have not been terminated.
    pub commands_per_shell: usize,
    /// TCP connections at once.
    pub connections: usize,
    /// The most output bytes in one answer, to force small pieces; the envelope's size bounds it anyway.
    pub piece: usize,
}

impl Default for Quotas {
    /// Those of Windows Server 2012 and later.
    fn default() -> Self {
        Self {
            max_envelope: 500 * 1024,
            max_timeout: Duration::from_mins(1),
            idle: Duration::from_hours(2),
            shells_per_user: 30,
            operations_per_user: 1500,
            commands_per_shell: 1000,
            connections: 300,
            piece: usize::MAX,
        }
    }
}
