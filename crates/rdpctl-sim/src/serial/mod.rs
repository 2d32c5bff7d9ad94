//! Serial consoles: Windows' own, over whatever leads to a machine's port.
//!
//! The console is a terminal for people. Its command channels show a hidden screen of 80 columns and 24 rows, of which
//! only what changed is sent, and only as often as somebody looks: what scrolls past in between is lost. A second
//! session takes the line from the first, and leaves whatever that had opened.

mod board;
mod channel;
mod gateway;
mod grid;
mod line;
mod lines;
mod sac;
mod websocket;

pub(crate) use board::Consoles;
pub(crate) use gateway::{answer as answer_gateway, is_here as is_gateway};
pub(crate) use lines::Lines;
