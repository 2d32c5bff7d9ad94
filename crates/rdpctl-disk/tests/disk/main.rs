//! Disks that the simulator's writer made, read, judged, broken, edited, and cut off from power.

mod edit;
mod hostile;
mod power;
mod recovery;
mod refusals;
mod survey;
mod world;
