//! A guest's serial console: the way in that is left when the network and the agent are gone.
//!
//! Windows' side of it is `rdpctl_guest::sac`, which knows what is shown and typed; here is who types: one session for one
//! script, on a line that may be slow, lossy, or somebody else's. Nothing is executed before the line that runs the file
//! is entered, and that line is entered once.

mod carrier;
mod console;
mod declared;
mod exchange;
mod failure;
mod hand;
mod lines;
mod log_on;
mod talk;
mod tty;
mod wire;

#[cfg(test)]
mod keyed;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod timed;

pub use carrier::Serial;
pub use console::{Anew, Console, Heard};
pub use declared::Declared;
pub use lines::{Lines, TARIFF};
pub use wire::{Stream, Wire};
