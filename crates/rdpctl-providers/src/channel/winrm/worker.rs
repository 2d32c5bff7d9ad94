//! The threads that all `winrm-rs` work happens on, each with a current-thread runtime of its own.
//!
//! A host always comes to the same thread, so that its connections are found again. Dropping the workers ends the runs
//! under way, which close their shells first, and joins the threads.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdpctl_contract::Leave;
use rdpctl_model::secret::Secret;
use tokio::runtime;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::client::{Clients, IDLE};
use super::door::{Door, Doors, Tls};
use super::endpoint::{Endpoint, HTTP, HTTPS};
use super::failure::Failure;
use super::host::{Host, Hosts, Met};
use super::limits::Limits;
use super::run::Run;
use super::symptom::symptom;
use super::{authority, door};
use crate::channel::dialect::RawReply;
use crate::channel::why::say;

/// Jobs that wait before a thread takes them.
const QUEUE: usize = 256;

/// A script for one guest.
pub(super) struct Job {
    pub(super) endpoint: Endpoint,
    pub(super) account: Arc<Account>,
    pub(super) secret: Secret,
    pub(super) lines: Arc<[String]>,
    pub(super) within: Duration,
    /// The most output bytes.
    pub(super) most: usize,
    pub(super) stop: CancellationToken,
    /// The leave of whoever handed it over, who may have to wait for a place.
    pub(super) leave: Leave,
    pub(super) answer: oneshot::Sender<Result<RawReply, Failure>>,
}

/// The threads.
pub(super) struct Workers {
    threads: Vec<Worker>,
    stop: CancellationToken,
}

struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// What the runs of one thread share.
struct Bench {
    clients: Clients,
    hosts: Hosts,
    /// Shared by all threads.
    in_flight: Arc<Semaphore>,
}

impl Workers {
    /// Starts the threads.
    pub(super) fn start(limits: Limits, sent: &Arc<AtomicU64>) -> io::Result<Self> {
        let in_flight = Arc::new(Semaphore::new(limits.in_flight));
        let stop = CancellationToken::new();
        let mut started = Self { threads: Vec::new(), stop };
        for number in 0..limits.threads.max(1) {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            let (jobs, queue) = mpsc::channel(QUEUE);
            let (in_flight, sent, stop) =
                (Arc::clone(&in_flight), Arc::clone(sent), started.stop.clone());
            let work = move || {
                let clients = Clients::new(limits.hold, sent);
                let hosts = Hosts::new(limits.shells_per_host.max(1), IDLE);
                runtime.block_on(serve(queue, Arc::new(Bench { clients, hosts, in_flight }), stop));
            };
            let thread = thread::Builder::new().name(format!("winrm-{number}")).spawn(work)?;
            started.threads.push(Worker { jobs: Some(jobs), thread: Some(thread) });
        }
        Ok(started)
    }

    /// Hands a job to its host's thread; gives it back when the threads have ended.
    pub(super) async fn hand_over(&self, job: Job) -> Result<(), Job> {
        let mut hasher = DefaultHasher::new();
        job.endpoint.authority().hash(&mut hasher);
        let count = u64::try_from(self.threads.len()).unwrap_or(1).max(1);
        let number = usize::try_from(hasher.finish() % count).unwrap_or(0);
        match self.threads.get(number).and_then(|worker| worker.jobs.as_ref()) {
            Some(jobs) => jobs.send(job).await.map_err(|unsent| unsent.0),
            None => Err(job),
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.cancel();
        for worker in &mut self.threads {
            worker.jobs = None;
        }
        for worker in &mut self.threads {
            if let Some(thread) = worker.thread.take()
                && thread.join().is_err()
            {
                tracing::error!("a WinRM thread panicked");
            }
        }
    }
}

async fn serve(mut queue: mpsc::Receiver<Job>, bench: Arc<Bench>, stop: CancellationToken) {
    let mut runs = JoinSet::new();
    loop {
        tokio::select! {
            job = queue.recv() => match job {
                Some(job) => {
                    runs.spawn(perform(job, Arc::clone(&bench), stop.clone()));
                }
                None => break,
            },
            Some(ended) = runs.join_next() => note(ended),
        }
    }
    while let Some(ended) = runs.join_next().await {
        note(ended);
    }
}

fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a WinRM run ended early");
    }
}

/// Runs a job when there is room, unless nobody waits for it any longer.
async fn perform(mut job: Job, bench: Arc<Bench>, closing: CancellationToken) {
    let ended = job.stop.child_token();
    job.stop = ended.clone();
    let (unheard, _) = oneshot::channel();
    let mut answer = std::mem::replace(&mut job.answer, unheard);
    let running = go(job, &bench);
    tokio::pin!(running);
    let result = tokio::select! {
        result = &mut running => result,
        () = closing.cancelled() => {
            ended.cancel();
            running.await
        }
        () = answer.closed() => {
            ended.cancel();
            running.await
        }
    };
    if answer.send(result).is_err() {
        tracing::debug!("nobody waited for a WinRM run");
    }
}

async fn go(job: Job, bench: &Bench) -> Result<RawReply, Failure> {
    let host = bench.hosts.of(&job.endpoint.authority());
    let places = async {
        // The host's place first: who waits for a busy host should not hold a place that others could use.
        let here = Arc::clone(&host.shells).acquire_owned().await;
        let overall = Arc::clone(&bench.in_flight).acquire_owned().await;
        here.ok().zip(overall.ok())
    };
    let _places = tokio::select! {
        places = places => places.ok_or(Failure::Stopped)?,
        () = job.stop.cancelled() => return Err(Failure::Stopped),
    };
    if !job.leave.holds().await {
        return Err(Failure::Stopped);
    }
    let first = attempt(&job, &job.endpoint, bench, &host, Tls::Untried).await;
    // Where nobody vouches for who answers, nothing was sent.
    if !matches!(first, Err(Failure::Untrusted(_))) {
        return forgetting(&host, first);
    }
    // It may be the one that the guest's agent reported.
    if let Some(endpoint) = job.endpoint.as_reported() {
        let again = attempt(&job, &endpoint, bench, &host, Tls::Answers).await;
        if !matches!(again, Err(Failure::Untrusted(_))) {
            return forgetting(&host, again);
        }
    }
    // Else what was said of plain HTTP decides.
    if job.endpoint.doors != Doors::Either {
        return forgetting(&host, first);
    }
    match attempt(&job, &job.endpoint, bench, &host, Tls::Untrusted).await {
        // That the other door may not be used says less than why this one was not.
        Err(Failure::Unavailable(_) | Failure::Unreachable(_)) => forgetting(&host, first),
        again => forgetting(&host, again),
    }
}

/// Runs a job through the door that is right after what was seen.
async fn attempt(
    job: &Job,
    endpoint: &Endpoint,
    bench: &Bench,
    host: &Arc<Host>,
    seen: Tls,
) -> Result<RawReply, Failure> {
    let endpoint = settled(endpoint, host, seen).await?;
    let client = bench
        .clients
        .of(&endpoint.way, job.account.id, &job.secret)
        .map_err(|error| symptom(&error).before())?;
    let run = Run {
        endpoint,
        client,
        account: Arc::clone(&job.account),
        host: Arc::clone(host),
        lines: Arc::clone(&job.lines),
        within: job.within,
        most: job.most,
        stop: job.stop.clone(),
    };
    run.go().await
}

/// A service that was not met is looked for anew the next time.
fn forgetting<T>(host: &Host, came: Result<T, Failure>) -> Result<T, Failure> {
    if matches!(came, Err(Failure::Unreachable(_) | Failure::Untrusted(_))) {
        host.meets(Met::default());
    }
    came
}

/// Decides on door, address and certificate, or remembers what was decided.
async fn settled(endpoint: &Endpoint, host: &Host, seen: Tls) -> Result<Endpoint, Failure> {
    let address = door::resolved(&endpoint.host, endpoint.way.port).await?;
    let met = host.met();
    let through = match (door::remembered(met.door, address), seen) {
        (Some(door), Tls::Untried) => door,
        (_, seen) => {
            let seen = match (endpoint.doors, seen) {
                (Doors::Either, Tls::Untried) => {
                    let plain = door::may_be_plain(endpoint.plain, address).then_some(HTTP);
                    door::knock(address, HTTPS, plain).await?
                }
                (_, seen) => seen,
            };
            door::door(endpoint.doors, endpoint.plain, address, seen)
                .map_err(Failure::Unavailable)?
        }
    };
    let mut settled = endpoint.through(through);
    let mut pin = None;
    match (through, &endpoint.way.ca_file) {
        // Whose name no certificate proves is dialled by the address that was judged.
        (Door::Plain, _) => settled.host = literal(address),
        (Door::Tls, None) => {}
        (Door::Tls, Some(file)) => {
            let vouched = match met.pin {
                Some(pin) => pin,
                None => authority::vouched_for(&settled, file).await?,
            };
            if endpoint.way.pin.as_ref().is_some_and(|declared| *declared != vouched) {
                return Err(Failure::Untrusted(say::not_the_pinned()));
            }
            settled.way.pin = Some(vouched.clone());
            pin = Some(vouched);
        }
    }
    settled.way.ca_file = None;
    host.meets(Met { door: Some((through, address)), pin });
    Ok(settled)
}

fn literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
