//! The pages, seen as a browser and a reader see them.

mod hostile;
mod markup;
mod numbers;
mod pages;
mod sizes;
mod world;
