//! What a declaration asks for that its author may not give himself.

use std::path::PathBuf;

use ipnet::IpNet;
use rdpctl_config::{Declaration, Origin};
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::secret::SecretRef;
use rdpctl_model::webhook::WebhookUrl;
use rdpctl_model::{FleetName, InstanceName, ProviderName, ResourceId};

use crate::receiver::{Account, Receiver, Selected};

/// One thing that is asked for. Equal asks are one grant, whoever declares them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// A secret together with who would be offered it. A program that gives one is asked for with it.
    Secret {
        /// Where it is found; of a file the path behind all links.
        from: SecretRef,
        /// Who would receive it.
        to: Receiver,
    },
    /// A host that only the declaration names.
    Host {
        /// Its name or address, as declared.
        host: String,
    },
    /// An identity other than that of the default chain.
    Identity {
        /// The vendor.
        kind: ProviderKind,
        /// Which.
        who: Identity,
    },
    /// An endpoint in place of the vendor's own.
    Endpoint {
        /// The vendor.
        kind: ProviderKind,
        /// Its base URL.
        url: String,
    },
    /// A proxy in place of the one that the environment names.
    Proxy {
        /// The vendor whose API is reached through it.
        kind: ProviderKind,
        /// Its base URL.
        url: String,
    },
    /// A file whose content decides who is believed, or who one is: authorities, a client's certificate and key.
    File {
        /// The path behind all links.
        path: PathBuf,
    },
    /// A disk of this machine, with all that is on it.
    Disk {
        /// The path behind all links.
        path: PathBuf,
    },
    /// The system disk of a VM, with all that is on it: stopped for it, read by a link, swapped for a repaired copy.
    VmDisk {
        /// The vendor.
        kind: ProviderKind,
        /// The VM.
        id: ResourceId,
    },
    /// The system disks of all VMs that a fleet's selector picks, now and later, in the same way.
    FleetDisks {
        /// The account.
        account: Account,
        /// The selector.
        select: Selected,
    },
    /// That the loop changes by itself what is declared here, as far as the guards allow.
    Enforce {
        /// The work tree that the declaration lies in, behind all links.
        tree: PathBuf,
    },
    /// That the loop tells somebody what turns: names of machines, what is wrong with them, and what is done.
    Webhook {
        /// Where; of a file the path behind all links.
        url: WebhookUrl,
        /// By which it is signed.
        secret: Option<SecretRef>,
    },
    /// That the page of the loop answers under this address, and believes a proxy who it is that asks.
    Page {
        /// Its address.
        url: String,
        /// Networks from which a proxy may speak for others.
        proxies: Vec<IpNet>,
        /// The header in which it names them.
        user_header: Option<String>,
    },
    /// A state elsewhere than beside the declaration.
    State {
        /// Its URL.
        url: String,
    },
}

/// An identity that a declaration names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// A profile of the vendor's command line.
    Profile(String),
    /// A role to assume.
    Role(String),
}

/// An ask with who declares it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What is asked for.
    pub ask: Ask,
    /// For whom.
    pub by: By,
    /// Where it is declared, where the file is known.
    pub at: Option<Origin>,
    /// Why no grant can ever cover it, if so.
    pub never: Option<Why>,
}

/// The part of a declaration that asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A provider.
    Provider(ProviderName),
    /// An instance.
    Instance(InstanceName),
    /// A fleet.
    Fleet(FleetName),
    /// The state's table.
    State,
    /// The loop's table.
    Run,
    /// The page's table.
    Page,
    /// Whom the loop tells, as it is declared.
    Webhook(WebhookUrl),
}

/// Why a grant cannot cover an ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The program is not named by its absolute path.
    RelativeProgram,
    /// The program lies in the work tree, where whoever writes the declaration writes it, too.
    ProgramInTree,
    /// The account behind the provider could not be asked, so that nobody can say who would receive the secret.
    UnknownAccount,
}

impl Wish {
    /// The provider in whose account the receiver stands, or that asks itself.
    #[must_use]
    pub fn provider<'d>(&'d self, declaration: &'d Declaration) -> Option<&'d ProviderName> {
        match &self.by {
            By::Provider(name) => Some(name),
            By::Instance(name) => declaration.instances.get(name).map(|one| &one.provider),
            By::Fleet(name) => declaration.fleets.get(name).map(|one| &one.provider),
            By::State | By::Run | By::Page | By::Webhook(_) => None,
        }
    }
}
