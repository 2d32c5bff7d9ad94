//! What a plan will cost, said before it starts: what it does, at the tariffs of those through whom it does it.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::action::CloudVerb;
use rdpctl_model::action::traits::{Money, Phase, Restarts, Through};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::plan::{Budget, Group, Plan, PlannedStep};
use rdpctl_model::step::{Action, Guarded};
use rdpctl_model::tariff::{ChannelTariff, CloudTariff, Cost, Tariffs, TripCost};
use rdpctl_model::{FacetId, ProviderName};

use crate::sessions::dropped;

/// Batches of commands by which one guest is changed, besides the change itself: what a step expects is read before,
/// what it proves is read after.
const READS: u64 = 2;
/// Looks at a guest that was told to reboot, until it is back.
const LOOKS_AFTER_A_BOOT: u64 = 5;
/// Looks by which a proof is made: some are proved while others are still changed.
const LOOKS_FOR_A_PROOF: u64 = 2;

/// Estimates calls, round trips, time, money, reboots and dropped sessions, without what is held.
pub(crate) fn estimate(plan: &Plan, tariffs: &Tariffs) -> Budget {
    let mut bill = Bill { plan, tariffs, budget: Budget::default() };
    if plan.changes().next().is_some() {
        bill.steps();
        bill.clouds();
        bill.guests();
        bill.looks();
    }
    bill.budget
}

struct Bill<'a> {
    plan: &'a Plan,
    tariffs: &'a Tariffs,
    budget: Budget,
}

/// What is done to guests over one way in.
#[derive(Default)]
struct Inside {
    /// Guests that are changed.
    changed: u64,
    /// Guests that boot.
    booted: u64,
    /// Guests in which a dead man's switch is armed, and disarmed after the proof.
    armed: u64,
}

impl Bill<'_> {
    /// What each step takes by itself.
    fn steps(&mut self) {
        for (_, planned) in self.plan.changes() {
            let width = self.plan.width(planned) as u64;
            let traits = planned.step.action.traits();
            self.budget.seconds += traits.seconds;
            match traits.restarts {
                Restarts::Nothing => {}
                Restarts::Rdp { .. } => self.budget.dropped_sessions += width,
                Restarts::Windows => {
                    self.budget.reboots += width;
                    self.budget.dropped_sessions += width;
                }
            }
            charge(self.plan, planned, &mut self.budget.money);
        }
        if self.budget.dropped_sessions > 0 {
            let changes = self.plan.changes().map(|(_, planned)| planned);
            self.budget.live_sessions = dropped(self.plan, changes).alive();
        }
    }

    /// Changes through APIs: members of all groups of a provider travel together, edits of a rule set alone.
    fn clouds(&mut self) {
        let mut work: BTreeMap<(&ProviderName, CloudVerb), u64> = BTreeMap::new();
        for (_, planned) in self.plan.changes() {
            let Some(verb) = planned.step.action.verb() else { continue };
            let Some(group) = self.plan.groups.get(planned.group) else { continue };
            let subjects = match verb {
                CloudVerb::OpenDoor | CloudVerb::CloseDoor => edited_sets(self.plan, planned),
                CloudVerb::Start
                | CloudVerb::AllocateAddress
                | CloudVerb::AssociateAddress
                | CloudVerb::TransformAddress
                | CloudVerb::SetAddressBandwidth
                | CloudVerb::SetInstanceBandwidth
                | CloudVerb::SnapshotSystemDisk
                | CloudVerb::Reboot
                | CloudVerb::ReleaseAddress => self.plan.width(planned) as u64,
            };
            *work.entry((&group.provider, verb)).or_default() += subjects;
        }
        for ((provider, verb), subjects) in work {
            if let Some(tariff) = self.tariffs.clouds.get(provider) {
                self.budget.api_calls += tariff.change(verb).of(subjects);
            }
        }
    }

    /// Changes inside guests: all of one guest travel together.
    fn guests(&mut self) {
        // Each step is met once: ten thousand machines that differ are as many groups.
        let mut by_group: BTreeMap<usize, Inside> = BTreeMap::new();
        for (_, planned) in self.plan.changes() {
            let traits = planned.step.action.traits();
            if traits.through != Through::Guest {
                continue;
            }
            let members = self.plan.width(planned) as u64;
            let inside = by_group.entry(planned.group).or_default();
            inside.changed = members;
            if traits.restarts == Restarts::Windows {
                inside.booted = members;
            }
            if traits.phase == Phase::Arm {
                inside.armed = members;
            }
        }
        let mut work: BTreeMap<(&ProviderName, ChannelKind), Inside> = BTreeMap::new();
        for (place, inside) in by_group {
            let Some(group) = self.plan.groups.get(place) else { continue };
            if let Some((channel, _)) = self.way(group) {
                let all = work.entry((&group.provider, channel)).or_default();
                all.changed += inside.changed;
                all.booted += inside.booted;
                all.armed += inside.armed;
            }
        }
        for ((provider, channel), inside) in work {
            let key = (provider.clone(), channel);
            let Some(tariff) = self.tariffs.channels.get(&key).copied() else { continue };
            for _ in 0..READS {
                self.trips(tariff.look, inside.changed);
            }
            self.trips(tariff.change, inside.changed + inside.armed);
            for _ in 0..LOOKS_AFTER_A_BOOT {
                self.trips(tariff.look, inside.booted);
            }
        }
    }

    /// Looks on the way and at the end. What a look reveals is not known yet: one guest that needs something is
    /// counted for each.
    fn looks(&mut self) {
        let mut looked: BTreeMap<&ProviderName, u64> = BTreeMap::new();
        let mut proved: BTreeMap<&ProviderName, u64> = BTreeMap::new();
        for (_, planned) in self.plan.changes() {
            let Some(group) = self.plan.groups.get(planned.group) else { continue };
            let members = group.members.len() as u64;
            match &planned.step.action {
                Action::Observe { facets } => {
                    *looked.entry(&group.provider).or_default() += members;
                    if facets.contains(&FacetId::Reachable) {
                        *proved.entry(&group.provider).or_default() += members;
                    }
                    if let Some((_, tariff)) = self.way(group) {
                        self.trips(tariff.look, members);
                        for _ in 0..READS {
                            self.trips(tariff.look, 1);
                        }
                        self.trips(tariff.change, 1);
                    }
                }
                Action::Prove { .. } => *proved.entry(&group.provider).or_default() += members,
                // The guest is looked into just before, and asked for its accounts by a question of its own, then and at
                // the end.
                Action::LogOn { .. } => {
                    *looked.entry(&group.provider).or_default() += members;
                    if let Some((_, tariff)) = self.way(group) {
                        for _ in 0..3 {
                            self.trips(tariff.look, members);
                        }
                    }
                }
                Action::Cloud(_) | Action::Guest(_) | Action::Own(_) => {}
            }
        }
        for (provider, members) in looked {
            self.calls(provider, members, |tariff| tariff.look);
        }
        for (provider, members) in proved {
            for _ in 0..LOOKS_FOR_A_PROOF {
                self.calls(provider, members, |tariff| tariff.locate);
            }
        }
        self.last_look();
    }

    /// At the end everybody is looked at.
    fn last_look(&mut self) {
        let mut all: BTreeMap<&ProviderName, u64> = BTreeMap::new();
        let mut asked: BTreeMap<(&ProviderName, ChannelKind), u64> = BTreeMap::new();
        for group in &self.plan.groups {
            let members = group.members.len() as u64;
            *all.entry(&group.provider).or_default() += members;
            if let Some((channel, _)) = self.way(group) {
                *asked.entry((&group.provider, channel)).or_default() += members;
            }
        }
        for (provider, members) in all {
            self.calls(provider, members, |tariff| tariff.look);
        }
        for ((provider, channel), members) in asked {
            if let Some(tariff) = self.tariffs.channels.get(&(provider.clone(), channel)).copied() {
                self.trips(tariff.look, members);
            }
        }
    }

    /// The way into a group's guests with what it costs: the one that answered, else the first that its provider has.
    fn way(&self, group: &Group) -> Option<(ChannelKind, ChannelTariff)> {
        let of_provider =
            self.tariffs.channels.iter().filter(|((provider, _), _)| *provider == group.provider);
        of_provider
            .map(|((_, channel), tariff)| (*channel, *tariff))
            .find(|(channel, _)| group.way.is_none_or(|way| way == *channel))
    }

    fn trips(&mut self, cost: TripCost, guests: u64) {
        if guests > 0 {
            self.budget.guest_round_trips += cost.trips.of(guests);
            self.budget.api_calls += cost.calls.of(guests);
            self.budget.seconds += u64::from(cost.seconds);
        }
    }

    fn calls(
        &mut self,
        provider: &ProviderName,
        members: u64,
        cost: impl Fn(&CloudTariff) -> Cost,
    ) {
        if let Some(tariff) = self.tariffs.clouds.get(provider) {
            self.budget.api_calls += cost(tariff).of(members) + u64::from(tariff.common);
        }
    }
}

/// How many rule sets a step edits: those that are known of its members, or one for all of them.
fn edited_sets(plan: &Plan, planned: &PlannedStep) -> u64 {
    let group = plan.groups.get(planned.group);
    let members = group.map(|group| group.members.as_slice()).unwrap_or_default();
    let mut sets = BTreeSet::new();
    for binds in members.iter().filter_map(|member| member.binds.as_deref()) {
        sets.extend(binds.openings.iter().chain(&binds.closings).map(|edit| &edit.rule_set));
    }
    (sets.len() as u64).max(1)
}

/// What some of a plan's steps cost in money, whether or not they are held.
#[must_use]
pub fn money_of<'p>(
    plan: &Plan,
    steps: impl IntoIterator<Item = &'p PlannedStep>,
) -> BTreeMap<String, u64> {
    let mut money = BTreeMap::new();
    for planned in steps {
        charge(plan, planned, &mut money);
    }
    money
}

fn charge(plan: &Plan, planned: &PlannedStep, bill: &mut BTreeMap<String, u64>) {
    if let Some(what) = charged_as(planned) {
        *bill.entry(what.to_owned()).or_default() += plan.width(planned) as u64;
    }
}

/// What a step costs in money, as bills name it; none where it costs none.
#[must_use]
pub fn charged_as(planned: &PlannedStep) -> Option<&'static str> {
    let costs = planned.step.guards.contains(&Guarded::Spend);
    costs.then(|| money(planned.step.action.traits().money))
}

const fn money(money: Money) -> &'static str {
    match money {
        Money::Nothing => "other",
        Money::Instance => "instances charged again",
        Money::Address => "elastic addresses, charged by traffic",
        Money::Bandwidth => "bandwidth charged by time",
        Money::Snapshot => "snapshots",
    }
}
