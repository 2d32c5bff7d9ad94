//! Which of our own attempts to log on a guest refused lately, and why: the wire says little, its log says more. They are
//! told from everybody else's by the workstation that they come from.

use rdpctl_model::guest::{Answer, Event, WORKSTATION};

use crate::frame::{Batch, Frames};

use super::survey::logged;

const TAG: &str = "ev/refused";
/// One attempt is made at a time; more than a few are not ours alone.
const AT_MOST: usize = 4;
/// How far back, in milliseconds.
const LATELY: u32 = 900_000;

/// Adds the question.
pub(super) fn ask(batch: &mut Batch) {
    batch.ask(
        TAG,
        &format!(
            "!X!\\wevtutil.exe qe Security /q:\"*[System[Provider[@Name='Microsoft-Windows-Security-Auditing'] and EventID=4625 \
             and TimeCreated[timediff(@SystemTime) <= {LATELY}]] and EventData[Data[@Name='WorkstationName']='{WORKSTATION}']]\" \
             /c:{AT_MOST} /rd:true /f:xml /e:E 2>nul&echo."
        ),
    );
}

/// The refusals, newest first.
pub(super) fn read(frames: &Frames) -> Answer<Vec<Event>> {
    Ok(logged(frames, TAG)?.into_iter().map(|entry| entry.event).collect())
}
