//! WinRM's listeners and the certificates that they name, as Windows makes them and refuses to.

use std::sync::Arc;

use super::acl::{Acl, Entry, FULL, Inheritance, Sid};
use super::certificate::{self, Issued};
use super::defaults::disk::key_file;
use super::face::{Identity, WSMAN};
use super::files::Node;
use super::machine::Guest;
use super::registry::{KeyPath, Value};
use super::template::{MY_STORE, NEWER_FOLDER, NEWER_KEYS};

const EXISTS: u32 = 0x8009_000f;
const PATH_NOT_FOUND: u32 = 0x8007_0003;
const NO_KEYSET: u32 = 0x8009_0016;
/// A certificate begins so much earlier, for clocks that disagree.
const EARLIER: u64 = 600_000;

/// Over what a listener is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::guest) enum Transport {
    Http,
    Https,
}

impl Transport {
    fn key(self) -> Option<KeyPath> {
        let name = match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
        };
        KeyPath::parse(&format!(r"{WSMAN}\Listener\*+{name}"))
    }
}

/// Why a listener is not made or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::guest) enum Refused {
    NotRunning,
    IsThere,
    IsNotThere,
    NoCertificate,
    NoKey,
    NotForServers,
    OtherName,
}

/// A certificate that is asked for.
#[derive(Clone, Debug)]
pub(in crate::guest) struct Wanted {
    pub(in crate::guest) common_name: String,
    /// For how many milliseconds.
    pub(in crate::guest) lasts: u64,
    /// It is to be one of a server.
    pub(in crate::guest) serves: bool,
    /// It is to be the machine's, and not of whoever asks.
    pub(in crate::guest) for_machine: bool,
    /// How its key is to be called.
    pub(in crate::guest) container: Option<String>,
}

impl Guest {
    /// Makes a key and a certificate that vouches for itself.
    pub(in crate::guest) fn make_certificate(
        &mut self,
        wanted: &Wanted,
        now: u64,
    ) -> Result<Issued, u32> {
        let number = NEWER_KEYS + u32::try_from(self.state.containers.len()).unwrap_or(0);
        let container =
            wanted.container.clone().unwrap_or_else(|| format!("le-{number:08x}")).to_lowercase();
        if self.state.containers.values().any(|known| *known == container) {
            return Err(EXISTS);
        }
        if self.files().get(NEWER_FOLDER).is_none() {
            return Err(PATH_NOT_FOUND);
        }
        let begins = now / 1000 * 1000 - EARLIER;
        let purposes = certificate::purposes(wanted.serves);
        let issued = certificate::issue_for(
            self.template.seed,
            number,
            &wanted.common_name,
            begins..begins + wanted.lasts,
            purposes,
        )
        .map_err(|_| PATH_NOT_FOUND)?;
        self.state.containers.insert(number, container);
        if !wanted.for_machine {
            // It lies in the store of whoever asked, where no service looks.
            return Ok(issued);
        }
        let path = self.key_file_of(number);
        let name = path.rsplit('\\').next().unwrap_or(&path).to_owned();
        let full =
            |sid| Entry { deny: false, inheritance: Inheritance::default(), mask: FULL, sid };
        let entries = vec![full(Sid::system()), full(Sid::administrators())];
        let acl = Acl { protected: true, auto_inherited: true, entries };
        let node = Node { acl: Some(Arc::new(acl)), ..Node::file(&name, &key_file(number)) };
        self.put_file(&path, node);
        if let Some(store) = KeyPath::parse(MY_STORE) {
            let entry = store.join(&issued.thumbprint());
            self.set_value(&entry, "Blob", Value::binary(&issued.blob()));
        }
        self.state.issued.push(issued.clone());
        Ok(issued)
    }

    /// Deletes a key by its name.
    pub(in crate::guest) fn delete_key_container(&mut self, container: &str) -> Result<(), u32> {
        let known = self.state.containers.iter();
        let mut named = known.filter(|(_, known)| known.eq_ignore_ascii_case(container));
        let number = *named.next().ok_or(NO_KEYSET)?.0;
        let path = self.key_file_of(number);
        if self.files().get(&path).is_none() {
            return Err(NO_KEYSET);
        }
        self.remove_file(&path);
        self.state.containers.insert(number, String::new());
        Ok(())
    }

    /// The certificate of the machine's own store that a thumbprint names, if its private key is there.
    fn own_certificate(&self, thumbprint: &str) -> Result<Issued, Refused> {
        let entry = KeyPath::parse(MY_STORE).map(|key| key.join(thumbprint));
        let blob = entry.and_then(|entry| self.registry().value(&entry, "Blob"));
        let der = blob.as_ref().and_then(|blob| blob.as_bytes()).and_then(certificate::der_in_blob);
        let hash = super::spec::parse_hex(thumbprint).unwrap_or_default();
        let known = self.known_certificate(&hash).filter(|(_, issued)| der == Some(&*issued.der));
        let (_, issued) = known.ok_or(Refused::NoCertificate)?;
        let key = self.files().get(&self.key_file_of(issued.generation)).cloned();
        let has_key = key.is_some_and(|node| *node.data == *key_file(issued.generation));
        if has_key { Ok(issued) } else { Err(Refused::NoKey) }
    }

    /// Makes a listener, where Windows would.
    pub(in crate::guest) fn create_listener(
        &mut self,
        transport: Transport,
        hostname: &str,
        thumbprint: &str,
    ) -> Result<(), Refused> {
        if !self.runs("WinRM") {
            return Err(Refused::NotRunning);
        }
        let key = transport.key().ok_or(Refused::IsNotThere)?;
        if self.registry().exists(&key) {
            return Err(Refused::IsThere);
        }
        let port = match transport {
            Transport::Http => 5985,
            Transport::Https => {
                let thumbprint = thumbprint.replace(' ', "");
                let issued = self.own_certificate(&thumbprint)?;
                if !certificate::is_for_servers(&issued.der) {
                    return Err(Refused::NotForServers);
                }
                let named = certificate::common_name(&issued.der);
                if !named.is_some_and(|name| name.eq_ignore_ascii_case(hostname)) {
                    return Err(Refused::OtherName);
                }
                self.set_value(&key, "certThumbprint", Value::text(&thumbprint));
                self.set_value(&key, "hostname", Value::text(hostname));
                5986
            }
        };
        self.set_value(&key, "Port", Value::dword(port));
        self.set_value(&key, "uriprefix", Value::text("wsman"));
        Ok(())
    }

    /// Deletes a listener.
    pub(in crate::guest) fn delete_listener(
        &mut self,
        transport: Transport,
    ) -> Result<(), Refused> {
        if !self.runs("WinRM") {
            return Err(Refused::NotRunning);
        }
        let key = transport.key().filter(|key| self.registry().exists(key));
        self.remove_key(&key.ok_or(Refused::IsNotThere)?);
        Ok(())
    }

    /// What the listener for TLS shows: nothing where it names no certificate of its own, and an error where it names
    /// one that cannot be shown.
    pub(super) fn listener_certificate(&self) -> Result<Option<Identity>, Refused> {
        let named = Transport::Https
            .key()
            .and_then(|key| self.registry().text(&key, "certThumbprint"))
            .filter(|text| !text.is_empty());
        let Some(named) = named else { return Ok(None) };
        let issued = self.own_certificate(&named)?;
        let key = certificate::private_key(self.template.seed, issued.generation);
        let key = key.ok_or(Refused::NoKey)?;
        Ok(Some(Identity { certificate: Arc::clone(&issued.der), key }))
    }
}
