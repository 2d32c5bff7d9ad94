//! What is known of one instance, for people: what the facets make of it world by world with when each answered, and with
//! `--all` every reply.

use jiff::Timestamp;
use rdpctl_doctor::{Language, Library};
use rdpctl_model::assessment::Assessments;
use rdpctl_model::cloud::{AgentFact, CloudSurvey};
use rdpctl_model::evidence::Remembered;
use rdpctl_model::facet::World;
use rdpctl_model::guest::GuestSurvey;
use rdpctl_model::guest::remains::Token;
use rdpctl_model::handshake::Handshake;
use rdpctl_model::{Assessment, Evidence, FacetId, Verdict};
use rdpctl_term::{Ink, Mark, Page, Words, grid};

use super::{certificate, gaps, guest_text, says, sessions, when};

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// What it means.
    Meaning,
    /// All replies, too.
    All,
}

/// Facets' names stand in one column.
const LONGEST: usize = "remote-desktop".len();

/// An instance of which something is known.
pub(crate) struct Known<'a> {
    pub(crate) name: &'a str,
    pub(crate) evidence: &'a Evidence,
    /// What the facets make of it; nothing where it is declared no more.
    pub(crate) facets: Option<&'a Assessments>,
    pub(crate) now: Timestamp,
}

impl Known<'_> {
    /// All of it as a page.
    pub(crate) fn page(&self, amount: Amount) -> Page {
        let mut page = Page::new();
        let sentence =
            Words::new().said_in(Ink::Strong, self.name).ink(Ink::Strong, self.sentence());
        page.push(grid::plain(sentence));
        let Evidence { cloud, guest, outside, .. } = self.evidence;
        self.world(&mut page, World::Cloud, cloud, |page, cloud| {
            cloud_rows(page, cloud, amount);
        });
        self.world(&mut page, World::Guest, guest, |page, seen| {
            guest_rows(page, seen, guest, self.now);
            if amount == Amount::All {
                page.append(guest_text::page(seen));
            }
        });
        self.world(&mut page, World::Outside, outside, |page, outside| {
            outside_rows(page, outside, amount);
            if let Some(shown) = &outside.certificate {
                certificate::outside(page, LONGEST, shown, guest, self.now);
            }
        });
        page
    }

    fn sentence(&self) -> &'static str {
        let Some(facets) = self.facets else { return " is declared no more." };
        let any = |is: fn(&Verdict) -> bool| {
            facets.iter().filter_map(|(_, it)| it.as_ref()).any(|it| is(&it.verdict))
        };
        if any(|verdict| matches!(verdict, Verdict::Drifted { .. } | Verdict::Blocked { .. })) {
            " differs from what is declared."
        } else if any(|verdict| matches!(verdict, Verdict::Unknown { .. })) {
            " is not known in full."
        } else {
            " is as declared."
        }
    }

    /// One world: when it answered, why it did not afterwards, what is made of it.
    fn world<T>(
        &self,
        page: &mut Page,
        world: World,
        known: &Remembered<T>,
        more: impl FnOnce(&mut Page, &T),
    ) {
        page.blank();
        let head = Words::new().ink(Ink::Strong, world.name());
        page.push(grid::plain(match &known.answer {
            Some(answer) => {
                let ago = gaps::between(answer.at, answer.at, self.now);
                let at = when::second(answer.at);
                head.own(format!("  seen {ago}, {at}"))
            }
            None => head.own("  never seen"),
        }));
        if let Some(failed) = &known.failed {
            let ago = gaps::between(failed.at, failed.at, self.now);
            let again = if known.answer.is_some() { " again" } else { "" };
            let text = Words::new()
                .own(format!("not seen{again} {ago}: "))
                .said(&rdpctl_words::english(&failed.gap.said()));
            page.push(grid::marked(Mark::Unknown, text));
        }
        for (facet, assessment) in self.facets.into_iter().flat_map(Assessments::iter) {
            if let Some(assessment) = assessment.as_deref().filter(|_| facet.world() == world) {
                row(page, facet, assessment);
            }
        }
        if let Some(said) = known.said() {
            more(page, said);
        }
    }
}

fn row(page: &mut Page, facet: FacetId, assessment: &Assessment) {
    let mark = match &assessment.verdict {
        _ if assessment.blocked_by.is_some() => Mark::Follows,
        Verdict::Healthy { .. } => Mark::Good,
        Verdict::Drifted { .. } => Mark::Bad,
        Verdict::Unknown { .. } => Mark::Unknown,
        Verdict::Blocked { .. } => Mark::Stopped,
        Verdict::NotApplicable { .. } => Mark::Nothing,
    };
    let name = Words::new().ink(Ink::Strong, facet.name());
    page.push(grid::fact(mark, name, LONGEST, says::verdict(&assessment.verdict)));
    if let Verdict::Blocked { advice, .. } = &assessment.verdict {
        page.push(grid::more(
            LONGEST,
            Words::new().own("what you can do: ").said(&rdpctl_words::english(advice)),
        ));
    }
}

fn cloud_rows(page: &mut Page, cloud: &CloudSurvey, amount: Amount) {
    let mut rows: Vec<(&'static str, Words)> = vec![("id", Words::new().said(cloud.id.as_str()))];
    if !cloud.name.is_empty() {
        rows.push(("name", Words::new().said(&cloud.name)));
    }
    if let Some(ip) = cloud.handles.public_ip {
        rows.push(("address", Words::new().own(ip.to_string())));
    }
    let agent = match &cloud.agent {
        AgentFact::Online => Words::new().own("answers"),
        AgentFact::Offline => Words::new().own("installed, but silent"),
        AgentFact::Absent => Words::new().own("never seen"),
        AgentFact::Unsupported { reason } => {
            Words::new().own("cannot work here: ").said(&rdpctl_words::english(reason))
        }
        AgentFact::NotAsked => Words::new().own("not asked"),
    };
    rows.push(("agent", agent));
    if amount == Amount::All {
        for set in cloud.doors.stages.iter().flat_map(|stage| &stage.sets) {
            let text = Words::new()
                .said(set.id.as_str())
                .own(" version ")
                .said(&set.version)
                .own(format!(", {} inbound", set.rules.len()));
            rows.push(("rules", text));
        }
    }
    for (name, words) in rows {
        page.push(grid::field(4, name, LONGEST, words));
    }
}

fn outside_rows(page: &mut Page, outside: &Handshake, amount: Amount) {
    let listed = |names: Vec<String>| names.join(", ");
    let tls = listed(outside.accepted.iter().map(ToString::to_string).collect());
    page.push(grid::field(
        4,
        "handshake",
        LONGEST,
        Words::new().own(format!("port {}, NLA {}, TLS {tls}", outside.port, outside.nla)),
    ));
    if amount == Amount::All {
        let problems = listed(outside.problems.iter().map(ToString::to_string).collect());
        let text = format!("{} {problems}", outside.verdict);
        page.push(grid::field(4, "codes", LONGEST, Words::new().own(text)));
    }
}

/// Who would notice a restart.
fn logged_on(page: &mut Page, guest: &GuestSurvey) {
    let text = match &guest.sessions {
        Ok(all) if all.is_empty() => Words::new().own("nobody"),
        Ok(all) => {
            let all: Vec<String> = all.iter().map(sessions::one_of).collect();
            Words::new().said(&all.join(", "))
        }
        Err(gap) => Words::new().own("not seen: ").said(&rdpctl_words::english(&gap.said())),
    };
    page.push(grid::field(4, "logged on", LONGEST, text));
}

/// What earlier runs left there, so that nobody has to search for it.
fn left(page: &mut Page, guest: &GuestSurvey) {
    let folders = guest.left.iter().flat_map(|left| &left.folders).map(String::as_str);
    let mut all: Vec<(&str, &str)> = guest.remains().map(|name| (name, "")).collect();
    all.extend(folders.map(|name| (name, "a script that did not come to its end, or runs now")));
    if all.is_empty() {
        return;
    }
    page.push(grid::indented(2, Words::new().own("Left there by earlier runs")));
    for (name, why) in all {
        let text = Words::new().said(name);
        let why = match Token::of(name) {
            Some(token) => format!("run {} of {}", token.run(), token.day().strftime("%-d %b %Y")),
            None if why.is_empty() => "not by a name of ours; it is left alone".to_owned(),
            None => why.to_owned(),
        };
        page.push(grid::indented(4, text.own("  ").said_in(Ink::Faint, &why)));
    }
}

/// How it was looked into, who is logged on, what earlier runs left there, and what differs from the defaults of this
/// Windows and no facet judges.
fn guest_rows(
    page: &mut Page,
    guest: &GuestSurvey,
    known: &Remembered<GuestSurvey>,
    now: Timestamp,
) {
    certificate::inside(page, LONGEST, known, now);
    page.push(grid::field(4, "channel", LONGEST, Words::new().own(guest.via.name())));
    logged_on(page, guest);
    // Data of ours that a test reads; were it not so, nothing would be said here.
    let Ok(library) = Library::read(Language::English) else { return };
    left(page, guest);
    let unusual = library.unusual(guest);
    if !unusual.is_empty() {
        let title = library.texts().get("words.unusual").to_owned();
        page.push(grid::indented(2, Words::new().own(title)));
    }
    for one in unusual {
        let text = Words::new().said(&one.value.source).own("  ").said(&one.value.reply);
        page.push(grid::indented(4, text));
        page.push(grid::indented(6, Words::new().said_in(Ink::Faint, &one.does)));
    }
}
