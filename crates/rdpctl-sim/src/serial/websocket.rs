//! The server's end of a websocket (RFC 6455), as far as a console's gateway needs it: messages, pings, the end.

use std::io;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::{Digest, Sha1};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::line::Wire;

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The largest message that is taken.
const LARGEST: u64 = 64 * 1024;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What the server proves by that it understood the client's key.
pub(crate) fn accept(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{key}{GUID}").as_bytes()))
}

/// An open socket, with the bytes of a frame that is not whole yet.
pub(crate) struct Websocket<S> {
    stream: S,
    held: Vec<u8>,
}

/// A frame from a client.
struct Frame {
    kind: u8,
    data: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Websocket<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, held: Vec::new() }
    }

    /// The next message; none when the client has left.
    pub(crate) async fn message(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let Some(frame) = self.frame().await? else { return Ok(None) };
            match frame.kind {
                CLOSE => return Ok(None),
                PING => self.write(PONG, &frame.data).await?,
                PONG => {}
                _ => return Ok(Some(frame.data)),
            }
        }
    }

    /// Says that it is over.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        self.write(CLOSE, &1000_u16.to_be_bytes()).await
    }

    async fn frame(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some((frame, used)) = parse(&self.held)? {
                self.held.drain(..used);
                return Ok(Some(frame));
            }
            let mut chunk = [0; 4096];
            let count = self.stream.read(&mut chunk).await?;
            if count == 0 {
                return Ok(None);
            }
            self.held.extend_from_slice(&chunk[..count]);
        }
    }

    async fn write(&mut self, kind: u8, data: &[u8]) -> io::Result<()> {
        let mut frame = vec![0x80 | kind];
        match u16::try_from(data.len()) {
            Ok(short @ 0..=125) => frame.push(short.to_be_bytes()[1]),
            Ok(length) => {
                frame.push(126);
                frame.extend(length.to_be_bytes());
            }
            Err(_) => {
                frame.push(127);
                frame.extend((data.len() as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(data);
        self.stream.write_all(&frame).await?;
        self.stream.flush().await
    }
}

/// The first frame of some bytes, unmasked, and how many bytes it took.
fn parse(bytes: &[u8]) -> io::Result<Option<(Frame, usize)>> {
    let bad = |why| Err(io::Error::new(io::ErrorKind::InvalidData, why));
    let [first, second, ..] = *bytes else { return Ok(None) };
    if second & 0x80 == 0 {
        return bad("a client masks what it sends");
    }
    let (length, at) = match second & 0x7f {
        126 => match bytes.get(2..4).and_then(|two| two.try_into().ok()) {
            Some(two) => (u64::from(u16::from_be_bytes(two)), 4),
            None => return Ok(None),
        },
        127 => match bytes.get(2..10).and_then(|eight| eight.try_into().ok()) {
            Some(eight) => (u64::from_be_bytes(eight), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    if length > LARGEST {
        return bad("the message is too large");
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let (Some(mask), Some(data)) = (bytes.get(at..at + 4), bytes.get(at + 4..at + 4 + length))
    else {
        return Ok(None);
    };
    let data = data.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Ok(Some((Frame { kind: first & 0x0f, data }, at + 4 + length)))
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire for Websocket<S> {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        // What is shown may be cut within a character: such messages are not text.
        let kind = if std::str::from_utf8(bytes).is_ok() { TEXT } else { TEXT + 1 };
        self.write(kind, bytes).await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.message().await?.unwrap_or_default())
    }
}
