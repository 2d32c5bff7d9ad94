//! What a commit survives.

/// What a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// `kill -9` of whoever writes; a power loss where the state lies may take back the last commits.
    Process,
    /// A power loss as well.
    Power,
}
