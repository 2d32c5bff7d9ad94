//! The packed form, for channels that cut replies: the guest writes its output to a file, packs it, and hands it out
//! in slices; the reader puts them together and checks length and hash.

mod assemble;
mod cabinet;
mod render;

pub use assemble::Assembly;
pub use cabinet::{NotACabinet, unpack};
pub(crate) use render::wrap;
pub use render::{rest, slice};
