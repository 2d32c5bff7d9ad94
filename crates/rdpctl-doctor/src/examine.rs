//! From a case to a diagnosis.

use rdpctl_model::handshake::HandshakeVerdict;
use rdpctl_model::said::Arg;
use rdpctl_model::{FacetId, Finding, Found, Gap, Said, Stage, Verdict};

use crate::case::{Case, Repair};
use crate::cause::{Parts, parts};
use crate::diagnosis::{
    Complaint, Conclusion, Diagnosis, FacetLine, Finding as Told, Guess, Health, Reference, Unseen,
    Unusual, Walk,
};
use crate::evidence::{Saw, quotes, saw, say, typed};
use crate::library::Library;
use crate::texts::Texts;
use crate::tree::{Node, Tree};
use crate::unseen::unseen;
use crate::walk::walk;

/// The version of the diagnosis' schema.
const FORMAT: u32 = 1;

impl Library {
    /// Examines a case, from what the user saw where he said it.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>, saw: Option<&str>) -> Diagnosis {
        let texts = &self.texts;
        let complaint = saw.map(|saw| self.messages.recognise(saw, texts));
        let suspected =
            complaint.as_ref().map(|complaint| complaint.suspects.clone()).unwrap_or_default();
        let parts = parts(case, &self.suspects, &suspected);
        let entry = complaint.as_ref().and_then(|complaint| complaint.entry.as_deref());
        let trees = self.in_order(entry);
        let finding =
            |facet: FacetId, follows: Option<FacetId>| finding(facet, follows, case, &trees, texts);
        let first_cause = parts.first.map(|facet| finding(facet, None));
        let guesses = self.guesses(case, &parts, &suspected);
        let unusual = self.unusual_of(case);
        let unseen = unseen(case, texts);
        let placed = Placed::of(complaint.as_ref(), case.reached());
        let pointed = pointed_at(&parts, placed, complaint.as_ref());
        let conclusion = conclude(case, &parts, placed, &pointed);
        Diagnosis {
            format: FORMAT,
            language: texts.language().code(),
            instance: case.instance.to_owned(),
            profile: case.profile.to_owned(),
            taken_at: case.survey.taken_at,
            conclusion,
            proved: case.reached(),
            summary: match (&first_cause, placed) {
                (Some(first), _) => texts.fill("summary.cause", &[("says", &first.says)]),
                (None, _) if case.answers() => {
                    let said = answering(case, &parts, placed, &pointed, texts);
                    let hint = placed != Placed::Nothing && !unusual.is_empty();
                    if hint { format!("{said} {}", texts.get("summary.unusual")) } else { said }
                }
                (None, _) => undecided(case, conclusion, &guesses, &unseen, texts),
            },
            first_cause,
            other_causes: parts.others.iter().map(|facet| finding(*facet, None)).collect(),
            consequences: parts
                .consequences
                .iter()
                .map(|(facet, cause)| finding(*facet, Some(*cause)))
                .collect(),
            remarks: parts.remarks.iter().map(|facet| finding(*facet, None)).collect(),
            unusual,
            guesses,
            unseen,
            screen: None,
            facets: FacetId::ALL
                .into_iter()
                .map(|facet| FacetLine {
                    facet,
                    managed: case.managed[facet],
                    verdict: case.verdict(facet).cloned().unwrap_or(NOT_JUDGED),
                })
                .collect(),
            walks: trees.iter().map(|tree| walk(tree, entry, case, texts)).collect::<Vec<Walk>>(),
            complaint,
        }
    }

    /// What is unusual in the guest, but for what facets found.
    fn unusual_of(&self, case: &Case<'_>) -> Vec<Unusual> {
        let Ok(guest) = &case.survey.guest else { return Vec::new() };
        let found: Vec<Finding> = FacetId::ALL
            .into_iter()
            // What a facet found and takes for sound is told nowhere else.
            .filter(|facet| case.is_broken(*facet) || *facet == FacetId::Logon)
            .flat_map(|facet| case.found(facet))
            .map(|found| found.finding)
            .collect();
        let mut unusual = self.usual.unusual(guest, &found, &self.texts);
        // What a sound facet of the log-on found concerns some, and stands in no row.
        if !case.is_broken(FacetId::Logon) {
            unusual.extend(case.found(FacetId::Logon).iter().map(|found| Unusual {
                id: found.finding.name().to_owned(),
                stage: found.finding.stage(),
                value: shown_by(found).quote(&self.texts),
                does: filled(&self.texts, &format!("finding.{}.says", found.finding), found),
            }));
        }
        unusual
    }

    /// The trees, the one to which a message leads first.
    fn in_order(&self, entry: Option<&str>) -> Vec<&Tree> {
        let mut trees: Vec<&Tree> = self.trees.iter().collect();
        if let Some(entry) = entry {
            trees.sort_by_key(|tree| tree.node(entry).is_none());
        }
        trees
    }
}

const NOT_JUDGED: Verdict = Verdict::Unknown { gap: Gap::NotAsked };

/// Where the complaint arises, compared with what was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placed {
    /// There is none.
    Nothing,
    /// Up to where it was proved.
    Within,
    /// After what was proved.
    Beyond,
    /// Nobody knows.
    Unknown,
}

impl Placed {
    fn of(complaint: Option<&Complaint>, reached: Option<Stage>) -> Self {
        match complaint {
            None => Self::Nothing,
            Some(Complaint { stage: None, .. }) => Self::Unknown,
            Some(Complaint { stage: Some(stage), .. }) if reached >= Some(*stage) => Self::Within,
            Some(_) => Self::Beyond,
        }
    }
}

/// What differs and keeps out nobody like us, though the user's words point to it: a client that offers something else
/// may meet it.
fn pointed_at(parts: &Parts, placed: Placed, complaint: Option<&Complaint>) -> Vec<FacetId> {
    match (placed, complaint) {
        (Placed::Within, Some(complaint)) => {
            let suspected = |facet: &&FacetId| complaint.suspects.contains(facet);
            parts.remarks.iter().filter(suspected).copied().collect()
        }
        (Placed::Nothing | Placed::Within | Placed::Beyond | Placed::Unknown, _) => Vec::new(),
    }
}

fn conclude(case: &Case<'_>, parts: &Parts, placed: Placed, pointed: &[FacetId]) -> Conclusion {
    let unknown = |facet: FacetId| case.managed[facet] && case.is_unknown(facet);
    if parts.first.is_some() {
        Conclusion::Cause
    } else if !parts.others.is_empty()
        || !pointed.is_empty()
        || case.is_broken(FacetId::Reachable)
        || FacetId::ALL.into_iter().any(unknown)
        || matches!(placed, Placed::Beyond | Placed::Unknown)
    {
        Conclusion::Undecided
    } else {
        Conclusion::Healthy
    }
}

/// What is said where Remote Desktop answers and no cause is known: up to where that was proved, and no further.
fn answering(
    case: &Case<'_>,
    parts: &Parts,
    placed: Placed,
    pointed: &[FacetId],
    texts: &Texts,
) -> String {
    let reached = case.reached();
    let open: Vec<&str> = Stage::ALL
        .into_iter()
        .filter(|stage| Some(*stage) > reached)
        .map(|stage| texts.get(&format!("open.{stage}")))
        .collect();
    let next = reached.and_then(Stage::next).unwrap_or(Stage::Session);
    let values = [
        ("door", case.door()),
        ("next", texts.get(&format!("stage.{next}")).to_owned()),
        ("open", open.join(texts.get("words.and"))),
        (
            "facets",
            pointed
                .iter()
                .map(|facet| facet.name())
                .collect::<Vec<_>>()
                .join(texts.get("words.and")),
        ),
    ];
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let managed = |facet: &FacetId| case.managed[*facet];
    let key = match placed {
        Placed::Beyond => "summary.beyond",
        Placed::Unknown => "summary.unplaced",
        Placed::Within if !pointed.is_empty() => "summary.pointed",
        Placed::Within => "summary.before",
        Placed::Nothing if case.survey.guest.is_err() => "summary.outside",
        Placed::Nothing if parts.remarks.iter().any(managed) => "summary.differs",
        Placed::Nothing => "summary.healthy",
    };
    texts.fill(key, &values)
}

/// What is said where Remote Desktop does not answer, or nobody tried, and no cause is known.
fn undecided(
    case: &Case<'_>,
    conclusion: Conclusion,
    guesses: &[Guess],
    unseen: &[Unseen],
    texts: &Texts,
) -> String {
    match (guesses.first(), unseen.first()) {
        (Some(Guess { facet: FacetId::Reachable, .. }), None) => {
            let verdict = case.survey.outside.as_ref().ok().map(|outside| outside.verdict);
            let verdict = verdict.map_or("", HandshakeVerdict::name);
            texts.fill("summary.unexplained", &[("verdict", verdict)])
        }
        (Some(guess), _) => texts.fill("summary.guess", &[("says", &guess.says)]),
        (None, Some(unseen)) => texts.fill("summary.unseen", &[("why", &unseen.why)]),
        (None, None) if conclusion == Conclusion::Healthy => texts.get("summary.inside").to_owned(),
        (None, None) => texts.get("summary.undecided").to_owned(),
    }
}

/// The node at which a facet's fault shows: the first that finds it, in the order of the trees.
fn node_of<'a>(
    facet: FacetId,
    case: &Case<'_>,
    trees: &[&'a Tree],
) -> Option<(&'a Tree, &'a Node)> {
    let all = || {
        trees
            .iter()
            .flat_map(|tree| tree.node.iter().map(move |node| (*tree, node)))
            .filter(move |(_, node)| node.facet == Some(facet) && node.test.is_some())
    };
    all()
        .find(|(_, node)| node.test.as_ref().map(|test| test.of(case)) == Some(Health::Fault))
        .or_else(|| all().next())
}

/// The step that mends what a question found: the first on the bad way that concerns the same facet.
fn remedy<'a>(tree: &'a Tree, question: &'a Node) -> Option<&'a Node> {
    let mut step = tree.node(question.no.as_deref()?)?;
    while step.test.is_none() {
        if step.facet == question.facet {
            return Some(step);
        }
        step = tree.node(step.next.as_deref()?)?;
    }
    None
}

fn finding(
    facet: FacetId,
    follows_from: Option<FacetId>,
    case: &Case<'_>,
    trees: &[&Tree],
    texts: &Texts,
) -> Told {
    let found = node_of(facet, case, trees);
    let own = case.verdict(facet).cloned().unwrap_or(NOT_JUDGED);
    // A facet that only the handshake accuses says what the handshake said.
    let accused = follows_from.is_none() && !case.is_broken(facet);
    let verdict = match case.verdict(FacetId::Reachable) {
        Some(outside) if accused => outside.clone(),
        Some(_) | None => own,
    };
    let told = case.found(facet);
    let words = |found: &Found| filled(texts, &format!("finding.{}.says", found.finding), found);
    let says = match (&verdict, told.first()) {
        (Verdict::Unknown { .. }, _) => texts.get(&format!("likely.{facet}")).to_owned(),
        (_, Some(found)) if !accused => words(found),
        _ => texts.get(&format!("differs.{facet}")).to_owned(),
    };
    Told {
        facet,
        managed: case.managed[facet],
        says,
        found: told.iter().map(|found| found.finding).collect(),
        also: also(told.iter().map(words)),
        verdict,
        follows_from,
        node: found.map(|(_, node)| node.id.clone()),
        evidence: found.map(|(_, node)| quotes(&node.evidence, case, texts)).unwrap_or_default(),
        remedy: match told.first() {
            Some(found) if !accused => {
                Some(filled(texts, &format!("finding.{}.remedy", found.finding), found))
            }
            _ => found
                .and_then(|(tree, node)| remedy(tree, node))
                .and_then(|step| texts.find(&format!("node.{}.ask", step.id)))
                .map(str::to_owned),
        },
        repairs: case
            .repairs
            .iter()
            .filter(|repair| repair.facet == facet)
            .cloned()
            .collect::<Vec<Repair>>(),
        reference: found.map(|(tree, node)| Reference {
            title: texts.get(&format!("tree.{}.title", tree.id)).to_owned(),
            step: node.step.clone(),
            page: node.page.clone().unwrap_or_else(|| tree.page.clone()),
        }),
    }
}

/// What is said beside the first sentence, each once.
fn also(told: impl Iterator<Item = String>) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for words in told {
        if !said.contains(&words) {
            said.push(words);
        }
    }
    said.into_iter().skip(1).collect()
}

/// A finding's words with its own filled in.
fn filled(texts: &Texts, key: &str, found: &Found) -> String {
    let words = rdpctl_words::words(texts.language());
    let values: Vec<(&str, String)> =
        found.with.iter().map(|(name, value)| (name.as_str(), words.arg(value))).collect();
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    texts.fill(key, &values)
}

impl Complaint {
    /// Whether it is a known message.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.message.is_some()
    }
}

/// By what a finding of a sound facet of the log-on shows.
fn shown_by(found: &Found) -> Saw {
    const ORACLE: &str = r#"reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\CredSSP\Parameters""#;
    if found.finding == Finding::DomainSilent {
        return typed("wevtutil qe System", Said::quoted("NETLOGON 5719"));
    }
    if [Finding::CredsspOnlyUpdated, Finding::CredsspLowered].contains(&found.finding) {
        let value = if found.finding == Finding::CredsspLowered { 2 } else { 0 };
        return typed(ORACLE, Said::quoted(format!("AllowEncryptionOracle REG_DWORD {value}")));
    }
    let account = match found.with.get("account") {
        Some(Arg::Said(said)) => (**said).clone(),
        Some(Arg::Text(account)) => Said::quoted(account),
        Some(Arg::Number(_) | Arg::List(_) | Arg::Span { .. }) | None => Said::default(),
    };
    saw(say::local_accounts(), account)
}
