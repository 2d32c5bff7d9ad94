//! What came of a step and of a run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{InstanceName, ProviderName, ResourceId, RunId};
use crate::lease::Token;
use crate::number::StepNumber;
use crate::plan::{Budget, Group, Plan, PlannedStep, SecurityDelta};
use crate::said::Said;
use crate::step::Guarded;

/// What an executor hands back for one step on one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What the vendor or the guest said of it: request id, exit codes.
    pub note: Said,
    /// An object that was made, so that it can be given back and is never taken for somebody else's.
    pub created: Option<Created>,
    /// Whether the world agreed already and nothing was done.
    pub already: bool,
    /// What was replaced, as guest actions that put it back.
    pub undo: Vec<crate::step::GuestAction>,
    /// How far a proof came, where the step was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved: Option<ProofStage>,
    /// The one attempt to log on, where the step was that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logon: Option<LogonAttempt>,
}

/// How far a look from outside came; each stage holds all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofStage {
    /// A name, a route, an address.
    Way,
    /// A TCP connection.
    Tcp,
    /// The server chose a security protocol.
    Negotiation,
    /// A TLS session, with its certificate.
    Tls,
    /// Credentials were accepted, and the account may log on.
    Logon,
    /// A licence, and the first picture.
    Session,
}

/// One attempt to log on. It is counted before it is made, and never repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogonAttempt {
    /// The account, as it was declared; never its password.
    pub account: String,
    /// What came of it.
    pub result: LogonResult,
    /// The NTSTATUS of a refusal, where the server gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u32>,
}

/// What came of an attempt to log on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogonResult {
    /// The server took the credentials.
    Accepted,
    /// The server refused them.
    Refused,
    /// It ended before any credential was sent.
    NotSent,
    /// They were sent, and no answer came.
    NoAnswer,
}

/// Something that rdpctl made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// What it is.
    pub kind: CreatedKind,
    /// Its provider.
    pub provider: ProviderName,
    /// Its id.
    pub id: ResourceId,
}

/// Kinds of things that rdpctl makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CreatedKind {
    /// An elastic address.
    Address,
    /// A rule in a security group.
    Rule,
    /// A snapshot of a disk.
    Snapshot,
    /// A disk.
    Disk,
    /// A virtual machine.
    Vm,
    /// A network interface.
    Nic,
    /// A signed link to a disk's content.
    Sas,
    /// A managed command of a machine, with what it answered.
    RunCommand,
}

impl CreatedKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Address,
        Self::Rule,
        Self::Snapshot,
        Self::Disk,
        Self::Vm,
        Self::Nic,
        Self::Sas,
        Self::RunCommand,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Rule => "rule",
            Self::Snapshot => "snapshot",
            Self::Disk => "disk",
            Self::Vm => "vm",
            Self::Nic => "nic",
            Self::Sas => "sas",
            Self::RunCommand => "run-command",
        }
    }

    /// Whether it is made for one call, and of no use to anybody once that is over.
    #[must_use]
    pub const fn is_for_a_call(self) -> bool {
        match self {
            Self::RunCommand => true,
            Self::Address
            | Self::Rule
            | Self::Snapshot
            | Self::Disk
            | Self::Vm
            | Self::Nic
            | Self::Sas => false,
        }
    }
}

/// Whom an entry concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JournalSubject {
    /// One instance.
    Instance(InstanceName),
    /// One object that several instances share, such as a security group.
    Shared {
        /// The provider.
        provider: ProviderName,
        /// The object.
        object: ResourceId,
    },
}

impl JournalSubject {
    /// The instance, where it is one.
    #[must_use]
    pub const fn instance(&self) -> Option<&InstanceName> {
        match self {
            Self::Instance(name) => Some(name),
            Self::Shared { .. } => None,
        }
    }
}

impl std::fmt::Display for JournalSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Instance(name) => f.pad(name.as_str()),
            Self::Shared { object, .. } => f.pad(object.as_str()),
        }
    }
}

/// One line of a run's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The step, by the number that the planner gave it.
    pub step: StepNumber,
    /// Whom it concerns: each member has entries of its own.
    pub subject: JournalSubject,
    /// What happened.
    pub event: StepEvent,
    /// When.
    pub at: Timestamp,
}

/// What happened to a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum StepEvent {
    /// It is about to be done.
    Intent {
        /// The token that makes a repetition harmless, where the vendor knows one.
        token: String,
    },
    /// It was done and the read-back agreed.
    Done {
        /// What came of it.
        receipt: Receipt,
    },
    /// It failed.
    Failed {
        /// Why, in one sentence.
        why: Said,
        /// What the user can do; nothing where that is said.
        advice: Said,
        /// The attempt to log on that failed, where it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        logon: Option<LogonAttempt>,
    },
    /// It was not tried.
    Skipped {
        /// Why.
        why: Said,
    },
}

/// What an observation added to a run's plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// The step that looked.
    pub by: StepNumber,
    /// The groups that stand behind those of the plan.
    pub groups: Vec<Group>,
    /// The steps that stand behind those of the plan; they name groups and steps by their place in the whole.
    pub steps: Vec<PlannedStep>,
    /// What they make weaker or stronger.
    pub security: Vec<SecurityDelta>,
}

impl Growth {
    /// The plan with this at its end.
    pub fn add_to(self, plan: &mut Plan) {
        plan.groups.extend(self.groups);
        plan.steps.extend(self.steps);
        plan.security.extend(self.security);
    }
}

/// A run as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// What it is for.
    pub purpose: Purpose,
    /// Under which lease it writes.
    pub token: Token,
    /// When it began.
    pub began: Timestamp,
    /// When it ended; none while it runs or after a kill.
    pub ended: Option<Timestamp>,
    /// Who ran it.
    pub holder: String,
    /// Who allowed what, where a guard asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<Allowed>,
    /// Canonical digest of the plan with which it began: the one that plan files and approvals name.
    pub plan_digest: String,
    /// Digest of the grants under which it ran; none where nothing had to be granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<String>,
    /// How many failed machines stop it; none where it does not stop by itself, or that is not on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops_at: Option<u64>,
    /// How it ended.
    pub end: Option<RunEnd>,
    /// What it cost.
    pub cost: Budget,
}

/// What a run is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To bring about what is declared.
    #[default]
    Apply,
    /// To put back what another run replaced.
    Undo(RunId),
    /// To repair the disk of a machine that nobody reaches any more.
    RepairDisk(InstanceName),
    /// To start a machine anew over its console, when nothing else answers.
    Console(InstanceName),
}

/// A guard that asked and was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// The guard.
    pub guard: Guarded,
    /// Who allowed it.
    pub by: String,
    /// How.
    pub means: Means,
}

/// How a guard was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// On the command line, beforehand.
    Flag,
    /// On the terminal, when it was asked.
    Terminal,
    /// On the web page.
    Page,
    /// By an annotation on an object.
    Annotation,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// All done.
    Done,
    /// Some parts were held, unknown or failed.
    Partial,
    /// The user stopped it.
    Interrupted,
}
