//! The Tencent provider against real sockets: a scripted peer for what no honest service would send, and the
//! simulator for everything else.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

mod change;
mod conformance;
mod credentials;
mod estate;
mod fault;
mod peer;
mod run_command;
mod survey;
mod wire;
