//! Listeners that negotiate and cannot start TLS: the article's internal error, told apart by what comes instead.

use std::sync::Arc;

use rdpctl_model::handshake::HandshakeVerdict;
use rdpctl_probe::{CauseId, Level};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use crate::server::{Act, Server, alert, failure, flight, identity, selected};
use crate::vectors::unhex;

#[tokio::test]
async fn what_comes_instead_of_a_server_hello_ranks_the_causes() {
    for (act, shown, first) in [
        (alert(70), "alert 70 protocol_version", CauseId::ProtocolDisabled),
        (alert(40), "alert 40 handshake_failure", CauseId::NoCommonSuite),
        (alert(80), "alert 80 internal_error", CauseId::KeyNotAccessible),
        (alert(99), "alert 99", CauseId::KeyNotAccessible),
        (Act::Close, "closed", CauseId::KeyNotAccessible),
        (Act::Reset, "reset", CauseId::KeyNotAccessible),
        (Act::Send(unhex("0300000902f0802180")), "plaintext", CauseId::KeyForeign),
        (Act::Send(b"HTTP/1.1 400".to_vec()), "garbage", CauseId::ForeignListener),
        (Act::Flood(vec![0x16; 5000]), "garbage", CauseId::ForeignListener),
        (Act::Stall, "timeout", CauseId::ServiceHung),
        (Act::Send(flight(0x0303, 0xc030, false)), "no_key_exchange", CauseId::KeyNotAccessible),
    ] {
        for level in [Level::Standard, Level::Full] {
            let act = act.clone();
            let server = Server::start(
                |asked| if asked == 11 { selected(2) } else { failure(5) },
                move |_, _| act.clone(),
            )
            .await;
            let report = server.probe_impatiently(level).await;
            assert_eq!(report.verdict, HandshakeVerdict::TlsBroken, "{shown} at {level}");
            let failure = report.tls.as_ref().unwrap().failure.as_ref().unwrap().to_string();
            assert_eq!((failure.as_str(), report.causes()[0].id), (shown, first), "{level}");
            // `full` adds a last hello: for 1.3 when nothing answered, for an older version when something did.
            assert_eq!(report.connections, if level == Level::Standard { 3 } else { 4 });
        }
    }
}

#[tokio::test]
async fn who_never_shows_a_version_of_tls_has_not_proved_any() {
    // Warnings without end: no hello, no refusal, and always something to read.
    let warning = vec![0x15, 3, 3, 0, 2, 1, 90];
    for (act, at_most) in [(Act::Flood(warning.clone()), 5), (Act::Send(warning.repeat(9)), 5)] {
        for level in [Level::Standard, Level::Full] {
            let act = act.clone();
            let server = Server::start(
                |asked| if asked == 11 { selected(2) } else { failure(5) },
                move |_, _| act.clone(),
            )
            .await;
            let report = server.probe_impatiently(level).await;
            assert_eq!(report.verdict, HandshakeVerdict::TlsBroken, "{:?} at {level}", report.tls);
            assert!(report.handshake().answered().is_none());
            assert!(!report.causes().is_empty() && report.connections <= at_most);
        }
    }
}

#[tokio::test]
async fn a_hello_alone_and_then_warnings_prove_no_tls() {
    let hello = flight(0x0303, 0xc030, false)[..48].to_vec();
    let warning = [0x15, 3, 3, 0, 2, 1, 90];
    let server = Server::start(
        |asked| if asked == 11 { selected(2) } else { failure(5) },
        move |_, _| Act::Send([&hello[..], &warning.repeat(9)].concat()),
    )
    .await;
    let report = server.probe_impatiently(Level::Standard).await;
    assert_eq!(report.verdict, HandshakeVerdict::TlsBroken, "{:?}", report.tls);
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[tokio::test]
async fn a_key_that_is_not_the_certificates_is_seen_in_the_signature() {
    for version in [&TLS12, &TLS13] {
        let (shown, other) = (identity(), identity());
        let key = PrivateKeyDer::try_from(other.signing_key.serialize_der()).unwrap();
        let signer = any_supported_type(&key).unwrap();
        let pair = CertifiedKey::new(vec![shown.cert.der().clone()], signer);
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let config = builder.with_protocol_versions(&[version]).unwrap().with_no_client_auth();
        let config = Arc::new(config.with_cert_resolver(Arc::new(Always(Arc::new(pair)))));
        let server = Server::start(
            |asked| if asked == 11 { selected(1) } else { failure(1) },
            move |_, _| Act::Tls(config.clone(), Vec::new()),
        )
        .await;
        let report = server.probe(Level::Standard).await;
        assert_eq!(report.verdict, HandshakeVerdict::TlsBroken);
        assert_eq!(
            report.tls.as_ref().unwrap().failure.as_ref().unwrap().to_string(),
            "key_mismatch"
        );
        assert_eq!(report.causes()[0].id, CauseId::KeyForeign);
    }
}

#[tokio::test]
async fn a_newest_hello_that_a_server_stumbles_over_is_offered_with_a_key_share() {
    // A server that speaks 1.3 alone, refuses our library, and finds an empty key share illegal.
    let retry =
        "16030300380200003403 03cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c
                 00 1302 00 000c 002b00020304 00330002001d";
    let server = Server::start(
        |asked| if asked == 11 { selected(2) } else { failure(5) },
        move |hello, number| match (hello.highest, hello.raw, number) {
            (0x0304, true, 3) => alert(47),
            (0x0304, true, _) => Act::Send(unhex(retry)),
            _ => alert(40),
        },
    )
    .await;
    let report = server.probe(Level::Full).await;
    let tls = serde_json::to_value(report.tls.as_ref().unwrap()).unwrap();
    assert_eq!(tls["versions"], serde_json::json!(["1.3"]));
    // A client would still meet the alert that our library met.
    assert_eq!((report.verdict, report.connections), (HandshakeVerdict::TlsBroken, 5));
}
