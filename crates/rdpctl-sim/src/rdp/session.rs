//! One caller, from the first byte to the last.

use std::cell::Cell;
use std::io::{self, Cursor};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use super::arrival::{self, Reception};
use super::credssp::{self, Exchange, Next};
use super::desktop::{Desktop, TurnsAway};
use super::door::{Door, Outside};
use super::gcc::Encryption;
use super::hello::{ClientHello, Scan};
use super::keys::Keys;
use super::negotiation::{Decision, HYBRID_EX, answer, decide, parse};
use super::tls::Start;
use super::{foreign, gcc, hello, negotiation, old_tls, tls};
use crate::guest::NotRemote;

/// What is still read from a caller who is told nothing more.
const LEFTOVERS: u64 = 256 * 1024;

/// The guest behind a door, for whoever wants to log on.
#[derive(Clone, Copy)]
pub(super) struct Inside<'a> {
    pub(super) outside: &'a dyn Outside,
    pub(super) guest: u32,
}

/// Serves a caller. Errors are the caller's business: it went away, or broke the protocol.
pub(super) async fn meet(
    mut stream: TcpStream,
    door: Door,
    keys: &Keys,
    inside: Inside<'_>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match door {
        Door::Open(desktop) => talk(stream, &desktop, keys, inside).await,
        Door::Foreign { image } => {
            let mut first = [0; 512];
            if stream.read(&mut first).await? == 0 {
                return Ok(());
            }
            if let Some(words) = foreign::answer(&image) {
                stream.write_all(words).await?;
                stream.shutdown().await?;
            }
            leave(stream).await
        }
        // The world changed between the knock and the look.
        Door::Refused | Door::Filtered => stream.set_zero_linger(),
    }
}

async fn talk(
    mut stream: TcpStream,
    desktop: &Desktop,
    keys: &Keys,
    inside: Inside<'_>,
) -> io::Result<()> {
    let message = read_tpkt(&mut stream, negotiation::LONGEST).await?;
    let Some(request) = parse(&message) else {
        return stream.shutdown().await;
    };
    let decision = decide(&desktop.listener, request);
    stream.write_all(&answer(decision, request)).await?;
    match decision {
        Decision::HangUp | Decision::Refuse(_) => {
            stream.shutdown().await?;
            leave(stream).await
        }
        Decision::Standard => {
            let level = desktop.listener.min_encryption_level;
            converse(&mut stream, desktop, Encryption::Own { level }).await?;
            leave(stream).await
        }
        Decision::Tls | Decision::CredSsp(_) => {
            secure(stream, desktop, keys, decision, inside).await
        }
    }
}

/// TLS, and what goes on inside it.
async fn secure(
    mut stream: TcpStream,
    desktop: &Desktop,
    keys: &Keys,
    decision: Decision,
    inside: Inside<'_>,
) -> io::Result<()> {
    let (offer, bytes) = read_hello(&mut stream).await?;
    match tls::start(&desktop.listener, &offer, keys) {
        Start::Drop => stream.set_zero_linger(),
        Start::NoVersion => alert(stream, &offer, PROTOCOL_VERSION).await,
        Start::Old(version) => {
            match old_tls::flight(&desktop.listener, version, &offer, random()) {
                Some(flight) => stream.write_all(&flight).await?,
                None => return alert(stream, &offer, HANDSHAKE_FAILURE).await,
            }
            leave(stream).await
        }
        Start::Modern(config) => {
            let (receiver, sender) = stream.into_split();
            let whole = tokio::io::join(Cursor::new(bytes).chain(receiver), sender);
            let mut tls = TlsAcceptor::from(config).accept(whole).await?;
            match decision {
                Decision::CredSsp(protocol) => log_on(&mut tls, desktop, protocol, inside).await?,
                Decision::HangUp | Decision::Refuse(_) | Decision::Standard | Decision::Tls => {
                    converse(&mut tls, desktop, Encryption::None).await?;
                }
            }
            leave(tls).await
        }
    }
}

const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;

async fn alert(mut stream: TcpStream, offer: &ClientHello, number: u8) -> io::Result<()> {
    let [major, minor] = offer.legacy.min(0x0303).to_be_bytes();
    stream.write_all(&[21, major, minor, 0, 2, 2, number]).await?;
    stream.shutdown().await?;
    leave(stream).await
}

/// CredSSP, and what comes after it for those who are let in.
async fn log_on(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    desktop: &Desktop,
    protocol: u32,
    inside: Inside<'_>,
) -> io::Result<()> {
    let certificate = desktop.listener.certificate.as_deref().unwrap_or_default();
    let Inside { outside, guest } = inside;
    let mut exchange = Exchange::new(&desktop.identity, certificate);
    let (claim, known) = loop {
        let request = read_request(stream).await?;
        let Some(request) = request else { return Ok(()) };
        let [nonce @ .., _, _, _, _, _, _, _, _] = Uuid::new_v4().into_bytes();
        let judged = Cell::new(false);
        let next = exchange.step(&request, nonce, &|claim, proves| {
            judged.set(true);
            outside.log_on(guest, claim, proves)
        });
        if desktop.silent && judged.get() {
            // Until the caller or its time is gone.
            return leave(&mut *stream).await;
        }
        match next {
            Next::Say(bytes) => {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
            }
            Next::Refuse(bytes) => {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
                return stream.shutdown().await;
            }
            Next::HangUp => return stream.shutdown().await,
            Next::Delegated(claim, known) => break (claim, known),
        }
    };
    let welcome = outside.welcome(guest, &claim, &known);
    if protocol == HYBRID_EX {
        // The early result: access denied, or success.
        let result: u32 = if welcome.is_ok() { 0 } else { 5 };
        stream.write_all(&result.to_le_bytes()).await?;
        stream.flush().await?;
        if welcome.is_err() {
            return stream.shutdown().await;
        }
    }
    converse(stream, desktop, Encryption::None).await?;
    let reception = match (welcome, desktop.turns_away) {
        (Err(NotRemote), _) => Reception::Refused(arrival::INSUFFICIENT_PRIVILEGES),
        (Ok(()), Some(TurnsAway::NoLogOns)) => Reception::Refused(arrival::DENIED),
        (Ok(()), Some(TurnsAway::Unlicensed)) => Reception::Refused(arrival::NO_LICENCE_SERVER),
        (Ok(()), None) => Reception::Licensed,
    };
    arrival::receive(stream, reception).await?;
    stream.shutdown().await
}

/// Reads one request; nothing when it is none.
async fn read_request(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> io::Result<Option<Vec<u8>>> {
    let mut request = Vec::new();
    let length = loop {
        match credssp::length(&request) {
            Some(Ok(length)) => break length,
            Some(Err(credssp::NoRequest)) => return Ok(None),
            None => request.push(stream.read_u8().await?),
        }
    };
    let read = request.len();
    request.resize(length.max(read), 0);
    stream.read_exact(&mut request[read..]).await?;
    Ok(Some(request))
}

/// The first exchange of RDP proper.
async fn converse(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    desktop: &Desktop,
    encryption: Encryption,
) -> io::Result<()> {
    let message = read_tpkt(stream, gcc::LONGEST).await?;
    match gcc::connect_response(&message, &desktop.identity, encryption) {
        Some(response) => {
            stream.write_all(&response).await?;
            stream.flush().await
        }
        None => stream.shutdown().await,
    }
}

/// Reads one TPKT, as far as it keeps within `longest`.
async fn read_tpkt(stream: &mut (impl AsyncRead + Unpin), longest: usize) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 4];
    stream.read_exact(&mut message).await?;
    let length = usize::from(u16::from_be_bytes([message[2], message[3]]));
    if message[0] != 3 || !(7..=longest).contains(&length) {
        return Ok(message);
    }
    message.resize(length, 0);
    stream.read_exact(&mut message[4..]).await?;
    Ok(message)
}

/// Reads the client's hello, and gives it back with the bytes that it came in.
async fn read_hello(stream: &mut TcpStream) -> io::Result<(ClientHello, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        match hello::scan(&bytes) {
            Scan::Hello(hello) => return Ok((hello, bytes)),
            Scan::Garbage => return Err(io::ErrorKind::InvalidData.into()),
            Scan::More => {
                if stream.read_buf(&mut bytes).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}

/// Waits until the caller is gone, so that nothing of what was said is lost to a reset.
async fn leave(stream: impl AsyncRead + Unpin) -> io::Result<()> {
    tokio::io::copy(&mut stream.take(LEFTOVERS), &mut tokio::io::sink()).await.map(|_| ())
}

fn random() -> [u8; 32] {
    let halves = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()];
    std::array::from_fn(|at| halves[at / 16][at % 16])
}
