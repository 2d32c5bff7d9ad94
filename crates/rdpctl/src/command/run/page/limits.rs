//! How much may be asked: so many requests a second of a session, else of an address. Who sits at this machine is exempt.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Requests a second.
const RATE: f64 = 20.0;
/// Requests at once, after a pause.
const BURST: f64 = 60.0;
/// Of so many it is remembered; beyond that those are forgotten who have asked for nothing lately.
const REMEMBERED: usize = 10_000;

/// Of whom requests are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// Somebody who is signed in, by his session.
    Session(String),
    /// Nobody in particular, by where he comes from; in IPv6 by his network.
    Address(IpAddr),
}

impl Asker {
    /// By an address.
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
                || {
                    let mut segments = v6.segments();
                    segments[4..].fill(0);
                    IpAddr::V6(segments.into())
                },
                IpAddr::V4,
            ),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

/// What everybody may still ask.
#[derive(Default)]
pub(super) struct Limits(Mutex<HashMap<Asker, Bucket>>);

struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn fill(&mut self, now: Instant) {
        let gained = now.duration_since(self.at).as_secs_f64() * RATE;
        self.left = (self.left + gained).min(BURST);
        self.at = now;
    }
}

impl Limits {
    /// Takes note of a request; one too many says after how many seconds there is room again.
    pub(super) fn take(&self, asker: Asker, now: Instant) -> Result<(), u32> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED && !all.contains_key(&asker) {
            let full = Duration::from_secs_f64(BURST / RATE);
            all.retain(|_, bucket| now.duration_since(bucket.at) < full);
            if all.len() >= REMEMBERED {
                return Err(1);
            }
        }
        let bucket = all.entry(asker).or_insert(Bucket { left: BURST, at: now });
        bucket.fill(now);
        if bucket.left < 1.0 {
            return Err(1);
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_sixty_at_once_there_is_room_for_twenty_a_second() {
        let (limits, began) = (Limits::default(), Instant::now());
        let ana = || Asker::Session("ana".to_owned());
        for _ in 0..60 {
            assert_eq!(limits.take(ana(), began), Ok(()));
        }
        assert_eq!(limits.take(ana(), began), Err(1));
        assert_eq!(limits.take(Asker::Session("ben".to_owned()), began), Ok(()), "ben is another");
        let later = began + Duration::from_secs(1);
        let granted = (0..30).filter(|_| limits.take(ana(), later).is_ok()).count();
        assert_eq!(granted, 20);
    }

    #[test]
    fn a_thousand_addresses_of_one_network_are_one_and_a_flood_of_networks_takes_no_memory() {
        let (limits, now) = (Limits::default(), Instant::now());
        let of_one = |host: u16| Asker::at(IpAddr::V6([0x2001, 0xdb8, 0, 1, 0, 0, 0, host].into()));
        let granted = (0..1_000).filter(|host| limits.take(of_one(*host), now).is_ok()).count();
        assert_eq!(granted, 60);
        for net in 0..20_000_u32 {
            let _ = limits.take(Asker::at(IpAddr::V4(net.into())), now);
        }
        assert!(limits.0.lock().unwrap().len() <= REMEMBERED);
        // Who comes when the flood is over is served.
        let later = now + Duration::from_secs(4);
        assert_eq!(limits.take(Asker::at(IpAddr::V4(u32::MAX.into())), later), Ok(()));
    }
}
