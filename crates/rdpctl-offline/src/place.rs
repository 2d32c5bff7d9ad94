//! Where a key of the registry lies on a disk.

use rdpctl_disk::Error;
use rdpctl_disk::windows::HiveName;
use rdpctl_model::Gap;

use super::spelled;

/// A failure to read as a gap.
pub(super) fn unread(error: &Error) -> Gap {
    match error {
        Error::Io { .. } => Gap::Unreachable { reason: spelled::error(error) },
        Error::Damaged(_) | Error::Refused(_) => Gap::garbled(spelled::error(error)),
    }
}

/// The hive that a key of the registry lies in, and its path there.
pub(super) fn place(path: &str, control_set: u32) -> Option<(Source, String)> {
    if let Some(rest) = path.strip_prefix(r"hklm\system\currentcontrolset\") {
        return Some((
            Source::Hive(HiveName::System),
            format!(r"ControlSet{control_set:03}\{rest}"),
        ));
    }
    for (root, source) in [
        (r"hklm\system\", Source::Hive(HiveName::System)),
        (r"hklm\software\", Source::Hive(HiveName::Software)),
        (r"hklm\bcd00000000\", Source::Boot),
    ] {
        if let Some(rest) = path.strip_prefix(root) {
            return Some((source, rest.to_owned()));
        }
    }
    None
}

/// Where a key lies on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Hive(HiveName),
    Boot,
}
