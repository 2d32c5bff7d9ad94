//! What a disk says of the Windows on it, for people and for machines.

use rdpctl_disk::Error;
use rdpctl_model::Verdict;
use rdpctl_offline::Firmware;
use rdpctl_term::{Ink, Mark, Page, Words, grid};
use serde_json::{Value, json};

use super::says;
use crate::disk::{Conclusion, Judged};
use crate::error::CliError;
use crate::out::safe;

/// Where the fields of a disk stand, and the longest of their names.
const AT: usize = 2;
const LONGEST: usize = "not looked at".len();

/// The report for people: the answer first, then what the disk shows.
pub(crate) fn page(judged: &Judged) -> Page {
    let mut page = Page::new();
    page.push(grid::plain(Words::new().ink(
        Ink::Strong,
        match judged.conclusion() {
            Conclusion::Sound => {
                "Nothing on this disk keeps Windows from starting or RDP from answering."
            }
            Conclusion::Cause => "A cause lies on this disk.",
            Conclusion::Undecided => "No cause is seen, but not everything could be judged.",
        },
    )));
    page.append(heading(judged));
    page.push(grid::plain(
        Words::new().said_in(
            Ink::Faint,
            &format!("{}, by the profile {}", windows(judged), judged.profile),
        ),
    ));
    page.blank();
    page.push(grid::field(AT, "starts", LONGEST, Words::new().said(&starts(judged))));
    for reason in hindrances(judged) {
        page.push(grid::field(AT, "", LONGEST, Words::new().ink(Ink::Shut, "! ").said(&reason)));
    }
    page.push(grid::field(
        AT,
        "RDP",
        LONGEST,
        Words::new().own(format!("would answer: {}", answers(judged))),
    ));
    let longest = judged.verdicts().map(|(facet, _)| facet.name().len()).max().unwrap_or(0);
    for (facet, verdict) in judged.verdicts() {
        let name = Words::new().ink(Ink::Strong, facet.name());
        page.push(grid::fact(mark(&verdict), name, longest, says::verdict(&verdict)));
    }
    for (set, facet, verdict) in judged.elsewhere() {
        let words = Words::new()
            .own(format!("in control set {set:03}, for a start that falls back: {facet} "))
            .and(says::verdict(&verdict));
        page.push(grid::field(AT, "elsewhere", LONGEST, words));
    }
    page.push(grid::field(
        AT,
        "not looked at",
        LONGEST,
        "for only a running Windows knows: what runs, who listens, events, policies of a domain"
            .into(),
    ));
    for refusal in &judged.seen.against_repair {
        page.push(grid::field(
            AT,
            "no repair",
            LONGEST,
            Words::new().own("by its disk: ").said(&refusal.why),
        ));
        page.push(grid::field(AT, "", LONGEST, Words::new().said(&refusal.way_out)));
    }
    page
}

/// The mark of a facet that a disk shows: whether somebody gets in by it, only a running machine tells.
const fn mark(verdict: &Verdict) -> Mark {
    match verdict {
        Verdict::Healthy { .. } => Mark::Good,
        Verdict::Drifted { .. } => Mark::Bad,
        Verdict::Unknown { .. } => Mark::Unknown,
        Verdict::Blocked { .. } => Mark::Stopped,
        Verdict::NotApplicable { .. } => Mark::Nothing,
    }
}

/// Which disk, with its partitions.
pub(crate) fn heading(judged: &Judged) -> Page {
    let mut page = Page::new();
    page.push(grid::plain(
        Words::new().said_in(Ink::Strong, &judged.name).own("  disk ").said(&judged.identity),
    ));
    for partition in &judged.partitions {
        page.push(grid::indented(AT, Words::new().said(partition)));
    }
    page
}

fn windows(judged: &Judged) -> String {
    let seen = &judged.seen.windows;
    let product = seen.product.as_deref().unwrap_or("Windows of an unknown edition");
    let build = seen.build.as_deref().map_or_else(String::new, |build| format!(", build {build}"));
    let sets: Vec<String> = seen.control_sets.iter().map(|set| format!("{set:03}")).collect();
    format!(
        "installation {} on partition {}: {}{}, control set {}",
        judged.installation,
        judged.partition,
        safe(product),
        safe(&build),
        sets.join(" and ")
    )
}

fn starts(judged: &Judged) -> String {
    let firmware = match judged.seen.boot.firmware {
        Some(Firmware::Uefi) => " (UEFI)",
        Some(Firmware::Bios) => " (BIOS)",
        None => "",
    };
    match &judged.seen.boot.hindrances {
        Ok(hindrances) if hindrances.is_empty() => {
            format!("yes, as far as the disk tells{firmware}")
        }
        Ok(_) => format!("no{firmware}"),
        Err(gap) => format!("unknown: {}", safe(&rdpctl_words::english(&gap.said()))),
    }
}

fn hindrances(judged: &Judged) -> Vec<String> {
    let hindrances = judged.seen.boot.hindrances.as_deref().unwrap_or_default();
    hindrances.iter().map(|one| safe(one).into_owned()).collect()
}

fn answers(judged: &Judged) -> &'static str {
    let any = |wanted: fn(&Verdict) -> bool| judged.verdicts().any(|(_, verdict)| wanted(&verdict));
    if any(|verdict| matches!(verdict, Verdict::Drifted { .. } | Verdict::Blocked { .. })) {
        "not as it should"
    } else if any(|verdict| matches!(verdict, Verdict::Unknown { .. })) {
        "cannot be told"
    } else {
        "yes, as far as the disk tells"
    }
}

/// A failure with what the system said, where it said something.
fn whole(error: &Error) -> String {
    match error {
        Error::Io { source, .. } => format!("{error}: {source}"),
        Error::Damaged(_) | Error::Refused(_) => error.to_string(),
    }
}

/// A disk that cannot be judged, and what can be done.
pub(crate) fn refused(name: &str, error: &Error) -> Page {
    let way_out = error.way_out().unwrap_or("what it lies on does not give it; look at a copy");
    let mut page = Page::new();
    page.push(grid::plain(Words::new().said_in(Ink::Strong, name).own("  cannot be judged")));
    page.push(grid::field(AT, "why", "why".len(), Words::new().said(&whole(error))));
    page.push(grid::field(AT, "do", "why".len(), Words::new().said(way_out)));
    page
}

/// The report for machines.
pub(crate) fn json(judged: &Judged) -> Result<String, CliError> {
    pretty(&value(judged))
}

/// The same as a value.
pub(crate) fn value(judged: &Judged) -> Value {
    let facets: Vec<Value> = judged
        .verdicts()
        .map(|(facet, verdict)| json!({ "facet": facet, "verdict": worded(&verdict) }))
        .collect();
    let starts = judged.seen.boot.hindrances.as_ref().map(Vec::is_empty).ok();
    let elsewhere: Vec<Value> = judged
        .elsewhere()
        .map(|(set, facet, verdict)| json!({ "control-set": set, "facet": facet, "verdict": worded(&verdict) }))
        .collect();
    let mut report = which(judged);
    let more = json!({
        "profile": judged.profile,
        "starts": starts,
        "hindrances": hindrances(judged),
        "facets": facets,
        "other-control-sets": elsewhere,
        "against-repair": judged.seen.against_repair.iter().map(|one| &one.why).collect::<Vec<_>>(),
        "conclusion": conclusion(judged.conclusion()),
    });
    merge(&mut report, more);
    report
}

/// A verdict in sentences, with the keys beside them.
fn worded(verdict: &Verdict) -> Value {
    rdpctl_words::json::to_value(verdict).unwrap_or_default()
}

/// All that the disk answers, without any judgement.
pub(crate) fn shown(judged: &Judged) -> Result<Value, CliError> {
    let failed = |error: serde_json::Error| CliError::from_error(&error);
    let mut report = which(judged);
    let others = judged.seen.others.iter().map(|(set, guest)| {
        let guest = serde_json::to_value(guest).map_err(failed)?;
        Ok::<_, CliError>(json!({ "control-set": set, "guest": guest }))
    });
    let more = json!({
        "guest": serde_json::to_value(&judged.seen.guest).map_err(failed)?,
        "others": others.collect::<Result<Vec<_>, _>>()?,
    });
    merge(&mut report, more);
    Ok(report)
}

/// Which disk, and which Windows on it.
fn which(judged: &Judged) -> Value {
    json!({
        "version": 1,
        "disk": judged.name,
        "identity": judged.identity,
        "partitions": judged.partitions,
        "installation": judged.installation,
        "partition": judged.partition,
        "product": judged.seen.windows.product,
        "build": judged.seen.windows.build,
        "control-sets": judged.seen.windows.control_sets,
    })
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// The same for a disk that cannot be judged.
pub(crate) fn refused_json(name: &str, error: &Error) -> Result<String, CliError> {
    pretty(&json!({
        "version": 1,
        "disk": name,
        "refused": whole(error),
        "way-out": error.way_out(),
        "conclusion": conclusion(Conclusion::Undecided),
    }))
}

fn conclusion(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Sound => "sound",
        Conclusion::Cause => "cause",
        Conclusion::Undecided => "undecided",
    }
}

/// As it is printed.
pub(crate) fn pretty(value: &Value) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::from_error(&error))?;
    Ok(text + "\n")
}
