//! The RDP private key is readable by those who must read it: SYSTEM and NETWORK SERVICE.

use rdpctl_model::action::{Binds, OwnAction};
use rdpctl_model::guest::{Answer, KeyMend, Registry, RunsAs};
use rdpctl_model::sddl::{FULL, NETWORK_SERVICE, READ, SYSTEM, grants};
use rdpctl_model::step::{Disruption, KeyHolder};
use rdpctl_model::{FacetId, Finding, Found, Gap, Said, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::certificate_held::own_certificate;
use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::{CRYPTOGRAPHY, RDP_CERTIFICATES, WINDOWS_VERSION};
use crate::steps::say as step;
use crate::unknown;

/// The facet.
pub struct MachineKeys;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// The RDP key's ACL grants what a healthy Windows grants, and no more is granted by us.
    Healthy,
}

/// What was found of the key file. Its name, which differs between machines, is looked up when it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    key: Key,
    /// Builds from 17763 let `SessionEnv` hold the key; older ones Administrators.
    holder: KeyHolder,
    /// Whether the folder's own list is the healthy one.
    folder_healthy: bool,
    /// Why Windows finds no key where it looks for one, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nowhere: Option<Nowhere>,
    /// What has to be set aside, where the list cannot be set right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aside: Option<Aside>,
}

/// What Windows makes anew where a key's list cannot be set right on its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Aside {
    /// The key.
    Key,
    /// The key, and the certificate that belongs to it.
    KeyAndCertificate,
}

/// Why there is no place for keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Nowhere {
    /// `ProgramData` is there, and not where Windows has it.
    Moved(String),
    /// The folder itself is gone.
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Key {
    /// There is none: Windows makes one when it needs it.
    None,
    /// Those who must can read it.
    Readable,
    /// Not even SYSTEM may read its list: it must be taken over first.
    Locked,
    /// Somebody who must cannot.
    Faulty { faults: Vec<Fault> },
}

const FOLDER: &str = "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)";
const KEY_PREFIX: &str = "f686aace6942fb7f7ceb231212eef4a4_";

impl Facet for MachineKeys {
    const ID: FacetId = FacetId::MachineKeys;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "SYSTEM and NETWORK SERVICE can read the RDP private key.",
        declare: "machine-keys = \"healthy\"",
        reads: &[
            r"icacls /save of %ProgramData%\Microsoft\Crypto\RSA\MachineKeys and of its file f686aace…_MachineGuid",
            "the machine's guid, which tells the present key from a cloned image's leftovers",
            r"the value ProgramData of ProfileList: where Windows looks for all of that",
        ],
        healthy: "the key file gives SYSTEM full access and NETWORK SERVICE read, by their own or a common entry, and denies neither",
        sets: &[
            "icacls /remove:d and /grant by SID, on the one key file, with the list saved before and after",
            "takeown on that file where even reading the list was denied; the owner is given back to SYSTEM",
            "the folder's own entries along with it, without touching what is below",
            "on a disk whose volume holds no healthy list to name: sets the key aside and deletes its certificate; Windows makes both anew",
        ],
        risk: "One restart of TermService. Nothing is granted beyond what a healthy Windows grants.",
        undo: "The journal keeps the way back, which restores the saved list.",
        seed: &[
            "Azure 2.3: reset the permissions of MachineKeys",
            "Azure 4.3: the same on a mounted disk",
        ],
        pages: &[
            "https://learn.microsoft.com/troubleshoot/azure/virtual-machines/troubleshoot-rdp-internal-error",
        ],
        errata: &[
            Erratum {
                says: r#"icacls …\MachineKeys /t /c /grant "NT AUTHORITY\NETWORK SERVICE:(R)""#,
                wrong: "lets every service under that account read every private key of the machine, web servers' too",
                instead: "one file, by SID, and denials are removed first, which the document forgets",
            },
            Erratum {
                says: "takeown /f … /a /r",
                wrong: "re-owns all keys, and may stop at a translated question",
                instead: "one file, and only when reading it was denied",
            },
            Erratum {
                says: "remove-module psreadline icacls",
                wrong: "two commands glued together",
                instead: "neither is needed",
            },
        ],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let guest = survey.guest.as_ref().map_err(Clone::clone)?;
        let registry = &guest.registry;
        let name = file_name(registry)?;
        let build: u32 = registry
            .text(WINDOWS_VERSION, "CurrentBuild")?
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Gap::garbled(unknown::build_number()))?;
        let keys = match &guest.acl_keys {
            Ok(keys) => keys.as_slice(),
            // An administrator may be denied on a healthy machine; SYSTEM owns the key, and may not.
            Err(Gap::Denied { .. }) if guest.via.way().runs_as == RunsAs::System => {
                let holder = holder(build);
                return Ok(Seen {
                    key: Key::Locked,
                    holder,
                    folder_healthy: true,
                    aside: None,
                    nowhere: None,
                });
            }
            Err(gap) => return Err(gap.clone()),
        };
        let key = match keys.iter().find(|(file, _)| file.eq_ignore_ascii_case(&name)) {
            None => Key::None,
            Some((_, sddl)) => judge_key(sddl)?,
        };
        let folder_healthy = guest.acl_folder.as_ref().is_ok_and(|folder| folder.trim() == FOLDER);
        // A folder that differs is harmless while the key is readable, so it makes no difference then.
        let folder_healthy = folder_healthy || !matches!(key, Key::Faulty { .. });
        let aside = match (&key, guest.key_mend) {
            (Key::Faulty { .. }, KeyMend::Aside) => Some(match own_certificate(survey) {
                Some(_) => Aside::KeyAndCertificate,
                None => Aside::Key,
            }),
            (Key::None | Key::Readable | Key::Locked, KeyMend::Aside) | (_, KeyMend::List) => None,
        };
        let nowhere =
            if key == Key::Readable { None } else { nowhere(registry, &guest.acl_folder) };
        Ok(Seen { key, holder: holder(build), folder_healthy, aside, nowhere })
    }

    fn judge(_: &Desired, seen: &Seen, _: &Context) -> Verdict {
        if let Some(nowhere) = &seen.nowhere {
            return nowhere.verdict();
        }
        match &seen.key {
            Key::None => Verdict::healthy(say::none_yet()),
            Key::Readable => Verdict::healthy(say::readable()),
            Key::Locked => Verdict::drifted(say::locked(), say::goal()),
            Key::Faulty { faults } => Verdict::drifted(said_all(faults), say::goal()),
        }
    }

    fn findings(_: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        match &seen.nowhere {
            Some(Nowhere::Moved(path)) => {
                return vec![Found::from(Finding::ProgramDataMoved).with("path", path.as_str())];
            }
            Some(Nowhere::Gone) => return vec![Finding::KeyFolderGone.into()],
            None => {}
        }
        match &seen.key {
            Key::None | Key::Readable => Vec::new(),
            Key::Locked | Key::Faulty { .. } => vec![Finding::KeyUnreadable.into()],
        }
    }

    fn mend(_: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let (before, take_ownership) = match &seen.key {
            Key::None | Key::Readable => return Vec::new(),
            Key::Locked => (say::locked(), true),
            Key::Faulty { faults } => (said_all(faults), false),
        };
        let purpose = Purpose { facet: Self::ID, seed: "Azure 2.3", why: step::unreadable_key() };
        if let Some(aside) = seen.aside {
            let key = purpose.own(OwnAction::RetireKey, before, step::key_aside());
            let certificate = match aside {
                Aside::Key => None,
                Aside::KeyAndCertificate => Some(purpose.own(
                    OwnAction::DeleteCertificate,
                    step::of_the_key_aside(),
                    step::windows_makes_one(),
                )),
            };
            return std::iter::once(key).chain(certificate).collect();
        }
        vec![
            purpose
                .own(
                    OwnAction::RepairKeyAcl {
                        third: seen.holder,
                        take_ownership,
                        folder: !seen.folder_healthy,
                    },
                    before,
                    say::goal(),
                )
                .disrupting(Disruption::RestartsRdp),
        ]
    }

    fn bind(_: &Desired, survey: &Survey, _: &Context, binds: &mut Binds) {
        let Ok(guest) = &survey.guest else { return };
        let Ok(name) = file_name(&guest.registry) else { return };
        // The file's own spelling where it was listed; where it was not, Windows does not tell case apart.
        let listed = guest.acl_keys.as_deref().unwrap_or_default();
        let file = listed.iter().find(|(file, _)| file.eq_ignore_ascii_case(&name));
        binds.key_file = Some(file.map_or(name, |(file, _)| file.clone()));
        if guest.key_mend == KeyMend::Aside
            && let Some(thumbprint) = own_certificate(survey)
        {
            binds.certificate = Some(format!(r"{RDP_CERTIFICATES}\{thumbprint}"));
        }
    }
}

impl Nowhere {
    fn verdict(&self) -> Verdict {
        let to = say::goal();
        match self {
            Self::Moved(path) => Verdict::Blocked {
                from: say::moved(path),
                to,
                by: say::profile_list_changed(),
                advice: say::move_it_back(),
            },
            Self::Gone => Verdict::Blocked {
                from: say::folder_gone(),
                to,
                by: say::no_place_for_keys(),
                advice: say::make_the_folder(),
            },
        }
    }
}

/// Why Windows finds no key where it looks for one.
fn nowhere(registry: &Registry, folder: &Answer<String>) -> Option<Nowhere> {
    let moved = registry.text(PROFILE_LIST, "ProgramData").ok().flatten().filter(|path| {
        let path = path.trim().trim_end_matches('\\').to_ascii_lowercase();
        let own = path.strip_suffix(r"\programdata").unwrap_or_default();
        own != "%systemdrive%" && own != "c:"
    });
    if let Some(path) = moved {
        return Some(Nowhere::Moved(path.to_owned()));
    }
    folder.as_ref().is_ok_and(String::is_empty).then_some(Nowhere::Gone)
}

const PROFILE_LIST: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList";

/// The key that belongs to this machine; others are leftovers of a cloned image.
fn file_name(registry: &Registry) -> Result<String, Gap> {
    let guid = registry
        .text(CRYPTOGRAPHY, "MachineGuid")?
        .ok_or_else(|| Gap::garbled(say::machine_guid()))?;
    let name = format!("{KEY_PREFIX}{guid}");
    // The guest says it, and it is to stand on a command line.
    match rdpctl_model::action::spelling::file(&name) {
        Ok(()) => Ok(name),
        Err(_) => Err(Gap::garbled(say::machine_guid())),
    }
}

/// Builds from 17763 let `SessionEnv` hold the key; older ones Administrators.
const fn holder(build: u32) -> KeyHolder {
    if build >= 17_763 { KeyHolder::SessionEnv } else { KeyHolder::Administrators }
}

/// What is wrong with the access list of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fault {
    /// The service that serves the certificate cannot read it.
    NetworkServiceCannotRead,
    /// Windows itself has not all of it.
    SystemNotFull,
}

impl Fault {
    fn said(self) -> Said {
        match self {
            Self::NetworkServiceCannotRead => say::network_service_cannot_read(),
            Self::SystemNotFull => say::system_not_full(),
        }
    }
}

fn said_all(faults: &[Fault]) -> Said {
    say::faults(faults.iter().map(|fault| fault.said()).collect::<Vec<_>>())
}

fn judge_key(sddl: &str) -> Result<Key, Gap> {
    let garbled = || Gap::garbled(say::access_list());
    let mut faults = Vec::new();
    if !grants(sddl, NETWORK_SERVICE, READ).ok_or_else(garbled)? {
        faults.push(Fault::NetworkServiceCannotRead);
    }
    if !grants(sddl, SYSTEM, FULL).ok_or_else(garbled)? {
        faults.push(Fault::SystemNotFull);
    }
    Ok(if faults.is_empty() { Key::Readable } else { Key::Faulty { faults } })
}

rdpctl_model::says! { "machine-keys":
    machine_guid();
    access_list();
    none_yet();
    readable();
    goal();
    locked();
    network_service_cannot_read();
    system_not_full();
    faults(all);
    moved(path);
    profile_list_changed();
    move_it_back();
    folder_gone();
    no_place_for_keys();
    make_the_folder();
}
