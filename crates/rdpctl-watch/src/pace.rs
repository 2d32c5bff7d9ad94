//! How often what is looked at: as often as a share of the vendor's quota allows, spread evenly, with jitter.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use rdpctl_model::ProviderName;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::tariff::Tariffs;

/// Of the vendor's quota the loop takes at most so much; the rest is people's.
const SHARE: f64 = 0.3;
/// Machines that are looked at together where nothing is cheaper by the batch.
const TOGETHER: usize = 20;
/// No batch is larger: its answers are one task's memory.
const LARGEST: usize = 200;
/// The first pause after a failure, and the longest.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(5));

/// How often things are looked at, at best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// What a cloud says of all its instances.
    pub clouds: Duration,
    /// A machine, whole; longer where the quota wants it.
    pub machines: Duration,
}

/// How often the machines of one provider are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rhythm {
    /// How often each.
    pub(crate) every: Duration,
    /// How many together.
    pub(crate) together: usize,
    /// Into how many parts they fall that are due at different times.
    pub(crate) parts: u64,
    /// How much of the vendor's quota that takes; none where nobody counts.
    pub(crate) of_quota: Option<f64>,
}

impl Pace {
    /// For so many machines of a provider.
    #[expect(clippy::cast_precision_loss, reason = "calls in an hour fit")]
    pub(crate) fn rhythm(
        self,
        provider: &ProviderName,
        machines: usize,
        tariffs: &Tariffs,
    ) -> Rhythm {
        let cloud = tariffs.clouds.get(provider).copied().unwrap_or_default();
        let agent = tariffs.channels.get(&(provider.clone(), ChannelKind::RunCommand));
        let guests = agent.map(|tariff| tariff.look.calls).unwrap_or_default();
        let together = match guests.batch as usize {
            0 => TOGETHER,
            batch => batch.min(LARGEST),
        };
        let batches = machines.div_ceil(together).max(1) as u64;
        let of_one = u64::try_from(together.min(machines)).unwrap_or(u64::MAX);
        let calls = batches * (u64::from(cloud.common) + cloud.look.of(of_one) + guests.of(of_one));
        let quota = f64::from(cloud.per_second);
        let (every, of_quota) = if cloud.per_second == 0 {
            (self.machines, None)
        } else {
            let needed = Duration::from_secs_f64(calls as f64 / (SHARE * quota));
            let every = self.machines.max(needed);
            (every, Some(calls as f64 / every.as_secs_f64().max(1.0) / quota))
        };
        Rhythm { every, together, parts: batches, of_quota }
    }
}

impl Rhythm {
    /// To which part something belongs.
    pub(crate) fn part(&self, of: &impl Hash) -> u64 {
        hashed(of) % self.parts
    }

    /// When a part is due for the first time after a start.
    pub(crate) fn phase(&self, of: &impl Hash) -> Duration {
        self.every.mul_f64(unit(&self.part(of)))
    }

    /// How long until it is due again: a part stays together, whatever the jitter.
    pub(crate) fn next(&self, of: &impl Hash, round: u64) -> Duration {
        jittered(self.every, &(self.part(of), round))
    }
}

/// A span within a tenth of the given one.
pub(crate) fn jittered(span: Duration, seed: &impl Hash) -> Duration {
    span.mul_f64(0.9 + 0.2 * unit(seed))
}

/// How long to wait after so many failures on end: longer each time, anywhere within that, so that those who failed
/// together do not come back together.
pub(crate) fn back_off(failures: u32, seed: &impl Hash) -> Duration {
    let (first, longest) = BACK_OFF;
    let span = first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(longest);
    span.mul_f64(0.5 + 0.5 * unit(&(hashed(seed), failures)))
}

/// The same for the same thing in every process of this version: nothing that has to last hangs on it.
fn hashed(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Somewhere between 0 and 1, the same for the same thing.
#[expect(clippy::cast_precision_loss, reason = "a place between 0 and 1 need not be exact")]
fn unit(of: &impl Hash) -> f64 {
    hashed(of) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use rdpctl_model::tariff::{ChannelTariff, CloudTariff, Cost, TripCost};

    use super::*;

    const PACE: Pace = Pace { clouds: Duration::from_mins(1), machines: Duration::from_mins(15) };

    fn tariffs() -> (ProviderName, Tariffs) {
        let provider = ProviderName::new("gz");
        let look = TripCost { calls: Cost::batches(100, 2), ..TripCost::default() };
        let channel = ChannelTariff { look, change: look };
        let cloud = CloudTariff {
            per_second: 20,
            common: 3,
            look: Cost::batches(100, 3),
            ..CloudTariff::default()
        };
        let mut tariffs = Tariffs::default();
        tariffs.clouds.insert(provider.clone(), cloud);
        tariffs.channels.insert((provider.clone(), ChannelKind::RunCommand), channel);
        (provider, tariffs)
    }

    #[test]
    fn guests_are_looked_at_no_oftener_than_a_third_of_the_quota_allows() {
        let (provider, tariffs) = tariffs();
        for (machines, minutes) in [(1, 15), (10_000, 15), (100_000, 22), (1_000_000, 222)] {
            let rhythm = PACE.rhythm(&provider, machines, &tariffs);
            assert_eq!(rhythm.every.as_secs() / 60, minutes, "{machines}");
            assert!(rhythm.of_quota.expect("it counts") <= SHARE + 1e-9, "{machines}");
            assert_eq!(rhythm.together, 100);
        }
        let hosts = PACE.rhythm(&ProviderName::new("hosts"), 500, &tariffs);
        assert_eq!((hosts.every, hosts.of_quota), (PACE.machines, None));
    }

    #[test]
    fn machines_are_spread_over_the_interval_and_stay_together_by_parts() {
        let (provider, tariffs) = tariffs();
        let rhythm = PACE.rhythm(&provider, 10_000, &tariffs);
        let mut quarters = [0; 4];
        for machine in 0..10_000_u32 {
            let phase = rhythm.phase(&machine);
            assert!(phase <= rhythm.every);
            let quarter = (1..4_u32).filter(|quarter| phase >= rhythm.every * *quarter / 4).count();
            quarters[quarter] += 1;
        }
        assert!(quarters.iter().all(|count| (1_500..3_500).contains(count)), "{quarters:?}");
        let (one, other) = (0..10_000_u32)
            .flat_map(|one| (one + 1..10_000).map(move |other| (one, other)))
            .find(|(one, other)| rhythm.part(one) == rhythm.part(other))
            .expect("two of one part");
        assert_eq!(rhythm.next(&one, 7), rhythm.next(&other, 7));
        assert_ne!(rhythm.next(&one, 7), rhythm.next(&one, 8));
    }

    #[test]
    fn after_failures_the_pause_grows_and_has_an_end() {
        let pause = |failures| back_off(failures, &"gz");
        assert!(pause(1) <= Duration::from_secs(5) && pause(1) >= Duration::from_millis(2_500));
        assert!(pause(3) > pause(1));
        assert!(pause(60) <= Duration::from_mins(5));
    }
}
