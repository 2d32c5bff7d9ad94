//! Worlds and their repairs.
