//! The packed form, for channels that cut replies: the guest writes its output to a file, packs it, and hands it out
//! in slices; the reader puts them together and checks length and hash.

mod assemble;
mod cabinet;
mod render;
mod write;

pub use assemble::Assembly;
pub use cabinet::{NotACabinet, unpack};
pub use render::{rest, slice};
pub(crate) use render::{room_for, wrap};
pub(crate) use write::cabinet_of;
