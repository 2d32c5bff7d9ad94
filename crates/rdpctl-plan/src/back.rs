//! The way back of a run: what its journal says was replaced, in reverse, as steps for the planner; and what stays.
//!
//! Nothing here is executed because a journal says so. The steps go through planner, guards and checker like any
//! other, and expect to find what the run left.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::action::traits::{Barrier, Owner, Phase, Port, Security, Thing, Twice};
use rdpctl_model::action::{Binds, Deed, DoorEdit, OwnAction};
use rdpctl_model::outcome::{CreatedKind, JournalEntry, Receipt, StepEvent};
use rdpctl_model::plan::{Member, Plan, PlannedStep};
use rdpctl_model::rules::RuleSet;
use rdpctl_model::step::{Action, Check, CloudAction, Disruption, Guarded, GuestAction, Step};
use rdpctl_model::{FacetId, InstanceName, ResourceId, StepNumber};

/// The way back of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WayBack {
    /// What is put back, by machine.
    pub machines: BTreeMap<InstanceName, Undone>,
    /// What stays as the run left it.
    pub stays: Vec<Stays>,
}

/// What is put back for one machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Undone {
    /// The steps, by facet, the last that was done first.
    pub steps: BTreeMap<FacetId, Vec<Step>>,
    /// The rules that the run made for it.
    pub closings: Vec<DoorEdit>,
}

/// A step of the run that is not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stays {
    /// By which number people know it.
    pub number: StepNumber,
    /// For which facet it was done.
    pub facet: FacetId,
    /// What was done.
    pub action: Action,
    /// On whom.
    pub on: Vec<InstanceName>,
    /// Why it stays.
    pub why: Lasts,
}

/// Why something is not undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasts {
    /// There is no way back from it.
    Irreversible,
    /// What was there before was not kept.
    NotKept,
}

/// Finds the way back of a run in its plan, as it was at the last, and its journal.
#[must_use]
pub fn way_back(plan: &Plan, journal: &[JournalEntry]) -> WayBack {
    let mut back = WayBack::default();
    let mut stays: BTreeMap<(StepNumber, Lasts), (FacetId, Action, Vec<InstanceName>)> =
        BTreeMap::new();
    let bought = bought(journal);
    for entry in journal.iter().rev() {
        let StepEvent::Done { receipt } = &entry.event else { continue };
        let (Some(name), Some(planned)) = (entry.subject.instance(), plan.find(&entry.step)) else {
            continue;
        };
        // What was so already is not the run's to take back.
        if receipt.already || passes(planned) {
            continue;
        }
        let member = member(plan, planned, name);
        let one = back.machines.entry(name.clone()).or_default();
        let address = if bought.contains(name) { Address::Bought } else { Address::Former };
        match one.take(planned, member, receipt, address) {
            Ok(()) => {}
            Err(why) => {
                let step = &planned.step;
                stays
                    .entry((entry.step.clone(), why))
                    .or_insert_with(|| (step.facet, step.action.clone(), Vec::new()))
                    .2
                    .push(name.clone());
            }
        }
    }
    back.machines.retain(|_, undone| !undone.steps.is_empty());
    back.stays = stays
        .into_iter()
        .map(|((number, why), (facet, action, mut on))| {
            on.sort_unstable();
            Stays { number, facet, action, on, why }
        })
        .collect();
    back
}

/// Machines for which an address was obtained: giving it back takes back all that was done to it.
fn bought(journal: &[JournalEntry]) -> BTreeSet<InstanceName> {
    let address = |entry: &&JournalEntry| match &entry.event {
        StepEvent::Done { receipt } => {
            receipt.created.as_ref().is_some_and(|created| created.kind == CreatedKind::Address)
        }
        StepEvent::Intent { .. } | StepEvent::Failed { .. } | StepEvent::Skipped { .. } => false,
    };
    journal.iter().filter(address).filter_map(|entry| entry.subject.instance().cloned()).collect()
}

/// A machine's address, as the run found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Address {
    /// The run obtained it.
    Bought,
    /// It was there before, or is not there at all.
    Former,
}

/// What leaves nothing behind that could be taken back: looks, proofs, restarts, what is held and let go again.
fn passes(planned: &PlannedStep) -> bool {
    match planned.step.action.traits().phase {
        Phase::Clear
        | Phase::Arm
        | Phase::Hold
        | Phase::Restart
        | Phase::Resume
        | Phase::Refresh
        | Phase::Look
        | Phase::Prove
        | Phase::Disarm => true,
        Phase::Start
        | Phase::Save
        | Phase::Open
        | Phase::Change
        | Phase::Wall
        | Phase::CloseFormer => false,
    }
}

fn member<'p>(plan: &'p Plan, planned: &PlannedStep, name: &InstanceName) -> Option<&'p Member> {
    plan.groups.get(planned.group)?.members.iter().find(|member| member.name == *name)
}

impl Undone {
    /// Takes in what puts one step back, or says why nothing does.
    fn take(
        &mut self,
        planned: &PlannedStep,
        member: Option<&Member>,
        receipt: &Receipt,
        address: Address,
    ) -> Result<(), Lasts> {
        let done = &planned.step;
        let traits = done.action.traits();
        let reversed = Reversed(done);
        if let Some(created) = &receipt.created
            && traits.twice == Twice::Buys
        {
            let release = CloudAction::ReleaseAddress { address: created.id.clone() };
            self.add(reversed.with(Action::Cloud(release), Vec::new(), Vec::new()));
            return Ok(());
        }
        // It was done to the address that is given back.
        let of_address = traits.uses != Thing::Nothing || traits.makes != Thing::Nothing;
        if address == Address::Bought && of_address {
            return Ok(());
        }
        if let (Owner::Shared, Security::Opens(Barrier::CloudPort { port, .. })) =
            (traits.owner, traits.security)
        {
            let made = member.and_then(|member| member.binds.as_deref());
            let made = made.map(|binds| binds.openings.as_slice()).unwrap_or_default();
            let before = self.closings.len();
            self.closings.extend(made.iter().filter(|edit| edit.rule.port == port).cloned());
            if self.closings.len() == before {
                return Err(Lasts::NotKept);
            }
            let close = Action::Own(OwnAction::CloseDoors { port });
            self.add(reversed.with(close, Vec::new(), Vec::new()));
            return Ok(());
        }
        if !done.reversible {
            return Err(Lasts::Irreversible);
        }
        if receipt.undo.is_empty() {
            return Err(Lasts::NotKept);
        }
        let left = left(done, member);
        for action in &receipt.undo {
            let expects = left.iter().filter(|check| speaks_of(check, action)).cloned().collect();
            let guards = guards(action, done.disruption);
            self.add(reversed.with(Action::Guest(action.clone()), guards, expects));
        }
        Ok(())
    }

    fn add(&mut self, step: Step) {
        self.steps.entry(step.facet).or_default().push(step);
    }
}

/// A step that was done, seen from behind.
struct Reversed<'a>(&'a Step);

impl Reversed<'_> {
    fn with(&self, action: Action, guards: Vec<Guarded>, expects: Vec<Check>) -> Step {
        let done = self.0;
        Step {
            facet: done.facet,
            action,
            before: done.after.clone(),
            after: done.before.clone(),
            why: say::as_found(),
            seed: String::new(),
            disruption: done.disruption,
            guards,
            reversible: true,
            expects,
        }
    }
}

/// What the step left in the guest.
fn left(done: &Step, member: Option<&Member>) -> Vec<Check> {
    let nothing = Binds::default();
    let binds = member.and_then(|member| member.binds.as_deref()).unwrap_or(&nothing);
    match done.deed(binds) {
        Ok(Deed::Guest { action, .. }) => action.proves(),
        Ok(Deed::Cloud(_) | Deed::Look | Deed::Proof) | Err(_) => Vec::new(),
    }
}

/// Whether a check speaks of the value that an action sets.
fn speaks_of(check: &Check, action: &GuestAction) -> bool {
    let names = |check: &Check| match check {
        Check::Registry { key, name, .. } => {
            Some((key.to_ascii_lowercase(), name.to_ascii_lowercase()))
        }
        Check::KeyAbsent { .. }
        | Check::KeyPresent { .. }
        | Check::Service { .. }
        | Check::FirewallRules { .. }
        | Check::BootElement { .. }
        | Check::KeyReadable { .. } => None,
    };
    let sets = action.proves();
    names(check).is_some_and(|named| sets.iter().any(|set| names(set).as_ref() == Some(&named)))
}

/// Which guards putting something back needs: it may make weaker what the run made stronger, whoever ran it.
fn guards(action: &GuestAction, disruption: Disruption) -> Vec<Guarded> {
    let traits = action.traits();
    let mut guards = Vec::new();
    match traits.security {
        Security::Opens(Barrier::Firewall) => guards.push(Guarded::FirewallOff),
        Security::Opens(_) | Security::AsDeclared => guards.push(Guarded::Weaken),
        Security::Closes(_) | Security::Neutral => {}
    }
    match traits.port {
        Port::Moves => guards.push(Guarded::MovePort),
        Port::Frees => guards.push(Guarded::StopService),
        Port::Stays => {}
    }
    match disruption {
        Disruption::Reboots => guards.push(Guarded::Reboot),
        Disruption::None | Disruption::RestartsRdp => {}
    }
    guards
}

/// The rules that are taken back, at the version at which their set stands now: one whose set is gone is gone with it.
/// Of a set in which not all of a rule was seen no version is claimed: it is looked at before it is edited.
#[must_use]
pub fn closings<'a>(
    undone: &Undone,
    now: impl Fn(&ResourceId) -> Option<&'a RuleSet>,
) -> Vec<DoorEdit> {
    let at = |edit: &DoorEdit| {
        let set = now(&edit.rule_set)?;
        let own = set.rules.iter().filter(|rule| rule.description == edit.rule.description);
        let seen = edit
            .rule
            .sources
            .iter()
            .all(|source| own.clone().any(|rule| rule.accepts(edit.rule.port, source)));
        let version = if seen { set.version.clone() } else { String::new() };
        Some(DoorEdit { version, affects: set.bound, ..edit.clone() })
    };
    undone.closings.iter().filter_map(at).collect()
}

rdpctl_model::says! { "plan":
    as_found();
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rdpctl_model::ProviderName;
    use rdpctl_model::guest::RegData;
    use rdpctl_model::outcome::{Created, JournalSubject};
    use rdpctl_model::step::Setting;

    use super::*;
    use crate::samples::{cloud, guest, set};

    fn plan(steps: Vec<Step>) -> Plan {
        let mut plan = crate::plan(crate::Request {
            assessed: Vec::new(),
            guards: &rdpctl_model::declaration::Guards::default(),
            allowed: &BTreeSet::new(),
            now: Timestamp::UNIX_EPOCH,
            declaration: String::new(),
            survey: String::new(),
            basis: rdpctl_model::plan::Basis::default(),
            tariffs: &rdpctl_model::tariff::Tariffs::default(),
        });
        for (number, step) in (1..).zip(steps) {
            let mut planned = PlannedStep::new(step, 0);
            planned.number = StepNumber::first_level(number);
            plan.steps.push(planned);
        }
        plan
    }

    fn done(step: u32, receipt: Receipt) -> JournalEntry {
        JournalEntry {
            step: StepNumber::first_level(step),
            subject: JournalSubject::Instance(InstanceName::new("web-01")),
            event: StepEvent::Done { receipt },
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn former(name: &str, number: u32) -> GuestAction {
        let (key, data) = (r"HKLM\K".to_owned(), RegData::Dword(number));
        GuestAction::SetRegistry {
            key,
            name: name.to_owned(),
            data,
            setting: Setting::Authentication,
        }
    }

    fn undo(action: GuestAction) -> Receipt {
        Receipt { undo: vec![action], ..Receipt::default() }
    }

    fn undone(back: &WayBack) -> Vec<(FacetId, Action)> {
        let all = back.machines.values().flat_map(|undone| undone.steps.values().flatten());
        all.map(|step| (step.facet, step.action.clone())).collect()
    }

    #[test]
    fn what_was_replaced_is_put_back_the_last_first_and_waits_for_leave_to_weaken() {
        let steps = ["A", "B"].map(|name| set(FacetId::Nla, Setting::Authentication, name));
        let journal = [done(1, undo(former("A", 0))), done(2, undo(former("B", 0)))];
        let back = way_back(&plan(steps.into()), &journal);
        let first = (FacetId::Nla, Action::Guest(former("B", 0)));
        assert_eq!(undone(&back), [first, (FacetId::Nla, Action::Guest(former("A", 0)))]);
        let all = back.machines.values().flat_map(|undone| undone.steps.values().flatten());
        assert!(all.map(|step| &step.guards).all(|guards| *guards == [Guarded::Weaken]));
        assert_eq!(back.stays, []);
    }

    #[test]
    fn what_was_so_already_is_left_and_what_has_no_way_back_is_named() {
        let steps = vec![
            set(FacetId::Nla, Setting::Authentication, "A"),
            Step { reversible: false, ..cloud(FacetId::Power, CloudAction::Start) },
            guest(FacetId::Service, GuestAction::StartService { service: "TermService".into() }),
            guest(FacetId::Service, GuestAction::RestartRdp { session_env: false }),
        ];
        let already = Receipt { already: true, ..undo(former("A", 0)) };
        let nothing = Receipt::default;
        let journal =
            [done(1, already), done(2, nothing()), done(3, nothing()), done(4, nothing())];
        let back = way_back(&plan(steps), &journal);
        assert_eq!(undone(&back), []);
        let stays: Vec<(FacetId, Lasts)> =
            back.stays.iter().map(|stays| (stays.facet, stays.why)).collect();
        let start = (FacetId::Power, Lasts::Irreversible);
        assert_eq!(stays, [start, (FacetId::Service, Lasts::NotKept)]);
    }

    #[test]
    fn an_address_that_was_obtained_is_given_back_with_all_that_was_done_to_it() {
        let id = ResourceId::new("eip-1");
        let created = Created {
            kind: CreatedKind::Address,
            provider: ProviderName::new("gz"),
            id: id.clone(),
        };
        let steps = vec![
            cloud(FacetId::PublicIp, CloudAction::AllocateAddress { mbps: 5 }),
            cloud(FacetId::PublicIp, CloudAction::AssociateAddress),
            cloud(FacetId::Bandwidth, CloudAction::SetAddressBandwidth { mbps: 9 }),
        ];
        let bought = Receipt { created: Some(created), ..Receipt::default() };
        let journal = [done(1, bought), done(2, Receipt::default()), done(3, Receipt::default())];
        let back = way_back(&plan(steps.clone()), &journal);
        let release = Action::Cloud(CloudAction::ReleaseAddress { address: id });
        assert_eq!(undone(&back), [(FacetId::PublicIp, release)]);
        assert_eq!(back.stays, []);
        // An address that was there before is nobody's to give back, and what it had before was not kept.
        let back = way_back(&plan(steps), &journal[1..]);
        assert_eq!(undone(&back), []);
        assert!(back.stays.iter().all(|stays| stays.why == Lasts::NotKept));
        assert_eq!(back.stays.len(), 2);
    }
}
