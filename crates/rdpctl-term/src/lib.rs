//! From facts to a page, from a page to lines: marks, colours, columns and wrapping, in one place and without I/O.
//!
//! Whoever has something to show builds a [`Page`] of rows; [`lay`] makes text of it for one [`View`]: a width, a set of
//! characters, colours or none, eyes or ears. Only [`Text::of`] takes what others wrote, and shows what could steer a
//! terminal instead of obeying it.

pub mod escape;
pub mod grid;
mod ink;
mod layout;
mod line;
mod mark;
mod page;
mod spoken;
mod text;
mod view;
mod width;
mod words;

pub use ink::Ink;
pub use layout::lay;
pub use mark::Mark;
pub use page::{Page, Row};
pub use text::{Piece, Span, Text, Words};
pub use view::{Characters, Environment, Links, Paint, Reader, Stream, View, When, Wishes};
pub use width::width;
