//! From which address a machine is looked at: the one of our own socket, where nothing on the way can have translated it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The address that the system would use towards another; no packet is sent.
pub(crate) fn own_address(towards: SocketAddr) -> Option<IpAddr> {
    let any = match towards.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(towards).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The same as the other side sees it, as far as the two addresses tell: a private one that speaks to a public one was
/// translated somewhere, and what it became nobody here knows.
pub(crate) fn as_seen_from(target: IpAddr, own: IpAddr) -> Option<IpAddr> {
    (realm(own)? == realm(target)?).then_some(own)
}

/// Where an address means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Realm {
    World,
    Private,
}

/// None where it means something on this machine, this link or at this provider alone.
fn realm(address: IpAddr) -> Option<Realm> {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            let nowhere = v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared;
            (!nowhere).then_some(if v4.is_private() { Realm::Private } else { Realm::World })
        }
        IpAddr::V6(v6) => {
            let nowhere = v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified();
            (!nowhere).then_some(if v6.is_unique_local() { Realm::Private } else { Realm::World })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_only_where_nobody_can_have_translated_it() {
        let cases = [
            ("10.0.0.4", "10.0.0.9", Some("10.0.0.9")),
            ("192.168.7.4", "10.0.0.9", Some("10.0.0.9")),
            ("203.0.113.4", "198.51.100.7", Some("198.51.100.7")),
            ("2001:db8::4", "2001:db8::7", Some("2001:db8::7")),
            ("fd00::4", "fd00::7", Some("fd00::7")),
            // Behind a translation.
            ("203.0.113.4", "10.0.0.9", None),
            ("203.0.113.4", "100.64.0.9", None),
            ("2001:db8::4", "fd00::7", None),
            // A forwarded port, a link.
            ("127.0.0.1", "127.0.0.1", None),
            ("fe80::4", "fe80::7", None),
        ];
        for (target, own, seen) in cases {
            let seen: Option<IpAddr> = seen.map(|seen| seen.parse().unwrap());
            assert_eq!(as_seen_from(target.parse().unwrap(), own.parse().unwrap()), seen, "{own}");
        }
        let own = own_address("127.0.0.1:9".parse().unwrap());
        assert_eq!(own, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }
}
