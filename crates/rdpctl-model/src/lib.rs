//! The nouns of rdpctl: what the other crates talk about, and nothing that decides.
//!
//! No I/O, no clock, no randomness, no wire format of any vendor. A noun lives here once a second crate needs it.

pub mod accept;
pub mod account;
pub mod action;
pub mod assessment;
pub mod cause;
pub mod chronicle;
pub mod cloud;
pub mod declaration;
pub mod evidence;
pub mod facet;
pub mod facts;
pub mod finding;
pub mod gap;
pub mod ground;
mod guards;
pub mod guest;
pub mod handshake;
pub mod host;
pub mod id;
pub mod lease;
pub mod local;
pub mod mending;
pub mod number;
pub mod outcome;
pub mod plan;
pub mod rules;
pub mod said;
pub mod sddl;
pub mod secret;
mod security;
mod source;
pub mod stage;
pub mod step;
pub mod survey;
pub mod tariff;
pub mod verdict;
pub mod webhook;
mod world;

pub use assessment::{Assessed, Assessment};
pub use evidence::Evidence;
pub use facet::{FacetId, FacetMap};
pub use finding::{Finding, Found};
pub use gap::Gap;
pub use ground::Ground;
pub use id::{FleetName, InstanceName, ProfileName, ProviderName, ResourceId, RunId};
pub use number::StepNumber;
pub use plan::Plan;
pub use said::Said;
pub use source::SourceKey;
pub use stage::Stage;
pub use step::{Action, CloudAction, GuestAction, Step};
pub use survey::Survey;
pub use verdict::Verdict;
pub use world::{WorldMap, Worlds};
