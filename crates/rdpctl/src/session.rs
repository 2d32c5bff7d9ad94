//! What a command works with: the declaration, the state, and eyes or hands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdpctl_config::Declaration;
use rdpctl_contract::{Clock, Store};
use rdpctl_engine::run::Stops;
use rdpctl_engine::{Draft, Estate, Extent, Eyes, Filter, Hands, LogOns, View};
use rdpctl_model::declaration::Instance;
use rdpctl_model::step::Guarded;
use rdpctl_model::{Plan, ProviderName};
use rdpctl_providers::azure::AzureCloud;
use rdpctl_providers::channel::serial::Console;
use rdpctl_providers::tencent::TencentCloud;
use rdpctl_store::{Database, Location};
use tokio_util::sync::CancellationToken;

use crate::arguments::{Place, Scope};
use crate::clock::SystemClock;
use crate::error::{CliError, Untold};
use crate::home;
use crate::on_record::Keeps;
use crate::out::{self, safe};
use crate::progress::{Manner, Teller};
use crate::repair::program::Second;
use crate::trust::Opened;
use crate::wiring::{self, Simulated};

/// The declaration and the state.
pub(crate) struct Session {
    pub(crate) declaration: Declaration,
    pub(crate) estate: Estate,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The folder of the state, in which changes of disks are kept, too.
    beside: PathBuf,
    /// What somebody granted to the declaration, in sentences.
    pub(crate) granted: Vec<String>,
    /// Keeps an in-process simulator alive for as long as the session lives.
    simulated: Option<Simulated>,
}

impl Session {
    /// Reads the declaration, opens the state, and starts the simulator if one was asked for.
    pub(crate) async fn open(place: &Place) -> Result<Self, CliError> {
        let Opened { declaration, granted } =
            crate::trust::declaration(&place.paths, place.sim.as_deref(), &place.trusted).await?;
        Ok(Self { granted, ..Self::of(declaration, place).await? })
    }

    /// The declaration and the state alone, for what needs nobody's grant because it looks at nothing else. Nothing is
    /// made, and nothing can be written.
    pub(crate) async fn remembered(place: &Place) -> Result<Self, CliError> {
        let declaration = rdpctl_config::load(&place.paths)?;
        let location = state_of(place, declaration.state.as_deref())?;
        if !Database::is_there(&location).await? {
            out::err(&format!("There is no state at {} yet.", safe(&location.to_string())));
        }
        let beside = beside(&location, &place.paths)?;
        let store = Arc::new(Database::open_at_read_only(&location).await?);
        Self::with(declaration, store, beside, None)
    }

    /// The same, with eyes as far as somebody granted them: nobody is asked for more.
    pub(crate) async fn remembered_with_eyes(place: &Place) -> Result<Self, CliError> {
        let opened =
            crate::trust::declaration_unasked(&place.paths, place.sim.as_deref(), &place.trusted);
        let declaration = opened.await?.declaration;
        let location = state_of(place, declaration.state.as_deref())?;
        let beside = beside(&location, &place.paths)?;
        let store = Arc::new(Database::open_at_read_only(&location).await?);
        let simulated = match &place.sim {
            Some(world) => Some(wiring::simulate(world, &place.paths, Some(store.as_ref())).await?),
            None => None,
        };
        Self::with(declaration, store, beside, simulated)
    }

    /// The same, to mend the state.
    pub(crate) async fn mending(place: &Place) -> Result<Self, CliError> {
        let declaration = rdpctl_config::load(&place.paths)?;
        let location = state_of(place, declaration.state.as_deref())?;
        if !Database::is_there(&location).await? {
            return Err(CliError::new(format!("there is no state at {location}"))
                .hint("`rdpctl plan` makes one; --state PATH names another"));
        }
        let (store, beside) = written(place, &declaration).await?;
        Self::with(declaration, store, beside, None)
    }

    /// A declaration that somebody's words on the command line come to.
    pub(crate) async fn of(declaration: Declaration, place: &Place) -> Result<Self, CliError> {
        let (store, beside) = written(place, &declaration).await?;
        let simulated = match &place.sim {
            Some(world) => Some(wiring::simulate(world, &place.paths, Some(store.as_ref())).await?),
            None => None,
        };
        Self::with(declaration, store, beside, simulated)
    }

    /// One in a world that is there already, by a clock of its own.
    #[cfg(test)]
    pub(crate) async fn in_world(
        place: &Place,
        simulated: Simulated,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CliError> {
        let declaration = rdpctl_config::load(&place.paths)?;
        let (store, beside) = written(place, &declaration).await?;
        Ok(Self { clock, ..Self::with(declaration, store, beside, Some(simulated))? })
    }

    fn with(
        mut declaration: Declaration,
        store: Arc<dyn Store>,
        beside: PathBuf,
        simulated: Option<Simulated>,
    ) -> Result<Self, CliError> {
        if !declaration.warnings.is_empty() {
            out::err(declaration.warnings.render(out::paint()).trim_end());
        }
        if let Some(simulated) = &simulated {
            wiring::into_world(&mut declaration, simulated)?;
        }
        let estate = estate(&declaration);
        let (clock, granted) = (Arc::new(SystemClock), Vec::new());
        Ok(Self { declaration, estate, store, clock, beside, granted, simulated })
    }

    /// The declaration as it is now, with hands of its own, for whoever goes on working while it changes. Nobody is asked
    /// for anything, and the state stays the one that was opened.
    pub(crate) async fn anew(
        &self,
        place: &Place,
    ) -> Result<(Declaration, Estate, Hands), CliError> {
        let opened =
            crate::trust::declaration_unasked(&place.paths, place.sim.as_deref(), &place.trusted);
        let mut declaration = opened.await?.declaration;
        if let Some(simulated) = &self.simulated {
            wiring::into_world(&mut declaration, simulated)?;
        }
        let hands =
            wiring::hands(&declaration, self.simulated.as_ref(), &self.clock, self.keeps())?;
        let estate = estate(&declaration);
        Ok((declaration, estate, hands))
    }

    /// The folder of the state.
    pub(crate) fn beside(&self) -> &Path {
        &self.beside
    }

    /// What can be changed. Only `apply` and its kin ask for it.
    pub(crate) fn hands(&self) -> Result<Hands, CliError> {
        wiring::hands(&self.declaration, self.simulated.as_ref(), &self.clock, self.keeps())
    }

    fn keeps(&self) -> Keeps<'_> {
        Keeps { store: Some(&self.store), home: &self.beside }
    }

    /// The account of Tencent Cloud behind a provider, for what only it can do.
    pub(crate) fn account_of_tencent(
        &self,
        provider: &ProviderName,
    ) -> Result<Option<TencentCloud>, CliError> {
        wiring::account_of_tencent(&self.declaration, provider, self.simulated.as_ref())
    }

    /// The subscription behind a provider, for what only Azure can do.
    pub(crate) fn subscription(
        &self,
        provider: &ProviderName,
    ) -> Result<Option<AzureCloud>, CliError> {
        wiring::subscription(&self.declaration, provider, self.simulated.as_ref())
    }

    /// The console of a machine; none where nothing leads to one.
    pub(crate) fn console(&self, instance: &Instance) -> Result<Console, CliError> {
        crate::console::way(&self.declaration, instance, self.simulated.as_ref())
    }

    /// What can be looked at.
    pub(crate) fn eyes(&self) -> Result<Eyes, CliError> {
        Ok(self.hands()?.eyes())
    }

    /// Looks at what the scope names, or takes what was last seen. Who did not answer is told when it is dropped: errors
    /// stand behind the result.
    pub(crate) async fn look(
        &self,
        scope: &Scope,
        manner: Manner,
        stop: &CancellationToken,
    ) -> Result<(View, Untold), CliError> {
        if !scope.refresh {
            let view = View { facts: self.store.facts().await?, unseen: None };
            return Ok((view, Untold::default()));
        }
        let eyes = self.eyes()?;
        let places = crate::error::places(&self.declaration);
        let teller = Teller::start(manner, Stops::default(), places);
        let (store, filter) = (self.store.as_ref(), filter(scope));
        let looking =
            rdpctl_engine::refresh(&self.estate, &eyes, store, &filter, &teller.events, stop);
        let seen = looking.await;
        let untold = teller.finish().await;
        let seen = seen?;
        Ok((View { facts: seen.facts, unseen: Some(seen.unseen) }, untold))
    }

    /// Makes the plan from what is known.
    pub(crate) fn plan(
        &self,
        view: &View,
        scope: &Scope,
        allowed: &BTreeSet<Guarded>,
        tried: Option<&LogOns>,
    ) -> Result<Plan, CliError> {
        let draft = Draft {
            tried,
            again: &[],
            estate: &self.estate,
            scope: &filter(scope),
            allowed,
            tariffs: &wiring::tariffs(&self.declaration),
            second: Some(&Second::beside(&self.beside)),
            now: self.clock.now(),
        };
        let mut plan = draft.plan(view)?;
        plan.basis.granted.clone_from(&self.granted);
        Ok(plan)
    }

    /// Log-ons that were tried, by the journal.
    pub(crate) async fn tried(&self, view: &View) -> Result<LogOns, CliError> {
        Ok(LogOns::recall(self.store.as_ref(), &self.estate, &view.facts).await?)
    }

    /// Adds to a plan what is its members' own, from the last evidence.
    pub(crate) async fn bind(&self, plan: &mut Plan, extent: Extent) -> Result<(), CliError> {
        let tariffs = wiring::tariffs(&self.declaration);
        Ok(rdpctl_engine::bind(&self.estate, self.store.as_ref(), plan, extent, &tariffs).await?)
    }
}

/// What the engine needs of a declaration.
fn estate(declaration: &Declaration) -> Estate {
    Estate {
        providers: declaration
            .providers
            .iter()
            .map(|(name, provider)| (name.clone(), provider.kind()))
            .collect(),
        profiles: declaration.profiles.clone(),
        instances: declaration.instances.values().cloned().collect(),
        fleets: declaration.fleets.values().cloned().collect(),
        guards: declaration.guards.clone(),
        accepts: declaration.accepts.clone(),
        digest: declaration.digest(),
    }
}

/// The folder in which changes of disks are kept: that of the state, where it is a file.
fn beside(state: &Location, paths: &[PathBuf]) -> Result<PathBuf, CliError> {
    match state {
        Location::Sqlite(file) => Ok(file.parent().map_or_else(PathBuf::new, Path::to_owned)),
        Location::Postgres(_) => home::of(paths),
    }
}

/// Where the state lies. One that the declaration names counts where somebody granted it, and never for a simulated
/// world: what is done to that is no part of anybody's records.
pub(crate) fn state_of(place: &Place, declared: Option<&str>) -> Result<Location, CliError> {
    let declared = declared.filter(|_| place.sim.is_none());
    Ok(match (&place.state, declared) {
        (Some(url), _) => Location::parse(url)?,
        (None, Some(url)) => {
            crate::trust::demand_state(url, &place.paths, &place.trusted)?;
            Location::parse(url)?
        }
        (None, None) => Location::Sqlite(home::of(&place.paths)?.join("state.db")),
    })
}

/// The state, made where there is none, and the folder for changes of disks.
async fn written(
    place: &Place,
    declaration: &Declaration,
) -> Result<(Arc<dyn Store>, PathBuf), CliError> {
    let location = state_of(place, declaration.state.as_deref())?;
    let beside = beside(&location, &place.paths)?;
    let is_ours = match location {
        Location::Sqlite(_) => {
            place.state.is_none() && (place.sim.is_some() || declaration.state.is_none())
        }
        Location::Postgres(_) => true,
    };
    if is_ours {
        home::made(&place.paths)?;
    }
    Ok((Arc::new(Database::open_at(&location).await?), beside))
}

/// The filter that a scope means.
pub(crate) fn filter(scope: &Scope) -> Filter {
    Filter { only: scope.target.clone(), except: scope.exclude.clone() }
}
