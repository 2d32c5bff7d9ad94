//! What is remembered of one instance in full: each world's last answer with its date, and why a later look failed.
//!
//! Looking at one world says nothing of another, and a look that failed takes nothing away of what was known before it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cloud::CloudSurvey;
use crate::facts::{LONGEST_LOOK, Stamp};
use crate::gap::Gap;
use crate::guest::GuestSurvey;
use crate::handshake::Handshake;
use crate::survey::Survey;

/// The last answers about one instance.
#[derive(Default, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The cloud account's.
    pub cloud: Remembered<CloudSurvey>,
    /// The guest's.
    pub guest: Remembered<GuestSurvey>,
    /// The handshake's.
    pub outside: Remembered<Handshake>,
}

/// What is known of one world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered<T> {
    /// Its last answer.
    #[serde(skip_serializing_if = "Option::is_none", default = "Option::default")]
    pub answer: Option<Answer<T>>,
    /// The look after that which brought none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failed: Option<Failed>,
}

/// An answer and its date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer<T> {
    /// When it was given.
    pub at: Timestamp,
    /// What was said.
    pub said: T,
}

/// A look that brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// When it was tried.
    pub at: Timestamp,
    /// Why there was none.
    #[serde(flatten)]
    pub gap: Gap,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { answer: None, failed: None }
    }
}

impl Evidence {
    /// Takes over what a look brought: answers replace, failures are noted beside them, and what was not part of the
    /// look stays; so does what somebody else saw, or failed to see, who looked later.
    pub fn take(&mut self, survey: Survey) {
        let at = survey.taken_at;
        self.cloud.take(at, survey.cloud);
        self.guest.take(at, survey.guest);
        self.outside.take(at, survey.outside);
    }

    /// All that is known and not in doubt, as one survey would have brought it; none where nothing ever answered.
    #[must_use]
    pub fn into_survey(self) -> Option<Survey> {
        Some(Survey {
            taken_at: self.latest()?,
            cloud: self.cloud.into_answer(),
            guest: self.guest.into_answer(),
            outside: self.outside.into_answer(),
        })
    }

    /// When any world last answered.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        let at = [
            self.cloud.answer.as_ref().map(|answer| answer.at),
            self.guest.answer.as_ref().map(|answer| answer.at),
            self.outside.answer.as_ref().map(|answer| answer.at),
        ];
        at.into_iter().flatten().max()
    }
}

impl<T> Remembered<T> {
    fn take(&mut self, at: Timestamp, answer: Result<T, Gap>) {
        let later = |known: Timestamp| Stamp::of(known).is_after(Stamp::of(at), LONGEST_LOOK);
        if self.answer.as_ref().is_some_and(|answer| later(answer.at)) {
            return;
        }
        let failed_later = self.failed.as_ref().is_some_and(|failed| later(failed.at));
        match answer {
            Ok(said) => {
                self.answer = Some(Answer { at, said });
                self.failed = self.failed.take().filter(|_| failed_later);
            }
            Err(gap) if gap.was_looked_for() && !failed_later => {
                self.failed = Some(Failed { at, gap });
            }
            Err(_) => {}
        }
    }

    fn into_answer(self) -> Result<T, Gap> {
        match (self.failed, self.answer) {
            (Some(failed), _) => Err(failed.gap),
            (None, Some(answer)) => Ok(answer.said),
            (None, None) => Err(Gap::NotAsked),
        }
    }

    /// What was last said, however long ago.
    #[must_use]
    pub fn said(&self) -> Option<&T> {
        self.answer.as_ref().map(|answer| &answer.said)
    }

    /// What is said now: nothing where the last look failed.
    #[must_use]
    pub fn fresh(&self) -> Option<&T> {
        if self.failed.is_none() { self.said() } else { None }
    }
}
