//! What a world says of a guest's serial line.

use serde::Deserialize;

/// What is wrong with a serial line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SerialFault {
    /// Nothing.
    #[default]
    None,
    /// It loses a character now and then, both ways.
    Lossy,
    /// Others write on it: elements for programs, titles, colours, lines that look like marks.
    Noisy,
    /// What is typed arrives letter by letter, and the screen is painted after each: the most that can come back.
    Piecemeal,
    /// The guest is overloaded until it starts anew: no command channel comes about in time.
    Overloaded,
}
