//! Many targets at once: bounded, and each report as soon as it is there.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::vec;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::limit::affordable;
use super::once::probe;
use crate::options::{Level, ProbeOptions};
use crate::report::Report;
use crate::target::Target;

/// Where targets come from.
#[derive(Debug)]
pub enum Targets {
    /// A list that is known.
    List(vec::IntoIter<Target>),
    /// A channel that somebody fills, from standard input say.
    Channel(mpsc::Receiver<Target>),
}

/// The reports of many probes, in the order in which they finish.
#[derive(Debug)]
pub struct Reports {
    targets: Targets,
    exhausted: bool,
    level: Level,
    options: Arc<ProbeOptions>,
    at_once: usize,
    running: JoinSet<Report>,
}

/// Probes targets side by side, at most `concurrency` at once and never more than the process has sockets for.
///
/// Nothing runs until the first report is asked for, and dropping the reports ends the probes.
#[must_use]
pub fn probe_many(
    targets: impl Into<Targets>,
    level: Level,
    options: ProbeOptions,
    concurrency: NonZeroUsize,
) -> Reports {
    Reports {
        targets: targets.into(),
        exhausted: false,
        level,
        options: Arc::new(options),
        at_once: affordable(concurrency).get(),
        running: JoinSet::new(),
    }
}

impl From<Vec<Target>> for Targets {
    fn from(list: Vec<Target>) -> Self {
        Self::List(list.into_iter())
    }
}

impl From<mpsc::Receiver<Target>> for Targets {
    fn from(channel: mpsc::Receiver<Target>) -> Self {
        Self::Channel(channel)
    }
}

impl Targets {
    async fn next(&mut self) -> Option<Target> {
        match self {
            Self::List(list) => list.next(),
            Self::Channel(channel) => channel.recv().await,
        }
    }
}

impl Reports {
    /// The next report; `None` when there will be no more.
    pub async fn next(&mut self) -> Option<Report> {
        loop {
            let has_room = !self.exhausted && self.running.len() < self.at_once;
            tokio::select! {
                // New targets first, so that a long list fills all places at once.
                biased;
                target = self.targets.next(), if has_room => match target {
                    Some(target) => self.start(target),
                    None => self.exhausted = true,
                },
                done = self.running.join_next(), if !self.running.is_empty() => return done.map(finished),
                else => return None,
            }
        }
    }

    fn start(&mut self, target: Target) {
        let (level, options) = (self.level, Arc::clone(&self.options));
        self.running.spawn(async move { probe(&target, level, &options).await });
    }
}

fn finished(done: Result<Report, JoinError>) -> Report {
    match done {
        Ok(report) => report,
        // Tasks end by themselves or with the set, so a failed join is a panic, and stays one.
        Err(error) => resume_unwind(error.into_panic()),
    }
}
