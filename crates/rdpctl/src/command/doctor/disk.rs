//! `rdpctl doctor --disk`: a Windows that does not run, judged by its disk alone.
//!
//! Only what lies on the disk is judged: whether the machine would start it, and whether RDP would answer then. What
//! only a running Windows knows is named as not looked at, and never counts as sound.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rdpctl_contract::Clock;
use rdpctl_disk::blocks::{FileBlocks, Open};
use rdpctl_disk::windows::{Disk, Installation};
use rdpctl_engine::{Estate, Filter};
use rdpctl_model::declaration::{Guards, GuestAccess, Instance, ProviderKind};
use rdpctl_model::facet::World;
use rdpctl_model::{
    Assessment, FacetId, FacetMap, Gap, InstanceName, ProfileName, ResourceId, Survey, Verdict,
};
use rdpctl_providers::offline::{self, Offline};

use super::Format;
use crate::clock::SystemClock;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::doctor_disk;

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
    pub(crate) facets: FacetMap<Option<Assessment>>,
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
    let seen = match (facet, &verdict) {
        (FacetId::Service, Verdict::Healthy { .. }) => "nothing that RDP needs is disabled",
        (FacetId::GroupPolicy, Verdict::Healthy { .. }) => "not suspended",
        (FacetId::Port, Verdict::Healthy { .. }) => "set as declared",
        (_, _) => return verdict,
    };
    Verdict::healthy(seen)
}

/// Runs `doctor --disk`.
pub(super) fn run(
    path: &Path,
    installation: Option<usize>,
    profile: &str,
    format: Format,
) -> Result<Exit, CliError> {
    let name = path.display().to_string();
    let judged = match judge(path, installation, profile) {
        Ok(judged) => judged,
        Err(Failure::Usage(error)) => return Err(error),
        Err(Failure::Disk(error)) => return refuse(&name, &error, format),
    };
    let text = match format {
        Format::Text => doctor_disk::text(&judged),
        Format::Json => doctor_disk::json(&judged)?,
        Format::Html | Format::Markdown => {
            return Err(CliError::new("`doctor --disk` reports as text or json")
                .hint("leave --format out, or say --format json"));
        }
    };
    out::out(&text)?;
    Ok(match judged.conclusion() {
        Conclusion::Sound => Exit::Done,
        Conclusion::Cause => Exit::Pending,
        Conclusion::Undecided => Exit::Partial,
    })
}

enum Failure {
    /// What was asked for makes no sense.
    Usage(CliError),
    /// The disk cannot be judged.
    Disk(rdpctl_disk::Error),
}

impl From<rdpctl_disk::Error> for Failure {
    fn from(error: rdpctl_disk::Error) -> Self {
        Self::Disk(error)
    }
}

/// A disk that cannot be opened is an error; one that is there and cannot be judged is an answer.
fn refuse(name: &str, error: &rdpctl_disk::Error, format: Format) -> Result<Exit, CliError> {
    if let rdpctl_disk::Error::Io { access: rdpctl_disk::Access::Open, source, .. } = error {
        return Err(CliError::new(format!("cannot open {}: {source}", safe(name)))
            .hint("name an image file or a block device that you may read"));
    }
    let text = match format {
        Format::Json => doctor_disk::refused_json(name, error)?,
        Format::Text | Format::Html | Format::Markdown => doctor_disk::refused(name, error),
    };
    out::out(&text)?;
    Ok(Exit::Partial)
}

fn judge(path: &Path, number: Option<usize>, profile: &str) -> Result<Judged, Failure> {
    let wanted = rdpctl_facets::built_in(profile).ok_or_else(|| {
        Failure::Usage(
            CliError::new(format!("no profile `{}` is built in", safe(profile)))
                .hint("the built-in profiles are standard and hardened"),
        )
    })?;
    let blocks = FileBlocks::open(path, Open::Look)?;
    let disk = Disk::open(&blocks)?;
    let installation = disk.installation(number)?;
    let seen = offline::look(&disk, &installation)?;
    let partitions = disk.volumes().iter().map(|(partition, sort)| {
        format!(
            "{} {:?}, {:?}, {} MiB",
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
    let mut wanted = wanted;
    // What the profile does not mention is judged by the standard.
    wanted.extend_from(&rdpctl_facets::built_in("standard").unwrap_or_default());
    let estate = estate(&name, profile, wanted);
    let id = ResourceId::new(&name);
    let examined = rdpctl_engine::take_as_seen(&estate, &id, survey);
    let assessed = rdpctl_engine::assess(&estate, &examined.facts, &Filter::default(), clock.now());
    let facets = assessed
        .first()
        .map_or_else(|| FacetMap::from_fn(|_| None), |one| one.facets.as_ref().clone());
    Ok(Judged {
        name,
        identity: disk.table.identity.to_string(),
        partitions: partitions.collect(),
        installation,
        seen,
        facets,
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
