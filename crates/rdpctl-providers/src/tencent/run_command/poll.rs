//! One poll asks about all runs under way, whoever began them.
//!
//! Nobody is spawned for it: of those who wait, one at a time leads and looks for all; when its own runs have ended,
//! the next one takes over. A leader that gives up mid-way leaves everything in the table for its successor.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::channel::why::say as why;
use crate::tencent::api::BATCH;
use crate::tencent::api::filter::Filter;
use crate::tencent::api::tat::{DescribeInvocationTasks, DescribeInvocations, Task};
use crate::tencent::client::Client;
use crate::tencent::code::Class;
use crate::tencent::error::CallError;
use rdpctl_model::Said;

/// The first look comes after this.
const FIRST: Duration = Duration::from_millis(200);

/// Looks are never further apart.
const SLOWEST: Duration = Duration::from_secs(3);

/// Outcomes on their way at once: each is more than a megabyte where a hundred guests were looked into.
const FETCHES: usize = 2;

/// The most values of one of the service's filters.
const MOST_VALUES: usize = 5;

/// What came of a run on each of its guests, or why nobody will know.
type Outcome = Result<Vec<Task>, Said>;

#[derive(Debug)]
pub(super) struct Poller {
    client: Arc<Client>,
    runs: Mutex<HashMap<String, Under>>,
    lead: tokio::sync::Mutex<()>,
    /// Tells the leader of a run that may be due sooner than those it knows.
    another: Notify,
}

/// A run under way.
#[derive(Debug)]
struct Under {
    guests: usize,
    due: Instant,
    pause: Duration,
    tell: oneshot::Sender<Outcome>,
}

impl Poller {
    pub(super) fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            runs: Mutex::new(HashMap::new()),
            lead: tokio::sync::Mutex::new(()),
            another: Notify::new(),
        }
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<String, Under>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a run to end.
    pub(super) async fn wait(
        &self,
        run: String,
        guests: usize,
        stop: &CancellationToken,
    ) -> Outcome {
        let (tell, mut told) = oneshot::channel();
        self.runs()
            .insert(run.clone(), Under { guests, due: Instant::now() + FIRST, pause: FIRST, tell });
        self.another.notify_one();
        // Whoever stops waiting takes its run off the table.
        let _gone = OffTheTable { poller: self, run: &run };
        loop {
            let lead = tokio::select! {
                outcome = &mut told => return outcome.unwrap_or_else(|_| Err(why::nobody_looked())),
                lead = self.lead.lock() => lead,
            };
            while self.runs().contains_key(&run) {
                self.look(stop).await;
            }
            drop(lead);
        }
    }

    /// Waits until some run is due, and looks at all that are, or nearly.
    async fn look(&self, stop: &CancellationToken) {
        let Some(due) = self.runs().values().map(|under| under.due).min() else { return };
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            () = self.another.notified() => return,
        }
        let soon = Instant::now() + FIRST;
        let looked: Vec<(String, usize)> = {
            let mut runs = self.runs();
            let due = runs.iter_mut().filter(|(_, under)| under.due <= soon);
            due.map(|(run, under)| {
                under.pause = (under.pause * 2).min(SLOWEST);
                under.due = Instant::now() + under.pause;
                (run.clone(), under.guests)
            })
            .collect()
        };
        let few = looked.len() <= MOST_VALUES
            && looked.iter().map(|(_, guests)| guests).sum::<usize>() <= BATCH;
        // Few runs are asked for their outcome outright; many first for their state, which takes less.
        let ended = if few { Ok(looked.clone()) } else { self.ended(&looked, stop).await };
        match ended {
            Ok(ended) => self.fetch(ended, stop).await,
            Err(error) => self.fault(&looked, &error),
        }
    }

    /// Those of the runs that have ended.
    async fn ended(
        &self,
        runs: &[(String, usize)],
        stop: &CancellationToken,
    ) -> Result<Vec<(String, usize)>, CallError> {
        let pages = join_all(runs.chunks(BATCH).map(|runs| async move {
            let invocation_ids = runs.iter().map(|(run, _)| run.clone()).collect();
            let request = DescribeInvocations { invocation_ids, offset: 0, limit: BATCH };
            self.client.call(&request, stop).await
        }))
        .await;
        let mut ended = Vec::new();
        for page in pages {
            for invocation in &page?.fields.invocation_set {
                let id = invocation.invocation_id.as_str();
                if invocation.invocation_status.is_final() {
                    ended.extend(runs.iter().find(|(run, _)| run == id).cloned());
                }
            }
        }
        Ok(ended)
    }

    /// Fetches outcomes, as many runs in a call as fit, and tells those who wait.
    async fn fetch(&self, runs: Vec<(String, usize)>, stop: &CancellationToken) {
        let mut calls: Vec<Vec<(String, usize)>> = Vec::new();
        for run in runs {
            let fits = |call: &&mut Vec<(String, usize)>| {
                call.len() < MOST_VALUES
                    && call.iter().map(|(_, guests)| guests).sum::<usize>() + run.1 <= BATCH
            };
            match calls.last_mut().filter(fits) {
                Some(call) => call.push(run),
                None => calls.push(vec![run]),
            }
        }
        let fetched = stream::iter(calls).map(|call| async move {
            let ids: Vec<String> = call.iter().map(|(run, _)| run.clone()).collect();
            let request = DescribeInvocationTasks {
                filters: vec![Filter::new("invocation-id", ids)],
                hide_output: false,
                offset: 0,
                limit: BATCH,
            };
            match self.client.call(&request, stop).await {
                Ok(answer) => self.tell(&call, answer.fields.invocation_task_set.0),
                Err(error) => self.fault(&call, &error),
            }
        });
        fetched.buffer_unordered(FETCHES).collect::<()>().await;
    }

    /// Tells those whose runs have ended on every guest.
    fn tell(&self, runs: &[(String, usize)], tasks: Vec<Task>) {
        let mut by_run: HashMap<String, Vec<Task>> = HashMap::new();
        for task in tasks.into_iter().filter(|task| task.task_status.is_final()) {
            by_run.entry(task.invocation_id.as_str().to_owned()).or_default().push(task);
        }
        for (run, guests) in runs {
            if by_run.get(run).is_some_and(|tasks| tasks.len() >= *guests)
                && let Some(tasks) = by_run.remove(run)
            {
                self.end(run, Ok(tasks));
            }
        }
    }

    /// A look that failed is made again, unless it would fail for ever.
    fn fault(&self, runs: &[(String, usize)], error: &CallError) {
        let passing = matches!(error.class(), Class::Server | Class::Throttled | Class::Busy);
        if !passing {
            for (run, _) in runs {
                self.end(run, Err(Said::quoted(error.to_string())));
            }
        }
    }

    fn end(&self, run: &str, outcome: Outcome) {
        if let Some(under) = self.runs().remove(run) {
            // Who no longer waits need not be told.
            drop(under.tell.send(outcome));
        }
    }
}

/// Takes a run off the table when its waiter goes away.
struct OffTheTable<'a> {
    poller: &'a Poller,
    run: &'a str,
}

impl Drop for OffTheTable<'_> {
    fn drop(&mut self) {
        self.poller.runs().remove(self.run);
    }
}
