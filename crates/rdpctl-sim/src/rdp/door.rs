//! What stands at a guest's RDP port, seen from outside.

use super::desktop::{Desktop, Identity, TurnsAway};
use crate::guest::{Caller, Guest, Known, NotRemote, RdpFace, Refusal};
pub use crate::ntlm::{Claim, Proves};

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

    /// Lets somebody in over the network, or not; nothing where the machine is gone in the meantime.
    fn log_on(
        &self,
        guest: u32,
        claim: &Claim,
        proves: Proves<'_>,
    ) -> Option<Result<Known, Refusal>>;

    /// Lets somebody who was let in use Remote Desktop, or not.
    fn welcome(&self, guest: u32, claim: &Claim, known: &Known) -> Result<(), NotRemote>;
}

impl Claim {
    /// The same, from an address.
    #[must_use]
    pub fn from<'a>(&'a self, address: &'a str) -> Caller<'a> {
        Caller { user: &self.user, domain: &self.domain, workstation: &self.workstation, address }
    }
}

impl Door {
    /// What the guest itself would show to a caller whom nothing on the way stops.
    #[must_use]
    pub fn of(guest: &Guest, now: u64) -> Self {
        match guest.rdp_face(now) {
            RdpFace::NotListening(_) => Self::Refused,
            RdpFace::PortTaken { image, .. } => Self::Foreign { image },
            RdpFace::Listening(listener) => {
                let turns_away = if listener.logons_disabled {
                    Some(TurnsAway::NoLogOns)
                } else {
                    guest.lacks_licences().then_some(TurnsAway::Unlicensed)
                };
                let identity = Identity::of(guest, now);
                let silent = guest.leaves_log_ons_unanswered();
                Self::Open(Box::new(Desktop { listener, identity, turns_away, silent }))
            }
        }
    }
}
