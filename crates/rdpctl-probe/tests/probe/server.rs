//! A listener in this process that follows a script and remembers what it was sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{CertificateParams, CertifiedKey, DnType, KeyPair};
use rdpctl_probe::wire::credssp;
use rdpctl_probe::{Level, ProbeOptions, Report, Target, probe};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::tap::{Replay, Tap};
use crate::vectors::unhex;

/// What to do with a connection at one point.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Send this in one piece.
    Send(Vec<u8>),
    /// Send this a byte at a time.
    Dribble(Vec<u8>),
    /// Send this again and again.
    Flood(Vec<u8>),
    /// End the connection in order.
    Close,
    /// End it with a reset.
    Reset,
    /// Say nothing, and keep the connection.
    Stall,
    /// Speak real TLS, then answer the NTLM negotiation with this.
    Tls(Arc<ServerConfig>, Vec<u8>),
}

/// What a listener does: by the protocols asked for, and then by the hello.
pub(crate) type OnRequest = dyn Fn(u32) -> Act + Send + Sync;
pub(crate) type OnHello = dyn Fn(&Hello, usize) -> Act + Send + Sync;

/// What a hello offers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hello {
    /// The highest version, as on the wire.
    pub(crate) highest: u16,
    /// Whether it is one of the hand-made ones.
    pub(crate) raw: bool,
}

/// What one connection brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// Every byte.
    pub(crate) bytes: Vec<u8>,
    /// What came through TLS.
    pub(crate) inside_tls: Vec<u8>,
    /// Whether the client closed in order.
    pub(crate) closed_in_order: bool,
}

/// A running listener.
pub(crate) struct Server {
    pub(crate) target: Target,
    heard: Arc<Mutex<Vec<Heard>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(
        on_request: impl Fn(u32) -> Act + Send + Sync + 'static,
        on_hello: impl Fn(&Hello, usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::start_at("127.0.0.1:0", on_request, on_hello).await
    }

    pub(crate) async fn start_at(
        address: &str,
        on_request: impl Fn(u32) -> Act + Send + Sync + 'static,
        on_hello: impl Fn(&Hello, usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (on_request, on_hello): (Arc<OnRequest>, Arc<OnHello>) =
            (Arc::new(on_request), Arc::new(on_hello));
        let mut tasks = JoinSet::new();
        let all = Arc::clone(&heard);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut all = all.lock().unwrap();
                    all.push(Heard::default());
                    all.len() - 1
                };
                let tap = Tap { stream, all: Arc::clone(&all), number };
                connections.spawn(serve(tap, Arc::clone(&on_request), Arc::clone(&on_hello)));
            }
        });
        let target = Target::at(address.ip(), address.port());
        Self { target, heard, _tasks: tasks }
    }

    pub(crate) async fn probe(&self, level: Level) -> Report {
        let options = ProbeOptions {
            retry_after: None,
            repeat_after: Duration::ZERO,
            ..ProbeOptions::default()
        };
        probe(&self.target, level, &options).await
    }

    /// For a listener that will not answer something, so that the wait for it is short.
    pub(crate) async fn probe_impatiently(&self, level: Level) -> Report {
        probe(&self.target, level, &quick()).await
    }

    /// What every connection brought, in order.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

/// Options for a listener in the same process that is silent, or busy with nothing else.
pub(crate) fn quick() -> ProbeOptions {
    let short = Duration::from_millis(300);
    ProbeOptions {
        confirm: short,
        tls: short,
        ntlm: short,
        retry_after: None,
        repeat_after: Duration::ZERO,
        ..ProbeOptions::default()
    }
}

pub(crate) fn selected(protocols: u8) -> Act {
    Act::Send(unhex(&format!("030000130ed00000123400021f0800{protocols:02x}000000")))
}

pub(crate) fn failure(code: u8) -> Act {
    Act::Send(unhex(&format!("030000130ed0000012340003000800{code:02x}000000")))
}

pub(crate) fn alert(number: u8) -> Act {
    Act::Send(vec![0x15, 3, 1, 0, 2, 2, number])
}

/// A self-signed certificate for `CN=vm1` and its key.
pub(crate) fn identity() -> CertifiedKey<KeyPair> {
    let mut params = CertificateParams::new(vec!["vm1".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "vm1");
    let signing_key = KeyPair::generate().unwrap();
    CertifiedKey { cert: params.self_signed(&signing_key).unwrap(), signing_key }
}

/// A TLS server with the given versions.
pub(crate) fn tls(versions: &[&'static rustls::SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let identity = identity();
    let key = PrivateKeyDer::try_from(identity.signing_key.serialize_der()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_protocol_versions(versions).unwrap().with_no_client_auth();
    Arc::new(builder.with_single_cert(vec![CertificateDer::from(identity.cert)], key).unwrap())
}

pub(crate) fn modern() -> Arc<ServerConfig> {
    tls(&[&TLS12, &TLS13])
}

/// A clear first flight: hello with `version` and `suite`, a certificate, and as much of the rest as is wanted.
pub(crate) fn flight(version: u16, suite: u16, with_key_exchange: bool) -> Vec<u8> {
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind][..], &length[1..], body].concat()
    };
    let hello = [&version.to_be_bytes()[..], &[7; 32], &[0], &suite.to_be_bytes(), &[0]].concat();
    let der = identity().cert.der().to_vec();
    let list = message(0, &der)[1..].to_vec();
    let certificates = message(0, &list)[1..].to_vec();
    let mut messages = [message(2, &hello), message(11, &certificates)].concat();
    if with_key_exchange {
        messages.extend(message(12, &[3, 0, 0x17, 0]));
        messages.extend(message(14, &[]));
    }
    // Records of a hundred bytes, since a chain may span several.
    let record =
        |piece: &[u8]| [&[22, 3, 1, 0, u8::try_from(piece.len()).unwrap()][..], piece].concat();
    messages.chunks(100).flat_map(record).collect()
}

async fn serve(mut tap: Tap, on_request: Arc<OnRequest>, on_hello: Arc<OnHello>) {
    let mut request = [0; 19];
    if tap.read_exact(&mut request).await.is_ok() {
        let act =
            on_request(u32::from_le_bytes([request[15], request[16], request[17], request[18]]));
        if let Some(mut tap) = perform(act, tap).await {
            match read_hello(&mut tap).await {
                Some(hello) => {
                    let number = tap.number;
                    let again = on_hello(&hello, number);
                    if let Some(tap) = perform(again, tap).await {
                        listen_to_the_end(tap).await;
                    }
                }
                None => listen_to_the_end(tap).await,
            }
        }
    }
}

/// Does one thing. Gives the connection back when the script goes on.
async fn perform(act: Act, mut tap: Tap) -> Option<Tap> {
    match act {
        Act::Send(bytes) => tap.write_all(&bytes).await.ok().map(|()| tap),
        Act::Dribble(bytes) => {
            for byte in bytes {
                tap.write_all(&[byte]).await.ok()?;
                tokio::task::yield_now().await;
            }
            Some(tap)
        }
        Act::Flood(bytes) => {
            while tap.write_all(&bytes).await.is_ok() {}
            None
        }
        Act::Close => {
            tap.shutdown().await.ok()?;
            listen_to_the_end(tap).await;
            None
        }
        Act::Reset => {
            tap.stream.set_zero_linger().ok()?;
            None
        }
        Act::Stall => {
            listen_to_the_end(tap).await;
            None
        }
        Act::Tls(config, challenge) => {
            speak_tls(config, &challenge, tap).await;
            None
        }
    }
}

async fn speak_tls(config: Arc<ServerConfig>, challenge: &[u8], mut tap: Tap) {
    let (all, number) = (Arc::clone(&tap.all), tap.number);
    // The hello was read already: it stands at the end of what was heard.
    let replayed = all.lock().unwrap()[number].bytes.split_off(19);
    let stream = Replay { unread: replayed, tap: &mut tap };
    let accepted = TlsAcceptor::from(config).accept(stream).await;
    if let Ok(mut tls) = accepted {
        let mut request = [0; credssp::NEGOTIATE.len()];
        if tls.read_exact(&mut request).await.is_ok() {
            all.lock().unwrap()[number].inside_tls.extend(request);
            tls.write_all(challenge).await.unwrap();
            let mut rest = Vec::new();
            let goodbye = tls.read_to_end(&mut rest).await;
            all.lock().unwrap()[number].inside_tls.extend(rest);
            assert!(goodbye.is_ok(), "the probe ends TLS before it ends the connection");
        }
    }
    listen_to_the_end(tap).await;
}

/// Reads one hello record; `None` when the client went away instead.
async fn read_hello(tap: &mut Tap) -> Option<Hello> {
    let mut header = [0; 5];
    tap.read_exact(&mut header).await.ok()?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    tap.read_exact(&mut body).await.ok()?;
    let legacy = u16::from_be_bytes([body[4], body[5]]);
    let has = |bytes: &[u8]| body.windows(bytes.len()).any(|window| window == bytes);
    let highest = if has(&[0x00, 0x2b, 0x00]) && has(&[0x03, 0x04]) { 0x0304 } else { legacy };
    // RC4 with MD5 is offered by nobody else.
    Some(Hello { highest, raw: has(&[0x00, 0x05, 0x00, 0x04, 0x00, 0xff]) })
}

async fn listen_to_the_end(mut tap: Tap) {
    let mut scratch = [0; 4096];
    loop {
        match tap.read(&mut scratch).await {
            Ok(0) => return tap.all.lock().unwrap()[tap.number].closed_in_order = true,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}
