//! How the loop does, for whoever watches it: numbers for Prometheus, and whether it lives and is ready.

mod doing;
mod numbers;
mod text;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

pub use doing::{Doing, OfCloud, Role};
pub(crate) use numbers::{Health, Looked, Numbers, Phase, What, kind};

/// What is told of the loop to whoever asks. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Signals(Arc<Mutex<Numbers>>);

/// What is said to whoever asks over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// What it is.
    pub kind: &'static str,
    /// It.
    pub text: String,
}

impl Signals {
    /// Changes the numbers.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Numbers)) {
        change(&mut self.numbers());
    }

    /// The numbers in Prometheus' form.
    #[must_use]
    pub fn render(&self) -> String {
        text::render(&self.numbers(), Instant::now())
    }

    /// How it goes about its work, for whoever shows it.
    #[must_use]
    pub fn doing(&self) -> Doing {
        Doing::of(&self.numbers())
    }

    /// Whether it goes on: a loop that stands still is better started anew.
    pub(crate) fn lives(&self) -> Health {
        self.numbers().lives(Instant::now())
    }

    /// The same, for whoever keeps the process.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.lives() == Health::Well
    }

    /// Whether it does its work: it stands by, or has looked at everything once since it leads.
    pub(crate) fn is_ready(&self) -> Health {
        match self.numbers().phase {
            Phase::Starting => Health::Not("starting"),
            Phase::Looking => Health::Not("not everything was looked at yet"),
            Phase::StandingBy | Phase::Watching => Health::Well,
        }
    }

    /// What is said at a path of the loop's own: its numbers, and whether it lives and is ready.
    #[must_use]
    pub fn answer(&self, path: &str) -> Option<Said> {
        const PLAIN: &str = "text/plain; charset=utf-8";
        let health = |health| match health {
            Health::Well => Said { status: 200, kind: PLAIN, text: "ok\n".to_owned() },
            Health::Not(why) => Said { status: 503, kind: PLAIN, text: format!("{why}\n") },
        };
        match path {
            "/metrics" => Some(Said {
                status: 200,
                kind: "text/plain; version=0.0.4; charset=utf-8",
                text: self.render(),
            }),
            "/healthz" => Some(health(self.lives())),
            "/readyz" => Some(health(self.is_ready())),
            _ => None,
        }
    }

    /// Nothing panics while it holds the lock, so that a poisoned one still holds whole numbers.
    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
