//! The machines that are known: those that the clouds name, and hosts that only the declaration names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rdpctl_engine::Estate;
use rdpctl_engine::estate::Who;
use rdpctl_engine::sweep::Met;
use rdpctl_model::account::ProviderKind;
use rdpctl_model::facts::Stamp;
use rdpctl_model::{InstanceName, ProviderName, SourceKey};

use crate::subject::Machine;

/// All machines that are looked at.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    by_name: HashMap<InstanceName, Arc<Machine>>,
    sizes: BTreeMap<ProviderName, usize>,
}

impl Registry {
    /// Takes what a cloud named: who is new, with when it last answered. Who is not named any more is forgotten.
    pub(crate) fn met(
        &mut self,
        provider: &ProviderName,
        met: Vec<Met>,
    ) -> Vec<(Arc<Machine>, Stamp)> {
        let mut before: HashMap<InstanceName, Arc<Machine>> = HashMap::new();
        self.by_name.retain(|name, machine| {
            let stays = machine.provider != *provider;
            if !stays {
                before.insert(name.clone(), Arc::clone(machine));
            }
            stays
        });
        let mut fresh = Vec::new();
        for Met { source, id, name, looked } in met {
            let machine = Machine { source, id, name: name.clone(), provider: provider.clone() };
            let machine = match before.remove(&name) {
                Some(known) if *known == machine => known,
                Some(_) | None => {
                    let machine = Arc::new(machine);
                    fresh.push((Arc::clone(&machine), looked));
                    machine
                }
            };
            self.by_name.insert(name, machine);
        }
        self.count();
        fresh
    }

    /// Takes a declaration: who is not declared any more is forgotten. Says which hosts are new.
    pub(crate) fn declared(&mut self, estate: &Estate) -> Vec<Arc<Machine>> {
        let keys: BTreeSet<SourceKey> = estate.sources().map(|source| source.key).collect();
        self.by_name.retain(|_, machine| keys.contains(&machine.source));
        let mut fresh = Vec::new();
        for source in estate.sources() {
            if let (Who::One(one), ProviderKind::Static) =
                (source.who, estate.kind(source.provider))
            {
                let machine = Machine {
                    source: source.key.clone(),
                    id: one.id.clone(),
                    name: one.name.clone(),
                    provider: source.provider.clone(),
                };
                if self.by_name.get(&one.name).is_none_or(|known| **known != machine) {
                    let machine = Arc::new(machine);
                    self.by_name.insert(one.name.clone(), Arc::clone(&machine));
                    fresh.push(machine);
                }
            }
        }
        self.count();
        fresh
    }

    /// Whether a machine is still known as it was.
    pub(crate) fn knows(&self, machine: &Arc<Machine>) -> bool {
        self.by_name.get(&machine.name).is_some_and(|known| known == machine)
    }

    /// The machine of that name.
    pub(crate) fn of(&self, name: &InstanceName) -> Option<&Arc<Machine>> {
        self.by_name.get(name)
    }

    /// How many machines a provider has.
    pub(crate) fn size(&self, provider: &ProviderName) -> usize {
        self.sizes.get(provider).copied().unwrap_or_default()
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Machine>> {
        self.by_name.values()
    }

    fn count(&mut self) {
        self.sizes.clear();
        for machine in self.by_name.values() {
            *self.sizes.entry(machine.provider.clone()).or_default() += 1;
        }
    }
}
