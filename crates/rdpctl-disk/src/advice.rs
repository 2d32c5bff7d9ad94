//! What Windows can do about something that is broken: said of it as a refusal and as damage alike.

/// What heals a hive.
pub(crate) const HIVE: &str = "attach the disk to a Windows VM (az vm repair create -g GROUP -n VM) and try reg load, which heals what it can; else put back a backup";
/// What makes a boot store anew.
pub(crate) const BOOT_STORE: &str = "rebuild the boot store in Windows: az vm repair create -g GROUP -n VM, bcdboot F:\\Windows /s S: /f ALL";
