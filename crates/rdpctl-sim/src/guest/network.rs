//! Sockets: who listens where, and why the RDP listener does or does not.

use super::acl::{FULL, READ, Sid};
use super::certificate::{self, DAY, Issued};
use super::defaults::disk::{MACHINE_KEYS, RDP_KEY, healthy_key, key_file};
use super::defaults::listener::LOADABLE_PROTOCOL;
use super::events::{Event, Provider};
use super::key_fault::KeyFault;
use super::machine::Guest;
use super::registry::{KeyPath, Value};
use super::registry_access::{Access, Reader, admits_service};
use super::services::{BootMode, Credential, Listener, ServiceState};
use super::spec::NetworkSpec;
use super::template::{MY_STORE, NEWER_FOLDER, NEWER_KEYS, Owner, PERSONAL_KEYS};

pub(super) const TERMINAL_SERVER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";
pub(super) const WINSTATIONS: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations";
pub(super) const RDP_TCP: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
pub(super) const POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
const PARAMETERS: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters";
const PROFILE_LIST: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList";
const STORE: &str = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates";

/// A listening socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Socket {
    pub(super) udp: bool,
    pub(super) port: u16,
    pub(super) pid: u32,
}

impl Guest {
    /// Whether remote connections are allowed; the policy wins.
    pub(super) fn connections_allowed(&self) -> bool {
        let denied = self
            .dword(POLICY, "fDenyTSConnections")
            .or_else(|| self.dword(TERMINAL_SERVER, "fDenyTSConnections"))
            .unwrap_or(1);
        denied == 0 && self.dword(TERMINAL_SERVER, "TSEnabled") != Some(0)
    }

    /// Whether packets get in and out at all.
    pub(super) fn has_network(&self) -> bool {
        self.template.network == NetworkSpec::Up && self.runs("nsi")
    }

    /// Whether a cloud's agent in this guest reaches its vendor: it has a network, and is part of no minimal start.
    #[must_use]
    pub fn agent_reaches_out(&self) -> bool {
        let minimal = match self.runtime().mode {
            BootMode::Normal | BootMode::SafeNetwork => false,
            BootMode::SafeMinimal | BootMode::DirectoryRepair => true,
        };
        self.has_network() && !minimal
    }

    /// `ServiceDll` names Windows' own library. With another the service runs and opens no listener, as it is with a
    /// wrapper after an update.
    fn loads_own_library(&self) -> bool {
        self.service_library().is_some_and(|path| {
            path.trim().to_ascii_lowercase().ends_with(r"\system32\termsrv.dll")
        })
    }

    /// Something that was loaded into `TermService` keeps it from opening its port.
    fn is_mute(&self) -> bool {
        self.service("TermService").is_some_and(|index| self.definition(index).odd.mute)
    }

    /// What `TermService` is to load, if anything.
    pub(super) fn service_library(&self) -> Option<String> {
        let key = KeyPath::parse(PARAMETERS)?;
        self.registry().text(&key, "ServiceDll").filter(|path| !path.trim().is_empty())
    }

    /// The process that holds a port in place of RDP, if it lives.
    fn port_owner(&self, port: u16) -> Option<u32> {
        self.template.ports.iter().filter(|owner| owner.port == port).find_map(|owner| match &owner
            .owner
        {
            Owner::Kernel => Some(4),
            Owner::Program(pid) => (!self.runtime().killed.contains(pid)).then_some(*pid),
            Owner::Service(name) => {
                let run = self.service_run(self.service(name)?);
                (run.state == ServiceState::Running).then_some(run.pid)
            }
        })
    }

    /// The service start reads its settings and takes its port.
    pub(super) fn open_listener(&mut self, now: u64) {
        let Some(key) = KeyPath::parse(RDP_TCP) else { return };
        let registry = self.registry();
        let value = |name: &str| registry.dword(&key, name);
        let governed = |name: &str| self.dword(POLICY, name).or_else(|| value(name));
        let number = value("PortNumber").unwrap_or(3389);
        let port = u16::try_from(number).unwrap_or(0);
        let protocol = registry.text(&key, "LoadableProtocol_Object").unwrap_or_default();
        let sound = registry.exists(&key)
            && admits_service(
                &self.template.registry_lists,
                Reader::TermService,
                &key,
                Access::Read,
            )
            && port != 0
            && value("fEnableWinStation") == Some(1)
            && value("LanAdapter").unwrap_or(0) == 0
            && governed("MaxInstanceCount") != Some(0)
            && self.loads_own_library()
            && !self.is_mute()
            && protocol.eq_ignore_ascii_case(LOADABLE_PROTOCOL);
        let credential = self.credential();
        let listener = Listener {
            port,
            sound,
            bound: self.port_owner(port).is_none(),
            security_layer: governed("SecurityLayer").unwrap_or(1),
            user_authentication: governed("UserAuthentication").unwrap_or(0),
            allow_negotiation: value("fAllowSecProtocolNegotiation").unwrap_or(1),
            // Where cryptography after FIPS is demanded, no lower level is offered.
            min_encryption_level: if self.demands_fips() {
                4
            } else {
                governed("MinEncryptionLevel").unwrap_or(2)
            },
            credential,
        };
        if let Credential::Broken(KeyFault::Unreadable | KeyFault::Missing) = listener.credential {
            let data = [("Type", "server"), ("ErrorCode", "0x8009030d"), ("ErrorStatus", "10001")];
            self.log(Event::new(now, Provider::Schannel, 36870, 2, &data));
        }
        if !listener.bound {
            let data = [("listenerName", "RDP-Tcp"), ("ErrorCode", "0x80072740")];
            self.log(Event::new(now, Provider::ConnectionManager, 1035, 2, &data));
        }
        if listener.user_authentication == 1 && listener.security_layer == 0 {
            let data = [("listenerName", "RDP-Tcp")];
            self.log(Event::new(now, Provider::ConnectionManager, 1050, 3, &data));
        }
        self.runtime_mut().listener = Some(listener);
    }

    /// The listener, if it accepts connections now.
    pub(super) fn open_port(&self) -> Option<Listener> {
        let listener = self.runtime().listener.clone()?;
        let open = listener.sound
            && listener.bound
            && self.runs("TermService")
            && self.connections_allowed();
        open.then_some(listener)
    }

    /// Every listening socket.
    pub(super) fn sockets(&self) -> Vec<Socket> {
        let mut sockets = Vec::new();
        let mut add = |udp: bool, port: u16, pid: u32| {
            if !sockets.iter().any(|known: &Socket| known.udp == udp && known.port == port) {
                sockets.push(Socket { udp, port, pid });
            }
        };
        let pid = |name: &str| {
            let run = self.service_run(self.service(name)?);
            (run.state == ServiceState::Running).then_some(run.pid)
        };
        if let (Some(listener), Some(pid)) = (self.open_port(), pid("TermService")) {
            add(false, listener.port, pid);
            add(true, listener.port, pid);
        }
        for owner in &self.template.ports {
            if let Some(pid) = self.port_owner(owner.port) {
                add(false, owner.port, pid);
            }
        }
        for (name, udp, port) in [
            ("RpcSs", false, 135),
            ("LanmanServer", false, 445),
            ("W32Time", true, 123),
            ("Dhcp", true, 68),
            ("IKEEXT", true, 500),
            ("Dnscache", true, 5355),
            ("EventLog", false, 49_665),
            ("SamSs", false, 49_664),
            ("Schedule", false, 49_666),
        ] {
            if let Some(pid) = pid(name) {
                add(udp, port, if port == 445 { 4 } else { pid });
            }
        }
        if let Some(face) = self.winrm_listeners() {
            for port in face.into_iter().flatten() {
                add(false, port, 4);
            }
            add(false, 47_001, 4);
        }
        sockets.sort_by_key(|socket| (socket.udp, socket.port));
        sockets
    }

    fn key_path(&self) -> String {
        format!(r"{MACHINE_KEYS}\{RDP_KEY}{}", self.machine_guid())
    }

    /// A certificate of the machine by its hash: the first one or a later one.
    pub(super) fn known_certificate(&self, hash: &[u8]) -> Option<(Credential, Issued)> {
        let first = self.first_certificate()?;
        if first.sha1() == hash {
            return Some((Credential::First, (*first).clone()));
        }
        let later = self.state.issued.iter().chain(&self.template.personal);
        let issued = later.into_iter().find(|issued| issued.sha1() == hash)?;
        Some((Credential::Issued(issued.sha1()), issued.clone()))
    }

    /// With which certificate a service start would answer.
    fn credential(&self) -> Credential {
        let broken = Credential::Broken;
        let (Some(rdp), Some(stations)) = (KeyPath::parse(RDP_TCP), KeyPath::parse(WINSTATIONS))
        else {
            return broken(KeyFault::NoCertificate);
        };
        let registry = self.registry();
        let pinned = registry.value(&rdp, "SSLCertificateSHA1Hash");
        let (hash, store) = if let Some(value) = &pinned {
            (value.as_bytes().unwrap_or_default().to_vec(), MY_STORE)
        } else {
            let own = registry.value(&stations, "SelfSignedCertificate");
            (own.and_then(|v| v.as_bytes().map(<[u8]>::to_vec)).unwrap_or_default(), STORE)
        };
        let entry = KeyPath::parse(store).map(|key| key.join(&certificate::upper_hex(&hash)));
        let shown = |entry: &KeyPath| {
            admits_service(&self.template.registry_lists, Reader::TermService, entry, Access::Read)
        };
        let blob = entry.filter(shown).and_then(|entry| registry.value(&entry, "Blob"));
        let Some(blob) = blob else {
            return broken(if pinned.is_some() {
                KeyFault::PinnedMissing
            } else {
                KeyFault::NoCertificate
            });
        };
        let der = blob.as_bytes().and_then(certificate::der_in_blob);
        let Some((credential, issued)) = self.known_certificate(&hash) else {
            return broken(KeyFault::CorruptCertificate);
        };
        if der != Some(&*issued.der) {
            return broken(KeyFault::CorruptCertificate);
        }
        match self.key_of(&issued) {
            Credential::Broken(fault) => broken(fault),
            Credential::First | Credential::Issued(_) => credential,
        }
    }

    /// Where programs are told to keep their data.
    pub(super) fn program_data(&self) -> String {
        KeyPath::parse(PROFILE_LIST)
            .and_then(|key| self.registry().text(&key, "ProgramData"))
            .unwrap_or_default()
            .replace("%SystemDrive%", "C:")
    }

    /// Whether Windows looks for keys where they are, and there is a folder for them.
    fn has_place_for_keys(&self) -> bool {
        let own = KeyPath::parse(PROFILE_LIST)
            .and_then(|key| self.registry().text(&key, "ProgramData"))
            .is_none_or(|path| path.eq_ignore_ascii_case(r"%SystemDrive%\ProgramData"));
        own && self.files().get(MACHINE_KEYS).is_some()
    }

    /// Where a key lies.
    pub(super) fn key_file_of(&self, generation: u32) -> String {
        match generation {
            NEWER_KEYS.. => format!(r"{NEWER_FOLDER}\{generation:032x}_{}", self.machine_guid()),
            PERSONAL_KEYS..NEWER_KEYS => {
                format!(r"{MACHINE_KEYS}\{generation:032x}_{}", self.machine_guid())
            }
            _ => self.key_path(),
        }
    }

    /// Whether those who need the key of a certificate can read it.
    pub(super) fn key_of(&self, issued: &Issued) -> Credential {
        let path = self.key_file_of(issued.generation);
        let Some(node) = self.files().get(&path).filter(|_| self.has_place_for_keys()) else {
            return Credential::Broken(KeyFault::Missing);
        };
        if *node.data != *key_file(issued.generation) {
            return Credential::Broken(KeyFault::Missing);
        }
        let acl = self.files().acl(&path);
        let common = [Sid::everyone(), Sid::authenticated(), Sid::service_logon()];
        let with = |sid: Sid| [&[sid][..], &common].concat();
        let readable = acl.allows(&with(Sid::network_service()), READ)
            && acl.allows(&[&with(Sid::system())[..], &[Sid::administrators()]].concat(), READ);
        if readable {
            Credential::Issued(issued.sha1())
        } else {
            Credential::Broken(KeyFault::Unreadable)
        }
    }

    /// `SessionEnv` makes a certificate where there is none, and replaces one that has ended.
    pub(super) fn renew_certificate(&mut self, now: u64) {
        let (Some(stations), Some(store)) = (KeyPath::parse(WINSTATIONS), KeyPath::parse(STORE))
        else {
            return;
        };
        let registry = self.registry();
        if registry.text(&stations, "SelfSignedCertStore").as_deref() != Some("Remote Desktop") {
            return;
        }
        let hash = registry
            .value(&stations, "SelfSignedCertificate")
            .and_then(|value| value.as_bytes().map(<[u8]>::to_vec))
            .unwrap_or_default();
        let entry = store.join(&certificate::upper_hex(&hash));
        let stored = !hash.is_empty() && registry.exists(&entry);
        if stored {
            match self.known_certificate(&hash) {
                // An entry that does not parse stays until somebody deletes it.
                None => return,
                Some((_, issued)) if issued.not_after > now => return,
                Some(_) => {}
            }
        }
        let writes = [&stations, &store];
        if !writes.iter().all(|key| {
            admits_service(&self.template.registry_lists, Reader::SessionEnv, key, Access::Change)
        }) {
            let data = [("HRESULT", "0x80070005")];
            self.log(Event::new(now, Provider::ConnectionManager, 1057, 2, &data));
            return;
        }
        if !self.has_place_for_keys() {
            let data = [("HRESULT", "0x80070003")];
            self.log(Event::new(now, Provider::ConnectionManager, 1057, 2, &data));
            return;
        }
        let path = self.key_path();
        let (node, acl) = (self.files().get(&path).cloned(), self.files().acl(&path));
        let generation = if let Some(node) = node {
            let system =
                [Sid::system(), Sid::administrators(), Sid::authenticated(), Sid::everyone()];
            if !acl.allows(&system, FULL) {
                let data = [("HRESULT", "0x80070005")];
                self.log(Event::new(now, Provider::ConnectionManager, 1057, 2, &data));
                return;
            }
            (0..=self.state.keys).find(|known| *node.data == *key_file(*known)).unwrap_or(0)
        } else {
            self.state.keys += 1;
            let name = path.rsplit('\\').next().unwrap_or(&path);
            let node = healthy_key(self.template.os, name, self.state.keys);
            self.put_file(&path, node);
            self.state.keys
        };
        let issued = certificate::issue(
            self.template.seed,
            generation,
            self.hostname(),
            now / 1000 * 1000,
            now / 1000 * 1000 + 183 * DAY,
        );
        let Ok(issued) = issued else { return };
        if stored {
            self.remove_key(&entry);
        }
        let thumbprint = issued.thumbprint();
        self.set_value(&store.join(&thumbprint), "Blob", Value::binary(&issued.blob()));
        self.set_value(&stations, "SelfSignedCertificate", Value::binary(&issued.sha1()));
        self.state.issued.retain(|known| known.not_after > now);
        self.state.issued.push(issued);
        let data = [("Hash", thumbprint.as_str())];
        self.log(Event::new(now, Provider::ConnectionManager, 1056, 4, &data));
    }
}
