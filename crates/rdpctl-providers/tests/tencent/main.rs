//! The Tencent provider against real sockets: a scripted peer for what no honest service would send, and the
//! simulator for everything else.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

mod credentials;
mod peer;
mod wire;
