//! Typing and waiting: every character is seen back before the line is entered.

use std::time::Duration;

use rdpctl_guest::sac::{Mark, Screen, Typing, mark};
use tokio::time::{Instant, timeout_at};

use super::failure::Failure;
use super::wire::Wire;

/// How much is typed before its echo is waited for: the guest's buffer is small.
const PIECE: usize = 32;
/// How long the echo may pause: what is not there by then got lost.
const ECHO: Duration = Duration::from_secs(5);
/// How long it may take to begin. A line that loses a character shows the others, and one that shows none at all leads to a
/// machine that is busy.
const SLOW: Duration = Duration::from_secs(30);
/// How long a screen may take to be cleared.
pub(super) const CLEARED: Duration = Duration::from_secs(1);
/// How often a line is begun.
const TRIES: u32 = 4;
/// How much comes over a line in one session at most: many times what an honest one brings.
const MOST: usize = 512 * 1024;
/// How often a channel that says nothing is kept from closing itself.
pub(super) const IDLE: Duration = Duration::from_mins(1);

/// One session on a line.
pub(super) struct Talk {
    wire: Box<dyn Wire>,
    screen: Screen,
    received: usize,
    deadline: Instant,
}

impl Talk {
    pub(super) fn new(wire: Box<dyn Wire>, within: Duration) -> Self {
        Self { wire, screen: Screen::default(), received: 0, deadline: Instant::now() + within }
    }

    pub(super) const fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Gives what is left to be done some more time.
    pub(super) fn grant(&mut self, more: Duration) {
        self.deadline = Instant::now() + more;
    }

    pub(super) async fn send(&mut self, keys: &str) -> Result<(), Failure> {
        let sent = timeout_at(self.deadline, self.wire.send(keys.as_bytes())).await;
        sent.map_err(|_| Failure::Late("room on the line"))?.map_err(Failure::Lost)
    }

    pub(super) async fn interrupt(&mut self) -> std::io::Result<()> {
        self.wire.interrupt().await
    }

    /// Waits until the screen shows something; nothing when it does not in time.
    pub(super) async fn until<T>(
        &mut self,
        within: Duration,
        look: impl Fn(&Screen) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let end = (Instant::now() + within).min(self.deadline);
        loop {
            if let Some(seen) = look(&self.screen) {
                return Ok(Some(seen));
            }
            let Ok(received) = timeout_at(end, self.wire.receive()).await else { return Ok(None) };
            let bytes = received.map_err(Failure::Lost)?;
            if bytes.is_empty() {
                return Err(Failure::Closed);
            }
            self.received += bytes.len();
            if self.received > MOST {
                return Err(Failure::Flooded);
            }
            self.screen.feed(&bytes);
        }
    }

    /// Types a line, each piece of it seen back, and does not enter it.
    pub(super) async fn type_line(&mut self, line: &str) -> Result<(), Failure> {
        for _ in 0..TRIES {
            if self.typed(line, ECHO).await? {
                return Ok(());
            }
            // Whatever stands there is given up.
            self.send("\u{3}\r").await?;
            self.until(Duration::from_secs(1), |_| None::<()>).await?;
        }
        Err(Failure::Echo)
    }

    async fn typed(&mut self, line: &str, within: Duration) -> Result<bool, Failure> {
        let mut sent = 0;
        while sent < line.len() {
            let next = (sent + PIECE).min(line.len());
            // Names of accounts may hold more than ASCII.
            let next = (next..=line.len()).find(|at| line.is_char_boundary(*at)).unwrap_or(next);
            self.send(&line[sent..next]).await?;
            if !self.echoed(&line[..next], within).await? {
                return Ok(false);
            }
            sent = next;
        }
        Ok(true)
    }

    /// Waits for an echo: until it is there, until it pauses, or until nothing came for long.
    async fn echoed(&mut self, text: &str, within: Duration) -> Result<bool, Failure> {
        let seen = |screen: &Screen| screen.ends_with(text).then_some(());
        let (begun, received) = (Instant::now(), self.received);
        loop {
            let so_far = self.received;
            if self.until(within, seen).await?.is_some() {
                return Ok(true);
            }
            let pauses = self.received == so_far;
            let is_slow = self.received == received;
            if begun.elapsed() >= SLOW.max(within) || (pauses && !is_slow) {
                return Ok(false);
            }
        }
    }

    /// Clears the screen, there and here. What is written on blanks shows whether a character got lost, and what noise
    /// left behind is nothing that the other side would ever take away.
    pub(super) async fn blank(&mut self) -> Result<(), Failure> {
        self.enter("cls").await?;
        self.cleared(CLEARED).await
    }

    /// Waits until the other side has cleared its screen, and takes off here what is still left.
    pub(super) async fn cleared(&mut self, within: Duration) -> Result<(), Failure> {
        let is_done = |screen: &Screen| (screen.cursor() == (0, 0)).then_some(());
        self.until(within, is_done).await?;
        self.screen.wipe();
        Ok(())
    }

    /// Types a line and enters it where nothing that was typed can be given up: a log-on takes what stands there for the
    /// answer, and whoever began again would answer its next question, and be refused with the right password.
    pub(super) async fn enter_once(&mut self, line: &str, within: Duration) -> Result<(), Failure> {
        if !self.typed(line, within).await? {
            return Err(Failure::Echo);
        }
        self.send("\r").await
    }

    /// Types a line and enters it.
    pub(super) async fn enter(&mut self, line: &str) -> Result<(), Failure> {
        self.type_line(line).await?;
        self.send("\r").await
    }

    /// Waits for a mark, and keeps the channel from closing itself meanwhile.
    pub(super) async fn mark(
        &mut self,
        typing: &Typing,
        number: u32,
        within: Duration,
    ) -> Result<Option<Mark>, Failure> {
        let end = (Instant::now() + within).min(self.deadline);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let seen = |screen: &Screen| mark(screen, typing.nonce(), number);
            if let Some(mark) = self.until(left.min(IDLE), seen).await? {
                return Ok(Some(mark));
            }
            if left <= IDLE {
                return Ok(None);
            }
            self.send("\r").await?;
        }
    }
}
