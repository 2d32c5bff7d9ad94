//! Interfaces, each as small as it can be: of ten thousand machines they are most of what a survey holds at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::azure::arm::{ConfigurationProperties, Nic};
use crate::azure::id::key;

/// Interfaces by their ids.
#[derive(Debug, Default)]
pub(super) struct Cards {
    known: HashMap<String, Card>,
    /// What many of them name: a subnet and a group are written down once.
    shared: HashSet<Arc<str>>,
}

/// An interface.
#[derive(Debug)]
pub(super) struct Card {
    /// The group of its own, by lower-case id.
    pub(super) group: Option<Arc<str>>,
    /// The address that counts.
    pub(super) first: Option<Place>,
}

/// An address of an interface.
#[derive(Debug)]
pub(super) struct Place {
    /// The subnet, by lower-case id.
    pub(super) subnet: Option<Arc<str>>,
    /// The public address, by lower-case id.
    pub(super) public_ip: Option<String>,
    /// All else that is said of it.
    pub(super) said: ConfigurationProperties,
}

impl Card {
    /// The subnet of the address that counts, by lower-case id.
    pub(super) fn subnet(&self) -> Option<&str> {
        self.first.as_ref()?.subnet.as_deref()
    }

    /// What is said of the address that counts.
    pub(super) fn said(&self) -> Option<&ConfigurationProperties> {
        self.first.as_ref().map(|first| &first.said)
    }
}

impl Cards {
    /// Takes one.
    pub(super) fn add(&mut self, id: &str, nic: Nic) {
        let group = nic.network_security_group.as_ref().map(|group| self.share(&group.id));
        let first = nic.into_first().map(|mut said| Place {
            subnet: said.subnet.take().map(|subnet| self.share(&subnet.id)),
            public_ip: said.public_ip.take().map(|address| key(&address.id)),
            said,
        });
        self.known.insert(key(id), Card { group, first });
    }

    fn share(&mut self, id: &str) -> Arc<str> {
        let id = key(id);
        if let Some(known) = self.shared.get(&*id) {
            return Arc::clone(known);
        }
        let id: Arc<str> = id.into();
        self.shared.insert(Arc::clone(&id));
        id
    }

    /// The one with that id, however it is written.
    pub(super) fn get(&self, id: &str) -> Option<&Card> {
        self.known.get(&key(id))
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Card> {
        self.known.values()
    }
}
