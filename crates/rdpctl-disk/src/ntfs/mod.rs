//! NTFS, located and never mounted: where the bytes of a file lie, what its descriptor is, whether the volume is sound.
//!
//! Nothing here writes. Changes are made to sectors whose places these modules found (`change`).

mod aside;
mod attribute;
mod boot;
mod folder;
mod ground;
mod health;
mod record;
mod runs;
mod secure;
mod stream;
mod volume;

pub(crate) use boot::is_bitlocker;
pub use boot::is_boot_sector;
pub use folder::Entry;
pub use ground::Ground;
pub use health::Health;
pub use record::FileId;
pub use secure::{SecurityId, Stored};
pub use stream::Stream;
pub use volume::{File, Volume};
