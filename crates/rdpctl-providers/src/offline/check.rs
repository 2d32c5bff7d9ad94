//! A few facts read again, from the hives: what a step expects to find, and what it would bring about.

use rdpctl_contract::channel::Finding;
use rdpctl_disk::Error;
use rdpctl_disk::windows::{Disk, Installation};
use rdpctl_model::Gap;
use rdpctl_model::step::Check;

use super::registry::Hives;

/// Answers in the order of the checks, by the control set that the next start uses.
pub fn check(
    disk: &Disk<'_>,
    installation: &Installation,
    checks: &[Check],
) -> Result<Vec<Finding>, Error> {
    let hives = Hives::open(disk, installation)?;
    Ok(checks.iter().map(|check| finding(&hives, check)).collect())
}

fn finding(hives: &Hives, check: &Check) -> Finding {
    match check {
        Check::Registry { key, name, data } => match hives.value(key, name) {
            Ok(found) if found == *data => Finding::Holds,
            Ok(Some(found)) => Finding::Differs(format!(r"{key}\{name} = {found:?}")),
            Ok(None) => Finding::Differs(format!(r"there is no {key}\{name}")),
            Err(gap) => Finding::Unknown(gap),
        },
        Check::KeyAbsent { key } => match hives.has(key) {
            Ok(false) => Finding::Holds,
            Ok(true) => Finding::Differs(format!("{key} is there")),
            Err(gap) => Finding::Unknown(gap),
        },
        Check::KeyPresent { key } => match hives.has(key) {
            Ok(true) => Finding::Holds,
            Ok(false) => Finding::Differs(format!("there is no {key}")),
            Err(gap) => Finding::Unknown(gap),
        },
        // Whoever edits a disk reads these back there by its own means.
        Check::FirewallRules { .. } | Check::BootElement { .. } | Check::KeyReadable { .. } => {
            Finding::Unknown(Gap::NotAsked)
        }
        Check::Service { .. } => Finding::Unknown(Gap::NotRunning),
    }
}
