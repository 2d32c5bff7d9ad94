//! What is made of the table of facets in `rdpctl_model::facet`: the profile's type, its parsing, its schema and the
//! assessment.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rdpctl_model::action::{Binds, CloudVerb};
use rdpctl_model::assessment::Assessments;
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facet::World;
use rdpctl_model::facts::Facts;
use rdpctl_model::facts::Slot;
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_model::{Assessment, FacetId, FacetMap, Gap, Survey, Verdict};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::facet::{Context, Facet};
use crate::manual::Manual;
use crate::ways::{self, Silent};

/// Why a facet's declared value was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WishError {
    /// The facet.
    pub facet: FacetId,
    /// What is wrong with the value.
    pub message: String,
}

macro_rules! registry {
    ($($(#[$doc:meta])* $module:ident $facet:ident $name:literal $number:literal $world:ident;)*) => {
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
            pub fn declare(&mut self, facet: FacetId, value: Value) -> Result<(), WishError> {
                $(
                    if facet == <$facet as Facet>::ID {
                        let wish = serde_json::from_value(value)
                            .map_err(|error| WishError { facet, message: error.to_string() })?;
                        self.$module = Some(wish);
                        return Ok(());
                    }
                )*
                Err(WishError { facet, message: "this facet cannot be declared".to_owned() })
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

        /// Takes each facet's evidence out of a survey, as the texts that the compact facts keep.
        #[must_use]
        pub fn encode(survey: &Survey) -> FacetMap<String> {
            let mut texts = FacetMap::from_fn(|_| String::new());
            $(
                texts[<$facet as Facet>::ID] = text_of(&<$facet as Facet>::read(survey));
            )*
            texts
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

        fn causes(facet: FacetId) -> &'static [FacetId] {
            match facet {
                $(<$facet as Facet>::ID => <$facet as Facet>::CAUSES,)*
            }
        }

        /// Judges facts: each wish on each distinct evidence once, however many instances share them.
        pub struct Judge<'f> {
            facts: &'f Facts,
            contexts: HashMap<Context, usize>,
            grounds: HashMap<Slot, Option<Arc<crate::remote_desktop::Seen>>>,
            ports: HashMap<Slot, Option<Arc<crate::port::Seen>>>,
            consequences: HashMap<(*const Assessment, FacetId), Arc<Assessment>>,
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
                slots: &[Slot; FacetId::COUNT],
                at: &Context,
            ) -> Assessments {
                let mut assessed: Assessments = FacetMap::from_fn(|_| None);
                let context = self.context(at);
                $(
                    if let Some(want) = &profile.$module {
                        let facet = <$facet as Facet>::ID;
                        let slot = slots[facet as usize];
                        let text = self.facts.seen[facet].get(slot);
                        assessed[facet] = Some(self.$module.judged(want, (context, slot), || {
                            judge::<$facet>(want, text, at)
                        }));
                    }
                )*
                let guest = self.ground(slots);
                if let Some(leftover) = guest.as_ref().and_then(|guest| guest.leftover) {
                    leftover.tell(&mut assessed);
                }
                let absent = Silent { channel: ChannelKind::Winrm, absent: true };
                if let (Some(sources), Some(guest)) = (&at.bootstrap_winrm, &guest)
                    && guest.silent.contains(&absent)
                {
                    ways::tell_bootstrap(sources, &mut assessed);
                }
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
        .then(|| Verdict::NotApplicable { reason: "a static host has no cloud account".to_owned() })
}

fn text_of<T: Serialize>(seen: &Result<T, Gap>) -> String {
    // A value of ours always has a JSON form; were it not so, the text would be read back as never surveyed.
    serde_json::to_string(seen).unwrap_or_default()
}

fn judge<F: Facet>(want: &F::Desired, text: Option<&str>, at: &Context) -> Assessment {
    if let Some(verdict) = not_applicable(F::ID, at) {
        return Assessment { verdict, steps: Vec::new(), blocked_by: None };
    }
    let seen: Result<F::Seen, Gap> = match text {
        None => Err(Gap::NotSurveyed),
        Some(text) => serde_json::from_str(text).unwrap_or(Err(Gap::NotSurveyed)),
    };
    match seen {
        Err(gap) => {
            Assessment { verdict: Verdict::Unknown { gap }, steps: Vec::new(), blocked_by: None }
        }
        Ok(seen) => {
            let verdict = F::judge(want, &seen, at);
            let steps = if verdict.is_drifted() { F::mend(want, &seen, at) } else { Vec::new() };
            debug_assert!(
                steps.iter().filter_map(|step| step.action.verb()).all(|it| F::ASKS.contains(&it)),
                "{}: a step asks the cloud for more than `permissions` tells",
                F::ID
            );
            Assessment { verdict, steps, blocked_by: None }
        }
    }
}

/// What a facet concluded so far.
struct Docket<F: Facet> {
    wishes: HashMap<F::Desired, usize>,
    judged: HashMap<(usize, (usize, Slot)), Arc<Assessment>>,
}

impl<F: Facet> Default for Docket<F> {
    fn default() -> Self {
        Self { wishes: HashMap::new(), judged: HashMap::new() }
    }
}

impl<F: Facet> Docket<F> {
    fn judged(
        &mut self,
        want: &F::Desired,
        evidence: (usize, Slot),
        judge: impl FnOnce() -> Assessment,
    ) -> Arc<Assessment> {
        let wish = match self.wishes.get(want) {
            Some(wish) => *wish,
            None => {
                let next = self.wishes.len();
                self.wishes.insert(want.clone(), next);
                next
            }
        };
        Arc::clone(self.judged.entry((wish, evidence)).or_insert_with(|| Arc::new(judge())))
    }
}

impl Judge<'_> {
    fn context(&mut self, at: &Context) -> usize {
        // Who may reach `WinRM` decides nothing that a facet concludes.
        let at = Context { bootstrap_winrm: None, ..at.clone() };
        let next = self.contexts.len();
        *self.contexts.entry(at).or_insert(next)
    }

    /// What an earlier run left and which ways in are silent, by the evidence of the facet that reads it, whether that
    /// one is managed or not.
    fn ground(
        &mut self,
        slots: &[Slot; FacetId::COUNT],
    ) -> Option<Arc<crate::remote_desktop::Seen>> {
        let facet = FacetId::RemoteDesktop;
        let slot = slots[facet as usize];
        let text = self.facts.seen[facet].get(slot);
        self.grounds.entry(slot).or_insert_with(|| seen(text)).clone()
    }

    /// The way into a guest that answered when it was looked into, if it is one of those that are declared now.
    pub fn way_in(
        &mut self,
        declared: &[ChannelKind],
        slots: &[Slot; FacetId::COUNT],
    ) -> Option<ChannelKind> {
        self.ground(slots).map(|guest| guest.via).filter(|via| declared.contains(via))
    }

    /// On which port RDP is to be for instances with this evidence, and whether it is moved to get there.
    pub fn destination(
        &mut self,
        profile: &Profile,
        slots: &[Slot; FacetId::COUNT],
        at: &Context,
    ) -> (u16, bool) {
        let Some(want) = profile.port else { return (profile.rdp_port(), false) };
        let slot = slots[FacetId::Port as usize];
        let text = self.facts.seen[FacetId::Port].get(slot);
        let seen = self.ports.entry(slot).or_insert_with(|| seen(text));
        crate::port::destination(want, seen.as_deref(), at)
    }

    /// Tells first causes from consequences: what hangs on a broken facet is explained by it.
    fn attribute(&mut self, assessed: &mut Assessments) {
        for facet in FacetId::ALL {
            let is_broken =
                |facet: FacetId| assessed[facet].as_ref().is_some_and(|it| !it.verdict.is_quiet());
            if !is_broken(facet) {
                continue;
            }
            let cause = causes(facet).iter().copied().find(|cause| is_broken(*cause));
            if let (Some(cause), Some(assessment)) = (cause, &mut assessed[facet]) {
                let known = self.consequences.entry((Arc::as_ptr(assessment), cause));
                let told = || {
                    Arc::new(Assessment { blocked_by: Some(cause), ..assessment.as_ref().clone() })
                };
                *assessment = Arc::clone(known.or_insert_with(told));
            }
        }
    }
}

/// Evidence as it was kept, where it was had.
fn seen<T: DeserializeOwned>(text: Option<&str>) -> Option<Arc<T>> {
    let seen: Result<T, Gap> = serde_json::from_str(text?).ok()?;
    seen.ok().map(Arc::new)
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
