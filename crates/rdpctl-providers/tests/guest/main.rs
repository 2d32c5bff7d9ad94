//! The dialect against the simulated guest, which other hands wrote from the same specification.

mod fixed;
mod inside;
mod observation;
mod orders;
