//! Facts and declaration in, assessments out: each distinct evidence is judged once, instances are counted.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rdpctl_facets::{Context, Judge, Profile};
use rdpctl_model::accept::Accepts;
use rdpctl_model::assessment::{Assessments, Members};
use rdpctl_model::declaration::GuardAnswer;
use rdpctl_model::facts::{Chunk, Facts, Known};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::plan::Member;
use rdpctl_model::step::Guarded;
use rdpctl_model::{Assessed, FacetId, FacetMap, FleetName, InstanceName, ResourceId, SourceKey};

use crate::accepted;
use crate::answered::last_answers;
use crate::estate::{Estate, Source, Who};
use crate::mask;
use crate::on_disk::on_disk;
use crate::tried::{self, Memory};

/// Which instances and facets are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these; empty means all.
    pub only: Vec<Pattern>,
    /// Not these.
    pub except: Vec<Pattern>,
}

/// `INSTANCE` or `INSTANCE/FACET`; `*` stands for any run of characters, and a fleet's name for all its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    instance: String,
    facet: Option<FacetId>,
}

impl std::str::FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a target is INSTANCE or INSTANCE/FACET".to_owned());
        }
        // A member of a fleet has a slash of its own, so only a facet's name after the last one is a facet.
        if let Some((instance, last)) = text.rsplit_once('/')
            && let Some(facet) = FacetId::from_name(last)
        {
            return Ok(Self { instance: instance.to_owned(), facet: Some(facet) });
        }
        Ok(Self { instance: text.to_owned(), facet: None })
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.instance)?;
        match self.facet {
            Some(facet) => write!(f, "/{facet}"),
            None => Ok(()),
        }
    }
}

impl Pattern {
    /// Whether it may name members of a fleet.
    pub(crate) fn reaches_into(&self, fleet: &str) -> bool {
        self.names(fleet)
            || glob(InstanceName::fleet_in(&self.instance).unwrap_or(&self.instance), fleet)
    }

    /// Whom it names, as it was written.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    /// The same of somebody by his name.
    pub(crate) fn of(&self, name: &InstanceName) -> Self {
        Self { instance: name.to_string(), facet: self.facet }
    }

    pub(crate) fn names(&self, name: &str) -> bool {
        if glob(&self.instance, name) {
            return true;
        }
        InstanceName::fleet_in(name) == Some(self.instance.as_str())
    }
}

/// Whether a text matches a pattern in which `*` stands for any run of characters.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(head) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    true
}

impl Filter {
    /// Whether nothing is filtered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.only.is_empty() && self.except.is_empty()
    }

    /// The filter that lets exactly these through. That of nobody lets all through, as a target that nobody gave does.
    #[must_use]
    pub fn of<'a>(names: impl IntoIterator<Item = &'a InstanceName>) -> Self {
        let pattern = |name: &InstanceName| Pattern { instance: name.to_string(), facet: None };
        Self { only: names.into_iter().map(pattern).collect(), except: Vec::new() }
    }

    /// The filter that lets the members of one fleet through.
    #[must_use]
    pub fn fleet(name: &FleetName) -> Self {
        let pattern = Pattern { instance: name.to_string(), facet: None };
        Self { only: vec![pattern], except: Vec::new() }
    }

    /// Whether anything of an instance is meant.
    #[must_use]
    pub fn means(&self, name: &InstanceName) -> bool {
        self.facets(name.as_str()).is_some()
    }

    /// Whether any member of a source may be looked at.
    pub(crate) fn touches(&self, source: &Source<'_>) -> bool {
        match source.who {
            Who::One(instance) => self.facets(instance.name.as_str()).is_some(),
            // Members are known only once the fleet was asked; a pattern may name one of them.
            Who::Fleet(fleet) => {
                let name = fleet.name.as_str();
                self.only.is_empty() || self.only.iter().any(|pattern| pattern.reaches_into(name))
            }
        }
    }

    /// Whether an instance is looked at, whole or in part.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        self.facets(name).is_some()
    }

    /// Which facets of an instance are looked at.
    fn facets(&self, name: &str) -> Option<FacetMap<bool>> {
        let mut facets = FacetMap::from_fn(|_| self.only.is_empty());
        for pattern in self.only.iter().filter(|pattern| pattern.names(name)) {
            match pattern.facet {
                Some(facet) => facets[facet] = true,
                None => facets = FacetMap::from_fn(|_| true),
            }
        }
        for pattern in self.except.iter().filter(|pattern| pattern.names(name)) {
            match pattern.facet {
                Some(facet) => facets[facet] = false,
                None => return None,
            }
        }
        facets.values().contains(&true).then_some(facets)
    }
}

/// Judges everything that is declared, from what was last seen.
#[must_use]
pub fn assess(estate: &Estate, facts: &Facts, filter: &Filter, now: Timestamp) -> Vec<Assessed> {
    judge(estate, facts, filter, now, Unseen::Unknown)
}

/// The same of everybody, those by name that are as declared: for whoever shows them.
#[must_use]
pub fn assess_everybody(estate: &Estate, facts: &Facts, now: Timestamp) -> Vec<Assessed> {
    let filter = Filter::default();
    let question = Question { estate, filter: &filter, now, named: Named::Everybody };
    question.judge(facts, Unseen::Unknown, &Memory::of(&facts.tried))
}

/// Who is named, and not only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// Whoever differs.
    Differing,
    /// Everybody.
    Everybody,
}

/// What is asked of facts.
struct Question<'a> {
    estate: &'a Estate,
    filter: &'a Filter,
    now: Timestamp,
    named: Named,
}

/// What becomes of declared instances about which there are no facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// They are unknown.
    Unknown,
    /// They are none of this question's business.
    LeftOut,
}

pub(crate) fn judge(
    estate: &Estate,
    facts: &Facts,
    filter: &Filter,
    now: Timestamp,
    unseen: Unseen,
) -> Vec<Assessed> {
    let question = Question { estate, filter, now, named: Named::Differing };
    question.judge(facts, unseen, &Memory::of(&facts.tried))
}

/// The same as if nothing had ever been tried.
pub(crate) fn judge_afresh(
    estate: &Estate,
    facts: &Facts,
    filter: &Filter,
    now: Timestamp,
) -> Vec<Assessed> {
    let question = Question { estate, filter, now, named: Named::Everybody };
    question.judge(facts, Unseen::LeftOut, &Memory::default())
}

impl Question<'_> {
    fn judge(&self, facts: &Facts, unseen: Unseen, tried: &Memory<'_>) -> Vec<Assessed> {
        let mut by_source: HashMap<&SourceKey, Vec<&Chunk>> = HashMap::new();
        for chunk in &facts.chunks {
            by_source.entry(&chunk.source).or_default().push(chunk);
        }
        let mut assessed = Vec::new();
        let mut judge = Judge::new(facts);
        for source in self.estate.sources() {
            let chunks = by_source.get(&source.key).map(Vec::as_slice).unwrap_or_default();
            if chunks.is_empty() && unseen == Unseen::LeftOut {
                continue;
            }
            assess_source(self, &mut judge, &source, chunks, tried, &mut assessed);
        }
        assessed
    }
}

/// What the facets make of one combination of evidence, and who has it.
struct Seen {
    facets: Arc<Assessments>,
    /// On which port RDP is to be.
    port: u16,
    /// The way into the guest that answered.
    way: Option<ChannelKind>,
    quiet: bool,
    count: usize,
    members: Vec<Member>,
}

/// What judging a source needs besides its evidence.
fn context(estate: &Estate, source: &Source<'_>, profile: &Profile, now: Timestamp) -> Context {
    Context {
        now,
        port: profile.rdp_port(),
        moving: false,
        caller: None,
        provider: estate.kind(source.provider),
        sources: profile.ingress.as_ref().map(|ingress| ingress.from.clone()).unwrap_or_default(),
        may_stop_service: estate.guards.answer(Guarded::StopService) != GuardAnswer::Deny,
        may_move_port: estate.guards.answer(Guarded::MovePort) != GuardAnswer::Deny,
        bootstrap_winrm: source.guest.winrm.bootstrap.then(|| {
            profile.ingress.as_ref().map(|ingress| ingress.from.clone()).unwrap_or_default()
        }),
    }
}

fn assess_source(
    question: &Question<'_>,
    judge: &mut Judge<'_>,
    source: &Source<'_>,
    chunks: &[&Chunk],
    tried: &Memory<'_>,
    assessed: &mut Vec<Assessed>,
) {
    let Question { estate, filter, now, named } = *question;
    let profile = estate.profile(source.profile);
    let at = context(estate, source, &profile, now);
    let mut seen: Vec<Seen> = Vec::new();
    let accepts = Accepts::new(&estate.accepts, now.to_zoned(TimeZone::UTC).date());
    let mut places = HashMap::new();
    let mut add = |known: Known, id: &str, display: &str| {
        let mut mask = None;
        if !filter.is_open() {
            match filter.facets(source.member(id).as_str()) {
                None => return,
                some => mask = some,
            }
        }
        // When it was looked at tells no two instances apart.
        let undated = Known { looks: known.looks.undated(), ..known };
        let left = tried.about(|| source.member(id));
        let accepted = accepted::by_name(&accepts, || source.member(id));
        let key = (undated, mask, left.clone(), accepted.clone());
        let place = *places.entry(key).or_insert_with(|| {
            let (port, moving) = judge.destination(&profile, &known, &at);
            let caller = judge.caller(&known);
            let at = Context { port, moving, caller, ..at.clone() };
            let mut facets = judge.assess(&profile, &known, &at);
            let way = judge.way_in(&source.guest.via, &known);
            if way == Some(ChannelKind::Offline) {
                on_disk(&mut facets);
            }
            tried::leave(&mut facets, &left);
            accepted::leave(&mut facets, &accepted);
            mask::only(&mut facets, mask);
            let quiet =
                facets.values().iter().flatten().all(|assessment| assessment.verdict.is_quiet());
            seen.push(Seen {
                facets: Arc::new(facets),
                port,
                way,
                quiet,
                count: 0,
                members: Vec::new(),
            });
            seen.len() - 1
        });
        let group = &mut seen[place];
        group.count += 1;
        // Whose log-on is to be proved is named, whatever differs.
        if !group.quiet || named == Named::Everybody || source.guest.proof.is_some() {
            group.members.push(Member {
                name: source.member(id),
                id: ResourceId::new(id),
                display: if display == id { String::new() } else { display.to_owned() },
                handles: None,
                binds: None,
                sessions: None,
                answered: last_answers(&known),
            });
        }
    };
    for chunk in chunks {
        for row in chunk.rows() {
            add(row.known, row.id, row.name);
        }
    }
    // What was declared and never surveyed is unknown, not absent.
    if chunks.iter().all(|chunk| chunk.is_empty())
        && let Who::One(instance) = source.who
    {
        add(Known::default(), instance.id.as_str(), instance.id.as_str());
    }
    assessed.extend(seen.into_iter().map(|mut group| {
        // Where all differ, each is a group of one.
        group.members.shrink_to_fit();
        Assessed {
            provider: source.provider.clone(),
            profile: source.profile.clone(),
            port: group.port,
            way: group.way,
            snapshot: source.snapshot.first,
            facets: group.facets,
            members: if group.quiet && named == Named::Differing && source.guest.proof.is_none() {
                Members::Quiet(group.count)
            } else {
                Members::Named(group.members)
            },
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_run_of_characters() {
        assert!(glob("web-*", "web-01"));
        assert!(glob("*", "anything"));
        assert!(glob("a*c*e", "abcde"));
        assert!(!glob("a*c", "abd"));
        assert!(!glob("web", "web-01"));
    }

    #[test]
    fn a_target_names_an_instance_a_fleet_or_a_facet_of_one() {
        let parse = |text: &str| text.parse::<Pattern>().unwrap();
        assert_eq!(
            parse("web-01/nla"),
            Pattern { instance: "web-01".to_owned(), facet: Some(FacetId::Nla) }
        );
        assert_eq!(
            parse("kiosks/ins-1"),
            Pattern { instance: "kiosks/ins-1".to_owned(), facet: None }
        );
        assert!(parse("kiosks").names("kiosks/ins-1"));
        assert!(!parse("kiosk").names("kiosks/ins-1"));
    }
}
