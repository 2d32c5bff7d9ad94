//! A small Windows estate in memory, which speaks the real protocols on loopback.

pub mod winrm;
