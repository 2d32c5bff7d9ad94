//! `doctor --look-into-disk`: the system disk of a VM, read from a copy by ranges, without any VM.
//!
//! Copy and link are on record before they are asked for, and given back at the end; what a killed look left is given back
//! by the next one, by `apply`, or by `rdpctl state release`.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::store::Made;
use rdpctl_contract::{CloudChanger as _, CloudError, CloudOrder, DiskDeed, DiskWork, WorkPriced};
use rdpctl_engine::lease::Permit;
use rdpctl_engine::run::Stops;
use rdpctl_engine::{SecondWays as _, give_back, repairs};
use rdpctl_model::account::way_out_of_tencent;
use rdpctl_model::declaration::{GuardAnswer, Instance};
use rdpctl_model::mending::{Hold, OfflineWish};
use rdpctl_model::outcome::{Created, CreatedKind, JournalSubject};
use rdpctl_model::plan::{Budget, Quote, Sighted};
use rdpctl_model::repair::{AtOnce, NoLink};
use rdpctl_model::step::Guarded;
use rdpctl_model::{CloudAction, Gap, Said, Survey};
use rdpctl_providers::azure::{AzureCloud, LentDisk, NotLent};
use rdpctl_words::{Language, english, words};
use tokio_util::sync::CancellationToken;

use super::patient::{Patient, Who, member, of_azure};
use super::{Args, Format, disk};
use crate::arguments::Place;
use crate::command::apply::hold;
use crate::disk::{Asked, Which, judge_open};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt;
use crate::out::{self, safe};
use crate::repair::known;
use crate::repair::program::Second;
use crate::report;
use crate::session::Session;

/// How long the copy of a look is there at most.
const LASTS: Duration = Duration::from_mins(30);
/// A price is worth waiting for so long.
const QUOTED_WITHIN: Duration = Duration::from_secs(10);
const LOOK: &str = "looks into a disk";

/// Says that this look exists, where the guest did not answer and nobody asked for it.
pub(super) async fn hint(patient: &Patient, survey: Option<&Survey>, language: Language) -> String {
    let silent = survey.is_some_and(|survey| survey.guest.is_err());
    let cloud = patient.subscription();
    if cloud.is_none() || !silent {
        return String::new();
    }
    let (price, no_link) = match (cloud, patient.estate.instances.first()) {
        (Some(cloud), Some(instance)) => price(&cloud, instance).await,
        (_, _) => (say::one_snapshot(), None),
    };
    let said = match no_link {
        Some(why) => say::gives_no_link(why.said()),
        None => say::not_looked_into(price),
    };
    format!("\n{}\n", words(language).say(&said))
}

/// What a work on a disk costs, as the vendor quotes it, and what its disk says of links.
async fn priced(cloud: &AzureCloud, work: &DiskWork) -> WorkPriced {
    let stop = CancellationToken::new();
    let asked = tokio::time::timeout(QUOTED_WITHIN, cloud.price_of_work(work, &stop)).await;
    let priced = asked.ok().and_then(|answer| {
        answer.inspect_err(|error| tracing::debug!(%error, "no price quoted")).ok()
    });
    priced.unwrap_or_default()
}

/// What a look costs, and why there is none where its disk says so.
async fn price(cloud: &AzureCloud, instance: &Instance) -> (Said, Option<NoLink>) {
    let (vm, deed) = (instance.id.clone(), DiskDeed::Look);
    let work = DiskWork { vm, takes: LASTS, longer: None, deed };
    let WorkPriced { price, no_link, .. } = priced(cloud, &work).await;
    let budget = Budget {
        quotes: price
            .into_iter()
            .map(|price| Quote { what: LOOK.to_owned(), price: Sighted::Seen(price) })
            .collect(),
        ..Budget::default()
    };
    let said = match report::price::amount_of(&budget, LOOK) {
        Some(price) => say::one_snapshot_at(price),
        None => say::one_snapshot(),
    };
    (said, no_link)
}

/// What there is instead of a look, with what it takes, where no link is given.
async fn instead(
    session: &Session,
    cloud: &AzureCloud,
    instance: &Instance,
    why: NoLink,
) -> String {
    let by_hand = AzureCloud::by_hand(&instance.id);
    let mut mended = instance.clone();
    let keep = mended.guest.offline.unwrap_or_default().keep;
    Arc::make_mut(&mut mended.guest).offline = Some(OfflineWish { keep, hold: Hold::GoOn });
    let tariffs = crate::wiring::tariffs(&session.declaration);
    let tariff = tariffs.clouds.get(&instance.provider).map(|tariff| tariff.repair);
    let tariff = tariff.unwrap_or_default();
    let repair = repairs::of(&mended, Gap::NotSurveyed, &tariff);
    let Some(mut repair) = repair else { return format!("what works without a link: {by_hand}") };
    let now = session.clock.now();
    let way = Second::beside(session.beside()).of(&instance.id, now);
    repairs::offer(&mut repair, way, &tariff);
    repair.go_second(AtOnce { why, asked: Some(now) });
    let takes = Duration::from_secs(repair.budget.seconds);
    let (vm, deed) = (instance.id.clone(), DiskDeed::Repair { keep });
    let work = DiskWork { vm, takes, longer: None, deed };
    repair.quote(priced(cloud, &work).await.price, None);
    report::repairs::instead_of_a_look(&repair, &by_hand)
}

pub(super) async fn run(who: &Who, args: &Args, language: Language) -> Result<Exit, CliError> {
    let (session, name) = open(who, args).await?;
    let instance = member(&name, &session.declaration)?;
    let Some(cloud) = session.subscription(&instance.provider)? else {
        let provider = session.declaration.providers.get(&instance.provider);
        let way_out = provider.and_then(|provider| provider.account.way_out());
        let hint = way_out.unwrap_or_else(|| "this look is one of Azure, whose storage serves a copy by ranges; `--disk FILE` looks into an image or a device".to_owned());
        let why = format!("the disk of {} cannot be looked into from here", safe(&name));
        return Err(CliError::new(why).hint(hint));
    };
    let stops = Stops::default();
    interrupt::watch(&stops);
    // What the disk says itself is known without a copy.
    if let Some(why) = cloud.closed_to_links(&instance.id, &stops.gently).await? {
        let said = english(&why.said());
        let error = format!("no link to the disk of {} is given: {said}", safe(&name));
        let instead = instead(&session, &cloud, &instance, why).await;
        return Err(CliError::new(error).hint(instead));
    }
    if !may_spend(&session, args, &stops, (&cloud, &instance)).await? {
        return Ok(Exit::Partial);
    }
    let held = hold(&session, "doctor --look-into-disk", &stops).await?;
    let look = Look {
        session: &session,
        cloud: &cloud,
        instance: &instance,
        permit: held.permit(),
        stops: &stops,
        language,
    };
    let ended = Box::pin(look.whole(&name, args)).await;
    held.release().await?;
    ended
}

/// The declaration, or what the words on the command line come to.
async fn open(who: &Who, args: &Args) -> Result<(Session, String), CliError> {
    let (paths, sim) = (args.paths.clone(), args.sim.clone());
    let place = Place { paths, state: args.state.clone(), sim, trusted: args.trusted.clone() };
    match who {
        Who::Declared(name) => {
            let session = Session::open(&place).await?;
            let name = crate::members::meant(name, &session.declaration, &args.paths).await;
            Ok((session, name))
        }
        Who::Azure { subscription, group, name } => {
            let (name, declaration) = of_azure(subscription, group, name)?;
            Ok((Session::of(declaration, &place).await?, name))
        }
        Who::Tencent { region, .. } => Err(CliError::new("only the disk of a VM of Azure can be looked into so")
            .hint(format!(
                "{}; without this flag, doctor says what is seen from outside",
                way_out_of_tencent(region)
            ))),
        Who::Host(_) => Err(CliError::new("only the disk of a VM of Azure can be looked into so")
            .hint("without this flag, doctor says what is seen from outside; `--disk FILE` looks into an image or a device")),
    }
}

async fn may_spend(
    session: &Session,
    args: &Args,
    stops: &Stops,
    (cloud, instance): (&AzureCloud, &Instance),
) -> Result<bool, CliError> {
    match session.estate.guards.answer(Guarded::Spend) {
        GuardAnswer::Allow => Ok(true),
        GuardAnswer::Deny => {
            out::err("held: the guard spend is denied in the declaration");
            Ok(false)
        }
        GuardAnswer::Ask if args.allow.contains(&Guarded::Spend) => Ok(true),
        GuardAnswer::Ask => {
            let price = english(&price(cloud, instance).await.0);
            let question =
                format!("Copy the system disk and read the copy (guard spend: {price})?");
            if !std::io::stdin().is_terminal() {
                return Err(CliError::new("nobody is there to be asked whether it may be copied")
                    .hint(format!("say --allow spend: {price}")));
            }
            let answer = crate::command::disk::yes_unless_stopped(
                crate::command::disk::PROMPT,
                &question,
                stops,
            )
            .await?;
            answer.ok_or_else(CliError::interrupted)
        }
    }
}

struct Look<'a> {
    session: &'a Session,
    cloud: &'a AzureCloud,
    instance: &'a Instance,
    permit: &'a Arc<Permit>,
    stops: &'a Stops,
    language: Language,
}

impl Look<'_> {
    async fn whole(&self, name: &str, args: &Args) -> Result<Exit, CliError> {
        self.clear().await?;
        let order = CloudOrder {
            instance: self.instance.id.clone(),
            action: CloudAction::SnapshotSystemDisk,
            handles: rdpctl_model::cloud::Handles::default(),
            token: format!("{}{}", give_back::LOOK, self.session.clock.now().as_nanosecond()),
            created: Vec::new(),
        };
        let judged = self.judged(&order, name, args).await;
        // Whatever came of it: nothing stays behind.
        self.clear().await?;
        let exit = disk::tell(name, judged?, args.format)?;
        // Of what is found to be wrong it is said how it is mended, and what that does without.
        if matches!((exit, args.format), (Exit::Pending, Format::Text)) {
            let text = words(self.language).say(&say::mended_so());
            out::out(&format!("\n{text}\n"))?;
        }
        Ok(exit)
    }

    /// Copies the disk and judges the copy.
    async fn judged(
        &self,
        order: &CloudOrder,
        name: &str,
        args: &Args,
    ) -> Result<Result<crate::disk::Judged, rdpctl_disk::Error>, CliError> {
        let copy = self.cloud.announced(order).ok_or_else(|| {
            CliError::new(format!("{} is no id of a VM of Azure", safe(self.instance.id.as_str())))
        })?;
        self.enter(&copy).await?;
        out::err(&format!("copying the system disk of {}", safe(name)));
        self.permit.check().await?;
        let stop = &self.stops.gently;
        let answers = self.cloud.perform(vec![order.clone()], stop).await;
        for answer in answers {
            answer?;
        }
        out::err("the copy is whole");
        let link = Created { kind: CreatedKind::Sas, ..copy.clone() };
        self.enter(&link).await?;
        let lent = match self.cloud.lend(&copy.id, stop).await {
            Ok(lent) => lent,
            Err(NotLent::Failed(error)) => {
                let by_hand = AzureCloud::by_hand(&self.instance.id);
                let hint = format!("what works without a link: {by_hand}");
                return Err(CliError::from(*error).hint(hint));
            }
            Err(NotLent::Closed { why, error }) => {
                return Err(self.no_link(&copy, &link, why, *error).await?);
            }
        };
        known::given(self.session.beside(), &self.instance.id);
        out::err("reading the copy");
        let (asked, named) = (asked(args), name.to_owned());
        let looked = tokio::task::spawn_blocking(move || {
            let judged = judge_open(&lent, &named, &asked);
            (judged, lent)
        });
        let (judged, lent) = looked.await.map_err(|error| CliError::from_error(&error))?;
        told(&lent);
        Ok(judged)
    }

    /// Says that no link is given, and what there is instead. It is remembered for the next plan; one that was never given
    /// is not to be taken back.
    async fn no_link(
        &self,
        copy: &Created,
        link: &Created,
        why: NoLink,
        error: CloudError,
    ) -> Result<CliError, CliError> {
        let (beside, now) = (self.session.beside(), self.session.clock.now());
        known::refused(beside, &self.instance.id, why, now);
        if why != NoLink::Storage {
            self.session.store.released(&self.permit.author(), link).await?;
        }
        let said = english(&why.said());
        let instead = instead(self.session, self.cloud, self.instance, why).await;
        let to = safe(&copy.id.short()).into_owned();
        Ok(CliError::new(format!("no link to {to} is given: {said}")).because(&error).hint(instead))
    }

    /// Puts something on record before it is asked for.
    async fn enter(&self, created: &Created) -> Result<(), CliError> {
        let subject = JournalSubject::Instance(self.instance.name.clone());
        let made = Made { subject, created: created.clone(), at: self.session.clock.now() };
        Ok(self.session.store.enter(&self.permit.author(), &made).await?)
    }

    /// Gives back what looks left: the links first, for a copy that is lent is not deleted.
    async fn clear(&self) -> Result<(), CliError> {
        let mut left = self.session.store.created().await?;
        left.retain(|made| give_back::is_of_a_look(&made.created));
        left.sort_by_key(|made| made.created.kind != CreatedKind::Sas);
        let all = left.len();
        let gone = crate::give_back::give_back(self.session, self.permit, left, self.stops).await?;
        if gone < all {
            out::err(
                "what is left is on record: the next look, `rdpctl apply` or `rdpctl state release` tries again",
            );
        }
        Ok(())
    }
}

fn told(lent: &LentDisk) {
    let read = lent.read();
    out::err(&format!(
        "looked into the disk by {} requests for {} KiB",
        read.requests,
        read.bytes >> 10
    ));
}

/// By the standard or another built-in profile, as `--disk` does.
fn asked(args: &Args) -> Asked {
    let which = Which { disk: None, installation: args.in_hand.which.installation };
    Asked {
        profile: args.in_hand.profile.clone(),
        only: args.in_hand.only.clone(),
        recovery: args.in_hand.recovery,
        hold_policy: args.in_hand.hold_policy,
        ..Asked::of(which)
    }
}

rdpctl_model::says! { "disk":
    not_looked_into(price);
    gives_no_link(why);
    mended_so();
    one_snapshot();
    one_snapshot_at(price);
}
