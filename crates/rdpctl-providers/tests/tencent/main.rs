//! The Tencent provider against real sockets: a scripted peer for what no honest service would send, and the
//! simulator for everything else.

mod credentials;
mod peer;
mod wire;
