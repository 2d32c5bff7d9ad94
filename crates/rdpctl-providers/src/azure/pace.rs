//! A share of what the vendor lets through: token buckets by kind of call.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdpctl_model::account::Rates;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::ArmError;

/// What a call draws on, and whether it may be made again when nobody knows what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Changes nothing.
    Read,
    /// A query of the graph.
    Graph,
    /// Made twice it does what it does once.
    Write,
    /// Never made twice.
    Once,
}

impl Kind {
    /// Whether it changes something.
    pub(super) const fn changes(self) -> bool {
        match self {
            Self::Read | Self::Graph => false,
            Self::Write | Self::Once => true,
        }
    }
}

/// A share of what the vendor lets through, by what is drawn on.
#[derive(Debug)]
pub(super) struct Pace {
    /// A factor on what is documented; none where there is no limit.
    factor: Option<f64>,
    reads: Mutex<Bucket>,
    writes: Mutex<Bucket>,
    graph: Mutex<Bucket>,
    /// Operations that are asked after one by one.
    followed: AtomicU32,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    most: f64,
    refill: f64,
    since: Instant,
    closed: Option<Instant>,
}

/// The usual margin: it makes up for calls that do not arrive as evenly as they are sent.
const SHARE: f64 = 0.8;

/// That of the graph: it is asked page after page, and a survey of thousands waits for nothing else.
const GRAPH_SHARE: f64 = 0.95;

/// The share of reads that go to asking after operations, whatever their number.
const FOLLOWED: f64 = 0.6;

/// Reads that come back in a second.
const READS: f64 = 25.0;

impl Pace {
    pub(super) fn new(rates: &Rates) -> Self {
        let factor = match rates {
            Rates::Documented => Some(1.0),
            Rates::Factor(factor) => Some(factor.clamp(0.01, 10_000.0)),
            Rates::Unlimited => None,
        };
        let bucket = |most: f64, refill: f64, share: f64| {
            let share = share * factor.unwrap_or(1.0);
            let most = (most * share).max(1.0);
            Mutex::new(Bucket {
                left: most,
                most,
                refill: refill * share,
                since: Instant::now(),
                closed: None,
            })
        };
        Self {
            factor,
            reads: bucket(250.0, READS, SHARE),
            writes: bucket(200.0, 10.0, SHARE),
            graph: bucket(15.0, 3.0, GRAPH_SHARE),
            followed: AtomicU32::new(0),
        }
    }

    /// Counts one operation more that is asked after, for as long as what is given lives.
    pub(super) fn following(&self) -> Followed<'_> {
        self.followed.fetch_add(1, Ordering::Relaxed);
        Followed(&self.followed)
    }

    /// How far apart looks at one operation are at least, so that all that are followed leave reads to others.
    pub(super) fn apart(&self) -> Duration {
        let Some(factor) = self.factor else { return Duration::ZERO };
        let operations = f64::from(self.followed.load(Ordering::Relaxed));
        Duration::from_secs_f64((operations / (FOLLOWED * READS * factor)).min(600.0))
    }

    const fn bucket(&self, kind: Kind) -> &Mutex<Bucket> {
        match kind {
            Kind::Read => &self.reads,
            Kind::Write | Kind::Once => &self.writes,
            Kind::Graph => &self.graph,
        }
    }

    /// Waits for a place.
    pub(super) async fn place(&self, kind: Kind, stop: &CancellationToken) -> Result<(), ArmError> {
        loop {
            let wait = {
                let mut bucket = self.bucket(kind).lock().unwrap_or_else(PoisonError::into_inner);
                bucket.take(self.factor.is_some())
            };
            let Some(wait) = wait else { return Ok(()) };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => return Err(ArmError::Stopped),
            }
        }
    }

    /// Keeps everybody away for a while: a ban is the whole bucket's.
    pub(super) fn close(&self, kind: Kind, wait: Duration) {
        let mut bucket = self.bucket(kind).lock().unwrap_or_else(PoisonError::into_inner);
        bucket.closed = Some(Instant::now() + wait);
    }
}

/// An operation that is asked after.
pub(super) struct Followed<'a>(&'a AtomicU32);

impl Drop for Followed<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Bucket {
    /// Takes one; how long to wait where there is none.
    fn take(&mut self, limited: bool) -> Option<Duration> {
        let now = Instant::now();
        if let Some(closed) = self.closed.filter(|closed| *closed > now) {
            return Some(closed - now);
        }
        if !limited {
            return None;
        }
        self.left = (self.left + (now - self.since).as_secs_f64() * self.refill).min(self.most);
        self.since = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64(((1.0 - self.left) / self.refill).clamp(0.01, 60.0)))
    }
}
