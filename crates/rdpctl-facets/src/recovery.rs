//! A way back in for the worst case: the serial console and crash dumps are enabled.

use rdpctl_model::guest::{KeyAnswer, RegData};
use rdpctl_model::step::{Check, Disruption, Guarded, Setting};
use rdpctl_model::{FacetId, Gap, GuestAction, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::CRASH_CONTROL;

/// The facet.
pub struct Recovery;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// Serial console on, dumps on.
    Enabled,
}

/// What was found of the two.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// EMS of the default boot entry.
    ems: bool,
    /// `CrashDumpEnabled`; 0 is none.
    dump: Option<u32>,
    /// `NMICrashDump`; absent counts as on.
    nmi: Option<u32>,
}

impl Facet for Recovery {
    const ID: FacetId = FacetId::Recovery;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "The serial console (EMS) and crash dumps are enabled.",
        declare: "recovery = \"enabled\"",
        reads: &[
            "the boot configuration's default entry: EMS, by the registry's view of it",
            r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl: CrashDumpEnabled, NMICrashDump",
        ],
        healthy: "EMS on, some kind of dump on, a dump on NMI not refused",
        sets: &[
            "bcdedit /ems {current} on, /emssettings EMSPORT:1 EMSBAUDRATE:115200",
            "CrashDumpEnabled = 1, NMICrashDump = 1",
        ],
        risk: "Takes effect at the next boot; one reboot.",
        undo: "The journal keeps the way back, which turns EMS off again and writes the former values.",
        seed: &["Azure 4.2: enable dump log and serial console"],
        pages: &[
            "https://learn.microsoft.com/troubleshoot/azure/virtual-machines/serial-console-windows",
        ],
        errata: &[
            Erratum {
                says: "bcdedit /set {bootmgr} displaybootmenu yes, timeout 5",
                wrong: "every boot is delayed, and EMS does not need it",
                instead: "EMS alone",
            },
            Erratum {
                says: r"reg load HKLM\BROKENSYSTEM F:\windows\system32\config\SYSTEM.hiv",
                wrong: "the file is called SYSTEM, without an extension",
                instead: "SYSTEM",
            },
        ],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let registry = &survey.guest.as_ref().map_err(Clone::clone)?.registry;
        let mut ems = false;
        let mut asked = false;
        for (key, answer) in &registry.keys {
            if !key.starts_with(r"hklm\bcd00000000\objects\")
                || !key.ends_with(r"\elements\260000b0")
            {
                continue;
            }
            asked = true;
            match answer {
                KeyAnswer::Present(values) => {
                    ems |= values.values().any(|data| *data == RegData::Binary(vec![1]));
                }
                KeyAnswer::Value(..) | KeyAnswer::Absent => {}
                KeyAnswer::Gap(gap) => return Err(gap.clone()),
            }
        }
        if !asked {
            return Err(Gap::NotAsked);
        }
        Ok(Seen {
            ems,
            dump: registry.dword(CRASH_CONTROL, "CrashDumpEnabled")?,
            nmi: registry.dword(CRASH_CONTROL, "NMICrashDump")?,
        })
    }

    fn judge(_: &Desired, seen: &Seen, _: &Context) -> Verdict {
        let mut missing = Vec::new();
        if !seen.ems {
            missing.push("serial console off");
        }
        if seen.dump.unwrap_or(0) == 0 {
            missing.push("no crash dump");
        }
        if seen.nmi == Some(0) {
            missing.push("no dump on NMI");
        }
        if missing.is_empty() {
            Verdict::healthy("enabled")
        } else {
            Verdict::drifted(missing.join(", "), "enabled")
        }
    }

    fn mend(_: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose = Purpose {
            facet: Self::ID,
            seed: "Azure 4.2",
            why: "when nothing else answers, the serial console and a dump are what is left"
                .to_owned(),
        };
        let mut steps = Vec::new();
        if !seen.ems {
            steps.push(purpose.guest(
                GuestAction::EnableSerialConsole,
                "serial console off",
                "serial console on",
            ));
        }
        for (name, was, wrong) in [
            ("CrashDumpEnabled", seen.dump, seen.dump.unwrap_or(0) == 0),
            ("NMICrashDump", seen.nmi, seen.nmi == Some(0)),
        ] {
            if wrong {
                steps.push(
                    purpose
                        .guest(
                            GuestAction::SetRegistry {
                                key: CRASH_CONTROL.to_owned(),
                                name: name.to_owned(),
                                data: RegData::Dword(1),
                                setting: Setting::CrashDump,
                            },
                            format!(
                                "{name} = {}",
                                was.map_or_else(|| "absent".to_owned(), |was| was.to_string())
                            ),
                            format!("{name} = 1"),
                        )
                        .expecting(vec![Check::Registry {
                            key: CRASH_CONTROL.to_owned(),
                            name: name.to_owned(),
                            data: was.map(RegData::Dword),
                        }]),
                );
            }
        }
        steps
            .into_iter()
            .map(|step| step.disrupting(Disruption::Reboots).guarded(Guarded::Reboot))
            .collect()
    }
}
