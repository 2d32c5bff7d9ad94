//! The dialect against the simulated guest, which other hands wrote from the same specification.

mod inside;
mod observation;
mod orders;
