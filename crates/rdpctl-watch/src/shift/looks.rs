//! Looks that ended: what they brought is remembered, and when their subjects are due again.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_engine::sweep::{Met, Swept};
use rdpctl_model::ProviderName;
use tokio::time::Instant;

use super::Shift;
use crate::dispatch::Lane;
use crate::event::Event;
use crate::pace::{back_off, jittered};
use crate::settings::Until;
use crate::signals::{Looked, What};
use crate::subject::{Machine, Subject};
use crate::work::{self, Unit};

/// What comes in within this is judged together.
const TOGETHER: Duration = Duration::from_millis(200);

impl Shift {
    pub(super) fn ended(&mut self, unit: Unit, ended: work::Ended, took: Duration) {
        self.judge_at.get_or_insert(self.judge_not_before.max(Instant::now() + TOGETHER));
        self.count(&unit, &ended, took);
        match &ended {
            work::Ended::Brought(_) if self.is_forgetful => {
                self.is_forgetful = false;
                self.tell(Event::Remembers);
            }
            work::Ended::Forgotten(error) => self.forgets(error.said()),
            work::Ended::Brought(_) | work::Ended::Nothing(_) => {}
        }
        match unit {
            Unit::Cloud(provider) => self.cloud_ended(provider, ended),
            Unit::Machines(provider, machines) => self.machines_ended(&provider, machines, ended),
        }
    }

    fn count(&self, unit: &Unit, ended: &work::Ended, took: Duration) {
        let (provider, what) = match unit {
            Unit::Cloud(provider) => (provider, What::Cloud),
            Unit::Machines(provider, _) => (provider, What::Machines),
        };
        let looked = match ended {
            work::Ended::Brought(Swept { silent: None, .. }) => Looked::Success,
            work::Ended::Brought(Swept { silent: Some(_), .. }) => Looked::Silent,
            work::Ended::Forgotten(_) | work::Ended::Nothing(_) => Looked::Error,
        };
        let (now, backing_off) = (self.clock.now(), self.tries.len() + self.mender.backing_off());
        self.voice.signals.note(|numbers| {
            if (what, looked) == (What::Cloud, Looked::Success) {
                numbers.answered.insert(provider.clone(), now);
            }
            numbers.backing_off = backing_off;
            *numbers.looks.entry((provider.clone(), what, looked)).or_default() += 1;
            numbers.look_seconds.entry(what).or_default().add(took.as_secs_f64());
        });
    }

    fn cloud_ended(&mut self, provider: ProviderName, ended: work::Ended) {
        let subject = Subject::Cloud(provider.clone());
        let asked = self.dispatcher.done(&subject);
        let now = Instant::now();
        let silent = match ended.brought() {
            Ok(Swept { met, silent, unseen }) => {
                self.unseen.insert(provider.clone(), unseen);
                if silent.is_none() {
                    self.meet(&provider, met);
                }
                silent
            }
            Err(why) => {
                tracing::warn!(
                    provider = provider.as_str(),
                    why,
                    "a look at a cloud came to nothing"
                );
                let pause = back_off(1, &provider);
                self.at(subject, Lane::Retry, now + pause);
                return;
            }
        };
        let failures = self.failures.entry(provider.clone()).or_default();
        let next = if let Some(error) = silent {
            *failures += 1;
            let (is_first, again) = (*failures == 1, back_off(*failures, &provider));
            if is_first {
                self.tell(Event::Silent { provider: provider.clone(), error, again });
            }
            self.at(subject.clone(), Lane::Retry, now + again);
            now + again
        } else {
            if std::mem::take(failures) > 0 {
                self.tell(Event::Answers { provider: provider.clone() });
            }
            self.rounds += 1;
            let next = match asked {
                Some(_) => now,
                None => now + jittered(self.settings.pace.clouds, &(&subject, self.rounds)),
            };
            self.at(subject.clone(), asked.unwrap_or(Lane::Steady), next);
            next
        };
        if let Ok(at) = self.clock.now().checked_add(next.duration_since(now)) {
            self.voice.signals.note(|numbers| {
                numbers.next_look.insert(provider, at);
            });
        }
        self.was_seen(&subject);
    }

    /// Machines that a cloud named: those that nobody looked at lately are looked at now, the others in their time.
    fn meet(&mut self, provider: &ProviderName, met: Vec<Met>) {
        let fresh = self.registry.met(provider, met);
        let size = self.registry.size(provider);
        let rhythm = self.settings.pace.rhythm(provider, size, &self.tariffs);
        if size > 0 && self.paced.get(provider) != Some(&rhythm.every) {
            self.paced.insert(provider.clone(), rhythm.every);
            self.tell(Event::Paced {
                provider: provider.clone(),
                machines: size,
                every: rhythm.every,
                of_quota: rhythm.of_quota,
            });
        }
        let now = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        for (machine, looked) in fresh {
            let age = Duration::from_secs(now.saturating_sub(looked.seconds().into()));
            if looked.is_never() {
                self.unmet.insert(machine.name.clone());
            }
            let part = rhythm.phase(&machine.id);
            let subject = Subject::Machine(machine);
            if looked.is_never() || age >= rhythm.every || self.settings.until == Until::Once {
                self.expect(subject, Lane::Steady);
            } else {
                self.at(
                    subject,
                    Lane::Steady,
                    Instant::now() + part.min(rhythm.every.saturating_sub(age)),
                );
            }
        }
    }

    fn machines_ended(
        &mut self,
        provider: &ProviderName,
        machines: Vec<Arc<Machine>>,
        ended: work::Ended,
    ) {
        let rhythm =
            self.settings.pace.rhythm(provider, self.registry.size(provider), &self.tariffs);
        self.rounds += 1;
        let now = Instant::now();
        let brought = match ended.brought() {
            Ok(_) => true,
            Err(why) => {
                tracing::warn!(
                    provider = provider.as_str(),
                    machines = machines.len(),
                    why,
                    "a look came to nothing"
                );
                false
            }
        };
        for machine in machines {
            let subject = Subject::Machine(Arc::clone(&machine));
            let asked = self.dispatcher.done(&subject);
            if !self.registry.knows(&machine) {
                self.tries.remove(&machine.name);
                self.was_seen(&subject);
                continue;
            }
            if brought {
                self.unmet.remove(&machine.name);
                self.looked_at.insert(machine.name.clone());
                self.was_seen(&subject);
            }
            match (asked, brought) {
                (Some(lane), _) => self.at(subject, lane, now),
                (None, true) => {
                    let next = rhythm.next(&machine.id, self.rounds);
                    self.at(subject, Lane::Steady, now + next);
                }
                (None, false) => {
                    let tries = self.tries.entry(machine.name.clone()).or_default();
                    *tries += 1;
                    let pause = back_off(*tries, &machine.id);
                    self.at(subject, Lane::Retry, now + pause);
                }
            }
        }
    }
}
