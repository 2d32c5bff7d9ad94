//! How the cloud behaves in a world: its limits, how long things take, and what goes wrong.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::unforeseen::{Meanwhile, PowerCut};
use crate::winrm::{Effect, Fault, Injection, Operation};

/// A length of time, written `"90s"`, `"50ms"`, `"2m"`, `"1h"`; a bare number counts seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lasting(pub(crate) Duration);

impl Lasting {
    const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, unit) = text.split_at(digits);
        let number: f64 = number.parse().ok()?;
        let seconds = match unit.trim() {
            "ms" => number / 1000.0,
            "s" => number,
            "m" | "min" => number * 60.0,
            "h" => number * 3600.0,
            "d" => number * 86_400.0,
            _ => return None,
        };
        Duration::try_from_secs_f64(seconds).ok().map(Self)
    }
}

impl<'de> Deserialize<'de> for Lasting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Lasting;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as \"90s\", \"50ms\" or a number of seconds")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Lasting, E> {
                u64::try_from(value)
                    .map(Lasting::seconds)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Lasting, E> {
                Lasting::parse(value)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// `[policy]`: what the vendor grants and how long it takes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Policy {
    /// Calls per second.
    pub(crate) rate_limits: RateLimits,
    /// How long what is asynchronous takes.
    pub(crate) durations: Durations,
    /// How many bytes a script of Azure's run-command may have.
    pub(crate) script_limit: Option<usize>,
    /// What a policy of the subscription makes of each snapshot, whatever was asked for.
    pub(crate) snapshot_network: Option<super::DiskNetwork>,
}

/// Calls per second that the gateway lets through.
#[derive(Clone, Debug, Default)]
pub(crate) enum RateLimits {
    /// As the vendor documents them.
    #[default]
    Documented,
    /// None.
    Unlimited,
    /// As given by action, otherwise as documented.
    PerAction(BTreeMap<String, u32>),
}

impl<'de> Deserialize<'de> for RateLimits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = RateLimits;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "\"documented\", \"unlimited\" or a table of calls per second by action",
                )
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<RateLimits, E> {
                match value {
                    "documented" => Ok(RateLimits::Documented),
                    "unlimited" => Ok(RateLimits::Unlimited),
                    other => Err(E::unknown_variant(other, &["documented", "unlimited"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RateLimits, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(RateLimits::PerAction)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// How long asynchronous work takes, in simulated time.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Durations {
    /// From off to on.
    pub(crate) start: Lasting,
    /// From on to off.
    pub(crate) stop: Lasting,
    /// From on to on.
    pub(crate) reboot: Lasting,
    /// Into or out of the rescue system.
    pub(crate) rescue: Lasting,
    /// From power to an agent that answers.
    pub(crate) boot: Lasting,
    /// Changing an instance's attributes, groups or bandwidth.
    pub(crate) modify: Lasting,
    /// Making or giving back an address.
    pub(crate) allocate: Lasting,
    /// Binding or unbinding an address, or changing its bandwidth.
    pub(crate) associate: Lasting,
    /// Taking a snapshot.
    pub(crate) snapshot: Lasting,
    /// Rolling a disk back.
    pub(crate) rollback: Lasting,
    /// Attaching or detaching a disk.
    pub(crate) disk: Lasting,
    /// From a command's acceptance to its start in the guest.
    pub(crate) delivery: Lasting,
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            start: Lasting::seconds(25),
            stop: Lasting::seconds(20),
            reboot: Lasting::seconds(30),
            rescue: Lasting::seconds(60),
            boot: Lasting::seconds(20),
            modify: Lasting::seconds(3),
            allocate: Lasting::seconds(2),
            associate: Lasting::seconds(3),
            snapshot: Lasting::seconds(90),
            rollback: Lasting::seconds(60),
            disk: Lasting::seconds(5),
            delivery: Lasting::seconds(1),
        }
    }
}

/// `[fault]`: what goes wrong, and how often.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Faults {
    /// How long every answer is held back, in real time.
    pub(crate) latency: Latency,
    /// How far the gateway's clock is ahead of the real one, in seconds; negative when behind.
    pub(crate) clock_skew: i64,
    /// How long a write stays invisible to reads, in simulated time.
    pub(crate) eventual_consistency: Option<Lasting>,
    /// How far Azure's resource graph is behind, in simulated time.
    pub(crate) graph_lag: Option<Lasting>,
    /// Calls that are answered with an error.
    pub(crate) error: Vec<ErrorFault>,
    /// Calls whose connection breaks.
    pub(crate) reset: Vec<ResetFault>,
    /// The computer from which the clouds are called loses its power, once in the life of this world. Only for worlds that
    /// are embedded in their caller, who goes down with it.
    pub(crate) power_cut: Option<PowerCut>,
    /// What happens to the machine or to the copy of its disk while the copy is attached elsewhere.
    pub(crate) meanwhile: Option<Meanwhile>,
    /// After so many reads a link to a copy is not honoured any more.
    pub(crate) link_reads: Option<u32>,
    /// Accepted operations that fail in the end.
    pub(crate) operation: Vec<OperationFault>,
    /// Agents that stop answering.
    pub(crate) agent: Vec<AgentFault>,
    /// WinRM services that break off, refuse or babble.
    pub(crate) winrm: Vec<WinrmFault>,
}

/// How long answers are held back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latency {
    /// For actions not named.
    pub(crate) default: Duration,
    /// By action.
    pub(crate) by_action: BTreeMap<String, Duration>,
}

impl Latency {
    /// How long the answer to `action` is held back.
    #[must_use]
    pub(crate) fn of(&self, action: &str) -> Duration {
        self.by_action.get(action).copied().unwrap_or(self.default)
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Latency;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a duration, or a table of durations by action with `default` for the others",
                )
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Latency, E> {
                Lasting::parse(value)
                    .map(|Lasting(default)| Latency { default, by_action: BTreeMap::new() })
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Latency, A::Error> {
                let mut by_action: BTreeMap<String, Lasting> =
                    BTreeMap::deserialize(MapAccessDeserializer::new(map))?;
                let default =
                    by_action.remove("default").map_or(Duration::ZERO, |Lasting(default)| default);
                let by_action =
                    by_action.into_iter().map(|(action, Lasting(held))| (action, held)).collect();
                Ok(Latency { default, by_action })
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// An error instead of, or after, the effect.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ErrorFault {
    /// The action; `*` is any.
    pub(crate) action: String,
    /// The vendor's error code.
    pub(crate) code: String,
    /// Its message.
    #[serde(default = "injected")]
    pub(crate) message: String,
    /// Every so many calls.
    #[serde(default = "one")]
    pub(crate) every: u32,
    /// At most so often.
    pub(crate) times: Option<u32>,
    /// Whether what was asked for is done all the same.
    #[serde(default)]
    pub(crate) after_effect: bool,
}

/// A connection that breaks instead of answering.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ResetFault {
    /// The action; `*` is any.
    pub(crate) action: String,
    /// Every so many calls.
    #[serde(default = "one")]
    pub(crate) every: u32,
    /// At most so often.
    pub(crate) times: Option<u32>,
    /// Whether what was asked for is done all the same.
    #[serde(default)]
    pub(crate) after_effect: bool,
}

/// An operation that is accepted, takes its time, and fails.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct OperationFault {
    /// The action; `*` is any.
    pub(crate) action: String,
    /// What the vendor says in the end.
    #[serde(default = "injected")]
    pub(crate) message: String,
    /// Every so many operations.
    #[serde(default = "one")]
    pub(crate) every: u32,
    /// At most so often.
    pub(crate) times: Option<u32>,
}

/// An agent that stops answering.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct AgentFault {
    /// The VM's name; for a fleet the name of one member.
    pub(crate) vm: toml::Spanned<String>,
    /// After so many commands.
    pub(crate) after_commands: u32,
    /// For how long; until the next boot when not given.
    #[serde(rename = "for")]
    pub(crate) lasting: Option<Lasting>,
}

/// A `WinRM` service that does wrong.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct WinrmFault {
    /// The VM's name; for a fleet the name of one member.
    pub(crate) vm: toml::Spanned<String>,
    /// At which operation.
    pub(crate) at: Operation,
    /// What goes wrong.
    pub(crate) effect: WinrmEffect,
    /// After so many that went well.
    #[serde(default)]
    pub(crate) after: u32,
    /// At most so often.
    pub(crate) times: Option<u32>,
}

/// What a `WinRM` service does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WinrmEffect {
    /// The connection closes, and nothing was done.
    CloseBefore,
    /// It was done, and the connection closes without an answer.
    CloseAfter,
    /// It was done, and half of the answer arrives.
    CutBody,
    /// It was done, and half of the answer's XML arrives, sealed where the channel is.
    CutXml,
    /// It was done, and a web page stands where the answer should.
    Html,
    /// Every shell is gone, as after a reboot.
    LoseShells,
    /// Logged on, but not allowed.
    AccessDenied,
    /// The user has too many shells.
    TooManyShells,
    /// HTTP 503.
    Unavailable,
}

impl WinrmFault {
    /// The fault as a door takes it.
    pub(crate) fn injection(&self) -> Injection {
        let effect = match self.effect {
            WinrmEffect::CloseBefore => Effect::CloseBefore,
            WinrmEffect::CloseAfter => Effect::CloseAfter,
            WinrmEffect::CutBody => Effect::CutBody,
            WinrmEffect::CutXml => Effect::CutXml,
            WinrmEffect::Html => Effect::Html,
            WinrmEffect::LoseShells => Effect::LoseShells,
            WinrmEffect::AccessDenied => Effect::Fault(Fault::AccessDenied),
            WinrmEffect::TooManyShells => Effect::Fault(Fault::TooManyShells),
            WinrmEffect::Unavailable => Effect::Status(503),
        };
        let times = self.times.unwrap_or(u32::MAX);
        Injection { operation: self.at, effect, after: self.after, times }
    }
}

fn one() -> u32 {
    1
}

fn injected() -> String {
    "injected by the world's faults".to_owned()
}
