//! The first answers of RDP proper, up to the licence or to why not: channels are joined, the client says who it is.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What a client is told once it has said who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reception {
    /// It needs no licence; a session would follow.
    Licensed,
    /// `Set Error Info` with this number.
    Refused(u32),
}

/// The server denied the connection: no log-ons are taken.
pub(super) const DENIED: u32 = 0x7;
/// The account may not use Remote Desktop.
pub(super) const INSUFFICIENT_PRIVILEGES: u32 = 0x9;
/// No licence server was found.
pub(super) const NO_LICENCE_SERVER: u32 = 0x101;

/// Messages that are read before the client must have said who it is.
const MOST: usize = 64;
/// The client's own channel, above the first.
const USER: [u8; 2] = [0, 6];

/// Joins the channels, and receives the client.
pub(super) async fn receive(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    reception: Reception,
) -> io::Result<()> {
    for _ in 0..MOST {
        let mut head = [0; 4];
        stream.read_exact(&mut head).await?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if head[0] != 3 || !(7..=8192).contains(&length) {
            return Ok(());
        }
        let mut message = vec![0; length - 4];
        stream.read_exact(&mut message).await?;
        let answer = match message.get(3).map(|kind| kind >> 2) {
            // Attach user.
            Some(10) => tpkt(&[&[0x2e, 0x00], &USER[..]].concat()),
            // Join channel.
            Some(14) => match message.get(4..8) {
                Some(asked) => tpkt(&[&[0x3e, 0x00], asked, &asked[2..]].concat()),
                None => return Ok(()),
            },
            // Data: who the client is.
            Some(25) => {
                stream.write_all(&told(reception)).await?;
                return stream.flush().await;
            }
            // Erect domain.
            Some(1) => continue,
            _ => return Ok(()),
        };
        stream.write_all(&answer).await?;
        stream.flush().await?;
    }
    Ok(())
}

fn told(reception: Reception) -> Vec<u8> {
    match reception {
        // A licensing message: an error that is none, for a client that is valid.
        Reception::Licensed => {
            data(&[0x80, 0, 0, 0, 0xff, 3, 16, 0, 7, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0])
        }
        Reception::Refused(number) => {
            let mut share =
                vec![0x16, 0, 0x17, 0, 0, 0, 0xea, 3, 1, 0, 0, 1, 0x0c, 0, 0x2f, 0, 0, 0];
            share.extend(number.to_le_bytes());
            data(&share)
        }
    }
}

/// Data for the client, on the channel of input and output.
fn data(content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or(0x7f);
    tpkt(&[&[0x68, 0x00, 0x08, 0x03, 0xeb, 0x70, length], content].concat())
}

fn tpkt(content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len() + 7).unwrap_or(u16::MAX).to_be_bytes();
    [&[3, 0, high, low, 2, 0xf0, 0x80], content].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_the_message_that_clients_know() {
        let bytes = told(Reception::Refused(INSUFFICIENT_PRIVILEGES));
        let expected = [
            3, 0, 0, 0x24, 2, 0xf0, 0x80, 0x68, 0, 8, 3, 0xeb, 0x70, 0x16, 0x16, 0, 0x17, 0, 0, 0,
            0xea, 3, 1, 0, 0, 1, 0x0c, 0, 0x2f, 0, 0, 0, 9, 0, 0, 0,
        ];
        assert_eq!(bytes, expected);
    }
}
