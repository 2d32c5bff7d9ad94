//! The body of an HTTP answer, which may come slowly, or break off.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// A body in pieces.
pub(super) struct Reply {
    pieces: VecDeque<Bytes>,
    length: u64,
    pause: Option<(Duration, Pin<Box<Sleep>>)>,
}

impl Reply {
    /// A body that comes at once.
    pub(super) fn whole(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
        Self {
            pieces: if body.is_empty() { VecDeque::new() } else { VecDeque::from([body]) },
            length,
            pause: None,
        }
    }

    /// The first half of a body, whose announced length is that of all of it.
    pub(super) fn half(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let length = u64::try_from(body.len()).unwrap_or(u64::MAX).max(1);
        Self { pieces: VecDeque::from([body.slice(..body.len() / 2)]), length, pause: None }
    }

    /// A body in ten pieces over about this long.
    pub(super) fn slow(body: impl Into<Bytes>, over: Duration) -> Self {
        let body = body.into();
        let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let piece = body.len().div_ceil(10).max(1);
        let pieces = (0..body.len())
            .step_by(piece)
            .map(|at| body.slice(at..body.len().min(at + piece)))
            .collect();
        Self { pieces, length, pause: Some((over / 10, Box::pin(sleep(over / 10)))) }
    }

    fn left(&self) -> u64 {
        self.pieces.iter().map(|piece| u64::try_from(piece.len()).unwrap_or(u64::MAX)).sum()
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some((every, sleeping)) = &mut self.pause {
            if sleeping.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            *sleeping = Box::pin(sleep(*every));
        }
        match self.pieces.pop_front() {
            Some(piece) => {
                self.length -= u64::try_from(piece.len()).unwrap_or(u64::MAX);
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            None if self.length == 0 => Poll::Ready(None),
            None => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::UnexpectedEof)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.length == 0
    }

    fn size_hint(&self) -> SizeHint {
        debug_assert!(self.left() <= self.length);
        SizeHint::with_exact(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_body_announces_the_whole() {
        let reply = Reply::half("0123456789");
        assert_eq!(reply.size_hint().exact(), Some(10));
        assert_eq!(reply.left(), 5);
    }
}
