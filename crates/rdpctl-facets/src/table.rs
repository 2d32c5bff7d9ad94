//! What is made of the table of facets in `rdpctl_model::facet`: the profile's type, its parsing, its schema and the
//! assessment.

use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facet::World;
use rdpctl_model::facts::Facts;
use rdpctl_model::facts::Slot;
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_model::{Assessment, FacetId, FacetMap, Gap, Survey, Verdict};
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

        fn causes(facet: FacetId) -> &'static [FacetId] {
            match facet {
                $(<$facet as Facet>::ID => <$facet as Facet>::CAUSES,)*
            }
        }

        /// Judges all managed facets of instances that share their evidence.
        #[must_use]
        pub fn assess(
            profile: &Profile,
            facts: &Facts,
            slots: &[Slot; FacetId::COUNT],
            at: &Context,
        ) -> FacetMap<Option<Assessment>> {
            let mut assessed: FacetMap<Option<Assessment>> = FacetMap::from_fn(|_| None);
            $(
                if let Some(want) = &profile.$module {
                    let facet = <$facet as Facet>::ID;
                    let text = facts.seen[facet].get(slots[facet as usize]);
                    assessed[facet] = Some(match not_applicable(facet, at) {
                        Some(verdict) => Assessment { verdict, steps: Vec::new(), blocked_by: None },
                        None => judge::<$facet>(want, text, at),
                    });
                }
            )*
            let guest = of_the_guest(facts, slots);
            if let Some(leftover) = guest.as_ref().and_then(|guest| guest.leftover) {
                leftover.tell(&mut assessed);
            }
            let absent = Silent { channel: ChannelKind::Winrm, absent: true };
            if let (Some(sources), Some(guest)) = (&at.bootstrap_winrm, &guest)
                && guest.silent.contains(&absent)
            {
                ways::tell_bootstrap(sources, &mut assessed);
            }
            attribute(&mut assessed);
            assessed
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
            Assessment { verdict, steps, blocked_by: None }
        }
    }
}

/// Tells first causes from consequences: what hangs on a broken facet is explained by it.
fn attribute(assessed: &mut FacetMap<Option<Assessment>>) {
    for facet in FacetId::ALL {
        let broken = |cause: &&FacetId| {
            assessed[**cause].as_ref().is_some_and(|assessment| !assessment.verdict.is_quiet())
        };
        let quiet = assessed[facet].as_ref().is_none_or(|assessment| assessment.verdict.is_quiet());
        let cause = if quiet { None } else { causes(facet).iter().find(broken).copied() };
        if let Some(assessment) = &mut assessed[facet] {
            assessment.blocked_by = cause;
        }
    }
}

/// What an earlier run left and which ways in are silent, by the evidence of the facet that reads it, whether that one
/// is managed or not.
fn of_the_guest(
    facts: &Facts,
    slots: &[Slot; FacetId::COUNT],
) -> Option<crate::remote_desktop::Seen> {
    let facet = FacetId::RemoteDesktop;
    let text = facts.seen[facet].get(slots[facet as usize])?;
    let seen: Result<crate::remote_desktop::Seen, Gap> = serde_json::from_str(text).ok()?;
    seen.ok()
}

/// The declared ways into a guest but for those that were tried in vain.
#[must_use]
pub fn ways_in(
    declared: &[ChannelKind],
    facts: &Facts,
    slots: &[Slot; FacetId::COUNT],
) -> Vec<ChannelKind> {
    let silent = of_the_guest(facts, slots).map(|guest| guest.silent).unwrap_or_default();
    let answers = |way: &&ChannelKind| !silent.iter().any(|silent| silent.channel == **way);
    declared.iter().filter(answers).copied().collect()
}

/// On which port RDP is to be for instances with this evidence, and whether it is moved to get there.
#[must_use]
pub fn destination(
    profile: &Profile,
    facts: &Facts,
    slots: &[Slot; FacetId::COUNT],
    at: &Context,
) -> (u16, bool) {
    let Some(want) = profile.port else { return (profile.rdp_port(), false) };
    let text = facts.seen[FacetId::Port].get(slots[FacetId::Port as usize]);
    let seen: Option<Result<crate::port::Seen, Gap>> =
        text.and_then(|text| serde_json::from_str(text).ok());
    crate::port::destination(want, seen.as_ref().and_then(|seen| seen.as_ref().ok()), at)
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
