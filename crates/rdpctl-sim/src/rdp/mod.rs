//! The RDP port of a simulated guest: what a client meets, as the guest's registry, SCHANNEL and certificate imply it.
//!
//! It speaks as far as a client without the right password gets: negotiation, TLS with the guest's own certificate and
//! versions, CredSSP up to the refusal, and the first answer of standard RDP security. Nobody ever gets a session.

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

pub use desktop::{Desktop, Identity};
pub use door::{Door, Outside};
pub use doors::{DoorError, Doors};
pub(crate) use street::Street;
