//! What is kept of a repair beside the state, so that whoever comes after a kill finishes it or puts everything back.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rdpctl_model::outcome::Created;
use rdpctl_model::{InstanceName, ProviderName, ResourceId, StepNumber};
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::out::safe;

/// One repair.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) run: String,
    pub(crate) instance: InstanceName,
    pub(crate) provider: ProviderName,
    pub(crate) id: ResourceId,
    pub(crate) stage: Stage,
    pub(crate) snapshot: Created,
    pub(crate) copy: Created,
    pub(crate) card: Created,
    pub(crate) helper: Created,
    /// The disk that the machine had before.
    pub(crate) former: Created,
    /// When the machine was last started or stopped, as the vendor wrote it once it was stopped for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owned: Option<String>,
}

/// How far it is: what is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    Stopping,
    Copying,
    Reading,
    Attaching,
    /// The copy waits for a person's hands.
    Held,
    Writing,
    /// The copy is what it is to be: from here on the way is forward.
    Detaching,
    Swapping,
    Starting,
    CleaningUp,
    Done,
    PutBack,
}

impl Stage {
    const ALL: [Self; 12] = [
        Self::Stopping,
        Self::Copying,
        Self::Reading,
        Self::Attaching,
        Self::Held,
        Self::Writing,
        Self::Detaching,
        Self::Swapping,
        Self::Starting,
        Self::CleaningUp,
        Self::Done,
        Self::PutBack,
    ];

    /// Its number in the journal: a repair has no plan of steps.
    pub(super) fn number(self) -> StepNumber {
        let place = (1..).zip(Self::ALL).find(|(_, stage)| *stage == self);
        StepNumber::first_level(place.map_or(0, |(number, _)| number))
    }

    fn words(self) -> &'static str {
        match self {
            Self::Stopping => "stop the machine (deallocate)",
            Self::Copying => "snapshot its system disk, and make a disk of the snapshot",
            Self::Reading => {
                "read the snapshot by a short-lived link, judge it, and compute the edit"
            }
            Self::Attaching => "attach the new disk to a small Linux VM",
            Self::Held => "wait for a person's hands",
            Self::Writing => "write the changed sectors, compared before and read back after",
            Self::Detaching => "detach the disk, and delete the VM and its interface",
            Self::Swapping => "swap the system disk of the machine",
            Self::Starting => "start the machine",
            Self::CleaningUp => "prove it from outside, and delete the snapshot",
            Self::Done => "keep the former disk for its time",
            Self::PutBack => "put everything back as it was",
        }
    }

    /// Whether nothing is left to do.
    pub(crate) fn is_over(self) -> bool {
        match self {
            Self::Done | Self::PutBack => true,
            Self::Stopping
            | Self::Copying
            | Self::Reading
            | Self::Attaching
            | Self::Held
            | Self::Writing
            | Self::Detaching
            | Self::Swapping
            | Self::Starting
            | Self::CleaningUp => false,
        }
    }
}

/// What a number in the journal of a repair stands for.
pub(crate) fn words(number: &StepNumber) -> Option<&'static str> {
    Stage::ALL.into_iter().find(|stage| stage.number() == *number).map(Stage::words)
}

impl Record {
    /// Notes how far it is, before that is begun.
    pub(crate) fn reach(&mut self, stage: Stage, beside: &Path) -> Result<(), CliError> {
        self.stage = stage;
        self.save(beside).map_err(|error| {
            CliError::new(format!("cannot keep the record of run {}", safe(&self.run)))
                .why(error)
                .hint("make room beside the state; the next apply goes on from what is there")
        })
    }

    fn save(&self, beside: &Path) -> io::Result<()> {
        let folder = folder(beside);
        fs::create_dir_all(&folder)?;
        let (path, fresh) = (self.path(&folder, "json"), self.path(&folder, "new"));
        let mut file = fs::File::create(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &path)?;
        fs::File::open(&folder)?.sync_all()
    }

    fn path(&self, folder: &Path, kind: &str) -> PathBuf {
        folder.join(format!("{}.{kind}", self.run))
    }
}

fn folder(beside: &Path) -> PathBuf {
    beside.join("repairs")
}

/// All records, the oldest first.
pub(crate) fn all(beside: &Path) -> Result<Vec<Record>, CliError> {
    let folder = folder(beside);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(CliError::new("cannot read the records of repairs").why(error));
        }
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "json") {
            rdpctl_store::believable(&path)?;
            let record: Record = serde_json::from_slice(&fs::read(&path)?).map_err(|error| {
                let name = path.display().to_string();
                CliError::new(format!("the record {} makes no sense", safe(&name)))
                    .why(error)
                    .hint("what it speaks of is listed by `rdpctl state list`, too")
            })?;
            found.push(record);
        }
    }
    found.sort_by(|one: &Record, other: &Record| one.run.cmp(&other.run));
    Ok(found)
}
