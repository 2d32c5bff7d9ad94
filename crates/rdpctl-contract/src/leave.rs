//! Whether something may still be changed: asked where a request is sent, however deep that is inside a client.
//!
//! Whoever was stopped for a minute in the middle of some work finds that somebody else took over; the work's next request
//! must not go out any more, whatever was asked before the work began.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;

tokio::task_local! {
    /// The leave under which the work is done. Whoever sends a request is deep inside a client that many share, and does
    /// not know for whom it sends; the task does.
    static CURRENT: Leave;
}

/// Who knows whether something may be changed.
#[async_trait]
pub trait MayChange: Send + Sync {
    /// Whether a request that changes something may be made now.
    async fn may_change(&self) -> bool;
}

struct Withdrawn;

#[async_trait]
impl MayChange for Withdrawn {
    async fn may_change(&self) -> bool {
        false
    }
}

/// Somebody's leave to change things. Nobody's is asked where no run is under way.
#[derive(Clone, Default)]
pub struct Leave(Option<Arc<dyn MayChange>>);

impl fmt::Debug for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Leave").field(&self.0.is_some()).finish()
    }
}

impl Leave {
    /// Theirs.
    #[must_use]
    pub fn of(whose: Arc<dyn MayChange>) -> Self {
        Self(Some(whose))
    }

    /// That of nobody: for what must not be done.
    #[must_use]
    pub fn withdrawn() -> Self {
        Self::of(Arc::new(Withdrawn))
    }

    /// The one under which this task works, for work that is handed to another.
    #[must_use]
    pub fn here() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_default()
    }

    /// Does work under it. The work must not send from another task, unless it takes [`Self::here`] along.
    pub async fn during<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// Before each request that changes something: whether it may be made.
    pub async fn holds(&self) -> bool {
        match &self.0 {
            Some(whose) => whose.may_change().await,
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given;

    #[async_trait]
    impl MayChange for Given {
        async fn may_change(&self) -> bool {
            true
        }
    }

    #[tokio::test]
    async fn work_is_done_under_the_leave_of_its_own_task() {
        let (given, taken) = (Leave::of(Arc::new(Given)), Leave::withdrawn());
        let asks = || async { Leave::here().holds().await };
        let (one, other, nobody) = tokio::join!(given.during(asks()), taken.during(asks()), asks());
        assert_eq!((one, other, nobody), (true, false, true));
    }
}
