//! Whole runs against a world in memory: what is done when, to how many at once, and what is said of it.

mod calls;
mod disruption;
mod estate;
mod order;
mod stopping;
