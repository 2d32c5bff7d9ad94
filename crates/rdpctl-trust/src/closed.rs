//! What stays shut because nobody granted it: absent from all that the rest of the program gets to see.
//!
//! An ungranted reference is not refused where it would be used. It is taken out of the declaration before anything is
//! wired, so that no later code can use it by mistake, and the reason stands in its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_config::Declaration;
use rdpctl_model::Gap;
use rdpctl_model::declaration::{GuestAccess, Mode, ProviderKind};
use rdpctl_model::guest::{ChannelKind, LogOn};

use crate::ask::{Ask, By, Wish};
use crate::grants::Grants;
use crate::receiver::{Over, Receiver};
use crate::sentence::grant;

/// What is not granted.
#[derive(Clone, Debug, Default)]
pub struct Closed {
    shut: Vec<(By, Ask, Gap)>,
    everything: bool,
}

impl Closed {
    /// What of these wishes no grant covers.
    #[must_use]
    pub fn by(wishes: &[Wish], grants: &Grants) -> Self {
        let shut = wishes
            .iter()
            .filter(|wish| wish.never.is_some() || !grants.allows(&wish.ask))
            .map(|wish| (wish.by.clone(), wish.ask.clone(), gap(wish)))
            .collect();
        Self { shut, everything: false }
    }

    /// All of them, whatever is granted: the declaration is a stranger's.
    #[must_use]
    pub fn untrusted(wishes: &[Wish]) -> Self {
        Self { everything: true, ..Self::by(wishes, &Grants::default()) }
    }

    /// Whether nothing is shut.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.shut.is_empty() && !self.everything
    }

    /// Takes out of a declaration what is shut, and leaves the reasons in its place.
    pub fn close(&self, declaration: &mut Declaration) {
        let mut of: BTreeMap<&By, Vec<(&Ask, &Gap)>> = BTreeMap::new();
        for (by, ask, gap) in &self.shut {
            of.entry(by).or_default().push((ask, gap));
        }
        let shut = of.get(&By::Run).and_then(|shut| shut.first());
        if shut.is_some() || (self.everything && declaration.run.mode == Mode::Enforce) {
            declaration.run.mode = Mode::Detect;
            let gap = shut.map(|(_, gap)| (*gap).clone());
            declaration.run.closed = Some(gap.unwrap_or_else(untouched));
        }
        let shut = of.get(&By::Page).and_then(|shut| shut.first());
        let gap = shut.map(|(_, gap)| (*gap).clone());
        declaration.page.closed = gap.or_else(|| self.everything.then(untouched));
        for webhook in &mut declaration.run.webhooks {
            let shut = of.get(&By::Webhook(webhook.url.clone())).and_then(|shut| shut.first());
            let gap = shut.map(|(_, gap)| (*gap).clone());
            webhook.closed = gap.or_else(|| self.everything.then(untouched));
        }
        for provider in declaration.providers.values_mut() {
            if let Some(shut) = of.get(&By::Provider(provider.name.clone())) {
                provider.closed = shut.first().map(|(_, gap)| (*gap).clone());
            }
        }
        for instance in declaration.instances.values_mut() {
            let shut = of.get(&By::Instance(instance.name.clone())).map(Vec::as_slice);
            let host = declaration
                .providers
                .get(&instance.provider)
                .is_some_and(|provider| provider.kind() == ProviderKind::Static);
            for (ask, gap) in shut.unwrap_or_default() {
                let is_itself = matches!(ask, Ask::Host { host: asked } if host && asked == instance.id.as_str());
                if is_itself {
                    instance.closed = Some((*gap).clone());
                }
                shut_channels(Arc::make_mut(&mut instance.guest), ask, gap, is_itself);
            }
            if self.everything {
                instance.closed.get_or_insert_with(untouched);
                shut_all(Arc::make_mut(&mut instance.guest));
            }
        }
        for fleet in declaration.fleets.values_mut() {
            for (ask, gap) in of.get(&By::Fleet(fleet.name.clone())).into_iter().flatten() {
                shut_channels(Arc::make_mut(&mut fleet.guest), ask, gap, false);
            }
            if self.everything {
                fleet.closed.get_or_insert_with(untouched);
                shut_all(Arc::make_mut(&mut fleet.guest));
            }
        }
    }
}

/// Channels that need what is shut.
fn shut_channels(access: &mut GuestAccess, ask: &Ask, gap: &Gap, whole: bool) {
    let channels: Vec<ChannelKind> = match ask {
        Ask::Host { .. } if whole => access.via.clone(),
        Ask::Host { .. } | Ask::File { .. } => vec![ChannelKind::Winrm],
        Ask::Secret { to, .. } => match to {
            Receiver::Host { channel, .. }
            | Receiver::Instance { channel, .. }
            | Receiver::Selected { channel, .. } => match channel {
                Over::Channel(channel) => vec![*channel],
                Over::LogOn => {
                    if let Some(proof) = &mut access.proof {
                        proof.closed = Some(gap.clone());
                        proof.password = None;
                    }
                    Vec::new()
                }
            },
            Receiver::Api { .. } => Vec::new(),
        },
        Ask::Disk { .. } | Ask::VmDisk { .. } | Ask::FleetDisks { .. } => {
            vec![ChannelKind::Offline]
        }
        Ask::Identity { .. }
        | Ask::Endpoint { .. }
        | Ask::Proxy { .. }
        | Ask::Enforce { .. }
        | Ask::Webhook { .. }
        | Ask::Page { .. }
        | Ask::State { .. } => Vec::new(),
    };
    for channel in channels {
        access.closed.entry(channel).or_insert_with(|| gap.clone());
    }
    strip(access);
}

fn shut_all(access: &mut GuestAccess) {
    access.proof = None;
    for channel in access.via.clone() {
        access.closed.entry(channel).or_insert_with(untouched);
    }
    if access.offline.is_some() {
        access.closed.entry(ChannelKind::Offline).or_insert_with(untouched);
    }
    strip(access);
}

/// What a stranger's declaration gets of guests and ports.
fn untouched() -> Gap {
    Gap::NotGranted { what: say::untrusted(), grant: String::new() }
}

/// What a closed channel would have used is not there any more.
fn strip(access: &mut GuestAccess) {
    if access.closed.contains_key(&ChannelKind::Winrm) {
        access.winrm.ca_file = None;
        access.winrm.client_certificate = None;
        access.winrm.endpoint = None;
    }
    if access.closed.contains_key(&ChannelKind::Serial) {
        access.serial = None;
    }
    if access.closed.contains_key(&ChannelKind::Offline) {
        access.disk = None;
        access.offline = None;
    }
    let logs_on = |kind: &ChannelKind| kind.way().log_on != LogOn::Nobody;
    let open = access.via.iter().any(|kind| logs_on(kind) && !access.closed.contains_key(kind));
    if !open {
        access.password = None;
    }
}

fn gap(wish: &Wish) -> Gap {
    let grant = if wish.never.is_some() { String::new() } else { grant(&wish.ask) };
    Gap::NotGranted { what: wish.told(), grant }
}

rdpctl_model::says! { "gap":
    untrusted();
}
