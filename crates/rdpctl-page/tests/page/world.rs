//! A small estate, made of the model's own nouns: what is judged and planned, before anybody looks at it.

use std::collections::BTreeMap;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use rdpctl_model::assessment::{Assessments, Members};
use rdpctl_model::declaration::Accept;
use rdpctl_model::plan::{
    Basis, Budget, FacetFinding, Group, Held, Member, PLAN_FORMAT, Plan, PlannedStep, StepId,
};
use rdpctl_model::step::{Action, CloudAction, Disruption, Guarded};
use rdpctl_model::{Assessed, Assessment, FacetId, FacetMap, Gap, Said, Step, StepNumber, Verdict};
use rdpctl_page::{Mode, More, Request, Response, Seen, StepWords, View, respond};

/// Differences of a group, and what would be done about them.
pub(crate) struct Differs {
    pub(crate) fleet: &'static str,
    pub(crate) count: usize,
    pub(crate) findings: Vec<(FacetId, Verdict, Option<FacetId>)>,
    pub(crate) held: Option<Held>,
}

/// The whole of it.
pub(crate) struct World {
    pub(crate) differs: Vec<Differs>,
    pub(crate) healthy: usize,
    pub(crate) accepts: Vec<Accept>,
    pub(crate) display: String,
}

fn drifted(from: &str, to: &str) -> Verdict {
    Verdict::drifted(Said::quoted(from), rdpctl_model::Said::quoted(to))
}

impl World {
    /// Doors closed, certificates about to end, agents that are silent.
    pub(crate) fn usual() -> Self {
        let agent = Gap::AgentUnavailable { reason: Said::quoted("offline") };
        let unseen =
            |facet: FacetId| (facet, Verdict::Unknown { gap: agent.clone() }, None::<FacetId>);
        Self {
            differs: vec![
                Differs {
                    fleet: "desks",
                    count: 12,
                    findings: vec![
                        (
                            FacetId::Ingress,
                            drifted("port 3389 closed", "port 3389 open to 203.0.113.0/24"),
                            None,
                        ),
                        (
                            FacetId::Reachable,
                            drifted("no answer", "answers on port 3389"),
                            Some(FacetId::Ingress),
                        ),
                    ],
                    held: None,
                },
                Differs {
                    fleet: "kiosks",
                    count: 41,
                    findings: vec![(FacetId::Tls, drifted("1.0, 1.1, 1.2", "1.2"), None)],
                    held: Some(Held::Asks { guards: vec![Guarded::Reboot] }),
                },
                Differs {
                    fleet: "kiosks",
                    count: 19,
                    findings: FacetId::ALL
                        .into_iter()
                        .filter(|facet| {
                            facet.world() == rdpctl_model::facet::World::Guest
                                && *facet != FacetId::Licence
                        })
                        .map(unseen)
                        .collect(),
                    held: None,
                },
            ],
            healthy: 100,
            accepts: Vec::new(),
            display: String::new(),
        }
    }

    fn member(&self, fleet: &str, place: usize) -> Member {
        let id = format!("ins-{fleet}{place:05}");
        Member {
            name: format!("{fleet}/{id}").as_str().into(),
            id: id.as_str().into(),
            display: self.display.clone(),
            handles: None,
            binds: None,
            sessions: None,
            answered: std::collections::BTreeMap::new(),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        let mut plan = Plan {
            format: PLAN_FORMAT,
            declaration: "d".to_owned(),
            survey: "s".to_owned(),
            groups: Vec::new(),
            steps: Vec::new(),
            repairs: Vec::new(),
            instances: self.healthy + self.differs.iter().map(|one| one.count).sum::<usize>(),
            healthy: self.healthy,
            security: Vec::new(),
            budget: Budget::default(),
            basis: Basis { at: Some(now()), ..Basis::default() },
        };
        for (place, one) in self.differs.iter().enumerate() {
            let mut steps = Vec::new();
            for (facet, verdict, blocked_by) in &one.findings {
                if blocked_by.is_some() || !verdict.is_drifted() {
                    continue;
                }
                let id = StepId(u32::try_from(plan.steps.len()).unwrap());
                steps.push(id);
                plan.steps.push(PlannedStep {
                    number: StepNumber::first_level(id.0 + 1),
                    step: Step {
                        facet: *facet,
                        action: Action::Cloud(CloudAction::Start),
                        before: Said::quoted("before"),
                        after: Said::quoted("after"),
                        why: Said::quoted("because it was declared"),
                        seed: "Tencent 4".to_owned(),
                        disruption: Disruption::None,
                        guards: Vec::new(),
                        reversible: true,
                        expects: Vec::new(),
                    },
                    group: place,
                    needs: Vec::new(),
                    held: one.held.clone(),
                });
            }
            let first = 1000 * place;
            plan.groups.push(Group {
                provider: "gz".into(),
                profile: "office".into(),
                port: 3389,
                way: None,
                answers: rdpctl_model::verdict::Answers::NotSeen,
                members: (0..one.count).map(|at| self.member(one.fleet, first + at)).collect(),
                facets: one
                    .findings
                    .iter()
                    .map(|(facet, verdict, blocked_by)| FacetFinding {
                        accepted: None,
                        facet: *facet,
                        verdict: verdict.clone(),
                        stage: None,
                        blocked_by: *blocked_by,
                        last: None,
                    })
                    .collect(),
                steps,
            });
        }
        plan
    }

    fn assessed(&self) -> Vec<Assessed> {
        let healthy =
            || Some(Arc::new(Assessment::of(Verdict::healthy(Said::quoted("as it should be")))));
        let mut all = Vec::new();
        for (place, one) in self.differs.iter().enumerate() {
            let mut facets: Assessments = FacetMap::from_fn(|_| healthy());
            for (facet, verdict, blocked_by) in &one.findings {
                let assessment =
                    Assessment { blocked_by: *blocked_by, ..Assessment::of(verdict.clone()) };
                facets[*facet] = Some(Arc::new(assessment));
            }
            let first = 1000 * place;
            all.push(self.group(facets, one.fleet, first, one.count));
        }
        let unmanaged = [FacetId::Logon, FacetId::Licence];
        let facets =
            FacetMap::from_fn(|facet| if unmanaged.contains(&facet) { None } else { healthy() });
        all.push(self.group(facets, "desks", 500_000, self.healthy));
        all
    }

    fn group(&self, facets: Assessments, fleet: &str, first: usize, count: usize) -> Assessed {
        Assessed {
            snapshot: rdpctl_model::declaration::SnapshotFirst::No,
            provider: "gz".into(),
            profile: "office".into(),
            port: 3389,
            way: None,
            facets: Arc::new(facets),
            members: Members::Named((0..count).map(|at| self.member(fleet, first + at)).collect()),
        }
    }

    /// The snapshot of it.
    pub(crate) fn view(&self) -> View {
        View::build(&Seen {
            at: now(),
            today: date(2026, 11, 26),
            serial: 7,
            assessed: &self.assessed(),
            plan: &self.plan(),
            digest: "sha256:4f0c".to_owned(),
            accepts: &self.accepts,
            mode: Mode::Enforce,
            binding: &Plainly,
            say: &|step: &Step| StepWords {
                does: Said::quoted(format!("mend {}", step.facet)),
                exactly: Vec::new(),
            },
            since: &|_, _| None,
        })
    }
}

/// Bound to names alone.
struct Plainly;

impl rdpctl_page::Binding for Plainly {
    fn of(
        &self,
        _: &Plan,
        _: &rdpctl_model::plan::Group,
        member: &rdpctl_model::plan::Member,
    ) -> String {
        format!("all of {}", member.name)
    }

    fn all(&self, members: &BTreeMap<rdpctl_model::InstanceName, String>) -> String {
        format!("{:064x}", members.len())
    }

    fn security(
        &self,
        plan: &Plan,
        _: &[&rdpctl_model::plan::PlannedStep],
    ) -> Vec<rdpctl_model::plan::SecurityDelta> {
        plan.security.clone()
    }

    fn money(&self, _: &Plan, _: &[&rdpctl_model::plan::PlannedStep]) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }

    fn exactly(&self, _: &Plan, _: &rdpctl_model::plan::PlannedStep) -> Vec<String> {
        Vec::new()
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-11-26T00:14:32Z".parse().unwrap()
}

/// A page of it.
pub(crate) fn get(view: &View, address: &str) -> Response {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    respond(view, &Request::plain(path, query), &More::Nothing)
}

pub(crate) fn body(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

/// What a page says, without its marks, as a reader would hear it.
pub(crate) fn said(html: &str) -> String {
    let mut text = String::new();
    let main = html.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap();
    for piece in main.split('<').skip(1) {
        let (tag, after) = piece.split_once('>').unwrap_or((piece, ""));
        let breaks = ["h1", "h2", "h3", "p", "li", "div", "section", "tr", "dt", "summary", "pre"];
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if breaks.contains(&name) && !text.ends_with('\n') {
            text.push('\n');
        }
        let apart = ["a", "dd", "td", "th", "b", "span", "option", "text", "button", "code"];
        if apart.contains(&name) && !text.ends_with(char::is_whitespace) {
            text.push(' ');
        }
        text.push_str(after);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n").replace("&#39;", "'")
}

/// Every page of it, by its address.
pub(crate) fn addresses(view: &View) -> Vec<String> {
    let mut all: Vec<String> = [
        "/",
        "/?view=matrix",
        "/?view=matrix&q=a",
        "/?view=fleets",
        "/runs",
        "/held",
        "/drift",
        "/accepted",
        "/loop",
        "/no/such/page",
    ]
    .map(str::to_owned)
    .to_vec();
    all.extend(view.causes.iter().map(|cause| format!("/groups/{}", cause.key)));
    all.extend(view.held.iter().map(|line| format!("/held/{}", line.id)));
    all.extend(view.rows.iter().take(3).map(|row| format!("/instances/{}", row.name)));
    all
}
