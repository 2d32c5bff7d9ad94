//! The steps of one repair, over the subscription that holds the disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdpctl_contract::store::Made;
use rdpctl_contract::{CloudChanger as _, CloudError, CloudOrder, Meter};
use rdpctl_disk::blocks::Blocks;
use rdpctl_disk::change::Change;
use rdpctl_disk::table::Table;
use rdpctl_disk::windows::Disk;
use rdpctl_engine::lease::Permit;
use rdpctl_engine::run::Stops;
use rdpctl_model::declaration::Instance;
use rdpctl_model::mending::Hold;
use rdpctl_model::outcome::{Allowed, Created, CreatedKind, JournalSubject};
use rdpctl_model::repair::{AtOnce, NoLink};
use rdpctl_model::step::Guarded;
use rdpctl_model::{CloudAction, FacetId, ProviderName, ResourceId};
use rdpctl_providers::azure::{AzureCloud, LentDisk, NotLent, Patient, Program};
use rdpctl_term::Page;
use rdpctl_words::english;

use super::record::Record;
use super::seen::verdict;
use super::{known, program};
use crate::arguments::Scope;
use crate::disk::{Asked, Journal, Which, judge_open, prepare};
use crate::error::CliError;
use crate::out::{self, safe};
use crate::progress::Manner;
use crate::report::plan_disk;
use crate::session::Session;

/// How long a started machine may take until it answers from outside.
const PROOF: Duration = Duration::from_mins(10);

/// With what it is done.
pub(super) struct Repair<'a> {
    pub(super) session: &'a Session,
    pub(super) permit: &'a Arc<Permit>,
    pub(super) stops: &'a Stops,
    pub(super) cloud: AzureCloud,
    pub(super) meter: Meter,
    /// Who allowed it, where a guard asked.
    pub(super) allowed: Vec<Allowed>,
}

impl<'a> Repair<'a> {
    pub(super) fn of(
        session: &'a Session,
        permit: &'a Arc<Permit>,
        stops: &'a Stops,
        provider: &ProviderName,
    ) -> Result<Self, CliError> {
        let cloud = session.subscription(provider)?.ok_or_else(|| {
            CliError::new(format!(
                "the disk of a machine of {provider} cannot be repaired from here"
            ))
            .hint("only a subscription of Azure that is granted lets its disks be swapped")
        })?;
        Ok(Self { session, permit, stops, cloud, meter: Meter::default(), allowed: Vec::new() })
    }

    pub(super) fn say(what: &str) {
        out::err(&safe(what));
    }

    pub(super) async fn copy(
        &self,
        record: &mut Record,
        instance: &Instance,
    ) -> Result<Patient, CliError> {
        let stop = &self.stops.now;
        let patient = self.cloud.patient(&instance.id, stop).await?;
        record.owned.clone_from(&patient.owned);
        self.enter(record, &record.snapshot).await?;
        let order = CloudOrder {
            instance: instance.id.clone(),
            action: CloudAction::SnapshotSystemDisk,
            handles: rdpctl_model::cloud::Handles::default(),
            token: token(&record.run),
            created: Vec::new(),
        };
        for answer in self.cloud.perform(vec![order], stop).await {
            answer?;
        }
        self.enter(record, &record.copy).await?;
        let (snapshot, copy) = (&record.snapshot.id, &record.copy.id);
        self.cloud.copy_disk(&patient, snapshot, copy, stop).await?;
        Ok(patient)
    }

    /// Reads the snapshot and computes the edit; by the second way where it is known that no link is given.
    pub(super) async fn compute(
        &self,
        record: &Record,
        instance: &Instance,
        patient: &Patient,
    ) -> Result<Read, CliError> {
        let of_the_disk = patient.no_link.map(|why| AtOnce { why, asked: None });
        let planned = record.planned.as_ref().and_then(|planned| planned.second.as_ref());
        let known = of_the_disk.or_else(|| planned.and_then(|second| second.at_once));
        if let Some(at_once) = known {
            let why = english(&at_once.why.said());
            let none = CliError::new(format!("no link to the disk is asked for: {}", safe(&why)));
            return Self::without_link(record, &why, none);
        }
        let link = Created { kind: CreatedKind::Sas, ..record.snapshot.clone() };
        let lent = match self.lent(record, &link).await? {
            Ok(lent) => lent,
            Err((why, error)) => return Self::without_link(record, &why, error),
        };
        let which = Which { disk: None, installation: None };
        let declared = Some(self.session.estate.profile(&instance.profile));
        let asked = Asked { declared, ..Asked::of(which) };
        let name = instance.name.to_string();
        let allowed: Vec<Guarded> = Vec::new();
        let work = tokio::task::spawn_blocking(move || read(&lent, &name, &asked, &allowed));
        let work = work.await.map_err(|error| CliError::from_error(&error));
        self.give_back(&link).await?;
        let (page, work) = work??;
        out::page(&page)?;
        let Some(Work { change, identity, touched }) = work else { return Ok(Read::Sound) };
        let kept = Journal::of(identity, Some(self.session.beside()))?;
        kept.keep(&record.run, &change, &touched)?;
        Ok(Read::Change(change))
    }

    /// Asks for a link to the copy. Why none is given to anybody, and what the vendor said of it, where that is so; no link
    /// is left then, and it is remembered.
    async fn lent(
        &self,
        record: &Record,
        link: &Created,
    ) -> Result<Result<LentDisk, (String, CliError)>, CliError> {
        self.enter(record, link).await?;
        let beside = self.session.beside();
        let (why, error) = match self.cloud.lend(&record.snapshot.id, &self.stops.now).await {
            Ok(lent) => {
                known::given(beside, &record.id);
                return Ok(Ok(lent));
            }
            Err(NotLent::Failed(error)) => {
                let by_hand = AzureCloud::by_hand(&record.id);
                let hint = format!("what works without a link: {by_hand}");
                return Err(CliError::from(*error).hint(hint));
            }
            Err(NotLent::Closed { why, error }) => (why, *error),
        };
        known::refused(beside, &record.id, why, self.session.clock.now());
        if why == NoLink::Storage {
            self.give_back(link).await?;
        } else {
            self.forget(link).await?;
        }
        let said = english(&why.said());
        let said = if let CloudError::Refused { code, .. } = &error {
            format!("{code}: {said}")
        } else {
            said
        };
        Ok(Err((said, error.into())))
    }

    /// The other way, where no link is given and there is a program to send. Whoever holds the copy for a person's hands
    /// needs neither.
    fn without_link(record: &Record, why: &str, error: CliError) -> Result<Read, CliError> {
        let by_hand = AzureCloud::by_hand(&record.id);
        let planned = record.planned.as_ref();
        if planned.is_some_and(|planned| planned.hold == Hold::Stop) {
            Self::say(&format!(
                "no link is given ({why}): the copy is not read, and held for a person's hands"
            ));
            return Ok(Read::Unread);
        }
        let found = planned.map_or_else(program::program, program::approved);
        let program = found.map_err(|none| {
            let remedy = none.message().to_owned();
            error.hint(format!(
                "no link to a disk is given, and for the way without one {remedy}; what works with neither: {by_hand}"
            ))
        })?;
        Self::say(&format!("no link is given ({why}): the copy is read in the machine that helps"));
        Ok(Read::Forbidden(Box::new(program)))
    }

    /// Why the copy may not take the place of the machine's own disk: somebody started the machine since it was copied,
    /// and what was written there would be lost.
    pub(super) async fn is_stale(&self, record: &Record) -> Result<Option<CliError>, CliError> {
        let stop = &self.stops.now;
        let now = self.cloud.os_disk(&record.id, stop).await?;
        if now.as_str().eq_ignore_ascii_case(record.copy.id.as_str()) {
            return Ok(None);
        }
        let name = safe(record.instance.as_str()).into_owned();
        if !now.as_str().eq_ignore_ascii_case(record.former.id.as_str()) {
            let why = format!("{name} got another system disk meanwhile, {}", safe(&now.short()));
            return Ok(Some(CliError::new(why).hint("look who did that, and plan again")));
        }
        let owned = self.cloud.last_owned(&now, stop).await?;
        let is_same = record.owned.is_none() || owned.is_none() || record.owned == owned;
        Ok((!is_same).then(|| {
            CliError::new(format!("somebody started {name} meanwhile: what was written to its own disk since would be lost"))
                .hint("see whether it answers now; else plan again")
        }))
    }

    /// Puts something on record before it is asked for.
    pub(super) async fn enter(&self, record: &Record, created: &Created) -> Result<(), CliError> {
        self.permit.check().await?;
        let subject = JournalSubject::Instance(record.instance.clone());
        let made = Made { subject, created: created.clone(), at: self.session.clock.now() };
        Ok(self.session.store.enter(&self.permit.author(), &made).await?)
    }

    pub(super) async fn forget(&self, created: &Created) -> Result<(), CliError> {
        Ok(self.session.store.released(&self.permit.author(), created).await?)
    }

    /// Gives something back; it is off the record once it is gone.
    pub(super) async fn give_back(&self, created: &Created) -> Result<(), CliError> {
        self.cloud.give_back(created, &self.stops.now).await?;
        self.forget(created).await
    }

    pub(super) async fn start(&self, vm: &ResourceId) -> Result<(), CliError> {
        let order = CloudOrder {
            instance: vm.clone(),
            action: CloudAction::Start,
            handles: rdpctl_model::cloud::Handles::default(),
            token: "start".to_owned(),
            created: Vec::new(),
        };
        for answer in self.cloud.perform(vec![order], &self.stops.now).await {
            answer?;
        }
        Ok(())
    }

    /// Whether the machine answers from outside, as it is declared to.
    pub(super) async fn prove(&self, record: &Record) -> Result<bool, CliError> {
        let began = Instant::now();
        let target = record.instance.as_str().parse().map_err(CliError::new)?;
        let scope =
            Scope { target: vec![target], exclude: Vec::new(), refresh: true, allow: Vec::new() };
        loop {
            drop(self.session.look(&scope, Manner::Words, &self.stops.now).await?);
            let answers = verdict(self.session, &record.instance, FacetId::Reachable).await?;
            if answers.is_some_and(|verdict| verdict.is_healthy()) {
                return Ok(true);
            }
            if began.elapsed() > PROOF || self.stops.gently.is_cancelled() {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }
}

/// Under which name its things are made.
pub(super) fn token(run: &str) -> String {
    format!("rdpctl-repair-{}", run.to_ascii_lowercase())
}

/// What came of reading the copy.
pub(super) enum Read {
    /// Nothing is to be written.
    Sound,
    /// This is.
    Change(Change),
    /// It is not given to read: that is done by a program, there.
    Forbidden(Box<Program>),
    /// It is not given to read, and a person's hands need nothing.
    Unread,
}

/// What is to be written.
struct Work {
    change: Change,
    identity: rdpctl_disk::table::Identity,
    touched: Vec<rdpctl_disk::windows::Whole>,
}

/// What the disk says, and what is to be written to it.
fn read(
    blocks: &dyn Blocks,
    name: &str,
    asked: &Asked,
    allowed: &[Guarded],
) -> Result<(Page, Option<Work>), CliError> {
    let said = |error: rdpctl_disk::Error| match error.way_out() {
        Some(way_out) => CliError::from_error(&error).hint(way_out),
        None => CliError::from_error(&error),
    };
    let judged = judge_open(blocks, name, asked).map_err(said)?;
    let disk = Disk::open(blocks).map_err(said)?;
    let work = prepare(&disk, &judged, allowed)?;
    let page = plan_disk::page(&judged, &work);
    let identity = Table::read(blocks).map_err(said)?.identity;
    let touched = work.touched;
    Ok((page, work.change.map(|change| Work { change, identity, touched })))
}
