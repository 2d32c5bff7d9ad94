//! What a facet found, as data: a key with arguments. Words, evidence, causes and remedies are chosen by it.
//!
//! A verdict says whether something differs, a finding says what it is. A facet may have several, and a healthy one may
//! have some that are worth a remark.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Hands the table of findings to a macro: variant, the name by which texts know it, and what its arguments are.
#[macro_export]
macro_rules! findings {
    ($table:ident) => {
        $table! {
            /// `fDenyTSConnections` refuses; argument: `value`.
            ConnectionsDenied "connections-denied";
            /// The same by a policy that somebody sets; arguments: `value`, `policy`.
            ConnectionsDeniedByPolicy "connections-denied-by-policy";
            /// The same under the policies' key, with nobody behind it; argument: `value`.
            ConnectionsDeniedByLeftover "connections-denied-by-leftover";
            /// The same under the policies' key, and nobody can tell who set it; argument: `value`.
            ConnectionsDeniedByUnknown "connections-denied-by-unknown";
            /// `TSEnabled` is 0.
            TerminalServerOff "terminal-server-off";
            /// `TSUserEnabled` refuses users.
            UsersRefused "users-refused";
            /// Drain mode: new log-ons are refused.
            DrainMode "drain-mode";
            /// A service's start type keeps it from starting; arguments: `service`, `start`.
            ServiceDisabled "service-disabled";
            /// A service that must run does not; arguments: `service`, `exit`.
            ServiceStopped "service-stopped";
            /// It does not run while connections are refused, as Windows does it; argument: `service`.
            ServiceWaits "service-waits";
            /// A start or stop has no end; arguments: `service`, `state`.
            ServicePending "service-pending";
            /// A service's key was deleted; argument: `service`.
            ServiceDeleted "service-deleted";
            /// A service's key names no program of its own; arguments: `service`, `path`.
            ServiceDllMissing "service-dll-missing";
            /// A service's key names a foreign program; arguments: `service`, `path`.
            ServiceDllForeign "service-dll-foreign";
            /// A service that belongs to Windows' base does not run; argument: `service`.
            BaseServiceDown "base-service-down";
            /// The listener's key is gone.
            ListenerGone "listener-gone";
            /// A value without which there is no listener is gone or wrong; arguments: `name`, `value`.
            ListenerValue "listener-value";
            /// The number of connections is limited to none; argument: `value`.
            ConnectionsLimited "connections-limited";
            /// The listener refuses log-ons.
            LogonsRefused "logons-refused";
            /// `WinStationsDisabled` refuses log-ons everywhere.
            WinStationsDisabled "win-stations-disabled";
            /// RDP listens on another port; argument: `port`.
            PortMoved "port-moved";
            /// Another program owns the port; arguments: `port`, `owner`.
            PortTaken "port-taken";
            /// `TermService` runs and does not listen, for no reason that was looked at; argument: `port`.
            NotListening "not-listening";
            /// The firewall is off for a kind of networks; argument: `profile`.
            FirewallOff "firewall-off";
            /// The same by policy; argument: `profile`.
            FirewallOffByPolicy "firewall-off-by-policy";
            /// Everything incoming is refused, whatever rules say; arguments: `profiles`, `by`.
            ExceptionsRefused "exceptions-refused";
            /// No active rule lets RDP in; arguments: `port`, `profiles`.
            NoAllowRule "no-allow-rule";
            /// A policy ignores local rules and has none that lets RDP in; arguments: `profiles`, `by`.
            LocalRulesIgnored "local-rules-ignored";
            /// The rules that let RDP in do so for others only; arguments: `rules`, `to`, `missing`.
            RuleScoped "rule-scoped";
            /// A rule blocks RDP; arguments: `rule`, `addresses`.
            BlockRule "block-rule";
            /// A rule blocks addresses that may be the caller's; arguments: `rule`, `addresses`.
            BlockRuleAddresses "block-rule-addresses";
            /// A rule may block or let in, under conditions that cannot be judged; argument: `rule`.
            RuleConditional "rule-conditional";
            /// A rule of our own for a former port is left; argument: `port`.
            RuleLeft "rule-left";
            /// A version of TLS is off that was to be on; argument: `version`.
            TlsOff "tls-off";
            /// A version of TLS is on that was to be off; argument: `version`.
            TlsOn "tls-on";
            /// No version of TLS is left at all.
            TlsAllOff "tls-all-off";
            /// TLS 1.3 is switched on in a Windows that has none; argument: `build`.
            TlsUnsupported "tls-unsupported";
            /// A cipher is switched off; arguments: `cipher`, `value`.
            CipherOff "cipher-off";
            /// No cipher is left for any suite; argument: `ciphers`.
            CiphersAllOff "ciphers-all-off";
            /// A list of suites names none; argument: `by`.
            SuitesEmpty "suites-empty";
            /// A list of suites names none that the certificate's kind of key can use; arguments: `by`, `key`.
            SuitesUnfit "suites-unfit";
            /// Cryptography after FIPS is demanded.
            Fips "fips";
            /// Neither the agent nor the port answers, while the machine runs.
            GuestSilent "guest-silent";
        }
    };
}

macro_rules! keys {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// What was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FindingKey {
            $(
                $(#[$doc])*
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl FindingKey {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name by which texts know it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

findings!(keys);

impl fmt::Display for FindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What weight a finding has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It differs from what was declared, or keeps clients out.
    Fault,
    /// It keeps some clients out, and nobody can tell from here whether the one in question: a fault where the outside
    /// is silent.
    Suspect,
    /// Worth a remark, whatever else is.
    Remark,
}

/// One thing that a facet found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub key: FindingKey,
    /// What it weighs.
    pub weight: Weight,
    /// Arguments for its words; from a guest, so untrusted text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
}

impl Finding {
    /// A fault.
    #[must_use]
    pub const fn fault(key: FindingKey) -> Self {
        Self { key, weight: Weight::Fault, args: BTreeMap::new() }
    }

    /// Something that keeps some clients out.
    #[must_use]
    pub const fn suspect(key: FindingKey) -> Self {
        Self { key, weight: Weight::Suspect, args: BTreeMap::new() }
    }

    /// Something worth a remark.
    #[must_use]
    pub const fn remark(key: FindingKey) -> Self {
        Self { key, weight: Weight::Remark, args: BTreeMap::new() }
    }

    /// The same with an argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }
}
