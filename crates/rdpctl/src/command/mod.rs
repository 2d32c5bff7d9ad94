//! One command, one file.

pub(crate) mod apply;
pub(crate) mod blame;
pub(crate) mod completion;
pub(crate) mod disk;
pub(crate) mod doctor;
pub(crate) mod drift;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod graph;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod permissions;
pub(crate) mod plan;
pub(crate) mod probe;
pub(crate) mod run;
pub(crate) mod schema;
mod share;
pub(crate) mod show;
pub(crate) mod sim;
mod span;
pub(crate) mod state;
pub(crate) mod steer;
pub(crate) mod trust;
pub(crate) mod undo;
pub(crate) mod validate;
pub(crate) mod version;
