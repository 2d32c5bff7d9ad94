//! What healthy RDP means: one file per facet, pure functions from what was declared and seen to verdict and steps.
//!
//! No facet reads a clock, touches a network or knows a vendor. `facets!` in `rdpctl_model::facet` is the registry.

/// One module a facet. `cargo fmt` does not find modules that a macro names: `.ci/run` hands it their files.
macro_rules! modules {
    ($($(#[$doc:meta])* $module:ident $facet:ident $name:literal $number:literal $world:ident $stage:ident;)*) => {
        $(pub mod $module;)*
    };
}
rdpctl_model::facets!(modules);

mod certificate_held;
mod certificate_pin;
mod certificate_shown;
mod certificate_store;
mod certificate_told;
mod certificate_wish;
mod firewall_by;
mod firewall_door;
mod firewall_look;
mod firewall_policy;
mod firewall_rule;
mod firewall_seen;
mod firewall_wish;
mod ingress_keeper;
mod ingress_shown;
mod ingress_wish;
mod nla_policy;
mod nla_wish;
mod openings;
mod seen_from;
mod tls_lack;
mod tls_mend;
mod tls_policy;
mod tls_schannel;
mod tls_suites;
mod tls_wish;
mod ways;
mod wish;

mod docket;
mod facet;
mod ground;
mod held;
mod leftover;
mod logon_accounts;
mod logon_credssp;
mod logon_domain;
mod logon_fault;
mod logon_ground;
mod logon_rights;
mod manual;
mod more;
mod mute;
mod news;
mod paths;
mod policy_owner;
mod port_listener;
mod port_owner;
mod port_wish;
mod profile;
mod reason;
mod recovery_wish;
mod service_hindrance;
mod service_needed;
mod service_policy;
mod service_seen;
mod silence;
mod steps;
mod table;
mod term_service;
mod told;
mod unknown;
mod unspoken;

pub use certificate_shown::{Whose, whose_certificate};
pub use certificate_told::{CertificateContents, CertificateInUse, certificate_in_use};
pub use facet::{Context, Facet, Purpose, StepWords};
pub use ground::ground;
pub use logon_ground::{LogOnGround, log_on_ground};
pub use manual::{Erratum, Manual};
pub use more::{More, compare, declared_pin, more, under_way};
pub use news::{Teller, failure, news};
pub use profile::{BUILT_IN, built_in};
pub use reason::of as reason_of;
pub use table::{Judge, Profile, bind, causes, cloud_verbs, managed, manual, present_port, schema};
pub use wish::{Refusal, Segment, Why};
