//! Azure's provider against the simulated vendor.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

mod bad_input;
mod certificate;
mod conformance;
mod estate;
mod peculiar;
mod together;
