//! What is made of the table of facets: the profile's type, its parsing, its schema and the assessment.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use rdpctl_model::action::{Binds, CloudVerb};
use rdpctl_model::assessment::Assessments;
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Facts, Known, Slot, Told};
use rdpctl_model::ground::Ground;
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_model::verdict::Answers;
use rdpctl_model::{Assessment, FacetId, FacetMap, Gap, Survey, Verdict, Worlds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::docket::Docket;
use crate::facet::{Context, Facet};
use crate::held::{Held, LastLook};
use crate::leftover;
use crate::manual::Manual;
use crate::reason;
use crate::silence;
use crate::told::Last;
use crate::unknown;
use crate::unspoken::unspoken;
use crate::ways;
use crate::wish::{self, Refusal};

macro_rules! registry {
    ($($(#[$doc:meta])* $module:ident $facet:ident $name:literal $number:literal $world:ident $stage:ident;)*) => {
        $(use crate::$module::$facet;)*

        /// A reusable desired state: one optional wish per facet. A facet without a wish is unmanaged.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub struct Profile {
            $(
                #[doc = concat!("What is wished of the facet `", stringify!($module), "`.")]
                #[serde(skip_serializing_if = "Option::is_none", default)]
                pub $module: Option<<$facet as Facet>::Desired>,
            )*
        }

        impl Profile {
            /// Declares a facet, from the value that stands in the file.
            ///
            /// # Errors
            /// What is wrong with the value, and where in it.
            pub fn declare(&mut self, facet: FacetId, value: Value) -> Result<(), Refusal> {
                match facet {
                    $(<$facet as Facet>::ID => self.$module = Some(wish::read(value)?),)*
                }
                Ok(())
            }

            /// Takes over from a base what is not declared here.
            pub fn extend_from(&mut self, base: &Self) {
                $(
                    if self.$module.is_none() {
                        self.$module.clone_from(&base.$module);
                    }
                )*
            }

            /// Removes a facet, which then is unmanaged.
            pub fn release(&mut self, facet: FacetId) {
                $(
                    if facet == <$facet as Facet>::ID {
                        self.$module = None;
                    }
                )*
            }
        }

        /// Whether a profile manages a facet.
        #[must_use]
        pub fn managed(profile: &Profile, facet: FacetId) -> bool {
            match facet {
                $(<$facet as Facet>::ID => profile.$module.is_some(),)*
            }
        }

        /// A facet's manual page.
        #[must_use]
        pub fn manual(facet: FacetId) -> &'static Manual {
            match facet {
                $(<$facet as Facet>::ID => const { &<$facet as Facet>::MANUAL },)*
            }
        }

        /// The JSON Schema of what users may declare of a facet.
        pub fn schema(facet: FacetId, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
            match facet {
                $(<$facet as Facet>::ID => generator.subschema_for::<<$facet as Facet>::Desired>(),)*
            }
        }

        /// What each facet was told last.
        #[derive(Default)]
        pub(crate) struct Lasts {
            $($module: Last<$facet>,)*
        }

        impl Lasts {
            /// What a look tells of each facet.
            pub(crate) fn tell(&mut self, survey: &Survey, looked: Worlds) -> FacetMap<Told> {
                FacetMap::from_fn(|facet| match facet {
                    $(<$facet as Facet>::ID => self.$module.tell(survey, looked),)*
                })
            }
        }

        /// The worlds that a facet reads, the one whose silence explains its own first.
        pub(crate) fn reads(facet: FacetId) -> &'static [World] {
            match facet {
                $(<$facet as Facet>::ID => <$facet as Facet>::READS,)*
            }
        }

        /// Finds what the steps of the managed facets mean on one machine.
        #[must_use]
        pub fn bind(profile: &Profile, survey: &Survey, at: &Context) -> Binds {
            let mut binds = Binds::default();
            $(
                if let Some(want) = &profile.$module {
                    <$facet as Facet>::bind(want, survey, at, &mut binds);
                }
            )*
            binds
        }

        /// What the steps of the managed facets may ask of the cloud.
        #[must_use]
        pub fn cloud_verbs(profile: &Profile) -> BTreeSet<CloudVerb> {
            let mut verbs = BTreeSet::new();
            $(
                if profile.$module.is_some() {
                    verbs.extend(<$facet as Facet>::ASKS);
                }
            )*
            verbs
        }

        /// The facets whose faults explain one of another.
        #[must_use]
        pub fn causes(facet: FacetId) -> &'static [FacetId] {
            match facet {
                $(<$facet as Facet>::ID => <$facet as Facet>::CAUSES,)*
            }
        }

        /// Judges facts: each wish on each distinct evidence once, however many instances share them.
        pub struct Judge<'f> {
            facts: &'f Facts,
            contexts: HashMap<Context, usize>,
            grounds: HashMap<(Slot, Slot), Option<Arc<Ground>>>,
            ports: HashMap<Held, Option<Arc<crate::port::Seen>>>,
            consequences: HashMap<(*const Assessment, FacetId, bool), Arc<Assessment>>,
            $($module: Docket<$facet>,)*
        }

        impl<'f> Judge<'f> {
            /// Of these facts.
            #[must_use]
            pub fn new(facts: &'f Facts) -> Self {
                Self {
                    facts,
                    contexts: HashMap::new(),
                    grounds: HashMap::new(),
                    ports: HashMap::new(),
                    consequences: HashMap::new(),
                    $($module: Docket::default(),)*
                }
            }

            /// Judges all managed facets of instances with this evidence.
            pub fn assess(
                &mut self,
                profile: &Profile,
                known: &Known,
                at: &Context,
            ) -> Assessments {
                let mut assessed: Assessments = FacetMap::from_fn(|_| None);
                // Who is declared to connect decides nothing that a cloud says: thousands that differ in it share that.
                let of_clouds = Context { caller: None, sources: Vec::new(), ..at.clone() };
                let (anybody, context) = (self.context(&of_clouds), self.context(at));
                $(
                    if let Some(want) = &profile.$module {
                        let facet = <$facet as Facet>::ID;
                        let held = Held::of::<$facet>(known);
                        let facts = self.facts;
                        let (context, at) = match <$facet as Facet>::READS {
                            [World::Cloud] => (anybody, &of_clouds),
                            _ => (context, at),
                        };
                        let judged = self.$module.judged(want, (context, held), || {
                            judge::<$facet>(want, facts, held, at)
                        });
                        assessed[facet] = Some(judged);
                    }
                )*
                let guest = self.ground(known);
                if let Some(leftover) = guest.as_ref().and_then(|guest| guest.leftover) {
                    leftover::tell(leftover, &mut assessed);
                }
                if let (Some(sources), Some(guest)) = (&at.bootstrap_winrm, &guest)
                    && guest.lacks(ChannelKind::Winrm)
                {
                    ways::tell_bootstrap(sources, &mut assessed);
                }
                silence::explain(&mut assessed);
                crate::mute::tell(&mut assessed);
                self.attribute(&mut assessed);
                assessed
            }
        }
    };
}

rdpctl_model::facets!(registry);

/// Facets that make no sense for a kind of provider.
fn not_applicable(facet: FacetId, at: &Context) -> Option<Verdict> {
    (at.provider == ProviderKind::Static && facet.world() == World::Cloud)
        .then(|| Verdict::NotApplicable { reason: unknown::no_cloud_account() })
}

fn judge<F: Facet>(want: &F::Desired, facts: &Facts, held: Held, at: &Context) -> Assessment {
    if let Some(verdict) = not_applicable(F::ID, at) {
        return Assessment::of(verdict);
    }
    let unknown = |gap| Assessment::of(Verdict::Unknown { gap });
    match (last_seen::<F>(facts, held), held.look) {
        (seen, LastLook::Failed(slot)) => {
            let last = match seen {
                Some(Ok(seen)) => Some(Box::new(F::judge(want, &seen, at))),
                Some(Err(_)) | None => None,
            };
            Assessment { last, ..unknown(reason::of(facts, slot)) }
        }
        (None, LastLook::Never) => unknown(Gap::NotSurveyed),
        (None, LastLook::Brought) => unknown(Gap::NotAsked),
        (Some(Err(gap)), LastLook::Never | LastLook::Brought) => unknown(gap),
        (Some(Ok(seen)), LastLook::Never | LastLook::Brought) => {
            let verdict = F::judge(want, &seen, at);
            let steps = if verdict.is_drifted() { F::mend(want, &seen, at) } else { Vec::new() };
            let (verdict, mut steps) = unspoken(verdict, steps);
            // Ten thousand that differ keep as many of these.
            steps.shrink_to_fit();
            debug_assert!(
                steps.iter().filter_map(|step| step.action.verb()).all(|it| F::ASKS.contains(&it)),
                "{}: a step asks the cloud for more than `permissions` tells",
                F::ID
            );
            let findings = F::findings(want, &seen, at);
            debug_assert!(findings.iter().all(|found| found.finding.facet() == F::ID));
            let accuse = |_: &Verdict| F::accuse(want, &seen, at).map(Box::new);
            let accusation = Some(&verdict).filter(|it| it.is_healthy()).and_then(accuse);
            let answers = match &verdict {
                Verdict::Unknown { .. } => Answers::NotSeen,
                Verdict::Healthy { .. }
                | Verdict::Drifted { .. }
                | Verdict::Blocked { .. }
                | Verdict::NotApplicable { .. } => F::answers(&seen),
            };
            let told = Assessment { answers, ..Assessment::of(verdict) };
            Assessment { findings, accusation, steps, ..told }
        }
    }
}

/// A facet's evidence, however old. What another version wrote and this one cannot read was never surveyed.
fn last_seen<F: Facet>(facts: &Facts, held: Held) -> Option<Result<F::Seen, Gap>> {
    let text = facts.seen[F::ID].get(held.slot)?;
    Some(serde_json::from_str(text).unwrap_or(Err(Gap::NotSurveyed)))
}

/// A facet's evidence, where the last look brought it.
fn seen_now<F: Facet>(facts: &Facts, held: Held) -> Option<Arc<F::Seen>> {
    match held.look {
        LastLook::Failed(_) => None,
        LastLook::Never | LastLook::Brought => last_seen::<F>(facts, held)?.ok().map(Arc::new),
    }
}

impl Judge<'_> {
    fn context(&mut self, at: &Context) -> usize {
        // Who may reach `WinRM` decides nothing that a facet concludes.
        let at = Context { bootstrap_winrm: None, ..at.clone() };
        let next = self.contexts.len();
        *self.contexts.entry(at).or_insert(next)
    }

    /// On what the last look into a guest stood, where it answered.
    fn ground(&mut self, known: &Known) -> Option<Arc<Ground>> {
        let (facts, place) = (self.facts, (known.ground, known.looks.failed[World::Guest]));
        let read = || crate::ground(facts, known).map(Arc::new);
        self.grounds.entry(place).or_insert_with(read).clone()
    }

    /// The way into a guest that answered when it was looked into, were it by its own word alone, if it is declared now.
    pub fn way_in(&mut self, declared: &[ChannelKind], known: &Known) -> Option<ChannelKind> {
        let answered = self.ground(known).map(|guest| guest.via);
        crate::mute::way_in(answered, self.facts, known).filter(|via| declared.contains(via))
    }

    /// On which port RDP is to be for instances with this evidence, and whether it is moved to get there.
    pub fn destination(&mut self, profile: &Profile, known: &Known, at: &Context) -> (u16, bool) {
        let Some(want) = profile.port else { return (profile.rdp_port(), false) };
        let (facts, held) = (self.facts, Held::of::<Port>(known));
        let seen = self.ports.entry(held).or_insert_with(|| seen_now::<Port>(facts, held));
        crate::port::destination(want, seen.as_deref(), at)
    }

    /// The address of whoever looks, as a machine with this evidence sees it: by our own socket, or, where an address may
    /// have been translated on the way, by the connection through which we look into the guest.
    pub fn caller(&mut self, known: &Known) -> Option<IpAddr> {
        let held = Held::of::<crate::reachable::Reachable>(known);
        let outside = seen_now::<crate::reachable::Reachable>(self.facts, held);
        outside.and_then(|seen| seen.caller()).or_else(|| self.ground(known)?.caller)
    }

    /// Tells first causes from consequences: what hangs on a broken facet is explained by it.
    fn attribute(&mut self, assessed: &mut Assessments) {
        for facet in FacetId::ALL {
            let is_broken =
                |facet: FacetId| assessed[facet].as_ref().is_some_and(|it| !it.verdict.is_quiet());
            if !is_broken(facet) {
                continue;
            }
            let explains = |cause: &FacetId| {
                is_broken(*cause) && silence::may_explain(facet, *cause, assessed)
            };
            let cause = causes(facet).iter().copied().find(explains);
            let hopeless = cause.is_some_and(|cause| {
                let verdict = assessed[cause].as_ref().map(|it| &it.verdict);
                matches!(verdict, Some(Verdict::Blocked { .. }))
            });
            if let (Some(cause), Some(assessment)) = (cause, &mut assessed[facet]) {
                let known = self.consequences.entry((Arc::as_ptr(assessment), cause, hopeless));
                let told = || {
                    let mut told = assessment.as_ref().clone();
                    told.blocked_by = Some(cause);
                    // Behind something that cannot be mended no step helps.
                    told.steps.retain(|_| !hopeless);
                    Arc::new(told)
                };
                *assessment = Arc::clone(known.or_insert_with(told));
            }
        }
    }
}

/// On which of the declared ports RDP is now, by what its guest says.
#[must_use]
pub fn present_port(profile: &Profile, guest: &GuestSurvey) -> u16 {
    profile.port.map_or(3389, |want| crate::port::present(want, guest))
}

impl Profile {
    /// The declared RDP port, or Windows' default.
    #[must_use]
    pub fn rdp_port(&self) -> u16 {
        self.port.map_or(3389, |port| port.number)
    }

    /// Every port on which RDP may be as declared.
    pub fn rdp_ports(&self) -> impl Iterator<Item = u16> {
        std::iter::once(self.rdp_port()).chain(self.port.and_then(|port| port.otherwise))
    }

    /// Whether any facet of this world is managed.
    #[must_use]
    pub fn looks_into(&self, world: World) -> bool {
        FacetId::ALL.into_iter().any(|facet| facet.world() == world && managed(self, facet))
    }
}
