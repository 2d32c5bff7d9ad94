//! The second way, where no link to a disk is given: the copy is read in the machine that helps, judged here, and what is to be
//! done is made there, by a program that is sent along.

use rdpctl_model::declaration::Instance;
use rdpctl_offline::{Facts, Mended};
use rdpctl_providers::azure::Program;
use serde::de::DeserializeOwned;

use super::hands::Repair;
use super::program::NAME;
use super::record::Record;
use crate::disk::{Asked, Which, Wishes, Work, judge_facts};
use crate::error::CliError;
use crate::out;
use crate::report::plan_disk;

impl Repair<'_> {
    /// Reads the copy in the machine that helps, and has made there what is to be done. How many bytes were written; nothing
    /// where nothing is to be.
    pub(super) async fn make_there(
        &self,
        record: &Record,
        instance: &Instance,
        program: &Program,
    ) -> Result<Option<usize>, CliError> {
        let (helper, stop) = (&record.helper.id, &self.stops.now);
        Self::say(&format!("sending {NAME} {} in pieces", &program.sum[..12]));
        self.cloud.bring(helper, program, stop).await?;
        Self::say("reading the copy there");
        let facts: Facts = read(&self.cloud.look_there(helper, stop).await?)?;
        let which = Which { disk: None, installation: None };
        let declared = Some(self.session.estate.profile(&instance.profile));
        let asked = Asked { declared, ..Asked::of(which) };
        let judged = judge_facts(facts, instance.name.as_str(), &asked);
        let wishes = Wishes::of(&judged)?;
        let made = match wishes.wanted(&[]) {
            None => None,
            Some(wanted) => {
                Self::say("making the change there");
                let wanted =
                    serde_json::to_vec(&wanted).map_err(|error| CliError::from_error(&error))?;
                Some(read::<Mended>(&self.cloud.make_there(helper, &wanted, stop).await?)?)
            }
        };
        let (took, bytes) = made.map(|made| (made.took, made.bytes)).unwrap_or_default();
        let work = Work { steps: wishes.ended(&[], took), bytes, ..Work::default() };
        out::page(&plan_disk::page(&judged, &work))?;
        Ok((bytes > 0).then_some(bytes))
    }
}

/// What the program said. It read a disk that anybody may have written: its words are taken as those of a guest are.
fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, CliError> {
    serde_json::from_slice(json)
        .map_err(|error| CliError::new(format!("what {NAME} says makes no sense")).why(error))
}
