//! What earlier runs left in rdpctl's own folder, and whether the machine has a policy file of its own: one question, as
//! every frame costs a line of which little is left.

use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, Left, OwnPolicy};

use crate::frame::{Batch, Frames};
use crate::said::say;

const TAG: &str = "left";

/// Stands between files and folders, and behind them where there is a policy file; no name holds it.
const BETWEEN: &str = "/";

/// What the machine's own policy writes.
pub(super) const OWN_POLICY: &str = r"!X!\GroupPolicy\Machine\Registry.pol";

/// More names are no remainders of ours.
const MOST: usize = 1_000;

/// Asks for the names of files, and of folders other than that in which this very script stands.
pub(super) fn ask(batch: &mut Batch) {
    batch.ask(
        TAG,
        &format!(
            r#"dir /b /a-d !D! 2>nul&echo {BETWEEN}&(for /d %f in (!D!\*) do (if /i not "%f"=="!cd!" echo %~nxf))&(if exist {OWN_POLICY} echo {BETWEEN})"#
        ),
    );
}

/// Reads the names. `dir` ends with 1 where it found none.
pub(super) fn read(frames: &Frames) -> Answer<Left> {
    let frame = frames.get(TAG)?;
    let garbled = || Gap::garbled(say::names_of_leftovers());
    let lines: Vec<&str> = frame.text.lines().filter(|line| !line.is_empty()).collect();
    let between = lines.iter().position(|line| *line == BETWEEN).ok_or_else(garbled)?;
    if !matches!(frame.exit, 0 | 1) {
        return Err(garbled());
    }
    let names = |lines: &[&str]| {
        let names = lines.iter().take(MOST).filter(|line| **line != BETWEEN);
        names.map(ToString::to_string).collect()
    };
    let (files, folders) = (names(&lines[..between]), names(&lines[between + 1..]));
    Ok(Left { files, folders })
}

/// Whether the machine has a policy file of its own.
pub(super) fn own_policy(frames: &Frames) -> Answer<OwnPolicy> {
    let frame = frames.get(TAG)?;
    match frame.text.lines().filter(|line| *line == BETWEEN).count() {
        1 => Ok(OwnPolicy::Absent),
        2 => Ok(OwnPolicy::There),
        _ => Err(Gap::garbled(say::policy_file())),
    }
}
