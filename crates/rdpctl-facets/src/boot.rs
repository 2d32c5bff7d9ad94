//! Normal startup: no safe mode, and no selective or diagnostic startup that keeps services off.

use std::collections::BTreeMap;

use rdpctl_model::guest::{BootNames, GuestSurvey, RegData};
use rdpctl_model::step::{
    BootElement, Check, Disruption, Guarded, Setting, StartType, service_key,
};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Said, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::Manual;
use crate::paths::{MSCONFIG, SAFEBOOT_OPTION};
use crate::steps::say as step;

/// The facet.
pub struct Boot;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// Normal startup.
    Normal,
}

/// The marks of an unusual startup.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// Safe mode in this session: 1 minimal, 2 network, 3 directory repair.
    safe_now: Option<u32>,
    /// Elements of the default boot entry that bring safe mode at the next start.
    safe_next: Vec<BootElement>,
    /// The mode that they bring, by the boot store's own number: 0 minimal, 1 network, 2 directory repair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_mode: Option<u8>,
    /// Values of msconfig's state that are not 0.
    selective: BTreeMap<String, u32>,
    /// Whether the boot store names a disk that is not its own.
    #[serde(default, skip_serializing_if = "is_own_disk")]
    names_another_disk: bool,
    /// Services that msconfig switched off, with the start type they had and the one they have.
    switched_off: BTreeMap<String, SwitchedOff>,
}

/// Evidence that says nothing of it is that of a Windows which was started from its own disk.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_own_disk(names_another: &bool) -> bool {
    !*names_another
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct SwitchedOff {
    had: Option<u32>,
    has: Option<u32>,
}

const STATE_VALUES: [&str; 5] = ["bootini", "services", "startup", "system.ini", "win.ini"];

impl Facet for Boot {
    const ID: FacetId = FacetId::Boot;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "Windows starts normally.",
        declare: "boot = \"normal\"",
        reads: &[
            r"HKLM\SOFTWARE\Microsoft\Shared Tools\MSConfig: state, and the services it switched off",
            r"HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot\Option: safe mode in this session",
            "the boot configuration's default entry: safeboot, safebootalternateshell",
            "of a disk in the hand: whether that entry's devices name this very disk",
        ],
        healthy: "no safe mode now or at the next start, msconfig's state all 0, no services switched off by it",
        sets: &[
            "each switched-off service's former start type, and msconfig's record of it removed",
            "msconfig's state values to 0",
            "bcdedit /deletevalue {current} safeboot",
            "on a disk in the hand, with the guard disk-identity: the disk that the default entry names",
        ],
        risk: "A reboot, where Windows is in safe mode or a service that starts with Windows had been switched off.",
        undo: "The journal keeps the way back, which writes the former values.",
        seed: &[
            "Tencent 5.10: msconfig shows normal startup",
            "Azure 4.2: the OS disk is repaired offline and put back",
        ],
        pages: &[
            "https://learn.microsoft.com/troubleshoot/windows-client/performance/system-configuration-utility-troubleshoot-configuration-errors",
        ],
        errata: &[],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let guest = survey.guest.as_ref().map_err(Clone::clone)?;
        let registry = &guest.registry;
        let safe_now = registry.dword(SAFEBOOT_OPTION, "OptionValue")?;
        let mut selective = BTreeMap::new();
        // The tree's root is asked for with its subkeys; an absent root means that msconfig was never used.
        if registry.key(MSCONFIG)?.is_some() {
            for name in STATE_VALUES {
                let state = format!(r"{MSCONFIG}\state").to_ascii_lowercase();
                if registry.keys.contains_key(&state)
                    && let Some(number) =
                        registry.dword(&state, name)?.filter(|number| *number != 0)
                {
                    selective.insert(name.to_owned(), number);
                }
            }
        }
        Ok(Seen {
            safe_now,
            safe_next: safe_next(guest)?,
            next_mode: next_mode(guest),
            names_another_disk: guest.boot_names == Ok(BootNames::AnotherDisk),
            selective,
            switched_off: switched_off(guest),
        })
    }

    fn judge(_: &Desired, seen: &Seen, _: &Context) -> Verdict {
        let mut marks = Vec::new();
        if let Some(mode) = seen.safe_now {
            marks.push(say::safe_mode(safe_mode(mode)));
        }
        if !seen.safe_next.is_empty() && seen.safe_now.is_none() {
            marks.push(match seen.next_mode {
                None => say::safe_next(),
                Some(mode) => say::safe_next_kind(safe_mode(u32::from(mode) + 1)),
            });
        }
        if seen.names_another_disk {
            marks.push(say::another_disk());
        }
        if !seen.selective.is_empty() || !seen.switched_off.is_empty() {
            marks.push(match seen.switched_off.len() {
                0 => say::selective(),
                1 => say::selective_one(seen.switched_off.keys().next().map_or("", |name| name)),
                count => say::selective_many(count),
            });
        }
        if marks.is_empty() {
            Verdict::healthy(say::normal())
        } else {
            Verdict::drifted(say::marks(marks), say::normal())
        }
    }

    fn findings(_: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        let safe = match (seen.safe_now, seen.safe_next.is_empty()) {
            (Some(mode), _) if mode != NETWORK => Some(Finding::BootNoNetwork),
            (Some(_), _) => Some(Finding::BootSafe),
            (None, false) => Some(Finding::BootSafeNext),
            (None, true) => None,
        };
        // Where it will be without network, nobody gets there any more once it is restarted.
        let cut = (seen.safe_now.is_none() && seen.next_mode.is_some_and(|mode| mode != 1))
            .then_some(Finding::BootNoNetwork);
        let selective = (!seen.selective.is_empty() || !seen.switched_off.is_empty())
            .then_some(Finding::BootSelective);
        let elsewhere = seen.names_another_disk.then_some(Finding::BootOtherDisk);
        elsewhere.into_iter().chain(safe).chain(cut).chain(selective).map(Found::from).collect()
    }

    fn mend(_: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose =
            Purpose { facet: Self::ID, seed: "Tencent 5.10", why: step::unusual_startup() };
        let mut steps = Vec::new();
        steps.extend(seen.names_another_disk.then(name_this_disk));
        for (service, state) in &seen.switched_off {
            // Somebody may have enabled it since: then only msconfig's record is stale.
            if state.has == Some(StartType::Disabled.number()) {
                let start = state.had.and_then(StartType::from_number).unwrap_or(StartType::Manual);
                let mut step = purpose
                    .guest(
                        GuestAction::SetServiceStart { service: service.clone(), start },
                        step::disabled_by_msconfig(service),
                        step::start(service, start.name()),
                    )
                    .expecting(vec![Check::Registry {
                        key: service_key(service),
                        name: "Start".to_owned(),
                        data: state.has.map(RegData::Dword),
                    }]);
                if matches!(start, StartType::Boot | StartType::System) {
                    step = step.disrupting(Disruption::Reboots).guarded(Guarded::Reboot);
                }
                steps.push(step);
            }
            steps.push(purpose.guest(
                GuestAction::DeleteRegistryKey {
                    key: format!(r"{MSCONFIG}\services\{service}"),
                    setting: Setting::Startup,
                },
                step::on_the_list(service),
                step::off_the_list(service),
            ));
        }
        for (name, number) in &seen.selective {
            let key = format!(r"{MSCONFIG}\state");
            steps.push(
                purpose
                    .guest(
                        GuestAction::SetRegistry {
                            key: key.clone(),
                            name: name.clone(),
                            data: RegData::Dword(0),
                            setting: Setting::Startup,
                        },
                        step::msconfig(name, *number),
                        step::msconfig(name, 0_u32),
                    )
                    .expecting(vec![Check::Registry {
                        key,
                        name: name.clone(),
                        data: Some(RegData::Dword(*number)),
                    }]),
            );
        }
        for element in &seen.safe_next {
            let word = match element {
                BootElement::Safeboot => "safeboot",
                BootElement::SafebootAlternateShell => "safebootalternateshell",
            };
            steps.push(
                purpose
                    .guest(
                        GuestAction::DeleteBootElement { element: *element },
                        step::is_set(word),
                        step::absent(word),
                    )
                    .disrupting(if seen.safe_now.is_some() {
                        Disruption::Reboots
                    } else {
                        Disruption::None
                    }),
            );
        }
        if seen.safe_now.is_some() {
            for step in &mut steps {
                step.disruption = Disruption::Reboots;
                if !step.guards.contains(&Guarded::Reboot) {
                    step.guards.push(Guarded::Reboot);
                }
            }
        }
        steps
    }
}

/// The one thing that lets a disk start again whose identity is another.
fn name_this_disk() -> Step {
    let purpose = Purpose { facet: FacetId::Boot, seed: "Azure 4.2", why: step::loader_looks() };
    purpose
        .guest(GuestAction::NameThisDisk, say::another_disk(), step::this_disk())
        .guarded(Guarded::DiskIdentity)
}

/// Safe mode with network, as Windows numbers it once it runs.
const NETWORK: u32 = 2;

fn safe_mode(mode: u32) -> Said {
    match mode {
        1 => say::minimal(),
        2 => say::network(),
        3 => say::directory_repair(),
        _ => say::unknown_kind(),
    }
}

/// Boot elements lie in the boot configuration's own hive, under the default entry's id.
fn safe_next(guest: &GuestSurvey) -> Result<Vec<BootElement>, Gap> {
    let mut found = Vec::new();
    for (suffix, element) in [
        (r"\elements\25000080", BootElement::Safeboot),
        (r"\elements\26000081", BootElement::SafebootAlternateShell),
    ] {
        for (key, answer) in &guest.registry.keys {
            if !key.starts_with(r"hklm\bcd00000000\objects\") || !key.ends_with(suffix) {
                continue;
            }
            match answer {
                rdpctl_model::guest::KeyAnswer::Present(_) => found.push(element),
                rdpctl_model::guest::KeyAnswer::Value(..)
                | rdpctl_model::guest::KeyAnswer::Absent => {}
                rdpctl_model::guest::KeyAnswer::Gap(gap) => return Err(gap.clone()),
            }
        }
    }
    Ok(found)
}

/// The mode of the next start, where the boot store names one.
fn next_mode(guest: &GuestSurvey) -> Option<u8> {
    guest.registry.keys.iter().find_map(|(key, answer)| {
        let is_it =
            key.starts_with(r"hklm\bcd00000000\objects\") && key.ends_with(r"\elements\25000080");
        match answer {
            rdpctl_model::guest::KeyAnswer::Present(values) if is_it => {
                match values.get("element") {
                    Some(RegData::Binary(bytes)) => bytes.first().copied(),
                    Some(_) | None => None,
                }
            }
            rdpctl_model::guest::KeyAnswer::Present(_)
            | rdpctl_model::guest::KeyAnswer::Value(..)
            | rdpctl_model::guest::KeyAnswer::Absent
            | rdpctl_model::guest::KeyAnswer::Gap(_) => None,
        }
    })
}

fn switched_off(guest: &GuestSurvey) -> BTreeMap<String, SwitchedOff> {
    let root = format!(r"{MSCONFIG}\services");
    guest
        .registry
        .below(&root)
        .filter_map(|(key, values)| {
            let name = &key[root.len() + 1..];
            if name.contains('\\') {
                return None;
            }
            let had = match values.get(name) {
                Some(RegData::Dword(number)) => Some(*number),
                Some(_) | None => None,
            };
            // Services outside the observation's list are known only by msconfig's record.
            let has = guest
                .registry
                .dword(&service_key(name), "Start")
                .unwrap_or(Some(StartType::Disabled.number()));
            Some((known_spelling(name), SwitchedOff { had, has }))
        })
        .collect()
}

/// Registry answers are kept in lower case; the services that people know are shown as they know them.
fn known_spelling(name: &str) -> String {
    const KNOWN: [&str; 8] = [
        "TermService",
        "SessionEnv",
        "UmRdpService",
        "MpsSvc",
        "BFE",
        "CryptSvc",
        "WinRM",
        "CertPropSvc",
    ];
    KNOWN
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .map_or_else(|| name.to_owned(), |known| (*known).to_owned())
}

rdpctl_model::says! { "boot":
    normal();
    safe_mode(kind);
    minimal();
    network();
    directory_repair();
    unknown_kind();
    safe_next();
    safe_next_kind(kind);
    another_disk();
    selective();
    selective_one(service);
    selective_many(count);
    marks(all);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The findings of a start: the mode that runs, and the mode of the next start by the boot store's own number.
    fn found(now: Option<u32>, next: Option<u8>, names_another_disk: bool) -> Vec<Finding> {
        let at = Context::plain(
            jiff::Timestamp::UNIX_EPOCH,
            3389,
            rdpctl_model::declaration::ProviderKind::Static,
        );
        let seen = Seen {
            safe_now: now,
            safe_next: next.map(|_| BootElement::Safeboot).into_iter().collect(),
            next_mode: next,
            selective: BTreeMap::new(),
            names_another_disk,
            switched_off: BTreeMap::new(),
        };
        Boot::findings(&Desired::Normal, &seen, &at).iter().map(|found| found.finding).collect()
    }

    #[test]
    fn safe_mode_without_network_is_told_from_safe_mode_with_it() {
        assert!(found(None, None, false).is_empty());
        assert_eq!(found(Some(1), None, false), [Finding::BootNoNetwork]);
        assert_eq!(found(Some(2), None, false), [Finding::BootSafe]);
        assert_eq!(found(None, Some(1), false), [Finding::BootSafeNext]);
        assert_eq!(found(None, Some(0), false), [Finding::BootSafeNext, Finding::BootNoNetwork]);
        assert_eq!(found(None, None, true), [Finding::BootOtherDisk]);
    }
}
