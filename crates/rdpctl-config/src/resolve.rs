//! Profiles become whole: what they extend is taken over, what they release is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;
use rdpctl_facets::{BUILT_IN, Profile, built_in};
use rdpctl_model::{FacetId, ProfileName};

use crate::diagnostic::Problems;
use crate::parse::Sections;
use crate::source::Place;
use crate::suggest::did_you_mean;

/// The built-in profile that never opens RDP to everybody.
const STRICT: &str = "hardened";

/// A profile as it was written.
pub(crate) struct Written<'t> {
    pub(crate) name: ProfileName,
    pub(crate) base: Option<Base<'t>>,
    pub(crate) own: Profile,
    pub(crate) released: Vec<FacetId>,
    /// Where it declares its source ranges.
    pub(crate) ingress_at: Option<Place>,
}

/// What a profile extends.
#[derive(Clone, Copy)]
pub(crate) struct Base<'t> {
    pub(crate) name: &'t str,
    pub(crate) place: Place,
}

/// A profile with all that it inherits.
#[derive(Clone)]
pub(crate) struct Resolved {
    pub(crate) profile: Arc<Profile>,
    /// Whether it descends from `hardened`.
    strict: bool,
    /// Whether it says itself that the cloud's rules are left alone.
    ingress_released: bool,
}

impl Resolved {
    /// Whether a source range was asked for and is missing.
    pub(crate) fn lacks_source_range(&self) -> bool {
        self.strict && !self.ingress_released && self.profile.ingress.is_none()
    }
}

pub(crate) fn profiles(
    written: Vec<Written<'_>>,
    sections: &Sections<'_>,
    problems: &mut Problems,
) -> BTreeMap<ProfileName, Resolved> {
    let mut resolved: BTreeMap<ProfileName, Resolved> = BUILT_IN
        .iter()
        .filter_map(|name| {
            let profile = Arc::new(built_in(name)?);
            let strict = *name == STRICT;
            Some((ProfileName::new(name), Resolved { profile, strict, ingress_released: false }))
        })
        .collect();
    let written: BTreeMap<ProfileName, Written<'_>> =
        written.into_iter().map(|one| (one.name.clone(), one)).collect();
    let names: BTreeSet<&str> =
        sections.profiles.keys().copied().chain(BUILT_IN.iter().copied()).collect();
    for name in written.keys() {
        // The chain from the profile to what is resolved already, then back: no recursion over users' input.
        let mut chain: Vec<&Written<'_>> = Vec::new();
        let mut next = Some(name.as_str());
        while let Some(one) = next.filter(|next| !resolved.contains_key(*next)) {
            let Some(one) = written.get(one) else { break };
            chain.push(one);
            let Some(base) = one.base else { break };
            if let Some(from) = chain.iter().position(|link| link.name.as_str() == base.name) {
                circle(&chain[from..], base, problems);
                break;
            }
            if !names.contains(base.name) {
                problems
                    .error(base.place, format!("no profile is named `{}`", base.name))
                    .maybe_help(|| did_you_mean(base.name, names.iter().copied()));
                break;
            }
            next = Some(base.name);
        }
        for one in chain.into_iter().rev() {
            let base = one.base.and_then(|base| resolved.get(base.name));
            let whole = extended(one, base);
            check_source(one, &whole, problems);
            resolved.insert(one.name.clone(), whole);
        }
    }
    resolved
}

fn extended(one: &Written<'_>, base: Option<&Resolved>) -> Resolved {
    let mut profile = one.own.clone();
    if let Some(base) = base {
        profile.extend_from(&base.profile);
    }
    for facet in &one.released {
        profile.release(*facet);
    }
    let released = one.released.contains(&FacetId::Ingress);
    let inherited = base.is_some_and(|base| base.ingress_released) && one.own.ingress.is_none();
    Resolved {
        profile: Arc::new(profile),
        strict: base.is_some_and(|base| base.strict),
        ingress_released: released || inherited,
    }
}

fn circle(chain: &[&Written<'_>], base: Base<'_>, problems: &mut Problems) {
    let names: Vec<&str> = chain
        .iter()
        .map(|one| one.name.as_str())
        .chain(std::iter::once(base.name))
        .take(10)
        .collect();
    problems
        .error(
            base.place,
            format!("profiles extend each other in a circle: {}", names.join(" -> ")),
        )
        .help("one of them must not extend another");
}

/// Under `hardened`, the port is never open to everybody, however the ranges are cut.
fn check_source(one: &Written<'_>, whole: &Resolved, problems: &mut Problems) {
    let (Some(place), Some(ingress), true) = (one.ingress_at, &one.own.ingress, whole.strict)
    else {
        return;
    };
    if IpNet::aggregate(&ingress.from).iter().any(|net| net.prefix_len() == 0) {
        problems
            .error(place, format!("profile `{}` extends `{STRICT}` and opens RDP to everybody", one.name))
            .help("name the networks that connect, for example `ingress = { from = [\"203.0.113.0/24\"] }`");
    }
}
