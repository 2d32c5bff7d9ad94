//! Azure's provider against the simulated vendor.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

mod conformance;
mod estate;
mod peculiar;
