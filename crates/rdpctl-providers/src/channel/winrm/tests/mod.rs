//! The carrier against simulated hosts that speak the protocol (specs/winrm.md, section 11).

mod fixture;
mod guest;
mod interruptions;
mod limits;
mod log_on;
mod output;
