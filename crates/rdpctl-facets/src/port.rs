//! `TermService` itself listens on the declared port, and nobody else does.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use rdpctl_model::guest::{ChannelKind, GuestSurvey, RegData, RunState};
use rdpctl_model::step::{Check, Disruption, Guarded, Setting, StartType};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Step, Survey, Verdict};
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::RDP_TCP;
use crate::policy_owner::Owner;
use crate::port_listener::{Values, Wrong};
use crate::port_owner::{Intruder, intruder, refusal, way_out};
pub use crate::port_wish::Desired;
use crate::steps::say as step;
use crate::term_service::{self, Library};

/// The facet.
pub struct Port;

/// The listener's values and who listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// Whether the listener's key is there at all.
    listener: bool,
    number: Option<u32>,
    /// What else decides whether it listens.
    values: Values,
    term_service_runs: bool,
    /// On which ports `TermService` listens.
    own: Vec<u16>,
    /// Who else listens where RDP should: image, services, and whether it is the kernel.
    others: Vec<(u16, Intruder)>,
    /// Where there is such a conflict: all ports that others listen on, so that RDP is moved to none of them.
    #[serde(default)]
    taken: BTreeSet<u16>,
}

/// A disk has no sockets: it says where `TermService` would listen, and nothing of who else would.
fn on_disk(guest: &GuestSurvey) -> Result<Seen, Gap> {
    let registry = &guest.registry;
    let number = registry.dword(RDP_TCP, "PortNumber")?;
    Ok(Seen {
        listener: registry.key(RDP_TCP)?.is_some(),
        number,
        values: Values::read(guest)?,
        term_service_runs: true,
        own: number.and_then(|number| u16::try_from(number).ok()).into_iter().collect(),
        others: Vec::new(),
        taken: BTreeSet::new(),
    })
}

impl Facet for Port {
    const ID: FacetId = FacetId::Port;
    const CAUSES: &'static [FacetId] =
        &[FacetId::Power, FacetId::Boot, FacetId::Service, FacetId::RemoteDesktop];
    const MANUAL: Manual = Manual {
        summary: "TermService itself listens on the declared port.",
        declare: "port = 3389   (or { number = 3389, else = 3390 }, which names the port that the guard move-port may move RDP to)",
        reads: &[
            r"…\WinStations\RDP-Tcp: PortNumber, fEnableWinStation, LoadableProtocol_Object, MaxInstanceCount, fLogonDisabled, LanAdapter",
            "netstat -ano and tasklist /svc: who listens, by process and service",
        ],
        healthy: "TermService's process listens on the port (once moved, on the one after `else`), on IPv4; the listener is enabled and bound to no single adapter",
        sets: &[
            "the guard stop-service: stops the intruder's service and sets it to manual",
            "the guard move-port with a declared `else`, where the intruder may not be stopped; or another declared port: firewall rule, cloud rule, then PortNumber, one restart, the proof from outside, and only then rdpctl's own rules for the former port are closed",
            "the listener's values that are wrong",
        ],
        risk: "One restart of TermService. A stopped intruder is somebody's application.",
        undo: "The journal keeps the way back, which writes the former port and start type.",
        seed: &[
            "Azure 1.1: who uses the port",
            "Azure 1.2: stop it",
            "Azure 1.3: move RDP to another port",
        ],
        pages: &[
            "https://learn.microsoft.com/windows-server/remote/remote-desktop-services/clients/change-listening-port",
        ],
        errata: &[
            Erratum {
                says: "netstat -anob |more: does Termservice.exe use port 8080?",
                wrong: "the port in question is the configured one, 3389; no process is called Termservice.exe, and a pager blocks",
                instead: "the svchost that hosts TermService, by process id, on the configured port",
            },
            Erratum {
                says: r"Set-ItemProperty -Path 'HKLM\SYSTEM…' -value <Hexportnumber>; then the firewall; then the security group",
                wrong: "the path lacks a colon, the number may be decimal, and the doors are opened after the move",
                instead: "doors first, in guest and cloud, TCP and UDP; then the number; then the restart",
            },
        ],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let guest = survey.guest.as_ref().map_err(Clone::clone)?;
        let registry = &guest.registry;
        let number = registry.dword(RDP_TCP, "PortNumber")?;
        if guest.via == ChannelKind::Offline {
            return on_disk(guest);
        }
        let state = match guest.services.get("termservice") {
            Some(Ok(state)) => *state,
            Some(Err(gap)) => return Err(gap.clone()),
            None => return Err(Gap::NotAsked),
        };
        let runs = state.run == RunState::Running && state.pid != 0;
        let processes = guest.processes.as_ref().map_err(Clone::clone)?;
        let listeners = guest.listeners.as_ref().map_err(Clone::clone)?;
        let reachable = |address: IpAddr| !address.is_loopback();
        let mut own: Vec<u16> = listeners
            .iter()
            .filter(|listener| runs && listener.pid == state.pid && reachable(listener.address))
            .filter(|listener| {
                listener.address.is_ipv4() || listener.address == IpAddr::V4(Ipv4Addr::UNSPECIFIED)
            })
            .map(|listener| listener.port)
            .collect();
        own.sort_unstable();
        own.dedup();
        let mut others: Vec<(u16, Intruder)> = listeners
            .iter()
            .filter(|listener| !(runs && listener.pid == state.pid) && reachable(listener.address))
            .filter(|listener| {
                u32::from(listener.port) == number.unwrap_or(3389) || listener.port == 3389
            })
            .map(|listener| (listener.port, intruder(processes, listener.pid)))
            .collect();
        others.sort_unstable();
        others.dedup();
        let conflict = !others.is_empty();
        let taken = listeners
            .iter()
            .filter(|listener| conflict && !(runs && listener.pid == state.pid))
            .map(|listener| listener.port)
            .collect();
        Ok(Seen {
            listener: registry.key(RDP_TCP)?.is_some(),
            number,
            values: Values::read(guest)?,
            term_service_runs: runs,
            own,
            others,
            taken,
        })
    }

    fn judge(want: &Desired, seen: &Seen, at: &Context) -> Verdict {
        let goal = say::term_service_on(at.port);
        if at.moving && seen.taken.contains(&at.port) {
            return Verdict::Blocked {
                from: say::belongs_to_another_as_well(at.port),
                to: goal,
                by: say::taken(),
                advice: say::declare_another(),
            };
        }
        if !seen.listener {
            return Verdict::Blocked {
                from: say::listener_gone(),
                to: goal,
                by: say::listener_destroyed(),
                advice: say::import_the_listener(),
            };
        }
        if seen.values.refused_by_policy() {
            return Verdict::Blocked {
                from: say::none_by_policy(),
                to: goal,
                by: seen.values.policy_owner.said(say::policy_limit()),
                advice: say::change_the_policy(),
            };
        }
        let mut from = Vec::new();
        if seen.number != Some(u32::from(at.port)) {
            from.push(seen.number.map_or_else(say::no_number, say::port));
        }
        from.extend(seen.values.wrong().into_iter().map(|wrong| wrong.said));
        if at.moving
            && let Some(intruder) = owner(seen, want.number)
        {
            from.push(say::it_belongs_to(intruder.said()));
        }
        if let Some(intruder) = owner(seen, at.port) {
            let name = intruder.said();
            if let Some(why) = refusal(intruder, at) {
                return Verdict::Blocked {
                    from: say::belongs_to(at.port, name),
                    to: goal,
                    by: why,
                    advice: way_out(*want, intruder, at),
                };
            }
            from.push(say::belongs_to(at.port, name));
        }
        if from.is_empty() && is_mute(seen, at) {
            let silent = say::silent(at.port);
            if let Library::Foreign(path) = &seen.values.library {
                let (by, advice) = term_service::foreign(path);
                return Verdict::Blocked { from: silent, to: goal, by, advice };
            }
            from.push(silent);
        }
        if from.is_empty() {
            Verdict::healthy(goal)
        } else {
            Verdict::drifted(say::marks(from), goal)
        }
    }

    fn findings(want: &Desired, seen: &Seen, at: &Context) -> Vec<Found> {
        if !seen.listener {
            return vec![Finding::ListenerGone.into()];
        }
        let mut found = Vec::new();
        let stuck = if at.moving { owner(seen, want.number) } else { owner(seen, at.port) };
        if let Some(intruder) = stuck {
            found.push(
                Found::from(Finding::PortTaken)
                    .with("port", at.port.to_string())
                    .with("owner", intruder.name()),
            );
        }
        match seen.number {
            Some(number) if number == u32::from(at.port) => {}
            Some(number) => {
                found.push(Found::from(Finding::PortMoved).with("port", number.to_string()));
            }
            None => found.push(Found::from(Finding::ListenerValueMissing).with("name", NUMBER)),
        }
        if seen.values.refused_by_policy() {
            let told = Found::from(Finding::ListenerLimit).with("value", "0").with("by", "policy");
            found.push(match &seen.values.policy_owner {
                Owner::Policy(name) => told.with("policy", name.as_str()),
                Owner::Unknown | Owner::Nobody => told,
            });
        }
        found.extend(seen.values.wrong().into_iter().map(|wrong| wrong.found));
        if found.is_empty() && is_mute(seen, at) {
            let silent = Found::from(Finding::ListenerSilent).with("port", at.port.to_string());
            found.push(match &seen.values.library {
                Library::Foreign(path) => silent.with("library", path.as_str()),
                Library::Own | Library::None(_) => silent,
            });
        }
        found.extend(seen.values.remarks());
        found
    }

    fn mend(_: &Desired, seen: &Seen, at: &Context) -> Vec<Step> {
        let purpose = |seed| Purpose { facet: Self::ID, seed, why: step::clients_connect(at.port) };
        let mut steps = Vec::new();
        let may_go = |intruder: &&Intruder| refusal(intruder, at).is_none();
        if let Some(intruder) = owner(seen, at.port).filter(may_go) {
            for service in &intruder.services {
                steps.push(
                    purpose("Azure 1.2")
                        .guest(
                            GuestAction::SetServiceStart {
                                service: service.clone(),
                                start: StartType::Manual,
                            },
                            step::starts_by_itself(service),
                            step::start(service, StartType::Manual.name()),
                        )
                        .guarded(Guarded::StopService),
                );
                steps.push(
                    purpose("Azure 1.2")
                        .guest(
                            GuestAction::StopService { service: service.clone() },
                            say::belongs_to(at.port, intruder.name()),
                            step::service_stopped(service),
                        )
                        .guarded(Guarded::StopService)
                        .disrupting(Disruption::RestartsRdp),
                );
            }
        }
        let wrong = seen.values.wrong();
        steps.extend(wrong.into_iter().map(|wrong| set(&purpose("Azure 1"), wrong)));
        if seen.number != Some(u32::from(at.port)) {
            let before = seen.number.map_or_else(say::no_number, say::port);
            let number = u32::from(at.port);
            let number = Wrong {
                name: NUMBER,
                was: seen.number.map(RegData::Dword),
                good: RegData::Dword(number),
                said: before,
                found: Finding::PortMoved.into(),
            };
            let step = set(&purpose("Azure 1.3"), number);
            steps.push(at.guarding_the_move(step));
        }
        if steps.is_empty() {
            steps.push(
                purpose("Azure 1.2")
                    .guest(
                        GuestAction::RestartRdp { session_env: false },
                        step::does_not_listen(at.port),
                        step::listens(at.port),
                    )
                    .disrupting(Disruption::RestartsRdp)
                    .irreversible(),
            );
        }
        steps
    }
}

fn owner(seen: &Seen, port: u16) -> Option<&Intruder> {
    seen.others.iter().find(|(other, _)| *other == port).map(|(_, intruder)| intruder)
}

/// On which port RDP is to be, and whether it is moved away from an intruder to get there. Stopping the intruder comes
/// first where its guard lets us; RDP that was moved once stays where it is, since both ports are declared.
pub(crate) fn destination(want: Desired, seen: Option<&Seen>, at: &Context) -> (u16, bool) {
    let stays = (want.number, false);
    let (Some(other), Some(seen)) = (want.otherwise, seen) else { return stays };
    if seen.number == Some(u32::from(other)) {
        return (other, false);
    }
    let stuck = owner(seen, want.number).is_some_and(|intruder| refusal(intruder, at).is_some());
    if stuck && at.may_move_port { (other, true) } else { stays }
}

/// On which of the declared ports RDP listens by its own setting.
pub(crate) fn present(want: Desired, guest: &GuestSurvey) -> u16 {
    let number = guest.registry.dword(RDP_TCP, "PortNumber").ok().flatten();
    want.otherwise.filter(|other| number == Some(u32::from(*other))).unwrap_or(want.number)
}

const NUMBER: &str = "PortNumber";

/// `TermService` runs, nothing refuses connections, and it does not listen. While the service is stopped or connections
/// are denied, that says nothing: those facets speak.
fn is_mute(seen: &Seen, at: &Context) -> bool {
    seen.term_service_runs && !seen.values.denied && !seen.own.contains(&at.port)
}

fn set(purpose: &Purpose, wrong: Wrong) -> Step {
    let Wrong { name, was, good, said, .. } = wrong;
    let setting = if name == NUMBER { Setting::ListenerPort } else { Setting::Listener };
    let after = match &good {
        RegData::Dword(number) => say::value(name, *number),
        RegData::Sz(text) | RegData::ExpandSz(text) => say::value(name, text),
        RegData::Qword(_) | RegData::MultiSz(_) | RegData::Binary(_) | RegData::Other(..) => {
            say::as_windows_has_it(name)
        }
    };
    purpose
        .guest(
            GuestAction::SetRegistry {
                key: RDP_TCP.to_owned(),
                name: name.to_owned(),
                data: good,
                setting,
            },
            said,
            after,
        )
        .disrupting(Disruption::RestartsRdp)
        .expecting(vec![Check::Registry {
            key: RDP_TCP.to_owned(),
            name: name.to_owned(),
            data: was,
        }])
}

rdpctl_model::says! { "port":
    term_service_on(port);
    belongs_to_another_as_well(port);
    taken();
    declare_another();
    listener_gone();
    listener_destroyed();
    import_the_listener();
    none_by_policy();
    policy_limit();
    change_the_policy();
    no_number();
    port(port);
    it_belongs_to(owner);
    belongs_to(port, owner);
    silent(port);
    value(name, value);
    as_windows_has_it(name);
    marks(all);
}
