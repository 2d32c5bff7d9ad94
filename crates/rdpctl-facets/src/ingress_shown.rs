//! How networks are shown, and whether they are as good as everybody.

use ipnet::IpNet;
use rdpctl_model::said::Arg;

use crate::openings::Addresses;

/// Whether networks together are as good as everybody: broader than a /8, or a /16 of the long addresses.
pub(crate) fn is_the_world(nets: &[IpNet]) -> bool {
    let family = |v6: bool| {
        let mut all = Addresses::default();
        for net in nets.iter().filter(|net| net.addr().is_ipv6() == v6) {
            all.union(&Addresses::of(*net));
        }
        all
    };
    family(false).is_broader_than(1 << 24) || family(true).is_broader_than(1 << 112)
}

/// More networks than these are counted.
const SHOWN: usize = 4;

pub(crate) fn said(nets: &[IpNet]) -> Arg {
    let shown: Vec<String> = nets.iter().take(SHOWN).map(ToString::to_string).collect();
    match nets.len().saturating_sub(SHOWN) {
        0 => shown.into(),
        more => say::and_more(shown, more).into(),
    }
}

pub(crate) fn list(nets: &[IpNet]) -> String {
    let mut text = nets.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if nets.len() > SHOWN {
        text.push_str(&format!(" and {} more", nets.len() - SHOWN));
    }
    text
}

rdpctl_model::says! { "ingress":
    and_more(networks, more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_the_world_are_the_world() {
        let nets =
            |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpNet>>();
        assert!(is_the_world(&nets(&["0.0.0.0/1", "128.0.0.0/1"])));
        assert!(is_the_world(&nets(&["10.0.0.0/8", "11.0.0.0/8"])));
        assert!(is_the_world(&nets(&["2000::/3"])));
        assert!(!is_the_world(&nets(&["10.0.0.0/8", "203.0.113.0/24", "2001:db8::/32"])));
    }
}
