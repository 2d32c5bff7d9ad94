//! The Tencent Cloud face of the estate: API 3.0 as its official SDKs speak it.

mod cbs;
mod cvm;
mod errors;
mod gate;
mod limits;
mod sign;
mod sts;
mod table;
mod tat;
mod vpc;
mod wire;

pub(crate) use gate::{Answer, Gate, Request};
