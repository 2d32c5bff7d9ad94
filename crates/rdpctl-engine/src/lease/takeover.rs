//! When a holder is gone: one pure rule.

use std::time::Duration;

use rdpctl_contract::store::{Holder, Holding, Moment};

/// What can be seen of a holder's process from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// It is there.
    Lives,
    /// No process has its number, or the one that has it is dead and only not yet buried.
    Gone,
    /// Nobody can tell from here.
    Unseen,
}

/// How a holding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its process is gone.
    Gone,
    /// It was not renewed in time.
    Lapsed,
    /// It holds, for so long without renewal.
    Lives {
        /// How long.
        left: Duration,
    },
    /// It is of another machine, or of another start of this one: its times cannot be compared with ours.
    Elsewhere,
}

/// Judges a holding. That a process does not exist proves something only where its number means what it means here:
/// in the same start of the same machine, and in the same namespace of processes. Elsewhere the lease has to lapse.
#[must_use]
pub fn standing(held: &Holding, here: &Holder, process: Process, now: Moment) -> Standing {
    let same = |one: &str, other: &str| !one.is_empty() && one == other;
    if !same(&held.holder.boot, &here.boot) {
        return Standing::Elsewhere;
    }
    if same(&held.holder.namespace, &here.namespace) && process == Process::Gone {
        return Standing::Gone;
    }
    // One machine, one start: the time since then is the same for both, whatever their calendars say.
    let idle = now.uptime.saturating_sub(held.renewed.uptime);
    match held.ttl.checked_sub(idle) {
        None | Some(Duration::ZERO) => Standing::Lapsed,
        Some(left) => Standing::Lives { left },
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_contract::{LeaseName, Token};

    use super::*;

    const HERE: (&str, &str) = ("boot-1", "pid:[1]");

    fn holder((boot, namespace): (&str, &str)) -> Holder {
        Holder {
            owner: "ana".to_owned(),
            // Containers with a fixed name, or on the host's network, share it and not their processes.
            host: "desk".to_owned(),
            boot: boot.to_owned(),
            namespace: namespace.to_owned(),
            pid: 42,
            command: "apply".to_owned(),
        }
    }

    fn moment(uptime: u64) -> Moment {
        Moment {
            wall: "2026-11-22T01:00:00Z".parse().unwrap(),
            uptime: Duration::from_secs(uptime),
        }
    }

    fn judged(of: (&str, &str), process: Process, idle: u64) -> Standing {
        let held = Holding {
            token: Token { lease: LeaseName::run(), epoch: 3 },
            holder: holder(of),
            since: moment(0).wall,
            renewed: moment(100),
            renewals: 4,
            ttl: Duration::from_secs(15),
        };
        standing(&held, &holder(HERE), process, moment(100 + idle))
    }

    #[test]
    fn a_holder_is_gone_at_once_only_where_its_process_can_be_looked_for() {
        let left = |seconds| Standing::Lives { left: Duration::from_secs(seconds) };
        let elsewhere = Standing::Elsewhere;
        let cases = [
            (HERE, Process::Lives, 0, left(15)),
            (HERE, Process::Lives, 14, left(1)),
            // Stopped, or swapped out for long: it lives, and its lease does not.
            (HERE, Process::Lives, 15, Standing::Lapsed),
            (HERE, Process::Gone, 0, Standing::Gone),
            (HERE, Process::Gone, 99, Standing::Gone),
            (HERE, Process::Unseen, 1, left(14)),
            // Another container of the same machine: its number names another process here, or none.
            (("boot-1", "pid:[2]"), Process::Gone, 1, left(14)),
            (("boot-1", "pid:[2]"), Process::Gone, 15, Standing::Lapsed),
            (("boot-1", ""), Process::Gone, 1, left(14)),
            // Another machine, or this one before it was started anew.
            (("boot-2", "pid:[1]"), Process::Gone, 0, elsewhere),
            (("boot-2", "pid:[1]"), Process::Gone, 99, elsewhere),
            (("", ""), Process::Gone, 99, elsewhere),
        ];
        for (of, process, idle, expected) in cases {
            assert_eq!(judged(of, process, idle), expected, "{of:?} {process:?} {idle}");
        }
    }

    #[test]
    fn where_the_system_says_nothing_of_itself_nothing_is_gone_at_once() {
        let nowhere = holder(("", ""));
        let held = Holding {
            token: Token { lease: LeaseName::run(), epoch: 3 },
            holder: nowhere.clone(),
            since: moment(0).wall,
            renewed: moment(100),
            renewals: 4,
            ttl: Duration::from_secs(15),
        };
        assert_eq!(standing(&held, &nowhere, Process::Gone, moment(100)), Standing::Elsewhere);
    }
}
