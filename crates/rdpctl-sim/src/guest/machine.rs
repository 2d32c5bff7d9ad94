//! One simulated machine: a shared template, an identity, and what has changed.

use std::borrow::Cow;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::certificate::{DAY, Issued};
use super::delta::{GuestDelta, State};
use super::files::{FileView, Node};
use super::registry::{Computed, Data, KeyPath, Kind, RegistryView, Resolve, Value};
use super::services::Runtime;
use super::template::Template;
use super::text::{self, Texts};

/// A Windows machine. It costs little until something in it changes.
#[derive(Clone, Debug)]
pub struct Guest {
    pub(super) template: Arc<Template>,
    hostname: Box<str>,
    machine_guid: Box<str>,
    pub(super) state: State,
    /// Traps that were sprung and not yet told.
    pub(super) sprung: Vec<String>,
}

impl Guest {
    /// A machine made from a template. An empty `hostname` takes the template's; an empty
    /// `machine_guid` is derived from the name.
    #[must_use]
    pub fn new(template: Arc<Template>, hostname: &str, machine_guid: &str) -> Self {
        let hostname = if hostname.is_empty() { template.hostname() } else { hostname };
        let machine_guid = if machine_guid.is_empty() {
            derived_guid(template.seed, hostname)
        } else {
            machine_guid.to_ascii_lowercase()
        };
        let hostname = hostname.into();
        Self {
            template,
            hostname,
            machine_guid: machine_guid.into(),
            state: State::default(),
            sprung: Vec::new(),
        }
    }

    /// What differs from the template.
    #[must_use]
    pub fn delta(&self) -> GuestDelta {
        GuestDelta(self.state.clone())
    }

    /// A machine as it was stored.
    #[must_use]
    pub fn with_delta(
        template: Arc<Template>,
        hostname: &str,
        machine_guid: &str,
        delta: GuestDelta,
    ) -> Self {
        let mut guest = Self::new(template, hostname, machine_guid);
        guest.state = delta.0;
        let services = guest.template.services.len();
        if let Some(runtime) = &mut guest.state.runtime {
            // A world whose services changed since: those that are new never ran.
            runtime.services.resize_with(services, Default::default);
        }
        guest
    }

    /// The computer name.
    #[must_use]
    pub fn hostname(&self) -> &str {
        &self.hostname
    }

    /// The GUID that names the machine's key files.
    #[must_use]
    pub fn machine_guid(&self) -> &str {
        &self.machine_guid
    }

    /// The template that the machine was made from.
    #[must_use]
    pub fn template(&self) -> &Arc<Template> {
        &self.template
    }

    pub(super) fn texts(&self) -> &'static Texts {
        text::of(self.template.language)
    }

    pub(super) fn registry(&self) -> RegistryView<'_> {
        RegistryView {
            base: &self.template.registry,
            overlay: &self.state.registry,
            resolver: self,
        }
    }

    /// A number of the machine's registry, by a key that is a constant of this crate.
    pub(super) fn dword(&self, key: &str, name: &str) -> Option<u32> {
        self.registry().dword(&KeyPath::parse(key)?, name)
    }

    pub(super) fn create_key(&mut self, key: &KeyPath) {
        let located = self.registry().locate(key).into_owned();
        self.state.registry.create(&self.template.registry, &key.shown, &located);
    }

    pub(super) fn set_value(&mut self, key: &KeyPath, name: &str, value: Value) {
        let located = self.registry().locate(key).into_owned();
        self.state.registry.set(&self.template.registry, &key.shown, &located, name, value);
    }

    pub(super) fn remove_value(&mut self, key: &KeyPath, name: &str) {
        let located = self.registry().locate(key).into_owned();
        self.state.registry.remove_value(&self.template.registry, &located, name);
    }

    pub(super) fn remove_key(&mut self, key: &KeyPath) {
        let located = self.registry().locate(key).into_owned();
        self.state.registry.remove_tree(&self.template.registry, &located);
    }

    pub(super) fn files(&self) -> FileView<'_> {
        FileView {
            base: &self.template.files,
            overlay: &self.state.files,
            machine_guid: &self.machine_guid,
        }
    }

    /// Writes a file or folder; `false` when the disk is full.
    pub(super) fn put_file(&mut self, path: &str, node: Node) -> bool {
        self.state.files.put(path, &self.machine_guid, node)
    }

    pub(super) fn remove_file(&mut self, path: &str) {
        self.state.files.remove(&self.template.files, path, &self.machine_guid);
    }

    /// What runs now.
    pub(super) fn runtime(&self) -> Cow<'_, Runtime> {
        match (&self.state.runtime, self.template.runtime()) {
            (Some(own), _) => Cow::Borrowed(own),
            (None, Some(shared)) => Cow::Borrowed(shared),
            (None, None) => Cow::Owned(Runtime::off(self.template.services.len())),
        }
    }

    /// What runs now, to be changed: from here on the machine has its own copy.
    pub(super) fn runtime_mut(&mut self) -> &mut Runtime {
        if self.state.runtime.is_none() {
            self.state.runtime = Some(Box::new(self.runtime().into_owned()));
        }
        let services = self.template.services.len();
        self.state.runtime.get_or_insert_with(|| Box::new(Runtime::off(services)))
    }

    /// The certificate that the machine had when its world began.
    pub(super) fn first_certificate(&self) -> Option<Arc<Issued>> {
        self.template.first_certificate(self.state.born.unwrap_or(0))
    }

    /// Remembers on which day the machine's world began: the first moment that it is told.
    pub(super) fn be_born(&mut self, now: u64) {
        if self.state.born.is_none() {
            self.state.born = Some(u32::try_from(now / DAY).unwrap_or(0));
        }
    }

    /// The SHA-1 that `Computed::CertificateHash` stands for.
    fn first_hash(&self) -> [u8; 20] {
        self.first_certificate().map_or([0; 20], |issued| issued.sha1())
    }
}

impl Resolve for Guest {
    fn resolve(&self, computed: Computed) -> Value {
        match computed {
            Computed::Hostname => Value::text(&self.hostname),
            Computed::HostnameUpper => {
                let short: String = self.hostname.to_uppercase().chars().take(15).collect();
                Value::text(&short)
            }
            Computed::MachineGuid => Value::text(&self.machine_guid),
            Computed::CertificateHash => Value::binary(&self.first_hash()),
            Computed::CertificateBlob => {
                let mut blob =
                    self.first_certificate().map_or_else(Vec::new, |issued| issued.blob());
                if self.template.certificate_is_corrupt() {
                    // The last record is the certificate; its tail is lost.
                    blob.truncate(blob.len().saturating_sub(100));
                }
                Value { kind: Kind::Binary, data: Data::Bytes(blob.into()) }
            }
        }
    }

    fn certificate_name(&self) -> String {
        self.first_certificate().map_or_else(String::new, |issued| issued.thumbprint())
    }
}

fn derived_guid(seed: u64, hostname: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(hostname.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
