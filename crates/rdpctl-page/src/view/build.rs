//! The snapshot, put together.

use rdpctl_model::Said;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rdpctl_model::assessment::{Assessments, Members};
use rdpctl_model::chronicle::{self, Approval, Order, Turned};
use rdpctl_model::declaration::Accept;
use rdpctl_model::facet::World;
use rdpctl_model::plan::{Plan, Span};
use rdpctl_model::step::Guarded;
use rdpctl_model::{
    Assessed, FacetId, FacetMap, InstanceName, ProfileName, ProviderName, ResourceId, RunId,
};

use super::cause::{Breaks, Cause, StepWords, Telling};
use super::health::{Banner, Health, Nobody, RunLine};
use super::held::{Answered, Binding, HeldLine, Waits, held};
use super::history::History;
use super::next::Mode;
use super::notes::Notes;
use super::wanted::{Wanted, wanted};
use super::whose::{Suspect, Whose};
use crate::deed::Says;
use crate::standing::{Numbers, Standing};
use rdpctl_model::accept::Accepts;

/// What a snapshot is made of.
pub struct Seen<'a> {
    /// When.
    pub at: Timestamp,
    /// The day by which acceptances end.
    pub today: Date,
    /// Its number; it only grows.
    pub serial: u64,
    /// Everybody, by name, and what the facets make of him.
    pub assessed: &'a [Assessed],
    /// What would be done.
    pub plan: &'a Plan,
    /// Its canonical digest.
    pub digest: String,
    /// What somebody took responsibility for.
    pub accepts: &'a [Accept],
    /// Whether the loop only looks.
    pub mode: Mode,
    /// How a yes is bound to what it is about.
    pub binding: &'a dyn Binding,
    /// A step in words.
    pub say: &'a dyn Fn(&rdpctl_model::Step) -> StepWords,
    /// Since when a facet of an instance is as it is, as far as anybody knows.
    pub since: &'a dyn Fn(&InstanceName, FacetId) -> Option<Timestamp>,
}

/// One instance.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: InstanceName,
    /// The vendor's id.
    pub id: ResourceId,
    /// The vendor's display name, when it differs; untrusted text.
    pub display: String,
    /// Its provider.
    pub provider: ProviderName,
    /// Its profile.
    pub profile: ProfileName,
    /// How it stands.
    pub standing: Standing,
    /// What the facets conclude.
    pub facets: Arc<Assessments>,
    /// Its first causes, by their places in the snapshot.
    pub causes: Vec<u32>,
}

impl Row {
    /// Its fleet, where it is a member of one.
    #[must_use]
    pub fn fleet(&self) -> Option<&str> {
        self.name.fleet()
    }
}

/// The snapshot.
#[derive(Clone, Debug)]
pub struct View {
    /// Its number.
    pub serial: u64,
    /// When it was made.
    pub at: Timestamp,
    /// Of which version of rdpctl.
    pub version: &'static str,
    /// The digest of its plan.
    pub digest: String,
    /// Whether the loop only looks.
    pub mode: Mode,
    /// Everybody, the worst first.
    pub rows: Vec<Row>,
    /// The five numbers.
    pub numbers: Numbers,
    /// First causes by facet.
    pub breaks: FacetMap<Breaks>,
    /// First causes.
    pub causes: Vec<Cause>,
    /// Fleets with their numbers; those declared one by one are under no name.
    pub fleets: BTreeMap<Option<String>, Numbers>,
    /// The providers.
    pub providers: Vec<ProviderName>,
    /// When each world last answered, over all.
    pub answered: BTreeMap<World, Span>,
    /// Fleets of which not even the members are known, with why.
    pub unseen: Vec<(String, Said)>,
    /// Fleets that find nobody.
    pub nobody: Vec<Nobody>,
    /// Where guards are declared, those that are; none where nobody said so.
    pub guards_at: Option<BTreeMap<Guarded, String>>,
    /// What is held.
    pub held: Vec<HeldLine>,
    /// What somebody took responsibility for.
    pub accepts: Vec<Accept>,
    /// The day of the snapshot.
    pub today: Date,
    /// Runs, newest first.
    pub runs: Vec<RunLine>,
    /// The last days.
    pub history: History,
    /// What turned in these days, newest first.
    pub turned: Arc<Vec<Turned>>,
    /// What people and the loop did on these days.
    pub notes: BTreeMap<Date, Notes>,
    /// The loop's own health.
    pub health: Health,
    /// What nobody must miss, the worst first.
    pub banners: Vec<Banner>,
    /// Who may have changed what differs.
    pub whose: Whose,
    /// Runs that somebody wants undone.
    pub undos: BTreeMap<RunId, Wanted>,
}

impl View {
    /// Puts it together. Runs, days, health and banners are the loop's own, and come after.
    #[must_use]
    pub fn build(seen: &Seen<'_>) -> Self {
        let telling = Telling {
            plan: seen.plan,
            accepts: Accepts::new(seen.accepts, seen.today),
            mode: seen.mode,
            say: seen.say,
            since: seen.since,
            shows: &|_, _| true,
            heading: &|_| None,
        };
        let told = telling.tell();
        let mut behind: HashMap<&InstanceName, Vec<u32>> = HashMap::new();
        for (place, cause) in (0_u32..).zip(&told.causes) {
            for member in &cause.members {
                behind.entry(member).or_default().push(place);
            }
        }
        let mut rows = Vec::with_capacity(seen.plan.instances);
        for group in seen.assessed {
            let Members::Named(members) = &group.members else { continue };
            rows.extend(members.iter().map(|member| Row {
                name: member.name.clone(),
                id: member.id.clone(),
                display: member.display.clone(),
                provider: group.provider.clone(),
                profile: group.profile.clone(),
                standing: told.standing.get(&member.name).copied().unwrap_or(Standing::AsDeclared),
                facets: Arc::clone(&group.facets),
                causes: behind.get(&member.name).cloned().unwrap_or_default(),
            }));
        }
        rows.sort_by(|a, b| (a.standing, &a.name).cmp(&(b.standing, &b.name)));
        let mut fleets: BTreeMap<Option<String>, Numbers> = BTreeMap::new();
        for row in &rows {
            fleets.entry(row.fleet().map(str::to_owned)).or_default().add(row.standing);
        }
        let mut providers: Vec<ProviderName> =
            seen.assessed.iter().map(|group| group.provider.clone()).collect();
        providers.sort();
        providers.dedup();
        Self {
            serial: seen.serial,
            at: seen.at,
            version: env!("CARGO_PKG_VERSION"),
            digest: seen.digest.clone(),
            mode: seen.mode,
            rows,
            numbers: told.numbers,
            breaks: told.breaks,
            causes: told.causes,
            fleets,
            providers,
            answered: seen.plan.basis.answered.clone(),
            unseen: seen
                .plan
                .basis
                .unseen
                .iter()
                .map(|one| (one.fleet.to_string(), one.gap.said()))
                .collect(),
            nobody: Vec::new(),
            guards_at: None,
            held: held(seen.plan, seen.say, seen.binding),
            accepts: seen.accepts.to_vec(),
            today: seen.today,
            runs: Vec::new(),
            history: History::default(),
            turned: Arc::default(),
            notes: BTreeMap::new(),
            health: Health::default(),
            banners: Vec::new(),
            whose: Whose::default(),
            undos: BTreeMap::new(),
        }
    }

    /// The instance of that name; one that is declared by itself is found by its vendor's id, too.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&Row> {
        // They lie by how they stand, and among those who stand alike by name.
        let named = |standing: Standing| {
            let held = |row: &Row| (row.standing, row.name.as_str()).cmp(&(standing, name));
            self.rows.binary_search_by(held).ok().and_then(|place| self.rows.get(place))
        };
        Standing::ALL
            .into_iter()
            .find_map(named)
            .or_else(|| self.rows.iter().find(|row| row.id.as_str() == name))
    }

    /// The cause of that key.
    #[must_use]
    pub fn cause(&self, key: &str) -> Option<&Cause> {
        self.causes.iter().find(|cause| cause.key == key)
    }

    /// What waits for a person: asked, and not yet answered.
    #[must_use]
    pub fn asking(&self) -> usize {
        let asks = |line: &&HeldLine| matches!(line.waits, Waits::Asks { .. });
        self.held.iter().filter(asks).filter(|line| line.answered.is_none()).count()
    }

    /// Takes what people answered, as far as it is about what is held now.
    pub fn answered(&mut self, orders: &[Order]) {
        self.undos = wanted(orders, self.at);
        let (yes, no) = (chronicle::approvals(orders, self.at), chronicle::refusals(orders));
        for line in &mut self.held {
            let Waits::Asks { guards } = &line.waits else { continue };
            let covers = |approval: &Approval, name: &InstanceName, digest: &String| {
                guards.iter().all(|guard| approval.guards.contains(guard))
                    && approval.members.get(name) == Some(digest)
            };
            let by = |(name, digest): (&InstanceName, &String)| {
                yes.iter().find(|(_, approval)| covers(approval, name, digest)).copied()
            };
            let given: Vec<_> = line.consents.iter().filter_map(by).collect();
            line.allowed = given.len();
            let says = |says: Says, order: &Order, until: Option<Timestamp>| Answered {
                says,
                by: order.by.clone(),
                at: order.at,
                until,
                note: order.reason.as_ref().and_then(Said::quote).unwrap_or_default().to_owned(),
            };
            line.answered = match (given.first(), no.get(line.digest.as_str())) {
                (Some((order, approval)), _) if given.len() == line.instances => {
                    Some(says(Says::Yes, order, Some(approval.until)))
                }
                (_, Some(order)) => Some(says(Says::No, order, None)),
                (Some(_) | None, None) => None,
            };
        }
    }

    /// Takes what the logs say, for all that is told of what differs.
    pub fn changed_by(&mut self, whose: Whose) {
        let by: HashMap<(&InstanceName, FacetId), &Suspect> =
            whose.changed_by.iter().map(|one| ((&one.instance, one.facet), one)).collect();
        for cause in &mut self.causes {
            let Some(facet) = cause.facets.first().copied() else { continue };
            let named = cause.members.iter().filter_map(|name| by.get(&(name, facet)));
            cause.changed_by = named.max_by_key(|one| one.at).map(|one| Suspect::clone(one));
        }
        self.whose = whose;
    }

    /// Whether there is nobody because nobody is declared.
    #[must_use]
    pub fn is_nothing_declared(&self) -> bool {
        // Of whom nobody read what is declared, nobody knows that it is nothing.
        let declared = self.health.files.as_ref().map(|files| files.sources);
        self.rows.is_empty() && self.unseen.is_empty() && declared == Some(0)
    }

    /// Runs that go on.
    #[must_use]
    pub fn running(&self) -> usize {
        self.runs.iter().filter(|run| run.record.ended.is_none()).count()
    }
}
