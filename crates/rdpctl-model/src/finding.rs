//! What exactly is found wrong: a facet says *that* it differs, a finding says *what* differs, and chooses the words.
//!
//! One table. A facet names its findings in `rdpctl-facets`; the doctor holds question, cause, remedy and evidence of each
//! under its name, and tests hold the two together.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::facet::FacetId;
use crate::said::Arg;
use crate::stage::Stage;

/// Hands the table of findings to a macro. A row: variant, the stable name under which its words are found, the facet
/// that finds it, and the stage of a connection at which it shows.
#[macro_export]
macro_rules! findings {
    ($table:ident) => {
        $table! {
            // The cloud.
            /// The instance does not run.
            PowerOff "power-off" Power Way;
            /// It is kept from running.
            PowerBlocked "power-blocked" Power Way;
            /// There is no public address.
            AddressNone "address-none" PublicIp Way;
            /// The vendor blocks the address.
            AddressBlocked "address-blocked" PublicIp Way;
            /// The address is of another kind than declared.
            AddressOther "address-other" PublicIp Way;
            /// The public bandwidth is 0.
            BandwidthNone "bandwidth-none" Bandwidth Way;
            /// The bandwidth is below what is declared.
            BandwidthLow "bandwidth-low" Bandwidth Way;
            /// The effective rules do not let in those who may connect.
            RulesClosed "rules-closed" Ingress Way;
            /// Somebody keeps the port closed over whom no rule of a group wins.
            RulesKept "rules-kept" Ingress Way;
            // Windows' start.
            /// Windows runs in safe mode.
            BootSafe "boot-safe" Boot Tcp;
            /// Safe mode without network, now or at the next start.
            BootNoNetwork "boot-no-network" Boot Way;
            /// The next start is into safe mode.
            BootSafeNext "boot-safe-next" Boot Tcp;
            /// The boot store names another disk than the one that it lies on.
            BootOtherDisk "boot-other-disk" Boot Tcp;
            /// Services are switched off in msconfig.
            BootSelective "boot-selective" Boot Tcp;
            // Connections.
            /// Remote connections are not allowed.
            ConnectionsDenied "connections-denied" RemoteDesktop Tcp;
            /// A value under the policies' key forbids remote connections.
            ConnectionsDeniedByPolicy "connections-denied-by-policy" RemoteDesktop Tcp;
            /// A value under the policies' key forbids them, and no policy stands behind it.
            ConnectionsDeniedByLeftover "connections-denied-by-leftover" RemoteDesktop Tcp;
            /// A value under the policies' key forbids them, and who set it cannot be told.
            ConnectionsDeniedByUnknown "connections-denied-by-unknown" RemoteDesktop Tcp;
            /// Log-ons are switched off in Winlogon (`change logon /disable`).
            LogOnsOff "log-ons-off" RemoteDesktop LogOn;
            /// The terminal server is switched off.
            TerminalServerOff "terminal-server-off" RemoteDesktop Tcp;
            /// Users are refused.
            UsersRefused "users-refused" RemoteDesktop LogOn;
            /// New log-ons are refused: drain mode.
            DrainMode "drain-mode" RemoteDesktop LogOn;
            // Services.
            /// The Remote Desktop service is not in the list of services.
            ServiceDeleted "service-deleted" Service Tcp;
            /// The Remote Desktop service is disabled.
            ServiceDisabled "service-disabled" Service Tcp;
            /// A policy sets the start type of a service that Remote Desktop needs.
            ServiceByPolicy "service-by-policy" Service Tcp;
            /// The Remote Desktop service does not run.
            ServiceStopped "service-stopped" Service Tcp;
            /// The Remote Desktop service does not run while connections are refused, as Windows does it.
            ServiceWaits "service-waits" Service Tcp;
            /// The Remote Desktop service neither starts nor stops.
            ServiceHung "service-hung" Service Tcp;
            /// The Remote Desktop service names no library at all.
            ServiceNoLibrary "service-no-library" Service Tcp;
            /// The Remote Desktop service loads another library than Windows' own.
            ServiceForeignLibrary "service-foreign-library" Service Tcp;
            /// A service on which Remote Desktop rests is disabled or stopped.
            NeededService "needed-service" Service Tcp;
            /// A service of Windows' base does not run.
            BaseService "base-service" Service Tcp;
            // The listener.
            /// The listener is not in the registry.
            ListenerGone "listener-gone" Port Tcp;
            /// Another program owns the port.
            PortTaken "port-taken" Port Tcp;
            /// Remote Desktop is set to another port.
            PortMoved "port-moved" Port Tcp;
            /// A value without which there is no listener is not there.
            ListenerValueMissing "listener-value-missing" Port Tcp;
            /// The listener is disabled.
            ListenerDisabled "listener-disabled" Port Tcp;
            /// The listener is bound to one adapter.
            ListenerAdapter "listener-adapter" Port Tcp;
            /// The listener refuses log-ons.
            ListenerRefusesLogOns "listener-refuses-log-ons" Port LogOn;
            /// The listener's number of connections is limited.
            ListenerLimit "listener-limit" Port Tcp;
            /// The listener's protocol driver is not Windows' own.
            ListenerProtocol "listener-protocol" Port Tcp;
            /// The service runs and does not listen.
            ListenerSilent "listener-silent" Port Tcp;
            // Windows' firewall.
            /// The firewall is off for some networks.
            FirewallOff "firewall-off" Firewall Tcp;
            /// A policy or the device management keeps the firewall off for some networks.
            FirewallOffByPolicy "firewall-off-by-policy" Firewall Tcp;
            /// Everything that comes in is refused, whatever rules say.
            FirewallExceptionsRefused "firewall-exceptions-refused" Firewall Tcp;
            /// A rule of ours for a former port is left.
            FirewallRuleLeft "firewall-rule-left" Firewall Tcp;
            /// No rule lets Remote Desktop in.
            FirewallNoRule "firewall-no-rule" Firewall Tcp;
            /// A rule blocks Remote Desktop.
            FirewallBlockRule "firewall-block-rule" Firewall Tcp;
            /// A rule blocks addresses that may connect.
            FirewallBlockedSource "firewall-blocked-source" Firewall Tcp;
            /// The rule lets in other addresses than declared.
            FirewallScoped "firewall-scoped" Firewall Tcp;
            /// What lets it in has conditions that nobody here can judge.
            FirewallConditional "firewall-conditional" Firewall Tcp;
            /// A policy ignores local rules.
            FirewallLocalRulesIgnored "firewall-local-rules-ignored" Firewall Tcp;
            // Key and certificate.
            /// Those who must cannot read the private key.
            KeyUnreadable "key-unreadable" MachineKeys Tls;
            /// The folder in which the private keys lie is gone.
            KeyFolderGone "key-folder-gone" MachineKeys Tls;
            /// Windows looks for its keys in another place than its own.
            ProgramDataMoved "program-data-moved" MachineKeys Tls;
            /// The certificate has ended.
            CertificateExpired "certificate-expired" Certificate Tls;
            /// The certificate ends soon.
            CertificateEnds "certificate-ends" Certificate Tls;
            /// The certificate is not valid yet.
            CertificateEarly "certificate-early" Certificate Tls;
            /// There is no certificate.
            CertificateMissing "certificate-missing" Certificate Tls;
            /// The certificate cannot be read.
            CertificateCorrupt "certificate-corrupt" Certificate Tls;
            /// The certificate's private key is gone.
            CertificateKeyless "certificate-keyless" Certificate Tls;
            /// The listener is bound to a certificate that cannot serve it.
            CertificatePinned "certificate-pinned" Certificate Tls;
            /// The listener shows another of the machine's certificates than the one to use.
            CertificateFormer "certificate-former" Certificate Tls;
            /// A certificate answers that the guest does not hold. It shows where a password would be given away.
            CertificateForeign "certificate-foreign" Certificate LogOn;
            /// Another certificate answers than the vendor's agent reported.
            CertificateNotReported "certificate-not-reported" Certificate LogOn;
            // TLS.
            /// A declared TLS version is off.
            TlsVersionOff "tls-version-off" Tls Tls;
            /// Every TLS version is off.
            TlsAllOff "tls-all-off" Tls Tls;
            /// A TLS version is on that is declared to be off.
            TlsVersionOn "tls-version-on" Tls Tls;
            /// A TLS version is switched on that this Windows does not have.
            TlsNotOfThisWindows "tls-not-of-this-windows" Tls Tls;
            /// The list of cipher suites is empty.
            CipherSuitesNone "cipher-suites-none" Tls Tls;
            /// No cipher suite fits the certificate.
            CipherSuitesUseless "cipher-suites-useless" Tls Tls;
            /// Ciphers are switched off.
            CiphersOff "ciphers-off" Tls Tls;
            /// One cipher of several is switched off.
            CipherOff "cipher-off" Tls Tls;
            /// Cryptography after FIPS is demanded, which some clients cannot do.
            Fips "fips" Tls Tls;
            /// A policy writes values of SCHANNEL again.
            TlsByPolicy "tls-by-policy" Tls Tls;
            // The security layer.
            /// Callers need not authenticate first, against the declaration.
            NlaNotAsDeclared "nla-not-as-declared" Nla Negotiation;
            /// Callers must authenticate first, against the declaration.
            NlaRequired "nla-required" Nla Negotiation;
            /// The security layer contradicts the rest.
            SecurityLayerOutOfRange "security-layer-out-of-range" Nla Negotiation;
            /// Negotiating the security protocol is not allowed.
            NegotiationOff "negotiation-off" Nla Negotiation;
            /// A policy decides the security layer.
            NlaByPolicy "nla-by-policy" Nla Negotiation;
            /// A value under the policies' key decides it, and no policy stands behind it.
            NlaByLeftover "nla-by-leftover" Nla Negotiation;
            // From outside.
            /// Nothing answers at all.
            NoAnswer "no-answer" Reachable Way;
            // Logging on, and the session.
            /// The right to log on over the network is denied to those who should have it.
            NetworkLogOnDenied "network-log-on-denied" Logon LogOn;
            /// The right to log on through Remote Desktop is denied to those who should have it.
            RemoteLogOnDenied "remote-log-on-denied" Logon LogOn;
            /// Nobody who administers holds the right to log on over the network.
            NetworkLogOnMissing "network-log-on-missing" Logon LogOn;
            /// Nobody who administers holds the right to log on through Remote Desktop.
            RemoteLogOnMissing "remote-log-on-missing" Logon LogOn;
            /// NTLM is refused on a machine outside a domain.
            NtlmRefused "ntlm-refused" Logon LogOn;
            /// The server's CredSSP lacks the update of 2018, so that current clients refuse it.
            CredsspOutdated "credssp-outdated" Logon LogOn;
            /// An account is disabled.
            AccountDisabled "account-disabled" Logon LogOn;
            /// An account is locked after too many wrong passwords.
            AccountLocked "account-locked" Logon LogOn;
            /// An account has ended.
            AccountExpired "account-expired" Logon LogOn;
            /// An account's password must be changed at the next log-on, which NLA cannot do.
            AccountMustChange "account-must-change" Logon LogOn;
            /// An account's password has expired.
            AccountPasswordExpired "account-password-expired" Logon LogOn;
            /// A denial names an account.
            AccountDenied "account-denied" Logon LogOn;
            /// The domain no longer takes the machine's password.
            DomainDistrusts "domain-distrusts" Logon LogOn;
            /// No controller of the domain answers.
            DomainSilent "domain-silent" Logon LogOn;
            /// Clients without the update of March 2018 are refused.
            CredsspOnlyUpdated "credssp-only-updated" Logon LogOn;
            /// The guard against the encryption oracle is lowered.
            CredsspLowered "credssp-lowered" Logon LogOn;
            /// The Session Host role has no licence server, and its grace period is over.
            LicenceGraceOver "licence-grace-over" Licence Session;
            /// The Session Host role has no licence server.
            LicenceNoServer "licence-no-server" Licence Session;
            /// The Session Host role has no licence server, and some days are left.
            LicenceGraceRuns "licence-grace-runs" Licence Session;
            /// A licence server is named, and how licences are counted was not chosen.
            LicenceModeNotChosen "licence-mode-not-chosen" Licence Session;
            /// The same, and the days of grace are over.
            LicenceModeOver "licence-mode-over" Licence Session;
            // Group policy, recovery.
            /// The group policy service is left disabled.
            PolicySuspended "policy-suspended" GroupPolicy Session;
            /// The serial console is off.
            ConsoleOff "console-off" Recovery Session;
            /// Crash dumps are off.
            DumpsOff "dumps-off" Recovery Session;
        }
    };
}

macro_rules! table {
    ($($(#[$doc:meta])* $variant:ident $name:literal $facet:ident $stage:ident;)*) => {
        /// What exactly is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Finding {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Finding {
            /// Every one, in the order of the facets.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, under which its words are found.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The facet that finds it.
            #[must_use]
            pub const fn facet(self) -> FacetId {
                match self {
                    $(Self::$variant => FacetId::$facet,)*
                }
            }

            /// The stage of a connection at which it shows.
            #[must_use]
            pub const fn stage(self) -> Stage {
                match self {
                    $(Self::$variant => Stage::$stage,)*
                }
            }
        }
    };
}

findings!(table);

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A finding on one machine, with what its words are filled with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Found {
    /// What is wrong.
    pub finding: Finding,
    /// By the placeholders of its words; untrusted text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Arg>,
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Self { finding, with: BTreeMap::new() }
    }
}

impl Found {
    /// The same, with a word filled in.
    #[must_use]
    pub fn with(mut self, placeholder: &str, words: impl Into<Arg>) -> Self {
        self.with.insert(placeholder.to_owned(), words.into());
        self
    }
}
