//! One command file's way through an interpreter on a line: in, run, and its output back.

use std::time::Duration;

use rdpctl_guest::Refusal;
use rdpctl_guest::pack::Assembly;
use rdpctl_guest::sac::{Typing, sound_rows};
use rdpctl_model::Gap;

use super::failure::{Failure, Stage};
use super::hand::Hand;
use super::talk::Talk;
use crate::channel::why::say as why;
use crate::said::say;
use rdpctl_model::Said;

/// How long a line that runs nothing of the file may take.
const SOON: Duration = Duration::from_secs(30);
/// How long the rows of a slice may take.
const SLICE: Duration = Duration::from_secs(10);
/// How long all of it may take once more, typed, where it did not go unseen.
const AGAIN_TYPED: Duration = Duration::from_mins(5);
/// How often rows are asked for beyond what their number needs.
const AGAIN: usize = 12;
/// How often the whole output is read, where its hash is not the one that was announced.
const READINGS: u32 = 3;

/// Runs a file and gives what it printed.
pub(super) async fn exchange(
    talk: &mut Talk,
    typing: &mut Typing,
    hand: &mut Hand,
    file: &str,
    within: Duration,
    stage: &mut Stage,
) -> Result<Vec<u8>, Failure> {
    match bring(talk, typing, hand, file).await {
        // Nothing was executed yet, and what was brought is begun anew.
        Err(failure @ (Failure::Echo | Failure::Late(_))) => {
            talk.grant(within.max(AGAIN_TYPED));
            if !hand.instead(talk, typing).await? {
                return Err(failure);
            }
            bring(talk, typing, hand, file).await?;
        }
        brought => brought?,
    }
    let (line, number) = typing.run();
    hand.ready(talk, typing, &line).await?;
    *stage = Stage::Entered;
    hand.enter(talk).await?;
    if !hand.through(talk, typing, number, within).await? {
        return Err(Failure::Late("end of the script"));
    }
    talk.grant(within.max(Duration::from_mins(2)));
    fetch(talk, typing, hand).await
}

/// Brings a file into a folder where nobody else may write.
async fn bring(
    talk: &mut Talk,
    typing: &mut Typing,
    hand: &mut Hand,
    file: &str,
) -> Result<(), Failure> {
    let too_long = || Failure::Unavailable(why::too_long_for_serial());
    folder(talk, typing, hand).await?;
    for (line, number) in typing.upload(file).ok_or_else(too_long)? {
        match hand {
            // What is seen back needs no mark.
            Hand::Seen => talk.enter(&line).await?,
            Hand::Unseen(_) => {
                hand.ready(talk, typing, &line).await?;
                hand.enter(talk).await?;
                if !hand.through(talk, typing, number, SOON).await? {
                    return Err(Failure::Late("end of a piece"));
                }
            }
        }
    }
    let line = typing.unpack();
    if hand.marked(talk, typing, &line, SOON, "end of the unpacking").await?.code != 0 {
        return Err(Failure::Unavailable(why::decoding_blocked()));
    }
    Ok(())
}

/// Makes and enters a folder where nobody else may write.
async fn folder(talk: &mut Talk, typing: &mut Typing, hand: &mut Hand) -> Result<(), Failure> {
    let refused = |refusal: Refusal| Err(Failure::Unavailable(refusal.said()));
    let line = typing.shut_folder();
    if hand.marked(talk, typing, &line, SOON, "end of the first command").await?.code != 0 {
        return refused(Refusal::NotMade);
    }
    let line = typing.enter_folder();
    let mark = hand.marked(talk, typing, &line, SOON, "end of the second command").await?;
    if !typing.is_inside(&mark.rest) {
        return refused(Refusal::NotEntered);
    }
    if mark.code == 2 { Ok(()) } else { refused(Refusal::Open) }
}

/// Fetches the output, row by row, until all are here.
async fn fetch(talk: &mut Talk, typing: &mut Typing, hand: &mut Hand) -> Result<Vec<u8>, Failure> {
    let line = typing.pack();
    let mark = hand.marked(talk, typing, &line, SOON, "end of the packing").await?;
    let total = usize::try_from(mark.code).unwrap_or(0);
    if total == 0 {
        return Err(Failure::Damaged(say::encoding_blocked()));
    }
    let announced = typing.announced(mark.code, &mark.rest);
    let mut damage = Said::default();
    for _ in 0..READINGS {
        match read(talk, typing, hand, total, &announced).await? {
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
    hand: &mut Hand,
    total: usize,
    announced: &[u8],
) -> Result<Result<Vec<u8>, Gap>, Failure> {
    let begun = Assembly::begin(typing.nonce(), typing.reply_room(), announced);
    let mut assembly = match begun {
        Ok(assembly) => assembly,
        Err(gap) => return Ok(Err(gap)),
    };
    for _ in 0..total.div_ceil(typing.rows()) + AGAIN {
        let Some(missing) = assembly.missing() else { break };
        let (line, number) = typing.slice(&(missing.start..missing.start + typing.rows()));
        hand.ready(talk, typing, &line).await?;
        hand.enter(talk).await?;
        // A mark that got lost does not lose the rows before it.
        hand.through(talk, typing, number, SLICE).await?;
        assembly.add(sound_rows(talk.screen(), total).as_bytes());
    }
    Ok(assembly.finish())
}
