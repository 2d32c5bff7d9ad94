//! One command file's way through an interpreter on a line: in, run, and its output back.

use std::time::Duration;

use rdpctl_guest::Refusal;
use rdpctl_guest::pack::Assembly;
use rdpctl_guest::sac::{ROWS, Typing, sound_rows};
use rdpctl_model::Gap;

use super::failure::{Failure, Stage};
use super::talk::Talk;
use crate::channel::why::say as why;
use crate::said::say;
use rdpctl_model::Said;

/// How long a line that runs nothing of the file may take.
const SOON: Duration = Duration::from_secs(30);
/// How long the rows of a slice may take.
const SLICE: Duration = Duration::from_secs(10);
/// How often rows are asked for beyond what their number needs.
const AGAIN: usize = 12;
/// How often the whole output is read, where its hash is not the one that was announced.
const READINGS: u32 = 3;

/// Runs a file and gives what it printed.
pub(super) async fn exchange(
    talk: &mut Talk,
    typing: &mut Typing,
    file: &str,
    within: Duration,
    stage: &mut Stage,
) -> Result<Vec<u8>, Failure> {
    let pieces =
        Typing::upload(file).ok_or_else(|| Failure::Unavailable(why::too_long_for_serial()))?;
    folder(talk, typing).await?;
    for piece in pieces {
        talk.enter(&piece).await?;
    }
    let line = typing.unpack();
    if talk.marked(typing, &line, SOON, "end of the unpacking").await?.code != 0 {
        return Err(Failure::Unavailable(why::decoding_blocked()));
    }
    let (line, number) = typing.run();
    talk.blank().await?;
    talk.type_line(&line).await?;
    *stage = Stage::Entered;
    talk.send("\r").await?;
    talk.mark(typing, number, within).await?.ok_or(Failure::Late("end of the script"))?;
    talk.grant(within.max(Duration::from_mins(2)));
    fetch(talk, typing).await
}

/// Makes and enters a folder where nobody else may write.
async fn folder(talk: &mut Talk, typing: &mut Typing) -> Result<(), Failure> {
    let refused = |refusal: Refusal| Err(Failure::Unavailable(refusal.said()));
    let line = typing.shut_folder();
    if talk.marked(typing, &line, SOON, "end of the first command").await?.code != 0 {
        return refused(Refusal::NotMade);
    }
    let line = typing.enter_folder();
    let mark = talk.marked(typing, &line, SOON, "end of the second command").await?;
    if !typing.is_inside(&mark.rest) {
        return refused(Refusal::NotEntered);
    }
    if mark.code == 2 { Ok(()) } else { refused(Refusal::Open) }
}

/// Fetches the output, row by row, until all are here.
async fn fetch(talk: &mut Talk, typing: &mut Typing) -> Result<Vec<u8>, Failure> {
    let line = typing.pack();
    let mark = talk.marked(typing, &line, SOON, "end of the packing").await?;
    let total = usize::try_from(mark.code).unwrap_or(0);
    if total == 0 {
        return Err(Failure::Damaged(say::encoding_blocked()));
    }
    let announced = typing.announced(mark.code, &mark.rest);
    let mut damage = Said::default();
    for _ in 0..READINGS {
        match read(talk, typing, total, &announced).await? {
            Ok(output) => return Ok(output),
            Err(gap) => damage = gap.said(),
        }
    }
    Err(Failure::Damaged(damage))
}

/// Reads the output once, rows that are missing again and again.
async fn read(
    talk: &mut Talk,
    typing: &mut Typing,
    total: usize,
    announced: &[u8],
) -> Result<Result<Vec<u8>, Gap>, Failure> {
    let begun = Assembly::begin(typing.nonce(), Typing::reply_room(), announced);
    let mut assembly = match begun {
        Ok(assembly) => assembly,
        Err(gap) => return Ok(Err(gap)),
    };
    for _ in 0..total.div_ceil(ROWS) + AGAIN {
        let Some(missing) = assembly.missing() else { break };
        talk.blank().await?;
        let (line, number) = typing.slice(&(missing.start..missing.start + ROWS));
        talk.enter(&line).await?;
        // A mark that got lost does not lose the rows before it.
        talk.mark(typing, number, SLICE).await?;
        assembly.add(sound_rows(talk.screen(), total).as_bytes());
    }
    Ok(assembly.finish())
}
