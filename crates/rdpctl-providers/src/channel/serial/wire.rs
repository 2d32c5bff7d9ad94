//! A line as bytes both ways, whatever carries it.

use std::io;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// A line to a console.
#[async_trait]
pub trait Wire: Send {
    /// Sends bytes.
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// The next bytes; none when the line has ended. What is broken off loses nothing.
    async fn receive(&mut self) -> io::Result<Vec<u8>>;

    /// Sends the machine an interrupt that it cannot mask, where whoever leads its line out can. A line alone cannot.
    async fn interrupt(&mut self) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }
}

/// A line over a socket or a device.
#[derive(Debug)]
pub struct Stream<S>(pub S);

/// How much is read at once.
const CHUNK: usize = 4_096;

#[async_trait]
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire for Stream<S> {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await?;
        self.0.flush().await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = vec![0; CHUNK];
        let count = self.0.read(&mut chunk).await?;
        chunk.truncate(count);
        Ok(chunk)
    }
}
