//! What exists, as a declaration that somebody may want to keep: it extends the standard, and says of all that is not so
//! what it is instead.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_engine::{Estate, Examined, Filter};
use rdpctl_model::assessment::Members;
use rdpctl_model::cloud::{AddressFact, CloudSurvey};
use rdpctl_model::declaration::{Guards, GuestAccess, Instance, ProviderKind};
use rdpctl_model::facet::World;
use rdpctl_model::{FacetId, InstanceName, ProfileName, ProviderName, ResourceId, Verdict};

use rdpctl_words::english;

use crate::out::safe;

/// The profile that all extend.
const STANDARD: &str = "standard";
/// A list of more networks than these is nobody's declaration.
const NETWORKS: usize = 16;
/// Remarks are cut here: what a guest says may be long.
const REMARK: usize = 160;

/// Whether the inside of Windows is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guests {
    /// Through the cloud's agent.
    LookedInto,
    /// Not at all.
    LeftAlone,
}

/// The found instances, wished for by the standard.
pub(crate) fn estate(
    provider: &ProviderName,
    kind: ProviderKind,
    found: &[Arc<CloudSurvey>],
    guests: Guests,
) -> Estate {
    let profile = ProfileName::new(STANDARD);
    let guest = Arc::new(match guests {
        Guests::LookedInto => GuestAccess::default(),
        Guests::LeftAlone => GuestAccess { via: Vec::new(), ..GuestAccess::default() },
    });
    let standard = rdpctl_facets::built_in(STANDARD).unwrap_or_default();
    Estate {
        providers: BTreeMap::from([(provider.clone(), kind)]),
        profiles: BTreeMap::from([(profile.clone(), Arc::new(standard))]),
        instances: found
            .iter()
            .map(|one| Instance {
                snapshot: rdpctl_model::declaration::SnapshotWish::default(),
                name: InstanceName::new(one.id.as_str()),
                provider: provider.clone(),
                id: one.id.clone(),
                profile: profile.clone(),
                guest: Arc::clone(&guest),
                closed: None,
            })
            .collect(),
        fleets: Vec::new(),
        guards: Guards::default(),
        accepts: Vec::new(),
        digest: String::new(),
    }
}

/// What is not as the standard wishes, by instance.
type Differs = BTreeMap<ResourceId, Vec<(FacetId, Verdict)>>;

/// Writes the declaration. Instances that are alike share a profile.
pub(crate) fn write(
    estate: &Estate,
    found: &[Arc<CloudSurvey>],
    seen: &Examined,
    guests: Guests,
    now: Timestamp,
) -> String {
    let differs = differs(estate, seen, now);
    let mut profiles: Vec<(String, String)> = Vec::new();
    let mut instances = String::new();
    let names = names(found);
    for (instance, name) in found.iter().zip(&names) {
        let Some(provider) = estate.providers.keys().next() else { continue };
        let none = Vec::new();
        let body = profile(instance, differs.get(&instance.id).unwrap_or(&none), guests);
        let alike = profiles.iter().find(|(known, _)| *known == body);
        let profile = match alike {
            Some((_, name)) => name.clone(),
            None if body.is_empty() => STANDARD.to_owned(),
            None => {
                let name = format!("{provider}-{}", profiles.len() + 1);
                profiles.push((body, name.clone()));
                name
            }
        };
        let _ = write!(
            instances,
            "\n[instance.{}]\nprovider = {}\nid       = {}\nprofile  = {}\n",
            key(name),
            quote(provider.as_str()),
            quote(instance.id.as_str()),
            quote(&profile)
        );
        if guests == Guests::LookedInto {
            instances.push_str("guest    = { via = [\"run-command\"] }\n");
        }
    }
    let mut text = String::new();
    for (body, name) in &profiles {
        let _ = write!(text, "[profile.{}]\nextends        = \"{STANDARD}\"\n{body}\n", key(name));
    }
    text.push_str(instances.trim_start());
    text
}

fn differs(estate: &Estate, seen: &Examined, now: Timestamp) -> Differs {
    let mut differs = Differs::new();
    for group in rdpctl_engine::assess(estate, &seen.facts, &Filter::default(), now) {
        let wrong: Vec<(FacetId, Verdict)> = group
            .facets
            .iter()
            .filter_map(|(facet, one)| Some((facet, one.as_ref()?.verdict.clone())))
            .filter(|(_, verdict)| !verdict.is_quiet())
            .collect();
        match group.members {
            Members::Quiet(_) => {}
            Members::Named(members) => {
                differs.extend(members.into_iter().map(|member| (member.id, wrong.clone())));
            }
        }
    }
    differs
}

/// The lines by which a profile says what is.
fn profile(instance: &CloudSurvey, wrong: &[(FacetId, Verdict)], guests: Guests) -> String {
    let mut body = String::new();
    for facet in FacetId::ALL {
        let verdict = wrong.iter().find(|(of, _)| *of == facet).map(|(_, verdict)| verdict);
        if facet == FacetId::Ingress {
            ingress(&mut body, instance, verdict);
            continue;
        }
        let Some(verdict) = verdict else { continue };
        if facet == FacetId::PublicIp && matches!(instance.address, AddressFact::Ordinary) {
            body.push_str("public-ip      = \"any\"\n");
            continue;
        }
        let unseen = facet.world() == World::Guest && guests == Guests::LeftAlone;
        let remark = if unseen { "not looked at".to_owned() } else { remark(verdict) };
        let _ = writeln!(body, "{:<14} = \"unmanaged\" # {}", facet.name(), remark);
    }
    body
}

/// Who is let in now is who is to be let in.
fn ingress(body: &mut String, instance: &CloudSurvey, verdict: Option<&Verdict>) {
    let open = rdpctl_facets::ingress::open_to(&instance.doors, PORT);
    let everybody = open.iter().any(|net| net.prefix_len() == 0);
    if everybody {
        // The standard's own wish, said aloud.
        body.push_str(
            "ingress        = { from = [\"0.0.0.0/0\"] } # open to the whole internet: name those who are to connect\n",
        );
    } else if !open.is_empty() && open.len() <= NETWORKS {
        let nets: Vec<String> = open.iter().map(|net| format!("\"{net}\"")).collect();
        let _ = writeln!(body, "ingress        = {{ from = [{}] }}", nets.join(", "));
    } else if !open.is_empty() {
        let _ = writeln!(
            body,
            "ingress        = \"unmanaged\" # open to {} networks: name those who are to connect",
            open.len()
        );
    } else if let Some(verdict) = verdict {
        let _ = writeln!(body, "ingress        = \"unmanaged\" # {}", remark(verdict));
    }
}

/// Windows' own port, which is the standard's.
const PORT: u16 = 3389;

/// What is wrong, in a line of TOML that nothing can get out of.
fn remark(verdict: &Verdict) -> String {
    let said = match verdict {
        Verdict::Drifted { from, to } => {
            format!("is: {}; standard: {}", english(from), english(to))
        }
        Verdict::Blocked { from, to, by, .. } => {
            format!("is: {}; standard: {}; kept so by {}", english(from), english(to), english(by))
        }
        Verdict::Unknown { gap } => format!("unknown: {}", english(&gap.said())),
        Verdict::Healthy { seen } => english(seen),
        Verdict::NotApplicable { reason } => english(reason),
    };
    let said = safe(&said).into_owned();
    if said.chars().count() <= REMARK {
        return said;
    }
    said.chars().take(REMARK).chain("...".chars()).collect()
}

/// Their names as keys: the cloud's, with the id where several share one, so that the next import says the same.
fn names(found: &[Arc<CloudSurvey>]) -> Vec<String> {
    let slugs: Vec<String> = found.iter().map(|one| slug(&one.name)).collect();
    let mut number: BTreeMap<&str, usize> = BTreeMap::new();
    for slug in &slugs {
        *number.entry(slug).or_default() += 1;
    }
    found
        .iter()
        .zip(&slugs)
        .map(|(one, name)| {
            let id = slug(one.id.as_str().rsplit('/').next().unwrap_or_default());
            match (name.as_str(), number.get(name.as_str())) {
                ("", _) => id,
                (_, Some(1)) => name.clone(),
                (_, _) => format!("{name}-{id}"),
            }
        })
        .collect()
}

/// A name of a declaration, made from one that may hold anything: letters and digits of any script stay.
fn slug(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let slug: String = name
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .flat_map(char::to_lowercase)
        .take(60)
        .collect();
    slug.trim_matches('-').to_owned()
}

/// A key of TOML, quoted where it must be.
fn key(name: &str) -> String {
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        name.to_owned()
    } else {
        quote(name)
    }
}

/// A basic string of TOML.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
