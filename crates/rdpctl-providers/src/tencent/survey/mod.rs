//! Reading instances in bulk, and saying what was read in no vendor's words.

mod address;
mod book;
mod facts;
mod fetch;
mod power;
pub(crate) mod rules;
mod select;

pub(crate) use book::policies;
pub(crate) use fetch::{account_type, addresses_of, survey};
