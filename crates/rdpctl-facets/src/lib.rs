//! What healthy RDP means: one file per facet, pure functions from what was declared and seen to verdict and steps.
//!
//! No facet reads a clock, touches a network or knows a vendor. [`table`] is the registry.

pub mod bandwidth;
pub mod boot;
pub mod firewall;
mod firewall_rule;
pub mod ingress;
mod openings;
pub mod power;
pub mod public_ip;
pub mod remote_desktop;
pub mod service;

mod facet;
mod manual;
mod paths;
mod profile;
mod table;

pub use facet::{Context, Facet, Purpose, StepWords};
pub use manual::{Erratum, Manual};
pub use profile::{BUILT_IN, built_in};
pub use table::{Profile, WishError, assess, encode, managed, manual, schema};
