//! Taking up what is declared: at the start, and whenever it changes.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use rdpctl_model::ProviderName;
use tokio::time::Instant;

use super::Shift;
use crate::dispatch::Lane;
use crate::event::Event;
use crate::reread::reread;
use crate::source::Source;
use crate::subject::{Machine, Subject};

impl Shift {
    /// Says why it only looks, where more was declared.
    pub(super) fn say_what_is_shut(&self) {
        if let Some(why) = self.fresh.looping.closed.clone() {
            self.tell(Event::OnlyLooks { why });
        }
    }

    /// Everything of the declaration that has no time yet gets one.
    pub(super) fn take_up(&mut self) {
        let estate = Arc::clone(&self.fresh.estate);
        for host in self.registry.declared(&estate) {
            self.expect(Subject::Machine(host), Lane::Urgent);
        }
        let clouds: BTreeSet<&ProviderName> = estate
            .sources()
            .map(|source| source.provider)
            .filter(|provider| self.means.eyes.clouds.contains_key(*provider))
            .collect();
        for provider in clouds {
            self.expect(Subject::Cloud(provider.clone()), Lane::Urgent);
        }
        self.unseen.retain(|provider, _| estate.providers.contains_key(provider));
        self.voice.signals.note(|numbers| {
            numbers.next_look.retain(|provider, _| estate.providers.contains_key(provider));
        });
        // Where nothing is there to be looked at, no look ends that would be judged.
        if self.first.as_ref().is_some_and(HashSet::is_empty) {
            self.judge_at = Some(Instant::now());
        }
    }

    /// Takes what is declared now, whole, or keeps the last.
    pub(super) async fn reread<S: Source>(&mut self, source: &mut S) {
        let removal = self.settings.removal;
        let read = reread(source, &self.fresh, removal, &self.voice).await;
        let Some((read, change)) = read else { return };
        self.fresh = read;
        self.say_what_is_shut();
        self.tariffs = self.fresh.hands.tariffs();
        self.means.estate = Arc::clone(&self.fresh.estate);
        self.means.eyes = self.fresh.hands.eyes();
        self.take_up();
        self.tell_orphans().await;
        let concerned = self.registry.all().filter(|machine| change.concerns(&machine.source));
        let concerned: Vec<Arc<Machine>> = concerned.cloned().collect();
        for machine in concerned {
            self.at(Subject::Machine(machine), Lane::Urgent, Instant::now());
        }
        self.judge_at = Some(Instant::now());
    }
}
