//! Evidence as it is written down: JSON in a blob, pressed with LZ4 where that makes it smaller.
//!
//! JSON, because evidence outlives the program that wrote it and people want to read it; LZ4, because surveys repeat
//! their keys and a hundred thousand of them would otherwise be mostly those. A survey is pressed by whoever made it and
//! not by whoever writes it: what waits to be written is a tenth as large, and looks press side by side.

use std::borrow::Cow;

use jiff::Timestamp;
use rdpctl_model::cloud::CloudSurvey;
use rdpctl_model::rules::Doors;
use rdpctl_model::{Gap, Survey};
use serde::Serialize;
use serde::de::DeserializeOwned;

const PLAIN: i64 = 0;
const LZ4: i64 = 1;
/// Below this LZ4 gains nothing.
const WORTH_PRESSING: usize = 256;
/// No document is larger once unpressed; a damaged size must not make us allocate without bound.
const MOST: usize = 1 << 30;

/// A document as it lies on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// How it lies there.
    pub form: i64,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// Bytes that no document was pressed into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no document")]
pub struct NotPressed;

impl Pressed {
    /// Writes a document.
    ///
    /// # Errors
    /// What it holds has no form in JSON.
    pub fn of(document: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self::press(serde_json::to_vec(document)?))
    }

    /// Presses JSON.
    #[must_use]
    pub fn press(plain: Vec<u8>) -> Self {
        if plain.len() < WORTH_PRESSING {
            return Self { form: PLAIN, body: plain };
        }
        let pressed = lz4_flex::block::compress_prepend_size(&plain);
        if pressed.len() < plain.len() {
            // What waits takes no more room than it has bytes.
            Self { form: LZ4, body: pressed.into_boxed_slice().into_vec() }
        } else {
            Self { form: PLAIN, body: plain }
        }
    }
}

/// Reads a document.
///
/// # Errors
/// It is not one, or not such a one.
pub fn read<T: DeserializeOwned>(form: i64, body: &[u8]) -> Result<T, NotPressed> {
    serde_json::from_slice(&plain(form, body)?).map_err(|_| NotPressed)
}

/// The JSON as it was before it was pressed.
///
/// # Errors
/// It was not pressed so.
pub fn plain(form: i64, body: &[u8]) -> Result<Cow<'_, [u8]>, NotPressed> {
    match form {
        PLAIN => Ok(Cow::Borrowed(body)),
        LZ4 => {
            let (size, rest) = body.split_at_checked(4).ok_or(NotPressed)?;
            let size = u32::from_le_bytes(size.try_into().map_err(|_| NotPressed)?) as usize;
            // LZ4 makes nothing more than 255 times smaller, so a size beyond that is damage as well.
            if size > MOST || size > rest.len().saturating_mul(255) {
                return Err(NotPressed);
            }
            lz4_flex::block::decompress(rest, size).map(Cow::Owned).map_err(|_| NotPressed)
        }
        _ => Err(NotPressed),
    }
}

/// What a look brought of one instance, ready to be written down.
#[derive(Clone, Debug)]
pub struct PressedSurvey {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// What the cloud said, without the doors, which many instances share.
    pub cloud: Result<(Doors, Pressed), Gap>,
    /// What the guest said.
    pub guest: Result<Pressed, Gap>,
    /// What the handshake showed.
    pub outside: Result<Pressed, Gap>,
}

impl PressedSurvey {
    /// Presses it.
    ///
    /// # Errors
    /// What was said has no form in JSON.
    pub fn of(survey: Survey) -> Result<Self, serde_json::Error> {
        let Survey { taken_at, cloud, guest, outside } = survey;
        let cloud = match cloud {
            Ok(mut said) => {
                let unfiltered = said.doors.unfiltered;
                let doors = std::mem::replace(&mut said.doors, Doors::without_stages(unfiltered));
                Ok((doors, Pressed::of(&said)?))
            }
            Err(gap) => Err(gap),
        };
        Ok(Self { taken_at, cloud, guest: pressed(guest)?, outside: pressed(outside)? })
    }

    /// As it was before.
    ///
    /// # Errors
    /// It was not pressed so.
    pub fn into_survey(self) -> Result<Survey, NotPressed> {
        let Self { taken_at, cloud, guest, outside } = self;
        let cloud = match cloud {
            Ok((doors, said)) => Ok(CloudSurvey { doors, ..read(said.form, &said.body)? }),
            Err(gap) => Err(gap),
        };
        Ok(Survey { taken_at, cloud, guest: unpressed(guest)?, outside: unpressed(outside)? })
    }
}

fn unpressed<T: DeserializeOwned>(
    said: Result<Pressed, Gap>,
) -> Result<Result<T, Gap>, NotPressed> {
    Ok(match said {
        Ok(said) => Ok(read(said.form, &said.body)?),
        Err(gap) => Err(gap),
    })
}

fn pressed<T: Serialize>(said: Result<T, Gap>) -> Result<Result<Pressed, Gap>, serde_json::Error> {
    Ok(match said {
        Ok(said) => Ok(Pressed::of(&said)?),
        Err(gap) => Err(gap),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_documents_stay_plain_and_long_ones_are_pressed() {
        let short = Pressed::of(&"running").unwrap();
        assert_eq!((short.form, short.body.as_slice()), (PLAIN, br#""running""#.as_slice()));
        let long = vec!["running"; 1000];
        let pressed = Pressed::of(&long).unwrap();
        assert_eq!(pressed.form, LZ4);
        assert!(pressed.body.len() < 200, "{}", pressed.body.len());
        assert_eq!(read::<Vec<String>>(pressed.form, &pressed.body).unwrap(), long);
    }

    #[test]
    fn damaged_documents_are_refused_and_claim_no_memory() {
        let pressed = Pressed::of(&vec!["running"; 1000]).unwrap();
        let cut = &pressed.body[..pressed.body.len() / 2];
        assert_eq!(read::<Vec<String>>(LZ4, cut), Err(NotPressed));
        assert_eq!(read::<Vec<String>>(LZ4, &[0xff; 8]), Err(NotPressed));
        assert_eq!(read::<Vec<String>>(9, b"[]"), Err(NotPressed));
        assert_eq!(read::<Vec<String>>(PLAIN, b"["), Err(NotPressed));
    }
}
