//! Why a session came to nothing, and what that means for a guest.

use std::io;

use rdpctl_contract::Cause;
use rdpctl_contract::channel::ChannelError;
use rdpctl_guest::sac::{Barred, Identity};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{InstanceName, Said};

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
    /// The console opened no channel for commands; who the machine says it is instead, where it does, and why, where that
    /// was understood.
    NoChannel(Option<Identity>, Option<Barred>),
    /// The log-on was refused.
    Refused(Said),
    /// The guest does not let it be done.
    Unavailable(Said),
    /// The output came, and is not what was announced.
    Damaged(Said),
    /// The run was stopped.
    Stopped,
}

impl Failure {
    /// The same in the contract's words.
    pub(super) fn of(self, instance: &InstanceName, stage: Stage) -> ChannelError {
        let (instance, channel) = (instance.clone(), ChannelKind::Serial);
        let source = Cause::from(self.said());
        match (self, stage) {
            (Self::Damaged(_), _) => ChannelError::Damaged { instance, channel, source },
            (Self::Stopped, Stage::Before) => ChannelError::Stopped,
            (_, Stage::Entered) => ChannelError::OutcomeUnknown { instance, channel, source },
            (Self::Refused(_), Stage::Before) => {
                ChannelError::Refused { instance, channel, source }
            }
            (
                Self::Lost(_)
                | Self::Closed
                | Self::Late(_)
                | Self::NoConsole
                | Self::NoChannel(None, _),
                Stage::Before,
            ) => ChannelError::Unreachable { instance, channel, source },
            // Whom a new start does not help, or nobody knows to be helped, is not offered one.
            (
                Self::NoChannel(Some(_), Some(Barred::NotRegistered | Barred::Off)),
                Stage::Before,
            ) => ChannelError::Unavailable { instance, channel, source },
            (Self::NoChannel(Some(_), Some(Barred::NoTime) | None), Stage::Before) => {
                ChannelError::Unresponsive { instance, channel, source }
            }
            (Self::Flooded | Self::Echo | Self::Unavailable(_), Stage::Before) => {
                ChannelError::Unavailable { instance, channel, source }
            }
        }
    }

    fn said(&self) -> Said {
        match self {
            Self::Lost(error) => say::line_broke(error.to_string()),
            Self::Closed => say::line_closed(),
            Self::Flooded => say::line_floods(),
            Self::Late(what) => say::late(*what),
            Self::Echo => say::echo(),
            Self::NoConsole => say::no_console(),
            Self::NoChannel(None, _) => say::no_command_channel(),
            Self::NoChannel(Some(who), why) => match why {
                None => say::only_the_console(&who.name, &who.up),
                Some(Barred::NoTime) => say::no_time(&who.name, &who.up),
                Some(Barred::NotRegistered) => say::not_registered(&who.name, &who.up),
                Some(Barred::Off) => say::channels_off(&who.name, &who.up),
            },
            Self::Refused(why) | Self::Unavailable(why) | Self::Damaged(why) => why.clone(),
            Self::Stopped => say::run_stopped(),
        }
    }
}

rdpctl_model::says! { "serial":
    line_broke(error);
    line_closed();
    line_floods();
    late(what);
    echo();
    no_console();
    no_command_channel();
    only_the_console(name, up);
    no_time(name, up);
    not_registered(name, up);
    channels_off(name, up);
    run_stopped();
}
