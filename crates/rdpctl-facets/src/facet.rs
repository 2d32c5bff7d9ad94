//! What every facet is: it reads, judges and mends, and never touches anything.

use std::fmt::Debug;
use std::hash::Hash;
use std::net::IpAddr;

use jiff::Timestamp;
use rdpctl_model::action::{Binds, CloudVerb, OwnAction};
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facet::World;
use rdpctl_model::step::{Action, CloudAction, Disruption, Guarded, GuestAction, Step};
use rdpctl_model::verdict::Answers;
use rdpctl_model::{FacetId, Found, Gap, Said, Survey, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::manual::Manual;

/// One aspect of RDP health.
pub trait Facet {
    /// Which.
    const ID: FacetId;
    /// Its manual page.
    const MANUAL: Manual;
    /// The worlds that it reads, the one whose silence explains its own first.
    const READS: &'static [World] = &[Self::ID.world()];
    /// Facets whose fault explains a fault of this one.
    const CAUSES: &'static [FacetId];
    /// What users declare.
    type Desired: Clone + Debug + PartialEq + Eq + Hash + Serialize + DeserializeOwned + JsonSchema;
    /// The part of the evidence on which the judgement rests. It holds nothing that differs between healthy
    /// instances (ids, addresses), so that a hundred thousand of them share one.
    type Seen: Clone + Debug + PartialEq + Eq + Hash + Serialize + DeserializeOwned;

    /// What its steps may ask of the cloud: from here come the permissions that they need.
    const ASKS: &'static [CloudVerb] = &[];

    /// Takes the evidence out of a survey.
    fn read(survey: &Survey) -> Result<Self::Seen, Gap>;

    /// Compares what was declared with what was seen.
    fn judge(want: &Self::Desired, seen: &Self::Seen, at: &Context) -> Verdict;

    /// What exactly is wrong, the first to be mended first. They choose the words that people read: where there are none,
    /// nothing is said but that it differs. Those of a healthy facet are worth a remark.
    fn findings(_want: &Self::Desired, _seen: &Self::Seen, _at: &Context) -> Vec<Found> {
        Vec::new()
    }

    /// The verdict where the outside is silent and nothing else explains it: what keeps out some, and cannot be told to
    /// keep out those in question. `None` where there is nothing of the kind.
    fn accuse(_want: &Self::Desired, _seen: &Self::Seen, _at: &Context) -> Option<Verdict> {
        None
    }

    /// Whether what it saw answers from outside as Remote Desktop; nothing to say but for whoever looks from there.
    fn answers(_seen: &Self::Seen) -> Answers {
        Answers::NotSeen
    }

    /// The steps that make what was seen into what was declared; asked only when drifted. They say what is done, alike
    /// for all machines with the same difference.
    fn mend(want: &Self::Desired, seen: &Self::Seen, at: &Context) -> Vec<Step>;

    /// Finds what the steps mean on this machine alone: which certificate, which file, which rule set.
    fn bind(_want: &Self::Desired, _survey: &Survey, _at: &Context, _binds: &mut Binds) {}
}

/// What judging needs besides the facet's own declaration and evidence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Context {
    /// Now, for what expires.
    pub now: Timestamp,
    /// The port on which RDP is to be.
    pub port: u16,
    /// Whether it is moved there, away from a port that another program owns.
    pub moving: bool,
    /// The vendor, for words and limits.
    pub provider: ProviderKind,
    /// The address of whoever looks, as the machine sees it, where that is known.
    pub caller: Option<IpAddr>,
    /// The networks that are declared to connect; none where nobody said.
    pub sources: Vec<ipnet::IpNet>,
    /// Which answers were given to guards that change what a facet proposes (stop an intruder, or move the port).
    pub may_stop_service: bool,
    /// Whether RDP may be moved away from an intruder.
    pub may_move_port: bool,
    /// Who may reach `WinRM` where it is to be set up through another channel; `None` where nobody asks for it.
    pub bootstrap_winrm: Option<Vec<ipnet::IpNet>>,
}

impl Context {
    /// Of a machine of which nothing more was declared, seen or allowed.
    #[must_use]
    pub const fn plain(now: Timestamp, port: u16, provider: ProviderKind) -> Self {
        Self {
            now,
            port,
            moving: false,
            provider,
            caller: None,
            sources: Vec::new(),
            may_stop_service: false,
            may_move_port: false,
            bootstrap_winrm: None,
        }
    }

    /// Why nobody here can prove that it answers: whoever looks is none of those who are declared to connect.
    #[must_use]
    pub fn stands_outside(&self) -> Option<Said> {
        let caller = self.caller?;
        let outside =
            !self.sources.is_empty() && !self.sources.iter().any(|net| net.contains(&caller));
        outside.then(|| {
            let list: Vec<String> = self.sources.iter().map(ToString::to_string).collect();
            crate::steps::say::stands_outside(caller.to_string(), list)
        })
    }

    /// The step with the guard of a move, when it is part of one.
    #[must_use]
    pub fn guarding_the_move(&self, step: Step) -> Step {
        if self.moving { step.guarded(Guarded::MovePort) } else { step }
    }
}

/// Builds a step with the facet's own words.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// The facet.
    pub facet: FacetId,
    /// The founding documents' step; one about a vendor's cloud is of the instance's own vendor.
    pub seed: &'static str,
    /// Why, in one sentence.
    pub why: Said,
}

impl Purpose {
    /// A step through the cloud's API.
    #[must_use]
    pub fn cloud(&self, action: CloudAction, before: Said, after: Said) -> Step {
        self.step(Action::Cloud(action), before, after)
    }

    /// A step inside Windows.
    #[must_use]
    pub fn guest(&self, action: GuestAction, before: Said, after: Said) -> Step {
        self.step(Action::Guest(action), before, after)
    }

    /// A step on what is each machine's own.
    #[must_use]
    pub fn own(&self, action: OwnAction, before: Said, after: Said) -> Step {
        self.step(Action::Own(action), before, after)
    }

    fn step(&self, action: Action, before: Said, after: Said) -> Step {
        Step {
            facet: self.facet,
            action,
            before,
            after,
            why: self.why.clone(),
            seed: self.seed.to_owned(),
            disruption: Disruption::None,
            guards: Vec::new(),
            reversible: true,
            expects: Vec::new(),
        }
    }
}

/// Small words on steps, so that a facet reads as a sentence.
pub trait StepWords {
    /// It needs this guard's leave.
    #[must_use]
    fn guarded(self, guard: Guarded) -> Self;
    /// It takes effect with a restart of RDP or of Windows.
    #[must_use]
    fn disrupting(self, disruption: Disruption) -> Self;
    /// There is no way back.
    #[must_use]
    fn irreversible(self) -> Self;
    /// These must hold before, or the plan is stale.
    #[must_use]
    fn expecting(self, checks: Vec<rdpctl_model::step::Check>) -> Self;
}

impl StepWords for Step {
    fn guarded(mut self, guard: Guarded) -> Self {
        if !self.guards.contains(&guard) {
            self.guards.push(guard);
        }
        self
    }

    fn disrupting(mut self, disruption: Disruption) -> Self {
        self.disruption = disruption;
        self
    }

    fn irreversible(mut self) -> Self {
        self.reversible = false;
        self
    }

    fn expecting(mut self, checks: Vec<rdpctl_model::step::Check>) -> Self {
        self.expects = checks;
        self
    }
}
