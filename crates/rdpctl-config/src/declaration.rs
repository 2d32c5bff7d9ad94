//! What a set of files declares, valid and resolved.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rdpctl_facets::Profile;
use rdpctl_model::declaration::{Accept, Fleet, Guards, Instance, Looping, PageAt, Provider};
use rdpctl_model::step::Guarded;
use rdpctl_model::{FleetName, InstanceName, ProfileName, ProviderName};

use crate::diagnostic::Diagnostics;

/// A valid declaration: every reference in it leads somewhere.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The providers.
    pub providers: BTreeMap<ProviderName, Provider>,
    /// The profiles, whole: what they extend is already in them. The built-in ones are among them.
    pub profiles: BTreeMap<ProfileName, Arc<Profile>>,
    /// The instances that were declared one by one.
    pub instances: BTreeMap<InstanceName, Instance>,
    /// The fleets, whose instances only the provider knows.
    pub fleets: BTreeMap<FleetName, Fleet>,
    /// What needs permission.
    pub guards: Guards,
    /// Drift that somebody has taken responsibility for.
    pub accepts: Vec<Accept>,
    /// Where the state is kept, if the declaration says so.
    pub state: Option<String>,
    /// How the continuous loop goes on.
    pub run: Looping,
    /// How the loop's page is reached by others than this machine.
    pub page: PageAt,
    /// What can be used, but probably does not mean what was meant.
    pub warnings: Diagnostics,
    pub(crate) origins: BTreeMap<String, Origin>,
    pub(crate) providers_at: BTreeMap<ProviderName, Origin>,
    pub(crate) guards_at: BTreeMap<Guarded, Origin>,
}

/// Where in the files an instance or a fleet is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file, as it was given.
    pub file: Arc<Path>,
    /// The line, from 1.
    pub line: u32,
}

impl Declaration {
    /// Where the instance or fleet of that name is declared; a member of a fleet is declared where its fleet is.
    #[must_use]
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.origins.get(name).or_else(|| self.origins.get(InstanceName::fleet_in(name)?))
    }

    /// The guards that are declared, each with where; of the others the answer is the usual one.
    pub fn guards_at(&self) -> impl Iterator<Item = (Guarded, &Origin)> {
        self.guards_at.iter().map(|(guard, origin)| (*guard, origin))
    }

    /// Where the provider of that name is declared.
    #[must_use]
    pub fn origin_of_provider(&self, name: &ProviderName) -> Option<&Origin> {
        self.providers_at.get(name)
    }
}
