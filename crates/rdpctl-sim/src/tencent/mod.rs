//! The Tencent Cloud face of the estate: API 3.0 as its official SDKs speak it.

#![expect(
    clippy::struct_field_names,
    clippy::struct_excessive_bools,
    reason = "the shapes of requests and answers are the vendor's"
)]

mod audit;
mod call;
mod cbs;
mod cvm;
mod errors;
mod gate;
mod keys;
mod limits;
mod permission;
mod service;
mod sign;
mod sts;
mod table;
mod tat;
#[cfg(test)]
mod tests;
mod vpc;
mod wire;

pub(crate) use gate::Request;
pub(crate) use keys::Gate;

/// Every action that is served, with its service.
pub(crate) fn actions() -> impl Iterator<Item = (&'static str, &'static str)> {
    table::ACTIONS.iter().map(|entry| (entry.service.name(), entry.name))
}
