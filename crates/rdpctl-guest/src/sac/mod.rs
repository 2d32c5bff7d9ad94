//! Windows' Special Administration Console: what it shows on a serial line, and how a command file goes through it.
//!
//! The line is a terminal of 80 columns for people. It loses characters in both directions, others write on it, it
//! breaks lines where it likes, and what scrolls past is gone. So nothing is read by its place in the stream: a screen is
//! kept as a terminal would keep it and judged by its rows; what is typed is compared with its echo before it is
//! entered; and a file's output comes packed, in numbered rows that are asked for again until all are there, under a
//! hash. Words are matched nowhere, for they are translated, but those by which the console says why it opens no channel:
//! whoever does not know them knows that he does not.

mod console;
pub mod keys;
mod noise;
mod screen;
mod sight;
mod typed;

pub use console::{Barred, Identity, barred, clock, identity};
pub use screen::{HEIGHT, Screen, WIDTH};
pub use sight::{
    Mark, asks, channels, is_sac, is_shell, is_shell_before, mark, shows_channel, sound_rows,
};
pub use typed::{Typing, UPLOAD_LIMIT, Way, close, switch_to};
