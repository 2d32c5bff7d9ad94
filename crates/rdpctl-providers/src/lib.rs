//! The vendors' APIs and the transports to guests, behind the contract's traits.
//!
//! Nothing here decides what a healthy instance is: it asks, does what a step says, and reads back.

pub mod asked;
pub mod azure;
pub mod channel;
mod credential;
mod moved;
mod pattern;
mod route;
mod said;
pub mod secret;
pub mod tencent;

pub use route::client;
