//! A few facts read again from the disk: what a step expects to find, what it would bring about, what was written.

use rdpctl_disk::Error;
use rdpctl_disk::windows::{Disk, Installation};
use rdpctl_guest::check::{Seen, boot_element_is, key_is_readable, rules_are};
use rdpctl_model::action::traits::{DiskEdit, Offline};
use rdpctl_model::action::{RulesAre, RulesOf};
use rdpctl_model::guest::BootNames;
use rdpctl_model::step::Check;
use rdpctl_model::{Gap, GuestAction};

use super::registry::Hives;
use super::{boot, files, firewall};
use crate::said::say;

/// Answers in the order of the checks, by the control set that the next start uses.
pub fn check(
    disk: &Disk<'_>,
    installation: &Installation,
    checks: &[Check],
) -> Result<Vec<Seen>, Error> {
    let hives = Hives::open(disk, installation)?;
    Ok(checks.iter().map(|check| finding(disk, installation, &hives, check)).collect())
}

/// Whether what an action makes of a disk is there: asked of the disk anew, once it was written. The first thing that
/// is not so is told.
pub fn written(
    disk: &Disk<'_>,
    installation: &Installation,
    action: &GuestAction,
) -> Result<Seen, Error> {
    let (Offline::Edit(edit) | Offline::OnDemand(edit)) = action.traits().offline else {
        return Ok(Seen::Holds);
    };
    if let DiskEdit::KeyAside { file } = edit {
        return Ok(if files::is_there(disk, installation, file)? {
            Seen::Differs(say::key_file_found(file))
        } else {
            Seen::Holds
        });
    }
    let hives = Hives::open(disk, installation)?;
    if edit == DiskEdit::OwnDisk {
        return Ok(match boot::judge(disk, installation, &hives)?.names() {
            Ok(BootNames::ThisDisk) => Seen::Holds,
            Ok(BootNames::AnotherDisk) => Seen::Differs(say::names_another_disk()),
            Err(gap) => Seen::Unknown(gap),
        });
    }
    let proofs = action.proves();
    let mut found = proofs.iter().map(|check| finding(disk, installation, &hives, check));
    Ok(found.find(|finding| *finding != Seen::Holds).unwrap_or(Seen::Holds))
}

fn finding(disk: &Disk<'_>, installation: &Installation, hives: &Hives, check: &Check) -> Seen {
    match check {
        Check::Registry { key, name, data } => match hives.value(key, name) {
            Ok(found) if found == *data => Seen::Holds,
            Ok(Some(found)) => {
                Seen::Differs(say::value_is(format!(r"{key}\{name}"), format!("{found:?}")))
            }
            Ok(None) => Seen::Differs(say::there_is_no(format!(r"{key}\{name}"))),
            Err(gap) => Seen::Unknown(gap),
        },
        Check::KeyAbsent { key } => match hives.has(key) {
            Ok(false) => Seen::Holds,
            Ok(true) => Seen::Differs(say::is_there(key)),
            Err(gap) => Seen::Unknown(gap),
        },
        Check::KeyPresent { key } => match hives.has(key) {
            Ok(true) => Seen::Holds,
            Ok(false) => Seen::Differs(say::there_is_no(key)),
            Err(gap) => Seen::Unknown(gap),
        },
        Check::FirewallRules { of, are } => rules(hives, *of, *are),
        Check::BootElement { element, bytes } => match hives.boot_element(element) {
            Ok(found) => boot_element_is(element, bytes.as_deref(), found.as_deref()),
            Err(gap) => Seen::Unknown(gap),
        },
        Check::KeyReadable { file } => match files::MachineKeys::read(disk, installation).files {
            Ok(all) => match all.iter().find(|(name, _)| name.eq_ignore_ascii_case(file)) {
                Some((_, list)) => key_is_readable(list),
                None => Seen::Differs(say::no_key_file(file)),
            },
            Err(gap) => Seen::Unknown(gap),
        },
        Check::Service { .. } => Seen::Unknown(Gap::NotRunning),
    }
}

fn rules(hives: &Hives, of: RulesOf, are: RulesAre) -> Seen {
    let set = hives.control_sets().first().copied().unwrap_or(1);
    let marks = firewall::marks(of);
    match hives.firewall_rules(set) {
        Ok(all) => {
            let marked = |rule: &String| marks.iter().any(|mark| rule.contains(mark.as_str()));
            let rules: Vec<String> = all.into_values().filter(marked).collect();
            rules_are(of, are, &rules)
        }
        Err(gap) => Seen::Unknown(gap),
    }
}
