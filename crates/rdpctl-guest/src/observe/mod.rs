//! The whole observation of a guest as one batch, and its answers as one survey.

mod accounts;
mod fixed;
mod grace;
mod left;
mod listener;
mod lists;
mod policies;
mod policy_report;
pub mod questions;
mod refusals;
mod render;
mod rights;
mod searches;
mod sessions;
mod survey;

pub use render::{Observation, Wants};
