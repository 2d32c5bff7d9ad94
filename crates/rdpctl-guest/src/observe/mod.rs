//! The whole observation of a guest as one batch, and its answers as one survey.

mod accounts;
mod lists;
mod policies;
pub mod questions;
mod render;
mod rights;
mod survey;

pub use render::Observation;
