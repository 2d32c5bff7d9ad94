//! The way of a repair from its beginning to its end, back where it fails, and back again when it is undone.

use std::time::Instant;

use rdpctl_contract::{CloudChanger as _, CloudError};
use rdpctl_model::RunId;
use rdpctl_model::declaration::Instance;
use rdpctl_model::mending::Hold;
use rdpctl_model::outcome::{Created, CreatedKind, Purpose, Receipt, RunEnd, StepEvent};
use rdpctl_model::repair::{PlannedRepair, RepairStage};
use rdpctl_providers::azure::AzureCloud;

use super::hands::{Read, Repair, token};
use super::program;
use super::record::Record;
use super::written::begun;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::own_run;
use crate::report::words::count;

/// How a repair ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The machine answers.
    Answers,
    /// It runs from the repaired disk and does not answer yet.
    Silent,
    /// It stays stopped, for a person's hands.
    Held,
    /// Everything is as it was.
    AsItWas,
}

impl Ended {
    pub(super) const fn exit(self) -> Exit {
        match self {
            Self::Answers => Exit::Done,
            Self::Silent | Self::Held | Self::AsItWas => Exit::Partial,
        }
    }

    /// Whether the machine is what a repair disrupted and did not bring back.
    pub(super) const fn is_disrupted(self) -> bool {
        match self {
            Self::Silent | Self::Held => true,
            Self::Answers | Self::AsItWas => false,
        }
    }
}

/// How far it came without a failure.
enum Came {
    /// The copy is what it is to be.
    Written,
    /// There was nothing to write.
    Sound,
    /// It waits for a person's hands.
    Held,
}

impl Repair<'_> {
    /// All of it, for one machine.
    pub(super) async fn whole(
        &self,
        instance: &Instance,
        planned: PlannedRepair,
    ) -> Result<Ended, CliError> {
        let (began, hold) = (Instant::now(), planned.hold);
        let patient = match self.cloud.patient(&instance.id, &self.stops.now).await {
            Ok(patient) => patient,
            // Who cannot be repaired so is left alone, and keeps nobody else from being repaired.
            Err(error @ CloudError::Unsupported { .. }) => {
                CliError::from(error).tell();
                return Ok(Ended::AsItWas);
            }
            Err(error) => return Err(error.into()),
        };
        // Without a link and without a program nothing would come of it.
        let at_once = patient.no_link.is_some() || planned.goes_second();
        if at_once
            && hold == Hold::GoOn
            && let Err(none) = program::approved(&planned)
        {
            let name = safe(instance.name.as_str());
            let by_hand = AzureCloud::by_hand(&instance.id);
            CliError::new(format!("no link to the disk of {name} is given, and nothing was begun"))
                    .why(none.message())
                    .hint(format!("put the rdpctl-rescue of this release beside rdpctl; what works without it: {by_hand}"))
                    .tell();
            return Ok(Ended::AsItWas);
        }
        let run = own_run::name();
        let made = self.cloud.made_for(&instance.id, &token(&run));
        let made = made.ok_or_else(|| CliError::new("it has no id of Azure"))?;
        let snapshot = self.cloud.announced(&rdpctl_contract::CloudOrder {
            instance: instance.id.clone(),
            action: rdpctl_model::CloudAction::SnapshotSystemDisk,
            handles: rdpctl_model::cloud::Handles::default(),
            token: token(&run),
            created: Vec::new(),
        });
        let snapshot = snapshot.ok_or_else(|| CliError::new("it has no id of Azure"))?;
        let former = Created { kind: CreatedKind::Disk, id: patient.disk, ..snapshot.clone() };
        let mut record = Record {
            run,
            instance: instance.name.clone(),
            provider: instance.provider.clone(),
            id: instance.id.clone(),
            stage: RepairStage::Stopping,
            snapshot,
            copy: made.copy,
            card: made.card,
            helper: made.helper,
            former,
            planned: Some(planned),
            owned: None,
        };
        self.begin(&mut record).await?;
        let (meter, leave) = (self.meter.clone(), self.permit.leave());
        let came = self.forth(&mut record, instance, hold);
        let came = Box::pin(meter.during(leave.during(came))).await;
        let ended = match came {
            Ok(Came::Held) => {
                self.end(&record, RunEnd::Partial).await?;
                out::out(&format!(
                    "{}: held, as declared: its disk's copy is attached to {}. Declare hold = false and apply again to put everything back.\n",
                    safe(instance.name.as_str()),
                    safe(&record.helper.id.short())
                ))?;
                return Ok(Ended::Held);
            }
            Ok(Came::Sound) => {
                out::err(
                    "nothing on its disk would be changed: what keeps it from answering is not there",
                );
                meter.during(leave.during(self.put_back(record))).await?
            }
            Ok(Came::Written) => Box::pin(meter.during(leave.during(self.finish(record)))).await?,
            Err(error) => {
                error.tell();
                self.failed(&record, &error).await?;
                meter.during(leave.during(self.put_back(record))).await?
            }
        };
        let minutes = began.elapsed().as_secs().div_ceil(60);
        let minutes = count(usize::try_from(minutes).unwrap_or(usize::MAX), "minute");
        out::out(&format!("  It took {} API calls and {minutes}.\n", meter.spent().api_calls))?;
        Ok(ended)
    }

    async fn forth(
        &self,
        record: &mut Record,
        instance: &Instance,
        hold: Hold,
    ) -> Result<Came, CliError> {
        let stop = &self.stops.now;
        Self::say(&format!("stopping {}", instance.name));
        self.cloud.stop_vm(&instance.id, stop).await?;
        self.reach(record, RepairStage::Copying).await?;
        Self::say("copying its disk");
        let patient = self.copy(record, instance).await?;
        self.reach(record, RepairStage::Reading).await?;
        Self::say("reading the copy");
        let read = self.compute(record, instance, &patient).await?;
        if matches!(read, Read::Sound) {
            return Ok(Came::Sound);
        }
        self.reach(record, RepairStage::Attaching).await?;
        let patient = self.cloud.patient(&instance.id, stop).await?;
        let made = self.cloud.made_for(&instance.id, &token(&record.run));
        let made = made.ok_or_else(|| CliError::new("it has no id of Azure"))?;
        self.enter(record, &record.card).await?;
        self.enter(record, &record.helper).await?;
        Self::say("attaching the copy to a machine that helps");
        let size = self.cloud.attach(&patient, &made, stop).await?;
        if hold == Hold::Stop {
            self.reach(record, RepairStage::Held).await?;
            return Ok(Came::Held);
        }
        self.reach(record, RepairStage::Writing).await?;
        match read {
            Read::Sound | Read::Unread => return Ok(Came::Sound),
            Read::Change(change) => {
                Self::say(&format!("writing {} bytes by a {size}", change.bytes()));
                let scripts = self.cloud.write(&record.helper.id, &change, stop).await?;
                Self::say(&format!("written and read back by {scripts} scripts"));
            }
            Read::Forbidden(program) => match self.make_there(record, instance, &program).await? {
                Some(bytes) => {
                    Self::say(&format!("{bytes} bytes written and read back by a {size}"));
                }
                None => return Ok(Came::Sound),
            },
        }
        self.reach(record, RepairStage::Detaching).await?;
        Ok(Came::Written)
    }

    /// From the copy that is whole to the machine that answers. Each step may have been done before.
    pub(super) async fn finish(&self, mut record: Record) -> Result<Ended, CliError> {
        let stop = &self.stops.now;
        if record.stage <= RepairStage::Detaching {
            Self::say("detaching the copy");
            self.give_back(&record.helper).await?;
            self.give_back(&record.card).await?;
            self.enter(&record, &record.former).await?;
            self.reach(&mut record, RepairStage::Swapping).await?;
        }
        if record.stage <= RepairStage::Swapping {
            if let Some(why) = self.is_stale(&record).await? {
                why.tell();
                self.failed(&record, &why).await?;
                self.forget(&record.former).await?;
                return self.put_back(record).await;
            }
            Self::say("swapping the system disk");
            if let Err(error) = self.cloud.swap_disk(&record.id, &record.copy.id, stop).await {
                let now = self.cloud.os_disk(&record.id, stop).await?;
                if !now.as_str().eq_ignore_ascii_case(record.copy.id.as_str()) {
                    let error = CliError::from(error);
                    error.tell();
                    self.failed(&record, &error).await?;
                    self.forget(&record.former).await?;
                    return self.put_back(record).await;
                }
            }
            self.cloud.mark_former(&record.id, &record.former.id, stop).await?;
            self.forget(&record.copy).await?;
            self.reach(&mut record, RepairStage::Starting).await?;
        }
        if record.stage <= RepairStage::Starting {
            Self::say(&format!("starting {}", record.instance));
            self.start(&record.id).await?;
            self.reach(&mut record, RepairStage::CleaningUp).await?;
        }
        let proved = self.prove(&record).await?;
        self.give_back(&record.snapshot).await?;
        self.reach(&mut record, RepairStage::Done).await?;
        let end = if proved { RunEnd::Done } else { RunEnd::Partial };
        let cost = self.end(&record, end).await?;
        let (name, run) = (record.instance.as_str(), &record.run);
        let said = if proved {
            "answers from outside as declared"
        } else {
            "does not answer from outside yet"
        };
        out::out(&format!(
            "\n{}: repaired by its disk; it {said}.\n  The former disk {} is kept; rdpctl undo {} swaps back.\n  Cost: {}\n",
            safe(name),
            safe(&record.former.id.short()),
            safe(run),
            safe(&crate::report::repairs::cost(&cost))
        ))?;
        Ok(if proved { Ended::Answers } else { Ended::Silent })
    }

    /// Everything as it was: what was made is deleted, and the machine runs again from its own disk.
    pub(super) async fn put_back(&self, mut record: Record) -> Result<Ended, CliError> {
        Self::say(&format!("putting back what was done for {}", record.instance));
        self.journal(&record, vec![(RepairStage::PutBack, begun(&record))]).await?;
        let link = Created { kind: CreatedKind::Sas, ..record.snapshot.clone() };
        for made in [&record.helper, &record.card, &record.copy] {
            self.give_back(made).await?;
        }
        // Who may not be given a link may not take one back either; he has none then.
        if let Err(error) = self.give_back(&link).await {
            let all = self.session.store.created().await?;
            if all.iter().any(|made| made.created == link) {
                return Err(error);
            }
        }
        self.give_back(&record.snapshot).await?;
        self.start(&record.id).await?;
        record.reach(RepairStage::PutBack, self.session.beside())?;
        let done = StepEvent::Done { receipt: Receipt::default() };
        self.journal(&record, vec![(RepairStage::PutBack, done)]).await?;
        let cost = self.end(&record, RunEnd::Partial).await?;
        out::out(&format!(
            "{}: everything is as it was, and nothing of the repair is left.\n  Cost: {}\n",
            safe(record.instance.as_str()),
            safe(&crate::report::repairs::cost(&cost))
        ))?;
        Ok(Ended::AsItWas)
    }

    /// The former disk into its place again; the repaired one is given back in its stead.
    pub(super) async fn swap_back(&self, mut record: Record) -> Result<(), CliError> {
        let stop = &self.stops.now;
        // A run of its own.
        let stage = RepairStage::PutBack;
        let undo = Record { run: own_run::name(), stage, planned: None, ..record.clone() };
        self.open(RunId::new(&undo.run), Purpose::Undo(RunId::new(&record.run)), None).await?;
        self.journal(&undo, vec![(RepairStage::PutBack, begun(&undo))]).await?;
        Self::say(&format!("stopping {}", record.instance));
        self.cloud.stop_vm(&record.id, stop).await?;
        self.enter(&record, &record.copy).await?;
        Self::say("swapping the former disk back");
        self.cloud.swap_disk(&record.id, &record.former.id, stop).await?;
        self.forget(&record.former).await?;
        self.start(&record.id).await?;
        record.reach(RepairStage::PutBack, self.session.beside())?;
        let done = StepEvent::Done { receipt: Receipt::default() };
        self.journal(&undo, vec![(RepairStage::PutBack, done)]).await?;
        self.end(&undo, RunEnd::Done).await?;
        out::out(&format!(
            "{}: its former disk is back; the repaired one is kept like a copy and then given back.\n",
            safe(record.instance.as_str())
        ))?;
        Ok(())
    }
}
