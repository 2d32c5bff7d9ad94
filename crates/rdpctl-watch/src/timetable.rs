//! When what is due: kube-runtime's scheduler, fed by hand.

use std::pin::Pin;

use futures_util::{Stream, StreamExt, stream};
use kube::runtime::scheduler::{ScheduleRequest, Scheduler, scheduler};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::subject::Subject;

type Requests = Pin<Box<dyn Stream<Item = ScheduleRequest<Subject>> + Send>>;

/// Subjects with the time at which each is due; of two times the earlier one counts.
pub(crate) struct Timetable {
    requests: mpsc::UnboundedSender<ScheduleRequest<Subject>>,
    due: Pin<Box<Scheduler<Subject, Requests>>>,
}

impl Timetable {
    pub(crate) fn new() -> Self {
        // What waits in it is at most one request for each subject between two turns of the loop.
        let (requests, inbox) = mpsc::unbounded_channel();
        let incoming: Requests = Box::pin(stream::unfold(inbox, |mut inbox| async move {
            inbox.recv().await.map(|request| (request, inbox))
        }));
        Self { requests, due: Box::pin(scheduler(incoming)) }
    }

    /// Something is due then, unless it is due earlier.
    pub(crate) fn at(&self, message: Subject, run_at: Instant) {
        // The other end lies in the same value.
        let _ = self.requests.send(ScheduleRequest { message, run_at });
    }

    /// What is due next, once it is. It may be dropped at any time.
    pub(crate) async fn next(&mut self) -> Option<Subject> {
        self.due.next().await
    }
}
