//! One look at a disk: all answers, and whether it would start.

use rdpctl_disk::windows::{Disk, Installation};
use rdpctl_disk::{Error, Refusal};
use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, BootNames, ChannelKind, GuestSurvey, RegData};
use serde::{Deserialize, Serialize};

use super::boot::{self, Boot};
use super::files;
use super::registry::Hives;

/// What a disk says of one Windows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Offline {
    /// The answers to what every guest is asked, by the control set that the next start uses.
    pub guest: GuestSurvey,
    /// The same by every other control set that exists: a start that fails falls back to one of them.
    pub others: Vec<(u32, GuestSurvey)>,
    /// Which Windows it is.
    pub windows: Windows,
    /// Whether the machine would start it.
    pub boot: Boot,
    /// What stands against changing the volume behind Windows' back.
    pub against_repair: Vec<Against>,
}

/// What stands against a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Against {
    /// What.
    pub why: String,
    /// What can be done instead.
    pub way_out: String,
}

/// Which Windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// The product's name; untrusted text.
    pub product: Option<String>,
    /// Its build.
    pub build: Option<String>,
    /// All control sets; the one that the next start uses stands first.
    pub control_sets: Vec<u32>,
}

/// Looks at one installation, and at a declared certificate by its thumbprint. A system hive that cannot be read is an
/// error: without it nothing can be said.
pub fn look(
    disk: &Disk<'_>,
    installation: &Installation,
    pinned: Option<&str>,
) -> Result<Offline, Error> {
    let hives = Hives::for_answers(disk, installation, pinned)?;
    let keys = files::MachineKeys::read(disk, installation);
    let boot = boot::judge(disk, installation, &hives)?;
    let mut surveys = hives
        .control_sets()
        .iter()
        .map(|set| (*set, survey(&hives, &keys, boot.names(), pinned, *set)));
    let (_, guest) = surveys.next().ok_or(Refusal::NoControlSet)?;
    let others = surveys.collect();
    let version = |name: &str| match guest
        .registry
        .value(r"hklm\software\microsoft\windows nt\currentversion", name)
    {
        Ok(Some(RegData::Sz(text))) => Some(text.clone()),
        Ok(_) | Err(_) => None,
    };
    let windows = Windows {
        product: version("ProductName"),
        build: version("CurrentBuild"),
        control_sets: hives.control_sets().to_vec(),
    };
    let against = |refusal: &Refusal| Against {
        why: refusal.to_string(),
        way_out: refusal.way_out().to_owned(),
    };
    let against_repair = disk.health(installation)?.against.iter().map(against).collect();
    Ok(Offline { guest, others, windows, boot: boot.told(), against_repair })
}

fn survey(
    hives: &Hives,
    keys: &files::MachineKeys,
    boot_names: Answer<BootNames>,
    pinned: Option<&str>,
    control_set: u32,
) -> GuestSurvey {
    let not_running = || Gap::NotRunning;
    GuestSurvey {
        via: ChannelKind::Offline,
        passed_over: Vec::new(),
        // Start types are in the registry; nothing runs.
        services: std::collections::BTreeMap::new(),
        callers: Vec::new(),
        listeners: Err(not_running()),
        processes: Err(not_running()),
        firewall_rules: hives.firewall_rules(control_set),
        acl_folder: keys.folder.clone(),
        acl_keys: keys.files.clone(),
        key_mend: keys.mend,
        boot_names,
        booted: Err(not_running()),
        boot_nonce: Err(not_running()),
        events: Err(Gap::NotAsked),
        floods: Vec::new(),
        own_policy: Err(Gap::NotAsked),
        policies: Err(Gap::NotAsked),
        rights: Err(Gap::NotAsked),
        accounts: Err(Gap::NotAsked),
        grace: Err(Gap::NotAsked),
        refusals: Err(Gap::NotAsked),
        left: Err(Gap::NotAsked),
        sessions: Err(Gap::NotAsked),
        winrm_certificate: Err(Gap::NotAsked),
        registry: hives.answers(control_set, pinned),
    }
}
