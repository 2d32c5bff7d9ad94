//! The probe seen from its servers: what it sends them, and what it makes of their answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod broken;
mod certificates;
mod crowd;
mod first_answer;
mod healthy;
mod readers;
mod server;
mod table;
mod tap;
mod vectors;
