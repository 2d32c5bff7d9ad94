//! A way back in for the worst case: the serial console and crash dumps are enabled.

use rdpctl_model::guest::{Answer, KeyAnswer, RegData, Registry};
use rdpctl_model::step::{Check, Disruption, Guarded, Setting};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Said, Step, Survey, Verdict};
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::CRASH_CONTROL;
pub use crate::recovery_wish::Desired;
use crate::recovery_wish::Seconds;
use crate::steps::say as step;

/// The facet.
pub struct Recovery;

const MANAGER: &str = r"hklm\bcd00000000\objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\elements";
/// The boot manager inherits from here what it has not itself.
const EMS_SETTINGS: &str =
    r"hklm\bcd00000000\objects\{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}\elements";

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// EMS of the default boot entry.
    ems: bool,
    /// How long the boot menu waits, where it is shown, on the serial console as well.
    menu: Option<u64>,
    /// `CrashDumpEnabled`; 0 is none.
    dump: Option<u32>,
    /// `DumpFile`, unexpanded.
    file: Option<String>,
    /// `NMICrashDump`; absent counts as on.
    nmi: Option<u32>,
}

/// Something that is not as it is wished: what it is, and what it should be.
struct Difference {
    from: Said,
    to: Said,
    mend: Mend,
}

enum Mend {
    Console,
    Menu(Seconds),
    Value { name: &'static str, was: Option<RegData>, data: RegData },
}

impl Facet for Recovery {
    const ID: FacetId = FacetId::Recovery;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "The serial console (EMS) and crash dumps are enabled.",
        declare: "recovery = \"enabled\"   (or any of { ems = true, boot-menu = 5, dump = \"kernel\", dump-file = '%SystemRoot%\\MEMORY.DMP', nmi = true })",
        reads: &[
            "the boot configuration's default entry: EMS, by the registry's view of it",
            "the boot manager's menu, timeout and EMS, its own or inherited",
            r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl: CrashDumpEnabled, DumpFile, NMICrashDump",
        ],
        healthy: "\"enabled\": EMS on, some kind of dump on, a dump on NMI not refused; else each part that is named",
        sets: &[
            "bcdedit /ems {current} on, /emssettings EMSPORT:1 EMSBAUDRATE:115200",
            "where a boot menu is wished: bcdedit /set {bootmgr} displaybootmenu yes, timeout, bootems yes",
            "CrashDumpEnabled, DumpFile, NMICrashDump = 1",
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
                instead: "EMS alone; boot-menu = 5 for those who want the menu",
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
            menu: menu(registry)?,
            dump: registry.dword(CRASH_CONTROL, "CrashDumpEnabled")?,
            file: registry.text(CRASH_CONTROL, "DumpFile")?.map(str::to_owned),
            nmi: registry.dword(CRASH_CONTROL, "NMICrashDump")?,
        })
    }

    fn judge(want: &Desired, seen: &Seen, _: &Context) -> Verdict {
        let differences = differences(want, seen);
        if differences.is_empty() {
            return Verdict::healthy(say::enabled());
        }
        let from: Vec<Said> = differences.into_iter().map(|one| one.from).collect();
        Verdict::drifted(say::marks(from), say::enabled())
    }

    fn findings(want: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        let mut found: Vec<Finding> = differences(want, seen)
            .iter()
            .map(|one| match one.mend {
                Mend::Console | Mend::Menu(_) => Finding::ConsoleOff,
                Mend::Value { .. } => Finding::DumpsOff,
            })
            .collect();
        found.dedup();
        found.into_iter().map(Found::from).collect()
    }

    fn mend(want: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose = Purpose { facet: Self::ID, seed: "Azure 4.2", why: step::what_is_left() };
        differences(want, seen)
            .into_iter()
            .map(|Difference { from, to, mend }| match mend {
                Mend::Console => purpose.guest(GuestAction::EnableSerialConsole, from, to),
                Mend::Menu(seconds) => {
                    purpose.guest(GuestAction::ShowBootMenu { seconds: seconds.0 }, from, to)
                }
                Mend::Value { name, was, data } => {
                    let (key, name) = (CRASH_CONTROL.to_owned(), name.to_owned());
                    let expected =
                        Check::Registry { key: key.clone(), name: name.clone(), data: was };
                    let action =
                        GuestAction::SetRegistry { key, name, data, setting: Setting::CrashDump };
                    purpose.guest(action, from, to).expecting(vec![expected])
                }
            })
            .map(|step| step.disrupting(Disruption::Reboots).guarded(Guarded::Reboot))
            .collect()
    }
}

/// How long the menu waits, where it is shown on the serial console as well.
fn menu(registry: &Registry) -> Answer<Option<u64>> {
    let element = |object: &str, id: &str| -> Answer<Option<u64>> {
        let data = registry.value(&format!(r"{object}\{id}"), "Element")?;
        Ok(data.and_then(number))
    };
    let shown = element(MANAGER, "26000020")?;
    let console = match element(MANAGER, "16000020")? {
        Some(own) => Some(own),
        // A tree that was read says nothing of what it has not.
        None => match element(EMS_SETTINGS, "16000020") {
            Ok(inherited) => inherited,
            Err(Gap::NotAsked) => None,
            Err(gap) => return Err(gap),
        },
    };
    // Windows' own wait where none is set.
    let waits = element(MANAGER, "25000004")?.unwrap_or(30);
    let on = |flag: Option<u64>| flag.is_some_and(|flag| flag != 0);
    Ok((on(shown) && on(console)).then_some(waits))
}

/// An element's bytes as a number: one to eight of them.
fn number(data: &RegData) -> Option<u64> {
    let RegData::Binary(bytes) = data else { return None };
    let mut wide = [0; 8];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(u64::from_le_bytes(wide))
}

fn differences(want: &Desired, seen: &Seen) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut differs = |from: Said, to: Said, mend| all.push(Difference { from, to, mend });
    let value = |name, was: Option<RegData>, data| Mend::Value { name, was, data };
    if want.ems.is_some() && !seen.ems {
        differs(say::console_off(), say::console_on(), Mend::Console);
    }
    if let Some(wait) = want.boot_menu
        && seen.menu != Some(u64::from(wait.0))
    {
        let from = seen.menu.map_or_else(say::no_menu, say::menu);
        differs(from, say::menu(wait.0), Mend::Menu(wait));
    }
    if let Some(dump) = want.dump
        && !dump.is(seen.dump.unwrap_or(0))
    {
        let (name, number) = ("CrashDumpEnabled", dump.number());
        let from = match seen.dump {
            None | Some(0) => say::no_dump(),
            Some(set) => say::value(name, set),
        };
        let mend = value(name, seen.dump.map(RegData::Dword), RegData::Dword(number));
        differs(from, say::value(name, number), mend);
    }
    if let Some(file) = &want.dump_file
        && !seen.file.as_ref().is_some_and(|set| set.eq_ignore_ascii_case(&file.0))
    {
        let from = seen.file.as_ref().map_or_else(say::no_file, say::file);
        let was = seen.file.clone().map(RegData::ExpandSz);
        let mend = value("DumpFile", was, RegData::ExpandSz(file.0.clone()));
        differs(from, say::file(&file.0), mend);
    }
    if want.nmi.is_some() && seen.nmi == Some(0) {
        let mend = value("NMICrashDump", Some(RegData::Dword(0)), RegData::Dword(1));
        differs(say::no_nmi(), say::value("NMICrashDump", 1), mend);
    }
    all
}

rdpctl_model::says! { "recovery":
    enabled();
    console_off();
    console_on();
    no_menu();
    menu(seconds);
    no_dump();
    value(name, value);
    no_file();
    file(path);
    no_nmi();
    marks(all);
}
