//! What the machine shows to the outside.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::certificate;
use super::key_fault::KeyFault;
use super::machine::Guest;
use super::network::{RDP_TCP, TERMINAL_SERVER};
use super::services::{BootMode, Credential};
use super::spec::Password;

/// A protocol version that the listener may offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// SSL 3.0.
    Ssl30,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

const VERSIONS: [TlsVersion; 5] =
    [TlsVersion::Ssl30, TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13];

/// The private key, or why it cannot be used.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyMaterial {
    /// PKCS #8.
    Usable(Vec<u8>),
    /// TLS breaks.
    Unusable(KeyFault),
}

impl std::fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usable(_) => f.write_str("Usable(..)"),
            Self::Unusable(fault) => f.debug_tuple("Unusable").field(fault).finish(),
        }
    }
}

/// Why nothing of RDP listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotListening {
    /// The machine is off.
    Off,
    /// The service does not run.
    ServiceStopped,
    /// Remote connections are denied.
    Denied,
    /// The listener's values lead to no listener.
    ListenerBroken,
}

/// The listener as a client meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RdpListener {
    /// The port.
    pub port: u16,
    /// 0 RDP encryption, 1 negotiate, 2 TLS; anything else ends connections at once.
    pub security_layer: u32,
    /// 1 asks for network level authentication.
    pub user_authentication: u32,
    /// 0 refuses to negotiate TLS or CredSSP.
    pub allow_negotiation: u32,
    /// 1 to 4.
    pub min_encryption_level: u32,
    /// Logons are refused (`fLogonDisabled`, drain mode, `WinStationsDisabled`).
    pub logons_disabled: bool,
    /// The versions in force since the boot, oldest first.
    pub tls_versions: Vec<TlsVersion>,
    /// Those of them for which a suite is left.
    pub tls_usable: Vec<TlsVersion>,
    /// Cryptography after FIPS is demanded: no curve is taken but those of NIST.
    pub fips: bool,
    /// Whoever offers TLS 1.3 is dropped: a release that has none was told to have it.
    pub stumbles_over_tls13: bool,
    /// The certificate in DER, if one parses.
    pub certificate: Option<Arc<[u8]>>,
    /// Its key.
    pub key: KeyMaterial,
}

/// What a client meets at the RDP port, firewall aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RdpFace {
    /// Nothing.
    NotListening(NotListening),
    /// Another program's socket.
    PortTaken {
        /// The port that RDP wanted.
        port: u16,
        /// The program.
        image: String,
        /// Its process.
        pid: u32,
    },
    /// The listener.
    Listening(RdpListener),
}

/// A certificate with its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate in DER.
    pub certificate: Arc<[u8]>,
    /// Its key in PKCS #8.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(..)")
    }
}

/// The WinRM listeners, firewall aside.
#[derive(Clone, Debug)]
pub struct WinrmFace {
    /// The port of the HTTP listener.
    pub http: Option<u16>,
    /// The port of the HTTPS listener.
    pub https: Option<u16>,
    /// The certificate that the HTTPS listener names, and its key in PKCS #8; where it names none, the world's own
    /// authority vouches for it.
    pub shows: Option<Identity>,
    /// The accounts that may log on.
    pub users: BTreeMap<String, Password>,
    /// Whether Basic authentication is accepted.
    pub basic: bool,
    /// Whether messages without encryption are accepted.
    pub allow_unencrypted: bool,
    /// Local administrators other than the built-in one keep their rights over the network.
    pub local_account_tokens: bool,
}

const NTLM: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0";
const CREDSSP: &str =
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\CredSSP\Parameters";
const WINLOGON: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon";
pub(super) const WSMAN: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN";
const WSMAN_POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WinRM\Service";
const SYSTEM_POLICY: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System";

impl Guest {
    /// What a client meets at the RDP port now.
    #[must_use]
    pub fn rdp_face(&self, _now: u64) -> RdpFace {
        if self.state.boots > 0 && self.state.booted_at.is_none() {
            return RdpFace::NotListening(NotListening::Off);
        }
        let Some(listener) = self.runtime().listener.clone().filter(|_| self.runs("TermService"))
        else {
            return RdpFace::NotListening(NotListening::ServiceStopped);
        };
        if !self.connections_allowed() {
            return RdpFace::NotListening(NotListening::Denied);
        }
        if !listener.sound {
            return RdpFace::NotListening(NotListening::ListenerBroken);
        }
        if !listener.bound {
            let socket = self.sockets().into_iter().find(|s| !s.udp && s.port == listener.port);
            let Some(socket) = socket else {
                return RdpFace::NotListening(NotListening::ListenerBroken);
            };
            let image = self.process_image(socket.pid);
            return RdpFace::PortTaken { port: listener.port, image, pid: socket.pid };
        }
        let issued = match &listener.credential {
            Credential::First => self.first_certificate().map(|issued| (*issued).clone()),
            Credential::Issued(hash) => self.known_certificate(hash).map(|(_, issued)| issued),
            Credential::Broken(KeyFault::Missing | KeyFault::Unreadable) => {
                self.first_certificate().map(|issued| (*issued).clone())
            }
            Credential::Broken(_) => None,
        };
        let key = match (&listener.credential, &issued) {
            (Credential::Broken(fault), _) => KeyMaterial::Unusable(*fault),
            (Credential::First | Credential::Issued(_), Some(issued)) => {
                certificate::private_key(self.template.seed, issued.generation)
                    .map_or(KeyMaterial::Unusable(KeyFault::Missing), KeyMaterial::Usable)
            }
            (Credential::First | Credential::Issued(_), None) => {
                KeyMaterial::Unusable(KeyFault::NoCertificate)
            }
        };
        let runtime = self.runtime();
        let (protocols, suites) = (runtime.protocols, runtime.suites);
        let versions = |bits: u8| {
            let set = VERSIONS.into_iter().enumerate().filter(move |(at, _)| bits & (1 << at) != 0);
            set.map(|(_, version)| version).collect::<Vec<_>>()
        };
        RdpFace::Listening(RdpListener {
            port: listener.port,
            security_layer: listener.security_layer,
            user_authentication: listener.user_authentication,
            allow_negotiation: listener.allow_negotiation,
            min_encryption_level: listener.min_encryption_level,
            logons_disabled: self.dword(RDP_TCP, "fLogonDisabled").unwrap_or(0) != 0
                || self.dword(TERMINAL_SERVER, "TSServerDrainMode").unwrap_or(0) != 0
                || self.dword(TERMINAL_SERVER, "TSUserEnabled").unwrap_or(0) != 0
                || self.win_stations_disabled(),
            tls_versions: versions(protocols),
            tls_usable: versions(protocols & suites),
            fips: self.demands_fips(),
            stumbles_over_tls13: runtime.stumbles,
            certificate: issued.map(|issued| issued.der),
            key,
        })
    }

    /// Whether NTLM is taken from nobody that comes in.
    #[must_use]
    pub fn refuses_ntlm(&self) -> bool {
        self.dword(NTLM, "RestrictReceivingNTLMTraffic") == Some(2)
    }

    /// Whether clients without the update of March 2018 are refused: "force updated clients".
    #[must_use]
    pub fn takes_only_updated_clients(&self) -> bool {
        self.dword(CREDSSP, "AllowEncryptionOracle") == Some(0)
    }

    /// Whether whoever answers a challenge never hears of it again: the security authority hangs.
    #[must_use]
    pub fn leaves_log_ons_unanswered(&self) -> bool {
        self.template.faults.log_ons_unanswered
    }

    /// Whether the Session Host role has neither a licence server nor days left without one.
    #[must_use]
    pub fn lacks_licences(&self) -> bool {
        let role = self.template.session_host.as_ref();
        role.is_some_and(|role| role.grace_days == 0 && !role.is_served())
    }

    /// `change logon /disable`, as Winlogon keeps it.
    fn win_stations_disabled(&self) -> bool {
        let key = super::registry::KeyPath::parse(WINLOGON);
        let text = key.and_then(|key| self.registry().text(&key, "WinStationsDisabled"));
        text.is_some_and(|text| text.trim() != "0")
    }

    /// The ports of the HTTP and the HTTPS listener; `None` when WinRM does not listen at all.
    pub(super) fn winrm_listeners(&self) -> Option<[Option<u16>; 2]> {
        if !self.runs("WinRM") || self.runtime().mode != BootMode::Normal {
            return None;
        }
        let port = |transport: &str, default: u32| {
            let key = format!(r"{WSMAN}\Listener\*+{transport}");
            let path = super::registry::KeyPath::parse(&key)?;
            if !self.registry().exists(&path) {
                return None;
            }
            u16::try_from(self.dword(&key, "Port").unwrap_or(default)).ok()
        };
        let ports = [port("HTTP", 5985), port("HTTPS", 5986)];
        let allowed = self.dword(&format!(r"{WSMAN}\Service"), "allow_remote_requests") != Some(0)
            && self.dword(WSMAN_POLICY, "AllowAutoConfig") != Some(0);
        (allowed && ports.iter().any(Option::is_some)).then_some(ports)
    }

    /// What a client meets at the WinRM ports now; `None` when nothing listens.
    #[must_use]
    pub fn winrm_face(&self, _now: u64) -> Option<WinrmFace> {
        if self.state.boots > 0 && self.state.booted_at.is_none() {
            return None;
        }
        let [http, https] = self.winrm_listeners()?;
        // Where the certificate is gone, or its key, no handshake comes to an end.
        let (https, shows) = match self.listener_certificate() {
            Ok(shows) => (https, shows),
            Err(_) => (None, None),
        };
        let service = format!(r"{WSMAN}\Service");
        let switch = |policy: &str, own: &str, default: u32| {
            self.dword(WSMAN_POLICY, policy)
                .or_else(|| self.dword(&service, own))
                .unwrap_or(default)
                != 0
        };
        Some(WinrmFace {
            http,
            https,
            shows,
            users: self.template.passwords(),
            basic: switch("AllowBasic", "auth_basic", 0),
            allow_unencrypted: switch("AllowUnencryptedTraffic", "allow_unencrypted", 0),
            local_account_tokens: self.dword(SYSTEM_POLICY, "LocalAccountTokenFilterPolicy")
                == Some(1),
        })
    }
}
