//! The ways to log on to a host.

/// Which ways to log on are offered, and whether messages may come in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepts {
    /// NTLM under `Negotiate`.
    pub negotiate: bool,
    /// Basic; over plain HTTP only together with `clear_text`.
    pub basic: bool,
    /// Unsealed messages over plain HTTP (`AllowUnencrypted`).
    pub clear_text: bool,
}

impl Default for Accepts {
    /// A stock host: NTLM alone, and nothing in clear.
    fn default() -> Self {
        Self { negotiate: true, basic: false, clear_text: false }
    }
}
