//! A healthy Windows, as tables: registry, services, firewall rules, files, boot configuration.

pub(super) mod boot_store;
pub(super) mod disk;
pub(super) mod firewall;
pub(super) mod listener;
pub(super) mod registry;
pub(super) mod rights;
pub(super) mod services;
