//! Windows' dialects: native commands out, bytes in, facts back.
//!
//! Pure: no I/O, no clock, no randomness. Every question and every action becomes native commands here and nowhere
//! else, and their output is read here and nowhere else, by exit code and structure and never by translated words.

pub mod check;
mod envelope;
pub mod frame;
pub mod observe;
pub mod pack;
pub mod perform;
pub mod read;
mod refusal;
pub mod sac;
mod said;
pub mod script;

pub use envelope::Refusal;
pub use refusal::Unrenderable;
