//! What is kept of a repair beside the state, so that whoever comes after a kill finishes it or puts everything back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rdpctl_model::outcome::Created;
use rdpctl_model::repair::{PlannedRepair, RepairStage};
use rdpctl_model::{InstanceName, ProviderName, ResourceId};
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::out::safe;
use crate::whole;

/// One repair.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) run: String,
    pub(crate) instance: InstanceName,
    pub(crate) provider: ProviderName,
    pub(crate) id: ResourceId,
    pub(crate) stage: RepairStage,
    pub(crate) snapshot: Created,
    pub(crate) copy: Created,
    pub(crate) card: Created,
    pub(crate) helper: Created,
    /// The disk that the machine had before.
    pub(crate) former: Created,
    /// What was planned, whose numbers its journal has; none in a record of before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) planned: Option<PlannedRepair>,
    /// When the machine was last started or stopped, as the vendor wrote it once it was stopped for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owned: Option<String>,
}

impl Record {
    /// Notes how far it is, before that is begun.
    pub(crate) fn reach(&mut self, stage: RepairStage, beside: &Path) -> Result<(), CliError> {
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
        whole::write(&self.path(&folder), &serde_json::to_vec_pretty(self)?)?;
        fs::File::open(&folder)?.sync_all()
    }

    fn path(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.json", self.run))
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

/// What a former run left.
pub(super) fn left(record: &Record) -> String {
    let (run, name) = (safe(&record.run).into_owned(), safe(record.instance.as_str()).into_owned());
    format!(
        "\n{name}: run {run} has its disk in hand (copy {}, VM {}); the next `rdpctl apply` goes on with it or puts it back\n",
        safe(&record.copy.id.short()),
        safe(&record.helper.id.short())
    )
}
