//! What healthy RDP means: one file per facet, pure functions from what was declared and seen to verdict and steps.
//!
//! No facet reads a clock, touches a network or knows a vendor. `table.rs` is the registry.

pub mod bandwidth;
pub mod boot;
pub mod certificate;
pub mod firewall;
pub mod group_policy;
pub mod ingress;
pub mod machine_keys;
pub mod nla;
pub mod port;
pub mod power;
pub mod public_ip;
pub mod reachable;
pub mod recovery;
pub mod remote_desktop;
pub mod service;
pub mod tls;

mod certificate_pin;
mod certificate_store;
mod certificate_wish;
mod firewall_rule;
mod openings;
mod sddl;
mod seen_from;
mod tls_policy;
mod tls_wish;
mod ways;

mod facet;
mod leftover;
mod manual;
mod more;
mod paths;
mod port_wish;
mod profile;
mod table;

pub use facet::{Context, Facet, Purpose, StepWords};
pub use manual::{Erratum, Manual};
pub use more::{More, more};
pub use profile::{BUILT_IN, built_in};
pub use table::{
    Profile, WishError, assess, destination, encode, managed, manual, present_port, schema, ways_in,
};
