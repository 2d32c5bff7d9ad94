//! The registry of a simulated Windows: typed values under case-insensitive keys.
//!
//! Thousands of guests share one immutable [`Base`]; what one of them changed lies in its [`Overlay`].

mod base;
mod overlay;
mod path;
mod regfile;
mod value;

pub(crate) use base::Base;
pub(crate) use overlay::{CERTIFICATE_KEY, Overlay, RegistryView, Resolve};
pub(crate) use path::KeyPath;
pub(crate) use regfile::{RegOperation, export_section, parse_reg_text};
pub(crate) use value::{Computed, Data, Kind, Value};
