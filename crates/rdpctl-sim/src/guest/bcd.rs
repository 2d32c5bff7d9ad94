//! The boot configuration, read where the registry shows it.

use super::defaults::boot_store::{BOOT_MANAGER, STORE};
use super::machine::Guest;
use super::registry::KeyPath;
use super::services::BootMode;

impl Guest {
    /// The key of an object of the boot store.
    pub(super) fn boot_object(object: &str) -> Option<KeyPath> {
        Some(KeyPath::parse(STORE)?.join(object))
    }

    /// The loader that starts by default.
    pub(super) fn default_loader(&self) -> Option<String> {
        let elements = Self::boot_object(BOOT_MANAGER)?.join("Elements").join("23000003");
        self.registry().text(&elements, "Element")
    }

    fn loader_element(&self, id: &str) -> Option<Vec<u8>> {
        let loader = self.default_loader()?;
        let key = Self::boot_object(&loader)?.join("Elements").join(id);
        Some(self.registry().value(&key, "Element")?.as_bytes()?.to_vec())
    }

    /// The mode that the next boot takes.
    pub(super) fn configured_boot_mode(&self) -> BootMode {
        match self.loader_element("25000080").and_then(|data| data.first().copied()) {
            None => BootMode::Normal,
            Some(0) => BootMode::SafeMinimal,
            Some(1) => BootMode::SafeNetwork,
            Some(_) => BootMode::DirectoryRepair,
        }
    }

    /// Whether the emergency management services of the loader are on.
    #[must_use]
    pub fn serial_console_enabled(&self) -> bool {
        self.loader_element("260000b0").is_some_and(|data| data.first() == Some(&1))
    }
}
