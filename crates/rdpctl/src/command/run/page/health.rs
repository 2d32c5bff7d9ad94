//! How the loop itself does: who leads, how clouds are asked, what waits, what it takes of its machine, and who may do what.

use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_contract::store::Holding;
use rdpctl_page::{Breaker, Files, Health, Holder, Hook, Provider, Role};
use rdpctl_watch::{OfCloud, Signals};

use super::super::webhook::Webhooks;
use super::door::Tokens;

/// Whom to ask.
pub(super) struct Itself {
    pub(super) signals: Signals,
    pub(super) webhooks: Arc<Webhooks>,
    pub(super) tokens: Arc<Tokens>,
    /// What the state lies in, without a password.
    pub(super) store: String,
    /// Since when the process is up.
    pub(super) began: Timestamp,
}

impl Itself {
    /// What it says of itself, with what the state says of who leads.
    pub(super) fn health(&self, leader: Option<&Holding>, files: Option<Files>) -> Health {
        let doing = self.signals.doing();
        let used = Used::of_process();
        Health {
            role: match doing.role {
                rdpctl_watch::Role::Active => Some(Role::Active),
                rdpctl_watch::Role::Standby => Some(Role::Standby),
                rdpctl_watch::Role::Starting => None,
            },
            holder: leader.map(|held| {
                let who = &held.holder;
                format!("{}@{} (pid {})", who.owner, who.host, who.pid)
            }),
            up_since: Some(self.began),
            renewed: leader.map(|held| held.renewed.wall),
            files,
            providers: doing.clouds.into_iter().map(provider).collect(),
            backing_off: doing.backing_off,
            next_look: doing.next_look,
            store: Some(self.store.clone()),
            webhooks: self
                .webhooks
                .waiting()
                .into_iter()
                .map(|(host, waiting)| Hook { host, waiting })
                .collect(),
            memory: used.memory,
            processor: used.processor,
            tokens: self
                .tokens
                .all()
                .into_iter()
                .map(|(name, may)| Holder {
                    name,
                    may: may.iter().map(|scope| scope.name()).collect(),
                })
                .collect(),
            ..Health::default()
        }
    }
}

fn provider(cloud: OfCloud) -> Provider {
    Provider {
        name: cloud.provider.to_string(),
        breaker: if cloud.silent.is_some() { Breaker::Open } else { Breaker::Closed },
        answered: cloud.answered,
        error: cloud.silent,
        machines: cloud.machines,
        every: cloud.every.map(|every| every.as_secs()),
        of_quota: cloud.of_quota,
    }
}

/// What the process takes of its machine; nothing where the system does not say.
struct Used {
    memory: Option<u64>,
    processor: Option<f64>,
}

impl Used {
    fn of_process() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        Self {
            memory: memory(&read("/proc/self/status")),
            processor: processor(&read("/proc/self/stat")),
        }
    }
}

/// Resident memory of `/proc/self/status`, in bytes.
fn memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Seconds of processor of `/proc/self/stat`: fields 14 and 15, in hundredths of a second on every Linux that we run on.
#[expect(clippy::cast_precision_loss, reason = "hundredths of seconds of a process fit")]
fn processor(stat: &str) -> Option<f64> {
    // The second field is a name in parentheses, which may hold anything.
    let mut fields = stat.rsplit_once(") ")?.1.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some((next()? + next()?) as f64 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_takes_is_read_as_the_kernel_writes_it() {
        assert_eq!(memory("Name:\tx\nVmRSS:\t    9132 kB\nThreads:\t4\n"), Some(9132 * 1024));
        let stat = "7 (a) b) S 1 7 7 0 -1 4 5 6 7 8 120 30 0 0 20 0 4 0 100 1 2";
        assert_eq!(processor(stat), Some(1.5));
        assert_eq!((memory(""), processor("")), (None, None));
    }
}
