//! Through which of a service's two doors a guest is spoken to: one pure rule, and the look that it decides on.
//!
//! Where nothing is said, both are tried side by side and TLS wins. A sealed log-on over plain HTTP shows the content to
//! nobody, but gives whoever stands between something to guess a password from; so it is used where the declaration
//! lets it, by default towards addresses that no stranger has.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use rdpctl_model::declaration::PlainHttp;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::failure::Failure;
use super::limits::CONNECT;
use crate::channel::why::say;
use rdpctl_model::Said;

/// How much longer TLS is waited for once plain HTTP has answered: whoever listens on both answers on both.
const GRACE: Duration = Duration::from_millis(500);

/// One of the two doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Door {
    /// HTTPS.
    Tls,
    /// HTTP with a sealed log-on.
    Plain,
}

/// Which doors a declaration leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Doors {
    /// TLS and no other: it was asked for, or what was declared has a meaning there alone.
    Tls,
    /// Plain HTTP and no other: the declaration names it.
    Plain,
    /// Nothing was said.
    Either,
}

/// What came of knocking at the door of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    /// Nobody knocked yet.
    Untried,
    /// Somebody answers.
    Answers,
    /// Nobody answers.
    Silent,
    /// Somebody answers whom nothing vouches for.
    Untrusted,
}

/// The rule: through which door, or why through none.
pub(super) fn door(
    doors: Doors,
    plain: PlainHttp,
    address: IpAddr,
    tls: Tls,
) -> Result<Door, Said> {
    let plain = || {
        if may_be_plain(plain, address) { Ok(Door::Plain) } else { Err(say::not_over_plain_http()) }
    };
    match (doors, tls) {
        (Doors::Tls, Tls::Untried | Tls::Answers | Tls::Silent | Tls::Untrusted)
        | (Doors::Either, Tls::Untried | Tls::Answers) => Ok(Door::Tls),
        (Doors::Plain, Tls::Untried | Tls::Answers | Tls::Silent | Tls::Untrusted)
        | (Doors::Either, Tls::Silent | Tls::Untrusted) => plain(),
    }
}

/// The door that is remembered of a service, as long as its name leads to the address that was judged: elsewhere it is
/// somebody else, who is judged anew.
pub(super) fn remembered(met: Option<(Door, IpAddr)>, address: IpAddr) -> Option<Door> {
    met.filter(|(_, judged)| *judged == address).map(|(door, _)| door)
}

/// Whether a sealed log-on may cross plain HTTP towards an address.
pub(super) fn may_be_plain(plain: PlainHttp, address: IpAddr) -> bool {
    match plain {
        PlainHttp::Never => false,
        PlainHttp::Anywhere => true,
        PlainHttp::Private => is_private(address),
    }
}

/// Addresses that are nobody's on the internet. Those that a carrier shares among its customers (100.64.0.0/10) are
/// somebody else's as well.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private(IpAddr::V4(v4)),
            None => v6 == Ipv6Addr::LOCALHOST || v6.is_unique_local() || v6.is_unicast_link_local(),
        },
    }
}

/// Finds the address that a URL's host means: what is judged is what is dialled.
pub(super) async fn resolved(host: &str, port: u16) -> Result<IpAddr, Failure> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        return Ok(address);
    }
    let found = timeout(CONNECT, tokio::net::lookup_host((bare, port))).await;
    let why = match found {
        Ok(Ok(mut addresses)) => match addresses.next() {
            Some(address) => return Ok(address.ip()),
            None => say::no_address(),
        },
        Ok(Err(error)) => Said::quoted(error.to_string()),
        Err(_) => say::no_answer_in_time(),
    };
    Err(Failure::Unreachable(say::at(bare, why)))
}

/// Knocks at both doors side by side. The plain one is left alone where it may not be used; where it may, and neither
/// answers, that is the end of it.
pub(super) async fn knock(address: IpAddr, tls: u16, plain: Option<u16>) -> Result<Tls, Failure> {
    let tls = knocked(address, tls);
    let Some(plain) = plain else {
        return Ok(if tls.await.is_ok() { Tls::Answers } else { Tls::Silent });
    };
    let plain = knocked(address, plain);
    tokio::pin!(tls, plain);
    tokio::select! {
        came = &mut tls => match came {
            Ok(()) => Ok(Tls::Answers),
            Err(_) => plain.as_mut().await.map(|()| Tls::Silent),
        },
        came = &mut plain => {
            let patience = if came.is_ok() { GRACE } else { CONNECT };
            match timeout(patience, tls.as_mut()).await {
                Ok(Ok(())) => Ok(Tls::Answers),
                Ok(Err(_)) | Err(_) => came.map(|()| Tls::Silent),
            }
        }
    }
}

async fn knocked(address: IpAddr, port: u16) -> Result<(), Failure> {
    let at = SocketAddr::new(address, port);
    match timeout(CONNECT, TcpStream::connect(at)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Failure::Unreachable(say::at(at.to_string(), error.to_string()))),
        Err(_) => {
            Err(Failure::Unreachable(say::no_connection_within(at.to_string(), CONNECT.as_secs())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: [&str; 8] = [
        "127.0.0.1",
        "10.0.0.5",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.3.4",
        "::1",
        "fd00::1",
        "fe80::1",
    ];
    const FAR: [&str; 7] = [
        "203.0.113.7",
        "8.8.8.8",
        "100.64.0.1",
        "172.32.0.1",
        "2001:db8::1",
        "::ffff:8.8.8.8",
        "::",
    ];

    #[test]
    fn a_sealed_log_on_crosses_plain_http_only_where_the_declaration_lets_it() {
        use PlainHttp::{Anywhere, Never, Private};
        for text in NEAR.into_iter().chain(FAR).chain(["::ffff:10.0.0.5"]) {
            let address = text.parse().unwrap();
            let near = !FAR.contains(&text);
            assert_eq!(may_be_plain(Private, address), near, "{text}");
            assert!(may_be_plain(Anywhere, address) && !may_be_plain(Never, address), "{text}");
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_the_second_time_is_judged_anew() {
        let (near, far) = ("10.0.0.5".parse().unwrap(), "203.0.113.7".parse().unwrap());
        let met = Some((Door::Plain, near));
        assert_eq!(remembered(met, near), Some(Door::Plain));
        assert_eq!(remembered(met, far), None);
        assert_eq!(remembered(None, near), None);
        // And so nothing crosses plain HTTP to where it may not.
        assert!(door(Doors::Either, PlainHttp::Private, far, Tls::Silent).is_err());
    }

    #[test]
    fn tls_wins_where_it_answers_and_what_was_declared_is_never_left() {
        use PlainHttp::{Anywhere, Never, Private};
        let (near, far) = ("10.0.0.5".parse().unwrap(), "203.0.113.7".parse().unwrap());
        let (tls, plain, none) = (Some(Door::Tls), Some(Door::Plain), None);
        for (doors, may, address, seen, through) in [
            (Doors::Either, Private, near, Tls::Answers, tls),
            (Doors::Either, Private, far, Tls::Answers, tls),
            (Doors::Either, Anywhere, near, Tls::Answers, tls),
            (Doors::Either, Private, near, Tls::Silent, plain),
            (Doors::Either, Private, far, Tls::Silent, none),
            (Doors::Either, Anywhere, far, Tls::Silent, plain),
            (Doors::Either, Never, near, Tls::Silent, none),
            // Who may not be trusted could have kept silent as well.
            (Doors::Either, Private, near, Tls::Untrusted, plain),
            (Doors::Either, Private, far, Tls::Untrusted, none),
            (Doors::Tls, Anywhere, near, Tls::Silent, tls),
            (Doors::Tls, Anywhere, near, Tls::Untrusted, tls),
            (Doors::Plain, Private, near, Tls::Answers, plain),
            (Doors::Plain, Private, far, Tls::Answers, none),
            (Doors::Plain, Anywhere, far, Tls::Untried, plain),
            (Doors::Plain, Never, near, Tls::Untried, none),
        ] {
            let expected = through.ok_or_else(say::not_over_plain_http);
            let found = door(doors, may, address, seen);
            assert_eq!(found, expected, "{doors:?} {may:?} {address} {seen:?}");
        }
    }
}
