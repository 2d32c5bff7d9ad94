//! TOML text becomes a valid declaration, or a finger on the wrong character.
//!
//! [`load`] reads files and folders; everything behind it is a pure function from [`Source`]s to a
//! [`Declaration`], with all that is wrong told at once in [`Diagnostics`].

mod declaration;
mod decode;
mod diagnostic;
mod digest;
mod facet;
mod format;
mod load;
mod parse;
mod render;
mod resolve;
mod schema;
mod secrecy;
mod source;
mod spelled;
mod suggest;
mod tree;
mod value;

pub use declaration::{Declaration, Origin};
pub use diagnostic::{Diagnostics, Row, Severity};
pub use format::format;
pub use load::{elsewhere, gather, load, read_one};
pub use parse::parse;
pub use render::Paint;
pub use schema::schema;
pub use source::Source;
pub use spelled::{Spelled, spelled};
pub use suggest::nearest;
