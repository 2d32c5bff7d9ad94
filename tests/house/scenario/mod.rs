//! Every numbered step of the founding documents: a world in which it is broken, the plan, the repair, the proof.

mod azure;
mod azure_ways;
mod estate;
mod tencent;
