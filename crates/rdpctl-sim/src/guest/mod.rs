//! A small Windows in memory: what native commands are run against.
//!
//! It models Windows and knows nothing of rdpctl. A [`Template`] holds a healthy system with what a
//! world changed in it; a [`Guest`] is one machine made from it and stores only what differs. The
//! commands' output formats and exit codes are those of the real tools.

mod accounts;
mod acl;
mod alias;
mod bcd;
mod boot;
mod certificate;
mod cmd;
mod code_page;
mod console;
mod defaults;
mod delta;
mod disk;
mod event_log;
mod events;
mod face;
mod files;
mod firewall;
mod inheritance;
mod key_fault;
mod keys;
mod logon;
mod machine;
mod moment;
mod network;
mod order;
mod policy;
mod policy_report;
mod registry;
mod registry_access;
mod restart;
mod run;
mod schannel;
mod schedule;
mod services;
mod spec;
mod task;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod tools;
mod trap;
mod wsman;

pub(crate) use certificate::of_another;
pub use cmd::interactive::{Entered, Typist};
pub use console::{Commands, ConsoleFace, Interrupted};
pub use delta::GuestDelta;
pub use face::{Identity, KeyMaterial, NotListening, RdpFace, RdpListener, TlsVersion, WinrmFace};
pub use firewall::Transport;
pub use key_fault::KeyFault;
pub use keys::Stroke;
pub use logon::{Caller, Known, NotRemote, Refusal};
pub use machine::Guest;
pub use order::{Command, Ctx, DEFAULT_OUTPUT_CAP, HUNG, Output, User};
pub use spec::{
    AccountGroup, AccountSpec, AccountState, BootSpec, CertificateKind, CertificateSpec,
    DomainSpec, FaultSpec, FirewallProfiles, FirewallRuleSpec, FirewallSpec, GuestSpec,
    GuestSpecError, Hours, Language, LeftSession, LockoutSpec, MachineKeysSpec, MyCertificateSpec,
    NetworkProfile, NetworkSpec, OsRelease, Password, PolicyValue, PortSpec, ProcessSpec,
    RegistryKeySpec, RegistryValueSpec, RemoteDesktopRules, SerialFault, ServiceSpec,
    SessionHostSpec, SessionSpec, StartSpec, StateSpec, UserSpec,
};
pub use template::Template;
pub use trap::TRAP;
