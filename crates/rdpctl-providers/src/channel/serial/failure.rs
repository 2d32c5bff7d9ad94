//! Why a session came to nothing, and what that means for a guest.

use std::io;

use rdpctl_contract::Cause;
use rdpctl_contract::channel::ChannelError;
use rdpctl_model::InstanceName;
use rdpctl_model::guest::ChannelKind;

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing has been executed.
    Before,
    /// The line that runs the file was entered.
    Entered,
}

/// Why a session came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// The line broke.
    Lost(io::Error),
    /// It was closed on the other side: somebody else took the console, or the machine went away.
    Closed,
    /// More came than any console shows.
    Flooded,
    /// It took too long; what was waited for.
    Late(&'static str),
    /// What was typed did not come back as it was typed, several times.
    Echo,
    /// Nothing that looks like a console answers.
    NoConsole,
    /// The console opened no channel for commands; what it said instead, made harmless.
    NoChannel(String),
    /// The log-on was refused.
    Refused(String),
    /// The guest does not let it be done.
    Unavailable(String),
    /// The output came, and is not what was announced.
    Damaged(String),
    /// The run was stopped.
    Stopped,
}

impl Failure {
    /// The same in the contract's words.
    pub(super) fn of(self, instance: &InstanceName, stage: Stage) -> ChannelError {
        let (instance, channel) = (instance.clone(), ChannelKind::Serial);
        let source = Cause::from(self.words());
        match (self, stage) {
            (Self::Damaged(_), _) => ChannelError::Damaged { instance, channel, source },
            (Self::Stopped, Stage::Before) => ChannelError::Stopped,
            (_, Stage::Entered) => ChannelError::OutcomeUnknown { instance, channel, source },
            (Self::Refused(_), Stage::Before) => {
                ChannelError::Refused { instance, channel, source }
            }
            (
                Self::Lost(_) | Self::Closed | Self::Late(_) | Self::NoConsole | Self::NoChannel(_),
                Stage::Before,
            ) => ChannelError::Unreachable { instance, channel, source },
            (Self::Flooded | Self::Echo | Self::Unavailable(_), Stage::Before) => {
                ChannelError::Unavailable { instance, channel, source }
            }
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Lost(error) => format!("the line broke: {error}"),
            Self::Closed => "the line was closed on the other side: somebody else took the console, or the machine went off".to_owned(),
            Self::Flooded => "the line floods: more came than a console shows".to_owned(),
            Self::Late(what) => format!("no {what} in time"),
            Self::Echo => "the line loses characters: what is typed does not come back".to_owned(),
            Self::NoConsole => "no console answers: emergency management is off in the guest's boot configuration, or it still starts".to_owned(),
            Self::NoChannel(said) => format!("the console opens no command channel{said}"),
            Self::Refused(why) | Self::Unavailable(why) | Self::Damaged(why) => why.clone(),
            Self::Stopped => "the run was stopped".to_owned(),
        }
    }
}
