//! The boot store: a hive of objects and their elements.

mod device;
mod element;
mod store;

pub use device::Device;
pub use element::{Element, ElementId, Format};
pub use store::{Obstacle, Store};

/// The boot manager's object.
pub const BOOT_MANAGER: &str = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}";
/// The settings of the emergency console.
pub const EMS_SETTINGS: &str = "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}";
