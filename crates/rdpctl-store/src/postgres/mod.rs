//! The state as one schema of a Postgres database, for teams and for loops on several hosts.
//!
//! **Durability.** Writes that only remember what can be surveyed again commit with `synchronous_commit = off`: they
//! survive whoever writes, and a crash of the server may take back the last of them, never tear one. All others wait
//! until the server has them on its disk.
//!
//! **Waiting.** Whoever writes locks the one row of `state` first, so that writers wait for each other at the door. A
//! writer that was stopped in the middle loses its transaction after [`IDLE`](session): nobody waits for it longer.

pub(crate) mod error;
mod files;
mod keywords;
pub(crate) mod link;
mod migrate;
pub(crate) mod open;
mod server;
pub(crate) mod session;
mod tls;
mod url;
mod verifier;
