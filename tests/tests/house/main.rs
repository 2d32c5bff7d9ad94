//! The house seen from the street: every scenario goes through the binary, as a user's would.
//!
//! `cargo test -p rdpctl-tests` builds the binary first; `RDPCTL_TEST_BINARY` names another one to be tested.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

mod bad_input;
mod crash;
mod doctor;
mod door;
mod quickstart;
mod rules;
mod scenario;
mod tool;
