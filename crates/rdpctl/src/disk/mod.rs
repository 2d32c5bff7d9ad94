//! A disk in the hand: a Windows that does not run, judged by its disk alone.
//!
//! Only what lies on the disk is judged: whether the machine would start it, and whether RDP would answer then. What
//! only a running Windows knows is named as not looked at, and never counts as sound.

mod journal;
mod open;

pub(crate) use journal::Journal;
pub(crate) use open::{Opened, open};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdpctl_contract::Clock;
use rdpctl_disk::Error;
use rdpctl_disk::blocks::{FileBlocks, Open};
use rdpctl_disk::windows::{Disk, Installation};
use rdpctl_engine::{Estate, Filter};
use rdpctl_facets::Context;
use rdpctl_model::action::Binds;
use rdpctl_model::assessment::Assessments;
use rdpctl_model::declaration::{Guards, GuestAccess, Instance, ProviderKind};
use rdpctl_model::facet::World;
use rdpctl_model::{
    FacetId, FacetMap, Gap, InstanceName, ProfileName, ResourceId, Survey, Verdict,
};
use rdpctl_providers::offline::{self, Offline};

use crate::clock::SystemClock;

/// What is judged, and what came of it.
pub(crate) struct Judged {
    /// The file or device as it was named.
    pub(crate) name: String,
    /// The disk's identity in its own table.
    pub(crate) identity: String,
    /// Its partitions in words.
    pub(crate) partitions: Vec<String>,
    /// Which of the installations.
    pub(crate) installation: Installation,
    /// What was seen.
    pub(crate) seen: Offline,
    /// What the facets make of it.
    pub(crate) facets: Assessments,
    /// What is this machine's own among what its steps need.
    pub(crate) binds: Binds,
    /// The profile that it was judged by.
    pub(crate) profile: String,
}

/// What the disk says, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conclusion {
    /// Nothing on the disk stands in the way.
    Sound,
    /// Something does.
    Cause,
    /// It cannot be told.
    Undecided,
}

impl Judged {
    /// The guest's facets, which a disk has evidence for, in words that say no more than a disk can.
    pub(crate) fn verdicts(&self) -> impl Iterator<Item = (FacetId, Verdict)> {
        FacetId::ALL.into_iter().filter(|facet| facet.world() == World::Guest).filter_map(|facet| {
            let verdict = self.facets[facet].as_ref()?.verdict.clone();
            Some((facet, as_on_disk(facet, verdict)))
        })
    }

    /// From what stands in the way of starting, and from what differs.
    pub(crate) fn conclusion(&self) -> Conclusion {
        let stands = match &self.seen.boot.hindrances {
            Ok(hindrances) if hindrances.is_empty() => Conclusion::Sound,
            Ok(_) => Conclusion::Cause,
            Err(_) => Conclusion::Undecided,
        };
        let facets = self.verdicts().map(|(_, verdict)| match verdict {
            Verdict::Healthy { .. } | Verdict::NotApplicable { .. } => Conclusion::Sound,
            Verdict::Drifted { .. } | Verdict::Blocked { .. } => Conclusion::Cause,
            Verdict::Unknown { .. } => Conclusion::Undecided,
        });
        let all: Vec<Conclusion> = facets.chain([stands]).collect();
        // A cause is one whatever else could not be seen.
        [Conclusion::Cause, Conclusion::Undecided]
            .into_iter()
            .find(|conclusion| all.contains(conclusion))
            .unwrap_or(Conclusion::Sound)
    }
}

/// What runs is seen in a running Windows alone: on its disk a service is set to start, or is not.
fn as_on_disk(facet: FacetId, verdict: Verdict) -> Verdict {
    if !verdict.is_healthy() {
        return verdict;
    }
    let seen = if facet == FacetId::Service {
        "nothing that RDP needs is disabled"
    } else if facet == FacetId::GroupPolicy {
        "not suspended"
    } else if facet == FacetId::Port {
        "set as declared"
    } else {
        return verdict;
    };
    Verdict::healthy(seen)
}

/// What was asked for: which disk, which Windows on it, by which profile.
#[derive(clap::Args)]
pub(crate) struct Asked {
    /// The Windows on a disk that does not run: an image (raw, VHD, VHDX, QCOW2, VMDK) or a block device
    #[arg(long, value_name = "FILE|DEVICE")]
    pub(crate) disk: Option<PathBuf>,
    /// Which installation, where the disk has several
    #[arg(long, value_name = "N", requires = "disk")]
    pub(crate) installation: Option<usize>,
    /// The built-in profile that the disk is judged by
    #[arg(long, value_name = "PROFILE", requires = "disk", default_value = "standard", value_parser = built_in)]
    pub(crate) profile: String,
}

fn built_in(name: &str) -> Result<String, String> {
    let known = rdpctl_facets::built_in(name).map(|_| name.to_owned());
    known.ok_or_else(|| "no such profile is built in; standard and hardened are".to_owned())
}

/// Looks at a disk and judges it. Nothing is written.
pub(crate) fn judge(path: &Path, asked: &Asked) -> Result<Judged, Error> {
    let opened = open(path, Open::Look)?;
    judge_open(&opened, path, asked)
}

/// The same for a disk that is open already: to open and close it again would give up its lock.
pub(crate) fn judge_open(blocks: &FileBlocks, path: &Path, asked: &Asked) -> Result<Judged, Error> {
    let (number, profile) = (asked.installation, asked.profile.as_str());
    let mut wanted = rdpctl_facets::built_in(profile).unwrap_or_default();
    let disk = Disk::open(blocks)?;
    let installation = disk.installation(number)?;
    let seen = offline::look(&disk, &installation)?;
    let partitions = disk.volumes().iter().map(|(partition, sort)| {
        format!(
            "{} {}, {}, {} MiB",
            partition.number,
            partition.role,
            sort,
            partition.region.length >> 20
        )
    });
    let clock = SystemClock;
    let survey = Survey {
        taken_at: clock.now(),
        cloud: Err(Gap::NotAsked),
        guest: Ok(seen.guest.clone()),
        outside: Err(Gap::NotAsked),
    };
    let name = path.display().to_string();
    // What the profile does not mention is judged by the standard.
    wanted.extend_from(&rdpctl_facets::built_in("standard").unwrap_or_default());
    let estate = estate(&name, profile, wanted.clone());
    let id = ResourceId::new(&name);
    let examined = rdpctl_engine::take_as_seen(&estate, &id, survey);
    let assessed = rdpctl_engine::assess(&estate, &examined.facts, &Filter::default(), clock.now());
    let facets = assessed
        .first()
        .map_or_else(|| FacetMap::from_fn(|_| None), |one| one.facets.as_ref().clone());
    let at = Context {
        now: clock.now(),
        port: assessed.first().map_or(3389, |one| one.port),
        moving: false,
        provider: ProviderKind::Static,
        may_stop_service: false,
        may_move_port: false,
        bootstrap_winrm: None,
    };
    let binds = examined
        .surveys
        .first()
        .map(|survey| rdpctl_facets::bind(&wanted, survey, &at))
        .unwrap_or_default();
    Ok(Judged {
        name,
        identity: disk.table.identity.to_string(),
        partitions: partitions.collect(),
        installation,
        seen,
        facets,
        binds,
        profile: profile.to_owned(),
    })
}

/// An estate of this one disk, as a host without a cloud.
fn estate(name: &str, profile: &str, wanted: rdpctl_facets::Profile) -> Estate {
    let provider = rdpctl_model::ProviderName::new("disk");
    let profile = ProfileName::new(profile);
    Estate {
        providers: BTreeMap::from([(provider.clone(), ProviderKind::Static)]),
        profiles: BTreeMap::from([(profile.clone(), Arc::new(wanted))]),
        instances: vec![Instance {
            name: InstanceName::new(name),
            provider,
            id: ResourceId::new(name),
            profile,
            guest: GuestAccess { via: Vec::new(), ..GuestAccess::default() },
            closed: None,
        }],
        fleets: Vec::new(),
        guards: Guards::default(),
        digest: String::new(),
    }
}
