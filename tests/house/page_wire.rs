//! The page's wire: TLS by the files that were named, parts of pages for a script, and as many streams as there is room for.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::page::Page;
use crate::page_who::token;
use crate::tool::{Simulator, Tool, against};
use crate::watching::Loop;

/// A certificate for this machine, and its key, as files that nobody else may read.
fn certified(tool: &Tool) -> Arc<ClientConfig> {
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    tool.write("page.pem", &made.cert.pem());
    tool.write("page.key", &made.signing_key.serialize_pem());
    let ours = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(tool.path("page.key"), ours).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Arc::new(config)
}

fn say_over_tls(at: &str, client: &Arc<ClientConfig>, request: &str) -> String {
    let name = ServerName::try_from("localhost").unwrap();
    let speaks = ClientConnection::new(Arc::clone(client), name).unwrap();
    let mut stream = StreamOwned::new(speaks, TcpStream::connect(at).unwrap());
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // Whoever closes without a farewell has said all: the head names the length.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn over_tls_the_page_is_answered_the_session_is_bound_to_the_host_and_nothing_goes_in_the_clear() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let client = certified(&tool);
    let files = ["--tls-cert", "page.pem", "--tls-key", "page.key"];
    let mut run = Loop::start(&tool, &[&["--listen", "127.0.0.1:0"][..], &files[..]].concat());
    let at = run.address();
    run.until("ready");
    let port = at.rsplit(':').next().unwrap();
    let head = format!("host: localhost:{port}\r\nconnection: close\r\n");
    let answer = say_over_tls(&at, &client, &format!("GET /healthz HTTP/1.1\r\n{head}\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let ana = token(&tool, "ana", "read,pause");
    let body = format!("token={ana}");
    let post = |origin: &str| {
        let length = body.len();
        format!(
            "POST /session HTTP/1.1\r\n{head}origin: {origin}\r\ncontent-length: {length}\r\n\
             content-type: application/x-www-form-urlencoded\r\n\r\n{body}"
        )
    };
    let answer = say_over_tls(&at, &client, &post(&format!("https://localhost:{port}")));
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.starts_with("__Host-rdpctl="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
    // A page of ours was read over TLS: what says that it comes from one in the clear is somebody else's.
    let answer = say_over_tls(&at, &client, &post(&format!("http://localhost:{port}")));
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");

    let mut plain = TcpStream::connect(&at).unwrap();
    write!(plain, "GET / HTTP/1.1\r\n{head}\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    assert_eq!(run.ends().0, Some(0));

    // A key that others may read is nobody's.
    let all = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(tool.path("page.key"), all).unwrap();
    let again = [&["run", "--once", "--listen", "127.0.0.1:0"][..], &files[..]].concat();
    tool.run(&again).exits(1).complains("others may read it");
}

#[test]
fn parts_of_a_page_are_these_elements_of_it_and_nothing_else() {
    let mut page = Page::open();
    page.until("/fleet.json", |_| true);
    let (head, parts) = page.get("/?part=tally,head,nowhere,%3Cscript%3E");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.contains("content-type: text/html"), "{head}");
    let (_, whole) = page.get("/");
    for id in ["tally", "head"] {
        assert_eq!(parts.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}: {parts}");
        assert!(whole.contains(&format!(" id=\"{id}\"")), "{id}");
    }
    assert!(!parts.contains("<main") && !parts.contains("<script"), "{parts}");
    assert!(parts.len() < whole.len() / 2, "{} of {}", parts.len(), whole.len());
    let (_, verdicts) = page.get("/instances/web-01?part=verdicts");
    assert!(verdicts.contains(" id=\"verdicts\""), "{verdicts}");
    assert_eq!(page.ends(), Some(0));
}

/// A stream of events, and with what it is answered.
fn listen(at: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(at).unwrap();
    write!(stream, "GET /events HTTP/1.1\r\nhost: {at}\r\n\r\n").unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    (stream, String::from_utf8(head.into()).unwrap())
}

#[test]
fn of_streams_there_are_sixty_four_and_those_that_are_dead_make_room() {
    let mut page = Page::open();
    page.until("/fleet.json", |_| true);
    let at = page.at().to_owned();
    // One is the test's own.
    let mut open: Vec<TcpStream> = Vec::new();
    for _ in 0..63 {
        let (stream, head) = listen(&at);
        assert_eq!(head, "HTTP/1.1 200");
        open.push(stream);
    }
    let (mut refused, head) = listen(&at);
    assert_eq!(head, "HTTP/1.1 503");
    let mut rest = String::new();
    refused.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    while !rest.contains("\r\n\r\n") {
        let mut piece = [0; 256];
        let read = refused.read(&mut piece).unwrap();
        rest.push_str(std::str::from_utf8(&piece[..read]).unwrap());
    }
    assert!(rest.contains("retry-after: 30"), "{rest}");
    // Pages are answered all the while.
    assert!(page.get("/").0.starts_with("HTTP/1.1 200 "));
    drop((open, refused));
    while listen(&at).1 != "HTTP/1.1 200" {}
    assert_eq!(page.ends(), Some(0));
}
