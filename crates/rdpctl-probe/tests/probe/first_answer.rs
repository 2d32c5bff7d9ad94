//! What the answer to the main request, or its absence, comes to.

use std::time::Duration;

use rdpctl_model::handshake::HandshakeVerdict;
use rdpctl_probe::{Level, ProbeOptions, TcpState, probe};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::server::{Act, Server, failure, quick, selected};
use crate::vectors::unhex;

#[tokio::test]
async fn every_first_answer_has_its_verdict_and_ends_the_probe() {
    let send = |hex: &str| Act::Send(unhex(hex));
    for (act, verdict, problems, json) in [
        (selected(0), "ok", &["standard_rdp_only"][..], r#"{"selected":0,"flags":31}"#),
        (failure(2), "ok", &["standard_rdp_only"], r#"{"failure":2}"#),
        (send("0300000b06d00000123400"), "ok", &["standard_rdp_only"], r#""no_negotiation""#),
        (failure(3), "cert_missing", &[], r#"{"failure":3}"#),
        (failure(1), "negotiation_refused", &[], r#"{"failure":1}"#),
        (failure(4), "negotiation_refused", &[], r#"{"failure":4}"#),
        (failure(5), "negotiation_refused", &[], r#"{"failure":5}"#),
        (failure(6), "negotiation_refused", &[], r#"{"failure":6}"#),
        (failure(77), "negotiation_refused", &[], r#"{"failure":77}"#),
        (send("0300000902f0802180"), "rdp_closed", &[], r#""disconnect""#),
        (Act::Close, "rdp_closed", &[], r#""closed""#),
        (Act::Reset, "rdp_closed", &[], r#""reset""#),
        (Act::Stall, "rdp_silent", &[], r#""silent""#),
        (send("030000130ed000"), "rdp_silent", &[], r#""silent""#),
        (send("0300ffff"), "not_rdp", &[], r#""malformed""#),
        (
            send("030000130ed000001234000201080010000000"),
            "not_rdp",
            &[],
            r#"{"selected":16,"flags":1}"#,
        ),
        (Act::Send(b"HTTP/1.1 400 Bad Request\r\n".to_vec()), "not_rdp", &[], r#""malformed""#),
        (Act::Flood(vec![b'x'; 4096]), "not_rdp", &[], r#""malformed""#),
        (
            Act::Dribble(unhex("030000130ed000001234000300080003000000")),
            "cert_missing",
            &[],
            r#"{"failure":3}"#,
        ),
    ] {
        let shown = format!("{act:?}");
        let server =
            Server::start(move |_| act.clone(), |_, _| panic!("no hello after this")).await;
        let report = server.probe_impatiently(Level::Full).await;
        assert_eq!(report.verdict.name(), verdict, "{shown}");
        let found: Vec<&str> = report.problems.iter().map(|problem| problem.name()).collect();
        assert_eq!(found, problems, "{shown}");
        let answers = serde_json::to_string(&report.negotiation).unwrap();
        assert_eq!(answers, format!(r#"{{"11":{json}}}"#), "{shown}");
        assert_eq!(report.connections, 1, "{shown}");
        assert_eq!(server.heard()[0].bytes.len(), 19, "{shown}");
    }
}

#[tokio::test]
async fn a_foreign_program_is_shown_by_its_first_words() {
    let server =
        Server::start(|_| Act::Send(b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec()), |_, _| Act::Close)
            .await;
    let report = server.probe(Level::Standard).await;
    assert_eq!(report.verdict, HandshakeVerdict::NotRdp);
    assert_eq!(report.banner.as_deref(), Some("SSH-2.0-OpenSSH_9.2p1"));
}

#[tokio::test]
async fn a_result_that_a_busy_moment_explains_is_looked_at_twice() {
    let server = Server::start(|_| Act::Close, |_, _| Act::Close).await;
    let options = ProbeOptions { retry_after: Some(Duration::ZERO), ..quick() };
    let report = probe(&server.target, Level::Standard, &options).await;
    let tries: Vec<&str> = report.tries.iter().map(|one| one.verdict.name()).collect();
    assert_eq!((tries, report.connections), (vec!["rdp_closed", "rdp_closed"], 2));
}

#[tokio::test]
async fn a_port_without_listener_is_refused() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let target = address.to_string().parse().unwrap();
    let report = probe(&target, Level::Full, &quick()).await;
    assert_eq!(
        (report.verdict, report.tcp.state),
        (HandshakeVerdict::TcpRefused, TcpState::Refused)
    );
    assert_eq!((report.connections, report.tcp.ms), (0, None));
    assert_eq!(report.causes()[0].suggests, "the Remote Desktop service is stopped");
}

#[tokio::test]
async fn a_port_that_answers_nothing_is_filtered() {
    // A full queue of connections that nobody takes: the kernel then drops further attempts, as a firewall does.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) =
        timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        waiting.push(stream);
    }
    let options = ProbeOptions { connect: Duration::from_millis(200), ..quick() };
    let report = probe(&address.to_string().parse().unwrap(), Level::Full, &options).await;
    assert_eq!(
        (report.verdict, report.tcp.state),
        (HandshakeVerdict::TcpFiltered, TcpState::Filtered)
    );
}

#[tokio::test]
async fn a_name_that_does_not_resolve_says_so() {
    let report = probe(&"nosuch.invalid".parse().unwrap(), Level::Full, &quick()).await;
    assert_eq!(
        (report.verdict, report.tcp.state),
        (HandshakeVerdict::DnsFailed, TcpState::DnsFailed)
    );
}

#[tokio::test]
async fn no_probe_outlives_its_deadline() {
    // Each step may take longer than the whole, and the server never answers.
    let server = Server::start(|_| Act::Stall, |_, _| Act::Stall).await;
    let patient = Duration::from_hours(1);
    let options = ProbeOptions {
        confirm: patient,
        tls: patient,
        total: Duration::from_millis(200),
        retry_after: Some(patient),
        ..ProbeOptions::default()
    };
    let report = timeout(Duration::from_mins(1), probe(&server.target, Level::Full, &options))
        .await
        .unwrap();
    assert_eq!(report.verdict, HandshakeVerdict::RdpSilent);
}
