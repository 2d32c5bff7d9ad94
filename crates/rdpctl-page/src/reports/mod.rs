//! Reports as one file for a browser or a mail: no script, nothing loaded from elsewhere, printable.

mod doctor;
mod drift;
mod file;

pub use doctor::{Doctor, doctor};
pub use drift::{Drift, Gone, drift};
