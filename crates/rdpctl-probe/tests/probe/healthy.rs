//! Listeners that work: what is learnt, in how many connections, and what they are sent.

use rdpctl_model::handshake::{HandshakeVerdict, NlaState, Problem};
use rdpctl_probe::Level;
use rdpctl_probe::wire::credssp;
use rustls::version::{TLS12, TLS13};

use crate::server::{Act, Server, failure, flight, modern, selected, tls};
use crate::vectors::unhex;

const CHALLENGE: &str = "
    30819fa003020106a17430723070a06e046c4e544c4d53535000020000000400040038000000b78288e2
    6a8770ef463f6f350000000000000000300030003c0000000601b11d0000000f56004d00
    0200040056004d000100040056004d000400040076006d000300040076006d000700080080c9a8f2167add01
    00000000a5220420b0183f37fc01946dba1388d4e5308990cf69530badc7cd9edd9e6c4bbbba7406";

type Versions = Vec<&'static rustls::SupportedProtocolVersion>;

/// Versions of a server, the connections that `full` takes, the versions accepted and refused.
type Row<V> = (V, u32, &'static [&'static str], &'static [&'static str]);

/// A Windows with NLA enforced and TLS 1.2 and 1.3.
async fn nla_required() -> Server {
    let config = modern();
    Server::start(
        |asked| if asked == 11 { selected(8) } else { failure(5) },
        move |_, _| Act::Tls(config.clone(), unhex(CHALLENGE)),
    )
    .await
}

fn problems(report: &rdpctl_probe::Report) -> Vec<&'static str> {
    report.problems.iter().map(|problem| problem.name()).collect()
}

#[tokio::test]
async fn reach_asks_one_question_on_one_connection() {
    let server = nla_required().await;
    let report = server.probe(Level::Reach).await;
    assert_eq!(
        (report.verdict, report.nla, report.connections),
        (HandshakeVerdict::Ok, NlaState::Unknown, 1)
    );
    assert_eq!(report.tls, None);
    let heard = server.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].bytes, unhex("030000130ee00000000000010008000b000000"));
}

#[tokio::test]
async fn standard_learns_tls_certificate_names_and_nla_on_two() {
    let server = nla_required().await;
    let report = server.probe(Level::Standard).await;
    assert_eq!(
        (report.verdict, report.nla, report.connections),
        (HandshakeVerdict::Ok, NlaState::Required, 2)
    );
    let certificate = report.certificate.unwrap();
    assert_eq!(certificate.subject.as_deref(), Some("CN=vm1"));
    assert_eq!(certificate.names, ["vm1"]);
    assert_eq!(certificate.self_signed, Some(true));
    let ntlm = report.ntlm.unwrap();
    assert_eq!(ntlm.netbios_computer.as_deref(), Some("VM"));
    assert_eq!(ntlm.os_version.as_deref(), Some("6.1.7601"));
    assert_eq!(
        ntlm.system_time.map(|time| time.to_string()).as_deref(),
        Some("2026-11-22T00:18:07Z")
    );
}

#[tokio::test]
async fn full_learns_every_version_on_four_when_nla_is_enforced() {
    let server = nla_required().await;
    let report = server.probe(Level::Full).await;
    assert_eq!(
        (report.verdict, report.nla, report.connections),
        (HandshakeVerdict::Ok, NlaState::Required, 4)
    );
    let tls = serde_json::to_value(report.tls.unwrap()).unwrap();
    assert_eq!(tls["versions"], serde_json::json!(["1.2", "1.3"]));
    assert_eq!(tls["refused"], serde_json::json!(["1.0", "1.1"]));
    assert_eq!(tls["negotiated"], "1.3");
    let answers = serde_json::to_value(report.negotiation).unwrap();
    let expected = serde_json::json!({"11": {"selected": 8, "flags": 31}, "1": {"failure": 5}});
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn nothing_that_could_log_on_is_ever_sent() {
    let server = nla_required().await;
    server.probe(Level::Full).await;
    let heard = server.heard();
    let inside: Vec<&[u8]> = heard.iter().map(|one| one.inside_tls.as_slice()).collect();
    assert_eq!(inside, [&credssp::NEGOTIATE[..], &[], &[], &[]]);
    for one in &heard {
        assert!(one.closed_in_order);
        assert!(!one.bytes.windows(7).any(|window| window == b"Cookie:"));
        // The request is the first 19 bytes and names no routing token: TLS or nothing follows.
        assert!(matches!(one.bytes.get(19), None | Some(0x16)));
    }
}

#[tokio::test]
async fn no_tls_follows_a_refusal() {
    let server = nla_required().await;
    server.probe(Level::Full).await;
    let refused = server.heard().into_iter().find(|one| one.bytes[15] == 1).unwrap();
    assert_eq!(refused.bytes, unhex("030000130ee000000000000100080001000000"));
    assert!(refused.closed_in_order);
}

#[tokio::test]
async fn full_takes_four_when_nla_is_optional_too() {
    let config = modern();
    let server = Server::start(
        |asked| {
            selected(match asked {
                11 => 2,
                other => u8::try_from(other).unwrap(),
            })
        },
        move |_, _| Act::Tls(config.clone(), unhex(CHALLENGE)),
    )
    .await;
    let report = server.probe(Level::Full).await;
    assert_eq!((report.nla, report.connections), (NlaState::Optional, 4));
    // The challenge is a recorded one, so its clock is wrong by now.
    assert_eq!(problems(&report), ["clock_skew", "nla_not_required", "standard_rdp_allowed"]);
    let asked: Vec<u8> = server.heard().iter().map(|one| one.bytes[15]).collect();
    assert_eq!(asked, [11, 1, 0, 11]);
    // The question about NLA carries the next hello, so no connection is spent on it.
    assert_eq!(server.heard()[1].bytes.get(19), Some(&0x16));
}

#[tokio::test]
async fn connections_of_full_are_the_fewest_that_answer() {
    let table: [Row<Versions>; 3] = [
        (vec![&TLS13], 3, &["1.3"], &["1.0", "1.1", "1.2"]),
        (vec![&TLS12], 3, &["1.2"], &["1.0", "1.1", "1.3"]),
        (vec![&TLS12, &TLS13], 4, &["1.2", "1.3"], &["1.0", "1.1"]),
    ];
    for (versions, connections, accepted, refused) in table {
        let config = tls(&versions);
        let server = Server::start(
            |asked| if asked == 11 { selected(1) } else { failure(1) },
            move |_, _| Act::Tls(config.clone(), Vec::new()),
        )
        .await;
        let report = server.probe(Level::Full).await;
        assert_eq!((report.verdict, report.nla), (HandshakeVerdict::Ok, NlaState::Unavailable));
        assert_eq!(report.connections, connections, "{accepted:?}");
        assert_eq!(problems(&report), ["nla_not_required"]);
        let tls = serde_json::to_value(report.tls.unwrap()).unwrap();
        assert_eq!((&tls["versions"], &tls["refused"]), (&accepted.into(), &refused.into()));
    }
}

#[tokio::test]
async fn old_versions_are_found_without_a_library_that_speaks_them() {
    // What a server that accepts these versions answers to a hello for at most `highest`.
    let table: [Row<&'static [u16]>; 4] = [
        (&[0x0301], 3, &["1.0"], &["1.1", "1.2"]),
        (&[0x0301, 0x0302], 4, &["1.0", "1.1"], &["1.2"]),
        (&[0x0301, 0x0303], 4, &["1.0", "1.2"], &["1.1"]),
        (&[0x0302, 0x0303], 5, &["1.1", "1.2"], &["1.0"]),
    ];
    for (versions, connections, accepted, refused) in table {
        let answer = move |highest: u16| versions.iter().rev().find(|version| **version <= highest);
        let server = Server::start(
            |asked| if asked == 11 { selected(1) } else { failure(1) },
            move |hello, _| match answer(hello.highest) {
                Some(version) if hello.raw => Act::Send(flight(*version, 0xc014, true)),
                Some(_) => crate::server::alert(40),
                None => crate::server::alert(70),
            },
        )
        .await;
        let report = server.probe(Level::Full).await;
        assert_eq!(
            (report.verdict, report.connections),
            (HandshakeVerdict::Ok, connections),
            "{accepted:?}"
        );
        assert!(report.problems.contains(&Problem::TlsOldEnabled));
        assert_eq!(report.problems.contains(&Problem::Tls12Missing), !accepted.contains(&"1.2"));
        let tls = serde_json::to_value(report.tls.unwrap()).unwrap();
        assert_eq!((&tls["versions"], &tls["refused"]), (&accepted.into(), &refused.into()));
        assert_eq!(report.certificate.unwrap().subject.as_deref(), Some("CN=vm1"));
    }
}

#[tokio::test]
async fn suites_that_current_clients_dropped_are_no_fault_of_the_listener() {
    let server = Server::start(
        |asked| if asked == 11 { selected(2) } else { failure(5) },
        |hello, _| match (hello.raw, hello.highest) {
            (true, 0x0303) => Act::Send(flight(0x0303, 0xc028, true)),
            (true, _) => crate::server::alert(70),
            (false, _) => Act::Reset,
        },
    )
    .await;
    let report = server.probe(Level::Standard).await;
    assert_eq!((report.verdict, report.connections), (HandshakeVerdict::Ok, 3));
    assert_eq!(report.ntlm, None);
    let tls = serde_json::to_value(report.tls.as_ref().unwrap()).unwrap();
    assert_eq!(tls["failure"], "old suites");
    assert_eq!(tls["suite"], "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384");
    assert_eq!(report.causes().len(), 1);
}

#[tokio::test]
async fn a_hang_up_after_a_good_handshake_is_asked_again_before_it_counts() {
    let config = modern();
    let server = Server::start(
        |asked| if asked == 11 { selected(1) } else { failure(1) },
        move |hello, number| match (hello.highest, number) {
            (0x0303, 2) => Act::Close,
            _ => Act::Tls(config.clone(), Vec::new()),
        },
    )
    .await;
    let report = server.probe(Level::Full).await;
    let tls = serde_json::to_value(report.tls.unwrap()).unwrap();
    assert_eq!(tls["versions"], serde_json::json!(["1.2", "1.3"]));
    assert_eq!(report.connections, 5);
}

#[tokio::test]
async fn ntlm_that_policy_forbids_is_told_and_the_listener_works_all_the_same() {
    let config = modern();
    let blocked = unhex("300ea003020106a407020500c0000418");
    let server = Server::start(
        |asked| if asked == 11 { selected(2) } else { failure(5) },
        move |_, _| Act::Tls(config.clone(), blocked.clone()),
    )
    .await;
    let report = server.probe(Level::Standard).await;
    assert_eq!(report.verdict, HandshakeVerdict::Ok);
    assert_eq!(problems(&report), ["ntlm_refused"]);
    let ntlm = report.ntlm.unwrap();
    assert_eq!(ntlm.error.as_deref(), Some("0xc0000418"));
    assert_eq!(ntlm.credssp_version, Some(6));
}

#[tokio::test]
async fn a_credssp_without_the_update_of_2018_is_told() {
    for (version, expected) in [("02", true), ("04", true), ("05", false), ("06", false)] {
        let config = modern();
        let answer = unhex(&CHALLENGE.replacen("a003020106", &format!("a0030201{version}"), 1));
        let server = Server::start(
            |asked| if asked == 11 { selected(2) } else { failure(5) },
            move |_, _| Act::Tls(config.clone(), answer.clone()),
        )
        .await;
        let report = server.probe(Level::Standard).await;
        let told = report.problems.contains(&Problem::CredsspOutdated);
        assert_eq!(told, expected, "version {version}");
        assert_eq!(report.proved, Some(rdpctl_model::Stage::Tls));
    }
}

#[tokio::test]
async fn ipv6_is_spoken() {
    let server = Server::start_at("[::1]:0", |_| selected(0), |_, _| Act::Close).await;
    let report = server.probe(Level::Full).await;
    assert_eq!(report.verdict, HandshakeVerdict::Ok);
    assert_eq!(problems(&report), ["standard_rdp_only"]);
    assert!(report.target.to_string().starts_with("[::1]:"));
}
