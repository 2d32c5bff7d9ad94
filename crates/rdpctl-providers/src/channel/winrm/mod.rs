//! `WinRM` with `winrm-rs`: NTLM with message encryption over HTTP, or NTLM, Basic or a client certificate over HTTPS.
//!
//! The crate has its ways (specs/winrm.md, sections 6.3 and 7), and this is where they end: it runs on threads of its
//! own with one current-thread runtime each, since on others a log-on now and then fails as if the password were
//! wrong; output is fetched by our own loop under our own deadline; nothing that may have started is sent again; and
//! rejected log-ons are counted per credential, so that no account is locked out by us.

pub(in crate::channel) mod account;
mod authority;
mod carrier;
mod client;
mod door;
pub(in crate::channel) mod endpoint;
pub(in crate::channel) mod failure;
mod host;
mod limits;
mod line;
mod run;
mod symptom;
mod worker;

#[cfg(test)]
mod tests;

pub use carrier::{TARIFF, Winrm};
pub use limits::Limits;
