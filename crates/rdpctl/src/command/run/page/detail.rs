//! What lies cold and is read for the one page that shows it: an instance's evidence, a run's journal.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rdpctl_contract::{Store, StoreError};
use rdpctl_doctor::{Case, Diagnosis, Library, Repair};
use rdpctl_model::anew::Anew;
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facet::World;
use rdpctl_model::plan::{PlannedStep, SecurityDelta};
use rdpctl_model::repair::PlannedRepair;
use rdpctl_model::{Assessment, Evidence, FacetMap, InstanceName, Plan, RunId};
use rdpctl_page::{Detail, HeldLine, Language, More, Need, Past, Row, View, line};
use rdpctl_plan::{money_of, security_of};
use rdpctl_watch::Judged;

use super::anew::{For, Prices};
use crate::report::drift::say;

/// Steps that were done to an instance, shown of many.
const HISTORY: usize = 20;

/// What turned of an instance, shown of much.
const TURNS: usize = 100;

/// Whose evidence and runs are read.
pub(super) struct Cold {
    pub(super) store: Arc<dyn Store>,
    pub(super) judged: tokio::sync::watch::Receiver<Option<Arc<Judged>>>,
    pub(super) prices: Prices,
    pub(super) last_run: LastRun,
}

/// The run that was read last, and beside which snapshot: whoever looks at the same is shown the same. A run of thousands is
/// long, and everybody who watches it asks for it anew with each change.
#[derive(Default)]
pub(super) struct LastRun(Mutex<Option<(u64, Arc<Past>)>>);

impl LastRun {
    fn of(&self, serial: u64, id: &RunId) -> Option<Arc<Past>> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, past) =
            last.as_ref().filter(|(of, past)| *of == serial && past.record.id == *id)?;
        Some(Arc::clone(past))
    }

    fn keep(&self, serial: u64, past: &Arc<Past>) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((serial, Arc::clone(past)));
    }
}

impl Cold {
    /// Reads what a page needs.
    pub(super) async fn read(&self, need: &Need, view: &View, language: Language) -> More {
        let read = match need {
            Need::Nothing => return More::Nothing,
            Need::Instance(name) => match view.row(name.as_str()) {
                Some(row) => {
                    self.instance(row, language).await.map(|one| Some(More::Instance(one)))
                }
                None => return More::Nothing,
            },
            Need::Run(id) => match self.last_run.of(view.serial, id) {
                Some(past) => return More::Run(past),
                None => self.run(id).await.map(|run| {
                    let past = run.map(Arc::new);
                    past.inspect(|past| self.last_run.keep(view.serial, past)).map(More::Run)
                }),
            },
            Need::Held(id) => {
                let line = view.held.iter().find(|line| line.id == *id);
                return match line {
                    Some(line) => More::Held(self.anew(line, For::Reader).await),
                    None => More::Nothing,
                };
            }
        };
        match read {
            Ok(Some(more)) => more,
            Ok(None) => More::Nothing,
            Err(error) => More::Failed(error.said()),
        }
    }

    /// What one thing that is held costs now, and whom it disturbs.
    pub(super) async fn anew(&self, line: &HeldLine, to: For) -> Anew {
        let judged = self.judged.borrow().clone();
        match judged {
            Some(judged) => self.prices.of(line, &judged, to).await,
            None => Anew::default(),
        }
    }

    async fn run(&self, id: &RunId) -> Result<Option<Past>, StoreError> {
        let recorded = self.store.run(id).await?;
        Ok(recorded.map(|recorded| {
            let words = recorded.plan.steps.iter();
            let words = words.map(|planned| {
                (planned.number.clone(), rdpctl_words::title::title(&planned.step.action))
            });
            let repairs = recorded.plan.repairs.iter().flat_map(|repair| &repair.steps);
            let repairs = repairs.map(|step| (step.number.clone(), step.what.clone()));
            let words = words.chain(repairs).collect();
            let (record, plan, journal) = (recorded.record, recorded.plan, recorded.journal);
            Past { record, plan, words, journal }
        }))
    }

    async fn instance(&self, row: &Row, language: Language) -> Result<Box<Detail>, StoreError> {
        let name = std::slice::from_ref(&row.name);
        let evidence = self.store.evidence(name).await?.into_iter().next().flatten();
        let history = self.store.history(&row.name, HISTORY).await?;
        let turns = self.store.turns(&row.name, None, TURNS).await?;
        let judged = self.judged.borrow().clone();
        let plan = judged.as_ref().map(|judged| &judged.plan);
        let evidence = evidence.unwrap_or_default();
        let cloud = evidence.cloud.said();
        let address =
            cloud.and_then(|cloud| cloud.handles.public_ip).map(|address| address.to_string());
        let declared = judged.as_ref().map(|judged| {
            let profile = judged.estate.profile(&row.profile);
            let from: Vec<String> = profile
                .ingress
                .as_ref()
                .map(|ingress| ingress.from.iter().map(ToString::to_string).collect())
                .unwrap_or_default();
            (judged.estate.kind(&row.provider), profile.rdp_port(), from.join(", "))
        });
        let (kind, port, from) = declared.unwrap_or((ProviderKind::Static, 3389, String::new()));
        Ok(Box::new(Detail {
            answered: answered(&evidence),
            address: address.clone(),
            from,
            tags: cloud.map(|cloud| cloud.handles.tags.clone()).unwrap_or_default(),
            steps: plan.map(|plan| steps(plan, &row.name)).unwrap_or_default(),
            security: plan.map(|plan| security(plan, &row.name)).unwrap_or_default(),
            money: plan.map(|plan| money_of(plan, planned(plan, &row.name))).unwrap_or_default(),
            repair: plan.and_then(|plan| repair(plan, &row.name)),
            turns,
            history,
            diagnosis: diagnosis(row, evidence, &Setting { kind, port, address, plan, language }),
        }))
    }
}

fn answered(evidence: &Evidence) -> BTreeMap<World, jiff::Timestamp> {
    let ends = [
        (World::Cloud, evidence.cloud.answer.as_ref().map(|answer| answer.at)),
        (World::Guest, evidence.guest.answer.as_ref().map(|answer| answer.at)),
        (World::Outside, evidence.outside.answer.as_ref().map(|answer| answer.at)),
    ];
    ends.into_iter().filter_map(|(world, at)| Some((world, at?))).collect()
}

/// The steps of the group that an instance belongs to.
fn planned<'p>(plan: &'p Plan, name: &InstanceName) -> impl Iterator<Item = &'p PlannedStep> {
    let group = plan.groups.iter().find(|group| group.members.iter().any(|it| it.name == *name));
    group.into_iter().flat_map(|group| &group.steps).filter_map(|id| plan.step(*id))
}

/// The same as people read them.
fn steps(plan: &Plan, name: &InstanceName) -> Vec<rdpctl_page::StepLine> {
    planned(plan, name).map(|planned| line(plan, planned, &say)).collect()
}

/// What these make weaker or stronger of this one machine.
fn security(plan: &Plan, name: &InstanceName) -> Vec<SecurityDelta> {
    let one = |delta: SecurityDelta| SecurityDelta { instances: 1, ..delta };
    security_of(plan, planned(plan, name)).into_iter().map(one).collect()
}

/// The repair of its disk.
fn repair(plan: &Plan, name: &InstanceName) -> Option<PlannedRepair> {
    plan.repairs.iter().find(|repair| repair.instance == *name).cloned()
}

/// The doctor's trees and texts, read once: that takes longer than all else of a page. They are ours, and tests hold them
/// together.
fn library(language: Language) -> Option<&'static Library> {
    static ENGLISH: OnceLock<Option<Library>> = OnceLock::new();
    static KOREAN: OnceLock<Option<Library>> = OnceLock::new();
    let (read, of) = match language {
        Language::English => (&ENGLISH, rdpctl_doctor::Language::English),
        Language::Korean => (&KOREAN, rdpctl_doctor::Language::Korean),
    };
    read.get_or_init(|| Library::read(of).ok()).as_ref()
}

struct Setting<'a> {
    kind: ProviderKind,
    port: u16,
    address: Option<String>,
    plan: Option<&'a Plan>,
    language: Language,
}

/// What the doctor makes of what is remembered; nothing where nothing ever answered.
fn diagnosis(row: &Row, evidence: Evidence, setting: &Setting<'_>) -> Option<Diagnosis> {
    let survey = evidence.into_survey()?;
    let library = library(setting.language)?;
    let assessed: FacetMap<Option<Assessment>> =
        FacetMap::from_fn(|facet| row.facets[facet].as_deref().cloned());
    let repairs = setting.plan.map(|plan| steps(plan, &row.name)).unwrap_or_default();
    Some(
        library.examine(
            &Case {
                instance: row.name.as_str(),
                profile: row.profile.as_str(),
                provider: setting.kind,
                port: setting.port,
                address: setting.address.clone(),
                survey: &survey,
                assessed: &assessed,
                managed: FacetMap::from_fn(|facet| row.facets[facet].is_some()),
                repairs: repairs
                    .into_iter()
                    .map(|step| Repair {
                        facet: step.facet,
                        step: rdpctl_words::words(setting.language).say(&step.words.does),
                        held: None,
                    })
                    .collect(),
            },
            None,
        ),
    )
}
