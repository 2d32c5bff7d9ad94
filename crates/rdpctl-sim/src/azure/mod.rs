//! Azure as its clients see it: the directory that gives tokens, the resource manager with its long-running operations,
//! and the resource graph.
//!
//! VMs, addresses and guests are those of the one estate; what is shown here under an ARM id is the same thing that a
//! packet meets. An operation is named by the permission that it needs (`Microsoft.Compute/virtualMachines/start/action`),
//! and under that name it is counted, denied and struck by faults.

mod assertion;
mod blob;
mod call;
mod cards;
mod command;
mod compute;
mod console;
mod disks;
mod gate;
mod graph;
mod helpers;
mod kql;
mod log;
mod managed;
mod memory;
mod network;
mod operation;
mod place;
mod refusal;
mod request;
mod retail;
mod rules;
mod show;
mod throttle;
mod token;
mod volumes;
mod ways;
mod work;

pub(crate) use memory::Arm;
pub(crate) use request::Request;
