//! The pages, seen as a browser and a reader see them.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

mod colours;
mod held;
mod hostile;
mod machine;
mod markup;
mod numbers;
mod pages;
mod runs;
mod sizes;
mod turned;
mod world;
