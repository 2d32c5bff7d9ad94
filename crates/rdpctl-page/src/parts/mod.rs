//! The pieces of which pages and reports are made.

pub(crate) mod acts;
pub(crate) mod breaks;
pub(crate) mod causes;
pub(crate) mod frame;
pub(crate) mod graph;
pub(crate) mod picture;
pub(crate) mod pieces;
pub(crate) mod planned;
pub(crate) mod price;
pub(crate) mod say;
pub(crate) mod security;
pub(crate) mod shares;
pub(crate) mod stations;
pub(crate) mod timeline;
pub(crate) mod trees;
pub(crate) mod whose;
