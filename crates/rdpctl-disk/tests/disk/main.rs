//! Disks that the simulator's writer made, read, judged, broken, edited, and cut off from power.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

mod edit;
mod hostile;
mod parts;
mod power;
mod recovery;
mod refusals;
mod survey;
mod world;
