//! The RDP port of a simulated guest: what a client meets, as the guest's registry, SCHANNEL and certificate imply it.
//!
//! It speaks as far as a client gets that wants no picture: negotiation, TLS with the guest's own certificate and
//! versions, CredSSP whole, the first answers of RDP proper up to the licence or the refusal. Nobody ever gets a session.

mod arrival;
mod challenge;
mod credssp;
mod desktop;
mod door;
mod doors;
mod foreign;
mod gateway;
mod gcc;
mod hello;
mod keys;
mod negotiation;
mod old_tls;
mod session;
mod socket;
mod street;
mod tls;

#[cfg(test)]
mod tests;

pub use desktop::{Desktop, Identity, TurnsAway};
pub use door::{Claim, Door, Outside, Proves};
pub use doors::{DoorError, Doors};
pub(crate) use street::Street;
