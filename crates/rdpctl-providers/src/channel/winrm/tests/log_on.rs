//! Who may in, whom we trust, and how often we try.

use std::fs;
use std::sync::Arc;

use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_contract::fake::Machine;
use rdpctl_model::declaration::{Winrm as Declared, WinrmAuth};
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_sim::winrm::{Accepts, Authority, Binding, Endpoint, Server, Tls, Validity};
use rdpctl_words::english;

use crate::channel::reported::Reported;

use super::fixture::{carrier, echo, run, run_all, secret, stock, target, with, with_password};

const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

fn hex(fingerprint: [u8; 32]) -> String {
    fingerprint.map(|byte| format!("{byte:02x}")).concat()
}

/// An authority with its certificate in a file.
fn authority() -> (Authority, tempfile::NamedTempFile) {
    let authority = Authority::new().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), authority.pem()).unwrap();
    (authority, file)
}

fn good(authority: &Authority) -> Tls {
    authority.issue(&NAMES, Validity::Good, Binding::Strict).unwrap()
}

fn trusting(file: &tempfile::NamedTempFile) -> Declared {
    Declared { tls: Some(true), ca_file: Some(file.path().to_owned()), ..Declared::default() }
}

#[tokio::test]
async fn https_works_with_ntlm_bound_to_the_certificate_basic_and_a_client_certificate() {
    let (authority, ca) = authority();
    let server = Server::new();
    let host = server.open(Endpoint::https("SECURE", good(&authority)), echo()).await.unwrap();
    let (certificate, key) = authority.issue_client("Administrator").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = (folder.path().join("client.pem"), folder.path().join("client.key"));
    fs::write(&files.0, certificate).unwrap();
    fs::write(&files.1, key).unwrap();
    let carrier = carrier();
    for declared in [
        trusting(&ca),
        Declared { auth: WinrmAuth::Basic, ..trusting(&ca) },
        Declared { auth: WinrmAuth::Certificate, client_certificate: Some(files), ..trusting(&ca) },
    ] {
        let reply = run(&carrier, with(&host, declared), &["ver"]).await.unwrap();
        assert_eq!(reply.stdout, b"ver\r\n");
    }
    assert_eq!(host.counters().executed("ver"), 3);
}

#[tokio::test]
async fn a_pinned_certificate_needs_no_authority_and_suffers_no_other() {
    let (authority, _) = authority();
    let tls = good(&authority);
    let pin = hex(tls.fingerprint);
    let server = Server::new();
    let host = server.open(Endpoint::https("SECURE", tls), echo()).await.unwrap();
    let carrier = carrier();
    let pinned =
        |pin: String| Declared { tls: Some(true), pin_sha256: Some(pin), ..Declared::default() };
    run(&carrier, with(&host, pinned(pin)), &["ver"]).await.unwrap();
    let failed = run(&carrier, with(&host, pinned("00".repeat(32))), &["ver"]).await.unwrap_err();
    assert!(matches!(failed, ChannelError::Untrusted { .. }), "{failed}");
}

/// A survey in which a guest says by which certificate its WinRM is to be known.
fn said(via: ChannelKind, certificate: Option<&str>) -> GuestSurvey {
    let guest = Machine::running("ins-1", [10, 0, 0, 5].into()).guest;
    GuestSurvey { via, winrm_certificate: Ok(certificate.map(str::to_owned)), ..guest }
}

#[tokio::test]
async fn a_certificate_that_the_agent_reported_is_believed_and_no_other() {
    let (authority, _) = authority();
    let tls = good(&authority);
    let (pin, other) = (hex(tls.fingerprint), "00".repeat(32));
    let server = Server::new();
    let host = server.open(Endpoint::https("SECURE", tls), echo()).await.unwrap();
    let reported = Reported::default();
    let carrier = carrier().believing(&reported);
    let undeclared = Declared { tls: Some(true), ..Declared::default() };
    let target = with(&host, undeclared.clone());
    // Nobody said anything; then somebody over the network, who could be anybody; then the agent, of another one.
    for report in [
        None,
        Some(said(ChannelKind::Winrm, Some(&pin))),
        Some(said(ChannelKind::Serial, Some(&pin))),
        Some(said(ChannelKind::RunCommand, Some(&other))),
        Some(said(ChannelKind::RunCommand, None)),
    ] {
        if let Some(report) = &report {
            reported.take(&target, report);
        }
        let failed = run(&carrier, target.clone(), &["ver"]).await.unwrap_err();
        assert!(matches!(failed, ChannelError::Untrusted { .. }), "{failed}");
    }
    assert_eq!(host.counters().log_ons, 0);
    reported.take(&target, &said(ChannelKind::RunCommand, Some(&pin)));
    run(&carrier, target.clone(), &["ver"]).await.unwrap();
    // What one machine says is said of that machine alone.
    let neighbour = GuestTarget { instance: "web-02".into(), ..target.clone() };
    let failed = run(&carrier, neighbour, &["ver"]).await.unwrap_err();
    assert!(matches!(failed, ChannelError::Untrusted { .. }), "{failed}");
    // And what is declared of certificates is never left for it.
    let pinned = with(&host, Declared { pin_sha256: Some(other), ..undeclared });
    let failed = run(&carrier, pinned, &["ver"]).await.unwrap_err();
    assert!(matches!(failed, ChannelError::Untrusted { .. }), "{failed}");
}

#[tokio::test]
async fn certificates_that_prove_nothing_are_refused_with_the_reason() {
    let (authority, ca) = authority();
    let server = Server::new();
    let expired = authority.issue(&NAMES, Validity::Expired, Binding::Relaxed).unwrap();
    let other_name =
        authority.issue(&["web-99.example"], Validity::Good, Binding::Relaxed).unwrap();
    let stranger = good(&Authority::new().unwrap());
    let carrier = carrier();
    for (tls, reason) in
        [(expired, "expired"), (other_name, "not valid for name"), (stranger, "UnknownIssuer")]
    {
        let host = server.open(Endpoint::https("SECURE", tls), echo()).await.unwrap();
        let failed = run(&carrier, with(&host, trusting(&ca)), &["ver"]).await.unwrap_err();
        assert!(
            matches!(&failed, ChannelError::Untrusted { source, .. } if rdpctl_words::english(&source.said()).contains(reason)),
            "{failed}"
        );
        assert_eq!(host.counters().log_ons, 0);
    }
}

#[tokio::test]
async fn a_wrong_password_is_tried_twice_at_most_over_all_hosts() {
    let server = Server::new();
    let mut hosts = Vec::new();
    for _ in 0..20 {
        hosts.push(stock(&server, echo()).await);
    }
    let wrong = |host| with_password(&target(host), secret("Wrong-1"));
    let carrier = carrier();
    for _ in 0..2 {
        for reply in run_all(&carrier, hosts.iter().map(wrong).collect(), &["ver"]).await {
            let failed = reply.unwrap_err();
            assert!(
                matches!(&failed, ChannelError::Refused { source, .. } if rdpctl_words::english(&source.said()).contains("suspended")),
                "{failed}"
            );
            assert!(failed.executed_nothing());
        }
    }
    assert_eq!(hosts.iter().map(|host| host.counters().refused_log_ons).sum::<u64>(), 2);
    // Another secret is another credential.
    run(&carrier, target(&hosts[0]), &["ver"]).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let server = Server::new();
    let host = stock(&server, echo()).await;
    let carrier = carrier();
    let text = |result: Result<_, ChannelError>| english(&result.unwrap_err().said());

    let mut denied = target(&host);
    Arc::make_mut(&mut denied.access).user = Some("administrator".to_owned());
    assert!(text(run(&carrier, denied, &["ver"]).await).contains("remote shells are not allowed"));

    let no_ntlm = Endpoint {
        accepts: Accepts { negotiate: false, basic: true, clear_text: true },
        ..Endpoint::stock("BASIC")
    };
    let no_ntlm = server.open(no_ntlm, echo()).await.unwrap();
    assert!(text(run(&carrier, target(&no_ntlm), &["ver"]).await).contains("does not offer NTLM"));

    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut nobody = target(&host);
    Arc::make_mut(&mut nobody.access).winrm =
        Declared { endpoint: Some(format!("http://{closed}")), ..Declared::default() };
    let failed = run(&carrier, nobody, &["ver"]).await.unwrap_err();
    assert!(matches!(failed, ChannelError::Unreachable { .. }), "{failed}");

    let mut poor = target(&host);
    Arc::make_mut(&mut poor.access).password = None;
    assert!(text(run(&carrier, poor, &["ver"]).await).contains("no password is declared"));

    assert!(text(run(&carrier, target(&host), &["echo a\nb"]).await).contains("control character"));
}

#[tokio::test]
async fn neither_errors_nor_logs_show_the_password_or_a_command() {
    use std::io;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let writer = log.clone();
    // The channel's threads are not this one: the subscriber has to be everybody's.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let server = Server::new();
    let host = stock(&server, echo()).await;
    let mut shown = String::new();
    for password in ["Hush-Hush-7", super::fixture::PASSWORD] {
        let subject = with_password(&target(&host), secret(password));
        let result = run(&carrier(), subject, &["net user shibboleth"]).await;
        shown.push_str(
            &result
                .err()
                .map(|error| format!("{} {error:?}", english(&error.said())))
                .unwrap_or_default(),
        );
    }
    shown.push_str(&String::from_utf8_lossy(&log.0.lock().unwrap()));
    assert!(shown.contains("suspended"), "{shown}");
    for hidden in ["Hush-Hush-7", super::fixture::PASSWORD, "shibboleth"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
