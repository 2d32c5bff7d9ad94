//! Whom the loop tells what turned. Nobody who is told can hold it up: what does not fit waits no longer, and is counted.

mod form;
mod post;
mod sign;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdpctl_model::webhook::Webhook;
use rdpctl_providers::secret::Vault;
use rdpctl_watch::Event;
use rdpctl_words::english;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use form::Notice;
use post::Post;

use crate::out;

/// Events that wait for one of them at most.
const ROOM: usize = 1_000;

/// How long the end waits for what is on its way.
const AT_THE_END: Duration = Duration::from_secs(5);

/// Those who are told now.
#[derive(Default)]
pub(super) struct Webhooks(Mutex<Vec<Told>>);

struct Told {
    hook: Webhook,
    inbox: mpsc::Sender<Notice>,
    lost: Arc<AtomicUsize>,
    in_hand: Arc<AtomicUsize>,
    work: JoinHandle<()>,
}

impl Webhooks {
    /// Takes over what is declared: who is new is told from now on, who is gone no more.
    pub(super) fn declare(&self, declared: &[Webhook]) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|one| declared.contains(&one.hook));
        for hook in declared {
            if told.iter().any(|one| one.hook == *hook) {
                continue;
            }
            if let Some(why) = &hook.closed {
                out::err(&format!("{} is told nothing: {}", hook.url, english(&why.said())));
                continue;
            }
            match rdpctl_providers::client() {
                Ok(http) => told.push(Told::open(hook.clone(), http)),
                Err(error) => out::err(&format!("{} is told nothing: {error}", hook.url)),
            }
        }
    }

    /// Tells what is worth telling.
    pub(super) fn hear(&self, event: &Event, says: impl FnOnce() -> Option<(Value, String)>) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_empty() || !is_news(event) {
            return;
        }
        let Some((object, words)) = says() else { return };
        let notice = Notice { object, words };
        for one in told.iter() {
            if one.inbox.try_send(notice.clone()).is_err() {
                one.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// How many events wait for each of them, by where it is.
    pub(super) fn waiting(&self) -> Vec<(String, usize)> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = |one: &Told| {
            let queued = one.inbox.max_capacity() - one.inbox.capacity();
            (host(&one.hook.url.to_string()), queued + one.in_hand.load(Ordering::Relaxed))
        };
        told.iter().map(one).collect()
    }

    /// Lets go what is on its way, and ends.
    pub(super) async fn end(&self) {
        let told = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let works: Vec<JoinHandle<()>> = told.into_iter().map(|one| one.work).collect();
        let _ = timeout(AT_THE_END, async {
            for work in works {
                let _ = work.await;
            }
        })
        .await;
    }
}

impl Told {
    fn open(hook: Webhook, http: reqwest::Client) -> Self {
        let (tell, inbox) = mpsc::channel(ROOM);
        let (lost, in_hand) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let post = Post {
            hook: hook.clone(),
            vault: Vault::Machine,
            http,
            inbox,
            lost: Arc::clone(&lost),
            in_hand: Arc::clone(&in_hand),
        };
        Self { hook, inbox: tell, lost, in_hand, work: tokio::spawn(post.go()) }
    }
}

/// Where somebody is told: an address may carry what gives leave to write there.
fn host(url: &str) -> String {
    let Some((_, rest)) = url.split_once("://") else { return url.to_owned() };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default().to_owned()
}

/// Transitions that concern a person; how the loop goes about its work is nobody's news.
fn is_news(event: &Event) -> bool {
    match event {
        // Somebody took responsibility for it: that is nobody's news.
        Event::Turned(turn) => turn.accepted.is_none(),
        Event::Unreadable { .. }
        | Event::HeldBack { .. }
        | Event::Silent { .. }
        | Event::Answers { .. }
        | Event::Forgetful { .. }
        | Event::Remembers
        | Event::OnlyLooks { .. }
        | Event::NotMended { .. }
        | Event::Mended { .. }
        | Event::Asks { .. }
        | Event::Damped { .. } => true,
        Event::Orphaned { made } => !made.is_empty(),
        Event::Waiting(_)
        | Event::Leading
        | Event::Deposed
        | Event::Read { .. }
        | Event::Paced { .. }
        | Event::Ready { .. }
        | Event::Busy { .. }
        | Event::Run(_)
        | Event::Removed(_)
        | Event::GaveBack(_)
        | Event::InHands { .. }
        | Event::Told(_) => false,
    }
}
