//! A disk in the hand: a Windows that does not run, judged by its disk alone.
//!
//! Only what lies on the disk is judged: whether the machine would start it, and whether RDP would answer then. What
//! only a running Windows knows is named as not looked at, and never counts as sound.

mod channel;
mod journal;
mod open;
mod prepare;

pub(crate) use channel::{DiskChannel, TARIFF};
pub(crate) use journal::Journal;
pub(crate) use open::{Opened, open};
pub(crate) use prepare::{Fate, Wishes, Work, prepare};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdpctl_contract::Clock;
use rdpctl_disk::Blocks;
use rdpctl_disk::Error;
use rdpctl_disk::blocks::Open;
use rdpctl_engine::{Estate, Filter};
use rdpctl_facets::Context;
use rdpctl_model::action::Binds;
use rdpctl_model::assessment::Assessments;
use rdpctl_model::declaration::{Guards, GuestAccess, Instance, ProviderKind};
use rdpctl_model::facet::World;
use rdpctl_model::guest::GuestSurvey;
use rdpctl_model::{
    FacetId, FacetMap, Gap, InstanceName, ProfileName, ResourceId, Survey, Verdict,
};
use rdpctl_offline::{Facts, Offline, facts};

use crate::clock::SystemClock;

/// What is judged, and what came of it.
pub(crate) struct Judged {
    /// The file or device as it was named.
    pub(crate) name: String,
    /// The disk's identity in its own table.
    pub(crate) identity: String,
    /// Its partitions in words.
    pub(crate) partitions: Vec<String>,
    /// Which of the installations, and its partition.
    pub(crate) installation: usize,
    pub(crate) partition: usize,
    /// What was seen.
    pub(crate) seen: Offline,
    /// What the facets make of it, as the next start finds it.
    pub(crate) facets: Assessments,
    /// The same by every other control set.
    pub(crate) others: Vec<(u32, Assessments)>,
    /// What is this machine's own among what its steps need.
    pub(crate) binds: Binds,
    /// The profile that it was judged by.
    pub(crate) profile: String,
    /// What becomes of group policy at the next start.
    pub(crate) policy: Policy,
}

/// What becomes of group policy at the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// It is applied as ever.
    Applied,
    /// It is held, as somebody asked for.
    Held,
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
        on_disk(&self.facets).map(|(facet, verdict)| match (facet, self.policy) {
            (FacetId::GroupPolicy, Policy::Held) => {
                (facet, Verdict::NotApplicable { reason: say::held_for_the_next_start() })
            }
            (_, Policy::Held | Policy::Applied) => (facet, verdict),
        })
    }

    /// What differs in control sets that the next start does not use: a start that fails falls back to them.
    pub(crate) fn elsewhere(&self) -> impl Iterator<Item = (u32, FacetId, Verdict)> {
        self.others.iter().flat_map(|(set, facets)| {
            on_disk(facets)
                .filter(|(_, verdict)| matches!(verdict, Verdict::Drifted { .. }))
                .map(|(facet, verdict)| (*set, facet, verdict))
        })
    }

    /// Whether the next start would not apply group policy.
    pub(crate) fn is_policy_held(&self) -> bool {
        let held = self.facets[FacetId::GroupPolicy].as_ref();
        held.is_some_and(|facet| facet.verdict.is_drifted())
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

fn on_disk(facets: &Assessments) -> impl Iterator<Item = (FacetId, Verdict)> {
    FacetId::ALL.into_iter().filter(|facet| facet.world() == World::Guest).filter_map(|facet| {
        let verdict = facets[facet].as_ref()?.verdict.clone();
        Some((facet, as_on_disk(facet, verdict)))
    })
}

/// What runs is seen in a running Windows alone: on its disk a service is set to start, or is not.
fn as_on_disk(facet: FacetId, verdict: Verdict) -> Verdict {
    if !verdict.is_healthy() {
        return verdict;
    }
    let seen = if facet == FacetId::Service {
        say::nothing_disabled()
    } else if facet == FacetId::GroupPolicy {
        say::not_suspended()
    } else if facet == FacetId::Port {
        say::set_as_declared()
    } else {
        return verdict;
    };
    Verdict::healthy(seen)
}

/// What was asked for: which disk, which Windows on it, by which profile.
#[derive(clap::Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The built-in profile that the disk is judged by
    #[arg(long, value_name = "PROFILE", requires = "disk", default_value = "standard", value_parser = built_in)]
    pub(crate) profile: String,
    /// Only these facets of it
    #[arg(long, value_name = "FACET", requires = "disk", value_delimiter = ',', value_parser = facet)]
    pub(crate) only: Vec<FacetId>,
    /// The document's way back in as well: serial console, boot menu of 5 s, crash dump, dump on NMI
    #[arg(long, requires = "disk")]
    pub(crate) recovery: bool,
    /// Hold group policy for the next start, so that it does not put back what is changed; an apply to the running
    /// Windows, or the next one to its disk, lets it go on
    #[arg(long, requires = "disk")]
    pub(crate) hold_policy: bool,
    /// What is declared of it, in place of a profile that is built in.
    #[arg(skip)]
    pub(crate) declared: Option<Arc<rdpctl_facets::Profile>>,
}

/// Which disk, and which Windows on it.
#[derive(clap::Args)]
pub(crate) struct Which {
    /// The Windows on a disk that does not run: an image (raw, VHD, VHDX, QCOW2, VMDK) or a block device
    #[arg(long, value_name = "FILE|DEVICE")]
    pub(crate) disk: Option<PathBuf>,
    /// Which installation, where the disk has several
    #[arg(long, value_name = "N", requires = "disk")]
    pub(crate) installation: Option<usize>,
}

fn facet(name: &str) -> Result<FacetId, String> {
    let of_a_disk = |facet: &FacetId| facet.world() == World::Guest;
    FacetId::from_name(name).filter(of_a_disk).ok_or_else(|| {
        let names: Vec<&str> =
            FacetId::ALL.into_iter().filter(of_a_disk).map(FacetId::name).collect();
        format!("a disk shows {}", names.join(", "))
    })
}

fn built_in(name: &str) -> Result<String, String> {
    let known = rdpctl_facets::built_in(name).map(|_| name.to_owned());
    known.ok_or_else(|| "no such profile is built in; standard and hardened are".to_owned())
}

/// Looks at a disk and judges it. Nothing is written.
pub(crate) fn judge(path: &Path, asked: &Asked) -> Result<Judged, Error> {
    let opened = open(path, Open::Look)?;
    judge_open(&*opened, &path.display().to_string(), asked)
}

/// The same for a disk that is open already: to open and close it again would give up its lock.
pub(crate) fn judge_open(blocks: &dyn Blocks, name: &str, asked: &Asked) -> Result<Judged, Error> {
    Ok(judge_facts(facts(blocks, asked.which.installation)?, name, asked))
}

/// The same of what somebody else read.
pub(crate) fn judge_facts(facts: Facts, name: &str, asked: &Asked) -> Judged {
    let Facts { identity, partitions, installation, partition, seen } = facts;
    let name = name.to_owned();
    let wanted = asked.wanted();
    let judge = |guest: &GuestSurvey| judge_guest(&name, asked, &wanted, guest);
    let (facets, binds) = judge(&seen.guest);
    let others = seen.others.iter().map(|(set, guest)| (*set, judge(guest).0)).collect();
    Judged {
        identity,
        partitions,
        installation,
        partition,
        facets,
        others,
        binds,
        profile: asked.profile.clone(),
        policy: if asked.hold_policy { Policy::Held } else { Policy::Applied },
        seen,
        name,
    }
}

impl Asked {
    /// A disk by the standard, as a whole.
    pub(crate) fn of(which: Which) -> Self {
        let profile = "standard".to_owned();
        Self {
            which,
            profile,
            only: Vec::new(),
            recovery: false,
            hold_policy: false,
            declared: None,
        }
    }

    /// What is wished of the Windows on the disk.
    fn wanted(&self) -> rdpctl_facets::Profile {
        if let Some(declared) = &self.declared {
            return declared.as_ref().clone();
        }
        let mut wanted = rdpctl_facets::built_in(&self.profile).unwrap_or_default();
        // What the profile does not mention is judged by the standard.
        wanted.extend_from(&rdpctl_facets::built_in("standard").unwrap_or_default());
        if self.recovery || self.only.contains(&FacetId::Recovery) {
            wanted.recovery = Some(rdpctl_facets::recovery::Desired::of_the_document());
        }
        wanted
    }
}

/// What the facets make of the answers by one control set.
fn judge_guest(
    name: &str,
    asked: &Asked,
    wanted: &rdpctl_facets::Profile,
    guest: &GuestSurvey,
) -> (Assessments, Binds) {
    let now = SystemClock.now();
    let survey = Survey {
        taken_at: now,
        cloud: Err(Gap::NotAsked),
        guest: Ok(guest.clone()),
        outside: Err(Gap::NotAsked),
    };
    let estate = estate(name, &asked.profile, wanted.clone());
    let examined = rdpctl_engine::take_as_seen(&estate, &ResourceId::new(name), survey);
    let assessed = rdpctl_engine::assess(&estate, &examined.facts, &Filter::default(), now);
    let mut facets = assessed
        .first()
        .map_or_else(|| FacetMap::from_fn(|_| None), |one| one.facets.as_ref().clone());
    if !asked.only.is_empty() {
        for facet in FacetId::ALL.into_iter().filter(|facet| !asked.only.contains(facet)) {
            facets[facet] = None;
        }
    }
    let at =
        Context::plain(now, assessed.first().map_or(3389, |one| one.port), ProviderKind::Static);
    let binds = examined.surveys.first().map(|survey| rdpctl_facets::bind(wanted, survey, &at));
    (facets, binds.unwrap_or_default())
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
            guest: Arc::new(GuestAccess { via: Vec::new(), ..GuestAccess::default() }),
            snapshot: rdpctl_model::declaration::SnapshotWish::default(),
            closed: None,
        }],
        fleets: Vec::new(),
        guards: Guards::default(),
        accepts: Vec::new(),
        digest: String::new(),
    }
}

rdpctl_model::says! { "disk":
    nothing_disabled();
    not_suspended();
    set_as_declared();
    held_for_the_next_start();
}
