//! TOML text becomes a valid declaration, or a finger on the wrong character.
//!
//! [`load`] reads files and folders; everything behind it is a pure function from [`Source`]s to a
//! [`Declaration`], with all that is wrong told at once in [`Diagnostics`].

mod declaration;
mod decode;
mod diagnostic;
mod digest;
mod facet;
mod load;
mod parse;
mod render;
mod resolve;
mod secrecy;
mod source;
mod suggest;
mod tree;

pub use declaration::{Declaration, Origin};
pub use diagnostic::{Diagnostics, Row, Severity};
pub use load::{gather, load, read_one};
pub use parse::parse;
pub use render::Paint;
pub use source::Source;
