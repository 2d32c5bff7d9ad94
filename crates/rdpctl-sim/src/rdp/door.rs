//! What stands at a guest's RDP port, seen from outside.

use super::desktop::{Desktop, Identity};
use crate::guest::{Guest, RdpFace};

/// What somebody meets who connects.
#[derive(Clone, Debug)]
pub enum Door {
    /// Remote Desktop.
    Open(Box<Desktop>),
    /// Another program.
    Foreign {
        /// Its image name.
        image: String,
    },
    /// The machine says that nothing listens.
    Refused,
    /// Nothing answers: the machine is off, has no address, or something in between drops the packets.
    Filtered,
}

/// The world around the guests, which knows what stands at each one's port right now.
///
/// Whoever implements it weighs the whole chain: power, address, bandwidth, the cloud's rules, the guest's firewall.
/// [`Door::of`] gives the last link, the guest itself.
pub trait Outside: Send + Sync + 'static {
    /// What stands at the port of the guest with this number.
    fn door(&self, guest: u32) -> Door;
}

impl Door {
    /// What the guest itself would show to a caller whom nothing on the way stops.
    #[must_use]
    pub fn of(guest: &Guest, now: u64) -> Self {
        match guest.rdp_face(now) {
            RdpFace::NotListening(_) => Self::Refused,
            RdpFace::PortTaken { image, .. } => Self::Foreign { image },
            RdpFace::Listening(listener) => {
                Self::Open(Box::new(Desktop { listener, identity: Identity::of(guest, now) }))
            }
        }
    }
}
