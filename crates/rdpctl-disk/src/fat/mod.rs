//! FAT, as far as one file has to be found on it: the EFI system partition holds the boot store.

mod boot;
mod directory;
mod volume;

pub(crate) use boot::is_boot_sector;
pub use volume::{File, Volume};
