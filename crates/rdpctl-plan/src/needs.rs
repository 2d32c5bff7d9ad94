//! Which step needs which: edges for real needs only, so that the rest runs side by side.
//!
//! A short table of what steps are, by the traits of their actions, and a few needs by what they name.

use rdpctl_model::FacetId;
use rdpctl_model::action::Setting;
use rdpctl_model::action::traits::{
    Phase, Policy, Port, Restarts, Sets, Thing, Through, Traits, Ways,
};
use rdpctl_model::plan::{PlannedStep, StepId};
use rdpctl_model::step::{Disruption, Step};

/// Draws the edges between the steps of one group, by their places in it.
pub(crate) fn connect(steps: &mut [PlannedStep]) {
    let sides: Vec<Side<'_>> = steps.iter().map(|planned| Side::of(&planned.step)).collect();
    let ids = || (0_u32..).map(StepId);
    let needs_of = |later: &Side<'_>, at: StepId| {
        let earlier = ids().zip(&sides).filter(|(other, _)| *other != at);
        earlier.filter(|(_, earlier)| waits(later, earlier)).map(|(id, _)| id).collect()
    };
    let needs: Vec<Vec<StepId>> =
        ids().zip(&sides).map(|(id, later)| needs_of(later, id)).collect();
    for (planned, needs) in steps.iter_mut().zip(needs) {
        planned.needs = needs;
    }
}

/// Whether `later` cannot be done before `earlier` is.
fn waits(later: &Side<'_>, earlier: &Side<'_>) -> bool {
    WAITS.iter().any(|(waiting, awaited)| waiting(later) && awaited(earlier))
        || waits_out_its_phase(later, earlier)
        || waits_for_force(later, earlier)
        || by_name(&later.traits, &earlier.traits)
        || chain(later, earlier)
}

struct Side<'a> {
    facet: FacetId,
    disruption: Disruption,
    risky: bool,
    traits: Traits<'a>,
}

type Is = fn(&Side<'_>) -> bool;

/// Who waits for whom.
const WAITS: &[(Is, Is)] = &[
    // Nobody is in a guest that does not run.
    (|it| it.is_inside() || it.is(Phase::Look), |it| it.is(Phase::Start)),
    // Nor is it seen what does nothing before it is started anew.
    (|it| it.is(Phase::Look), |it| it.is_reboot()),
    // What an earlier run left could put values back in the middle of this one.
    (|it| it.is_inside() && it.phase() > Phase::Clear, |it| it.is(Phase::Clear)),
    // The way back comes first, and so does the switch that keeps a way in.
    (|it| it.risky, |it| it.is(Phase::Save)),
    (|it| it.traits.may_close == Ways::Network, |it| it.is(Phase::Arm)),
    // Policy is held before anything that it could put back, and let back after all of it.
    (|it| it.is_revertible(), |it| it.is(Phase::Hold)),
    (|it| it.is(Phase::Resume), |it| it.is(Phase::Hold) || it.is_revertible()),
    // Make before break: RDP moves to a port once that is open and free, a wall goes up once the door in it is open.
    (|it| it.traits.port == Port::Moves, |it| it.is(Phase::Open) || it.traits.port == Port::Frees),
    (|it| it.is(Phase::Wall), |it| it.is_inside() && it.is(Phase::Open)),
    // What follows a reboot waits until Windows is back.
    (|it| it.is_inside() && it.phase() > Phase::Restart, |it| it.is_reboot()),
];

/// Steps that close a chapter wait for all that came before it, in the guest or everywhere.
fn waits_out_its_phase(later: &Side<'_>, earlier: &Side<'_>) -> bool {
    let before = earlier.phase() < later.phase();
    match later.phase() {
        Phase::Refresh => before && earlier.is_inside(),
        Phase::Restart => later.is_reboot() && before && earlier.is_inside(),
        Phase::Prove | Phase::CloseFormer | Phase::Disarm => before,
        Phase::Start
        | Phase::Save
        | Phase::Clear
        | Phase::Arm
        | Phase::Hold
        | Phase::Open
        | Phase::Change
        | Phase::Wall
        | Phase::Resume
        | Phase::Look => false,
    }
}

/// A restart of RDP puts into force what takes effect with it: services, and what another facet opened.
fn waits_for_force(later: &Side<'_>, earlier: &Side<'_>) -> bool {
    let Restarts::Rdp { .. } = later.traits.restarts else { return false };
    let service = match earlier.traits.sets {
        Sets::ServiceStart { .. } | Sets::ServiceRun { .. } => true,
        Sets::Value { .. } | Sets::Key { .. } | Sets::FirewallProfile { .. } | Sets::Other => false,
    };
    earlier.is_inside()
        && earlier.phase() < Phase::Restart
        && (service
            || earlier.disruption == Disruption::RestartsRdp
            || (earlier.is(Phase::Open) && later.facet != earlier.facet))
}

/// Needs by what the two name: a thing that one makes for the other, a service on which another rests.
fn by_name(later: &Traits<'_>, earlier: &Traits<'_>) -> bool {
    if later.uses != Thing::Nothing && later.uses == earlier.makes {
        return true;
    }
    match (later.sets, earlier.sets) {
        (Sets::ServiceRun { service }, Sets::ServiceStart { service: base }) => {
            service.eq_ignore_ascii_case(base) || rests_on(service, base)
        }
        (Sets::ServiceRun { service }, Sets::ServiceRun { service: base }) => {
            rests_on(service, base)
        }
        // A record is removed only after the value that it explains was put back.
        (Sets::Key { setting: Setting::Startup }, Sets::ServiceStart { .. }) => true,
        (
            Sets::Value { .. }
            | Sets::Key { .. }
            | Sets::ServiceStart { .. }
            | Sets::ServiceRun { .. }
            | Sets::FirewallProfile { .. }
            | Sets::Other,
            Sets::Value { .. }
            | Sets::Key { .. }
            | Sets::ServiceStart { .. }
            | Sets::ServiceRun { .. }
            | Sets::FirewallProfile { .. }
            | Sets::Other,
        ) => false,
    }
}

/// `TermService` rests on RPC, the firewall on its engine; nothing else that is started here rests on another.
fn rests_on(service: &str, base: &str) -> bool {
    const RESTS: [(&str, &str); 2] = [("TermService", "RpcSs"), ("MpsSvc", "BFE")];
    RESTS.iter().any(|(above, below)| {
        service.eq_ignore_ascii_case(above) && base.eq_ignore_ascii_case(below)
    })
}

/// Facets whose changes rest on another facet's.
fn chain(later: &Side<'_>, earlier: &Side<'_>) -> bool {
    const RESTS: [(FacetId, FacetId); 3] = [
        (FacetId::Certificate, FacetId::MachineKeys),
        (FacetId::Nla, FacetId::Tls),
        (FacetId::Nla, FacetId::Certificate),
    ];
    later.is(Phase::Change)
        && earlier.is(Phase::Change)
        && RESTS.contains(&(later.facet, earlier.facet))
}

impl<'a> Side<'a> {
    fn of(step: &'a Step) -> Self {
        Self {
            facet: step.facet,
            disruption: step.disruption,
            risky: step.asks_for_snapshot(),
            traits: step.action.traits(),
        }
    }

    const fn phase(&self) -> Phase {
        self.traits.phase
    }

    fn is(&self, phase: Phase) -> bool {
        self.traits.phase == phase
    }

    fn is_inside(&self) -> bool {
        self.traits.through == Through::Guest
    }

    fn is_revertible(&self) -> bool {
        self.traits.policy == Policy::MayRevert
    }

    fn is_reboot(&self) -> bool {
        self.traits.restarts == Restarts::Windows
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_model::CloudAction;
    use rdpctl_model::action::OwnAction;
    use rdpctl_model::step::{Action, FirewallProfile, GuestAction, KeyHolder, StartType, Switch};

    use super::*;
    use crate::samples::{cloud, guest, own, prove, set, step};

    fn waits(later: &Step, earlier: &Step) -> bool {
        let (later, earlier) = (Side::of(later), Side::of(earlier));
        assert!(!(super::waits(&later, &earlier) && super::waits(&earlier, &later)), "both wait");
        super::waits(&later, &earlier)
    }

    fn start_type(service: &str) -> Step {
        let (service, start) = (service.to_owned(), StartType::Auto);
        guest(FacetId::Service, GuestAction::SetServiceStart { service, start })
    }

    fn starts(service: &str) -> Step {
        guest(FacetId::Service, GuestAction::StartService { service: service.to_owned() })
    }

    fn opens_cloud() -> Step {
        own(FacetId::Ingress, OwnAction::OpenDoors { port: 3390, sources: Vec::new() })
    }

    fn opens_guest() -> Step {
        guest(FacetId::Firewall, GuestAction::EnableRemoteDesktopRules)
    }

    fn moves() -> Step {
        let step = set(FacetId::Port, Setting::ListenerPort, "PortNumber");
        Step { disruption: Disruption::RestartsRdp, ..step }
    }

    fn wall() -> Step {
        let (profile, state) = (FirewallProfile::Public, Switch::On);
        guest(FacetId::Firewall, GuestAction::SetFirewallProfile { profile, state })
    }

    fn restart() -> Step {
        guest(FacetId::Service, GuestAction::RestartRdp { session_env: false })
    }

    fn reboot() -> Step {
        guest(FacetId::Service, GuestAction::Reboot)
    }

    fn tls() -> Step {
        set(FacetId::Tls, Setting::Protocols, "Enabled")
    }

    fn policy(action: GuestAction) -> Step {
        guest(FacetId::GroupPolicy, action)
    }

    #[test]
    fn nobody_is_in_a_guest_that_does_not_run() {
        let start = cloud(FacetId::Power, CloudAction::Start);
        assert!(waits(&opens_guest(), &start) && waits(&tls(), &start));
        let look = step(FacetId::Power, Action::Observe { facets: Vec::new() });
        assert!(waits(&look, &start) && !waits(&look, &opens_cloud()));
        // The cloud needs no running guest.
        assert!(!waits(&opens_cloud(), &start));
        assert!(!waits(&cloud(FacetId::PublicIp, CloudAction::AssociateAddress), &start));
    }

    #[test]
    fn what_an_earlier_run_left_goes_first_of_all() {
        let clear = guest(FacetId::Tls, GuestAction::ClearDeadMansSwitch);
        for later in [tls(), opens_guest(), reboot(), policy(GuestAction::HoldGroupPolicy)] {
            assert!(waits(&later, &clear), "{later:?}");
        }
        assert!(!waits(&opens_cloud(), &clear));
    }

    #[test]
    fn what_is_risky_waits_for_the_snapshot_and_the_rest_does_not() {
        let snapshot = cloud(FacetId::Recovery, CloudAction::SnapshotSystemDisk);
        let third = KeyHolder::SessionEnv;
        let repair = OwnAction::RepairKeyAcl { third, take_ownership: false, folder: false };
        for risky in [tls(), own(FacetId::MachineKeys, repair), reboot()] {
            assert!(waits(&risky, &snapshot), "{risky:?}");
        }
        let rebooting = Step { disruption: Disruption::Reboots, ..start_type("X") };
        assert!(waits(&rebooting, &snapshot));
        assert!(!waits(&start_type("X"), &snapshot) && !waits(&moves(), &snapshot));
    }

    #[test]
    fn only_what_could_close_a_way_in_waits_for_the_dead_mans_switch() {
        let arm = GuestAction::ArmDeadMansSwitch { minutes: 15, restore: Vec::new() };
        let arm = guest(FacetId::Nla, arm);
        for closer in [tls(), moves(), wall(), set(FacetId::Nla, Setting::Authentication, "N")] {
            assert!(waits(&closer, &arm), "{closer:?}");
        }
        assert!(!waits(&opens_guest(), &arm) && !waits(&starts("TermService"), &arm));
        let disarm = guest(FacetId::Nla, GuestAction::DisarmDeadMansSwitch);
        for earlier in [arm, tls(), prove(), opens_cloud(), restart(), reboot()] {
            assert!(waits(&disarm, &earlier), "{earlier:?}");
        }
    }

    #[test]
    fn rdp_moves_to_a_port_that_is_open_and_free() {
        let service = "nginx".to_owned();
        let stop = guest(FacetId::Port, GuestAction::StopService { service });
        assert!(waits(&moves(), &opens_cloud()) && waits(&moves(), &opens_guest()));
        assert!(waits(&moves(), &stop));
        assert!(!waits(&tls(), &opens_cloud()));
    }

    #[test]
    fn a_wall_goes_up_once_the_door_in_it_is_open() {
        assert!(waits(&wall(), &opens_guest()));
        assert!(!waits(&wall(), &opens_cloud()), "another wall");
    }

    #[test]
    fn former_doors_are_closed_after_the_proof() {
        let closers = [
            own(FacetId::Ingress, OwnAction::CloseDoors { port: 3389 }),
            guest(FacetId::Firewall, GuestAction::DeleteFirewallRule { port: 3389 }),
        ];
        for closer in &closers {
            for earlier in [prove(), moves(), opens_cloud(), restart(), reboot()] {
                assert!(waits(closer, &earlier), "{closer:?} {earlier:?}");
            }
        }
        assert!(!waits(&closers[0], &closers[1]));
    }

    #[test]
    fn the_proof_comes_after_everything_that_it_proves() {
        for earlier in [tls(), opens_cloud(), opens_guest(), restart(), starts("TermService")] {
            assert!(waits(&prove(), &earlier), "{earlier:?}");
        }
    }

    #[test]
    fn a_restart_puts_into_force_what_takes_effect_with_it() {
        assert!(waits(&restart(), &moves()) && waits(&restart(), &start_type("TermService")));
        assert!(waits(&restart(), &starts("TermService")) && waits(&restart(), &opens_guest()));
        let at_once = set(FacetId::RemoteDesktop, Setting::RemoteConnections, "N");
        assert!(!waits(&restart(), &at_once) && !waits(&restart(), &opens_cloud()));
        // Nobody waits for a restart but those who come after it.
        assert!(!waits(&moves(), &restart()) && waits(&prove(), &restart()));
    }

    #[test]
    fn a_reboot_waits_for_all_that_is_changed_and_policy_comes_back_after_it() {
        let (hold, resume) = (GuestAction::HoldGroupPolicy, GuestAction::ResumeGroupPolicy);
        let (hold, resume) = (policy(hold), policy(resume));
        let refresh = policy(GuestAction::RefreshPolicy { keeps: Vec::new() });
        for earlier in [tls(), opens_guest(), start_type("X"), wall(), hold.clone()] {
            assert!(waits(&reboot(), &earlier), "{earlier:?}");
        }
        assert!(waits(&tls(), &hold) && !waits(&opens_guest(), &hold));
        assert!(waits(&resume, &reboot()) && waits(&resume, &hold) && waits(&resume, &tls()));
        for earlier in [resume.clone(), tls(), reboot(), start_type("X"), opens_guest()] {
            assert!(waits(&refresh, &earlier), "{earlier:?}");
        }
        assert!(!waits(&refresh, &opens_cloud()));
    }

    #[test]
    fn what_is_made_by_one_step_is_used_by_the_next() {
        let obtain = cloud(FacetId::PublicIp, CloudAction::AllocateAddress { mbps: 5 });
        let bind = cloud(FacetId::PublicIp, CloudAction::AssociateAddress);
        let turn = cloud(FacetId::PublicIp, CloudAction::TransformAddress);
        let widen = cloud(FacetId::Bandwidth, CloudAction::SetAddressBandwidth { mbps: 9 });
        assert!(waits(&bind, &obtain) && waits(&widen, &bind) && waits(&widen, &turn));
        assert!(!waits(&widen, &obtain) && !waits(&turn, &obtain));
        let own = cloud(FacetId::Bandwidth, CloudAction::SetInstanceBandwidth { mbps: 9 });
        assert!(!waits(&own, &bind));
    }

    #[test]
    fn services_start_after_what_they_rest_on() {
        assert!(waits(&starts("TermService"), &start_type("termservice")));
        assert!(!waits(&starts("TermService"), &start_type("MpsSvc")));
        assert!(waits(&starts("TermService"), &starts("RpcSs")));
        assert!(
            waits(&starts("MpsSvc"), &starts("BFE"))
                && waits(&starts("MpsSvc"), &start_type("BFE"))
        );
        assert!(!waits(&starts("TermService"), &starts("BFE")));
        let (key, setting) = (r"HKLM\M\X".to_owned(), Setting::Startup);
        let record = guest(FacetId::Boot, GuestAction::DeleteRegistryKey { key, setting });
        assert!(waits(&record, &start_type("X")) && !waits(&record, &starts("X")));
    }

    #[test]
    fn a_certificate_rests_on_its_key_and_authentication_on_both() {
        let third = KeyHolder::SessionEnv;
        let repair = OwnAction::RepairKeyAcl { third, take_ownership: false, folder: false };
        let key = own(FacetId::MachineKeys, repair);
        let certificate = own(FacetId::Certificate, OwnAction::DeleteCertificate);
        let nla = set(FacetId::Nla, Setting::Authentication, "N");
        assert!(waits(&certificate, &key) && waits(&nla, &certificate) && waits(&nla, &tls()));
        assert!(!waits(&nla, &key) && !waits(&tls(), &certificate));
    }
}
