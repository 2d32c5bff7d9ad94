//! The state as one `SQLite` file.
//!
//! **Durability.** The journal mode is WAL: readers never wait for a writer, and a commit is one append. Writes that
//! only remember what can be surveyed again commit with `synchronous = NORMAL`: they survive `kill -9` (the pages are
//! the kernel's) and a power loss may take back the last of them, never tear one. Writes whose loss would cost
//! something (a plan about to be applied, an intent with a token, an object that was made, what is needed for undo, a lease)
//! commit with `FULL`: they are on the disk before the call returns.

pub(crate) mod error;
mod migrate;
mod open;
mod private;
pub(crate) mod session;
#[cfg(test)]
mod tests;
mod tracked;

pub(crate) use private::check_record;
