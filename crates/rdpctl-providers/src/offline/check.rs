//! A few facts read again from the disk: what a step expects to find, what it would bring about, what was written.

use rdpctl_contract::channel::Finding;
use rdpctl_disk::Error;
use rdpctl_disk::windows::{Disk, Installation};
use rdpctl_guest::check::{boot_element_is, key_is_readable, rules_are};
use rdpctl_model::action::traits::{DiskEdit, Offline};
use rdpctl_model::action::{RulesAre, RulesOf};
use rdpctl_model::guest::BootNames;
use rdpctl_model::step::Check;
use rdpctl_model::{Gap, GuestAction};

use super::registry::Hives;
use super::{boot, files, firewall};
use crate::channel::dialect::finding as seen;
use crate::said::say;

/// Answers in the order of the checks, by the control set that the next start uses.
pub fn check(
    disk: &Disk<'_>,
    installation: &Installation,
    checks: &[Check],
) -> Result<Vec<Finding>, Error> {
    let hives = Hives::open(disk, installation)?;
    Ok(checks.iter().map(|check| finding(disk, installation, &hives, check)).collect())
}

/// Whether what an action makes of a disk is there: asked of the disk anew, once it was written. The first thing that
/// is not so is told.
pub fn written(
    disk: &Disk<'_>,
    installation: &Installation,
    action: &GuestAction,
) -> Result<Finding, Error> {
    let (Offline::Edit(edit) | Offline::OnDemand(edit)) = action.traits().offline else {
        return Ok(Finding::Holds);
    };
    if let DiskEdit::KeyAside { file } = edit {
        return Ok(if files::is_there(disk, installation, file)? {
            Finding::Differs(say::key_file_found(file))
        } else {
            Finding::Holds
        });
    }
    let hives = Hives::open(disk, installation)?;
    if edit == DiskEdit::OwnDisk {
        return Ok(match boot::judge(disk, installation, &hives)?.names() {
            Ok(BootNames::ThisDisk) => Finding::Holds,
            Ok(BootNames::AnotherDisk) => Finding::Differs(say::names_another_disk()),
            Err(gap) => Finding::Unknown(gap),
        });
    }
    let proofs = action.proves();
    let mut found = proofs.iter().map(|check| finding(disk, installation, &hives, check));
    Ok(found.find(|finding| *finding != Finding::Holds).unwrap_or(Finding::Holds))
}

fn finding(disk: &Disk<'_>, installation: &Installation, hives: &Hives, check: &Check) -> Finding {
    match check {
        Check::Registry { key, name, data } => match hives.value(key, name) {
            Ok(found) if found == *data => Finding::Holds,
            Ok(Some(found)) => {
                Finding::Differs(say::value_is(format!(r"{key}\{name}"), format!("{found:?}")))
            }
            Ok(None) => Finding::Differs(say::there_is_no(format!(r"{key}\{name}"))),
            Err(gap) => Finding::Unknown(gap),
        },
        Check::KeyAbsent { key } => match hives.has(key) {
            Ok(false) => Finding::Holds,
            Ok(true) => Finding::Differs(say::is_there(key)),
            Err(gap) => Finding::Unknown(gap),
        },
        Check::KeyPresent { key } => match hives.has(key) {
            Ok(true) => Finding::Holds,
            Ok(false) => Finding::Differs(say::there_is_no(key)),
            Err(gap) => Finding::Unknown(gap),
        },
        Check::FirewallRules { of, are } => rules(hives, *of, *are),
        Check::BootElement { element, bytes } => match hives.boot_element(element) {
            Ok(found) => seen(boot_element_is(element, bytes.as_deref(), found.as_deref())),
            Err(gap) => Finding::Unknown(gap),
        },
        Check::KeyReadable { file } => match files::MachineKeys::read(disk, installation).files {
            Ok(all) => match all.iter().find(|(name, _)| name.eq_ignore_ascii_case(file)) {
                Some((_, list)) => seen(key_is_readable(list)),
                None => Finding::Differs(say::no_key_file(file)),
            },
            Err(gap) => Finding::Unknown(gap),
        },
        Check::Service { .. } => Finding::Unknown(Gap::NotRunning),
    }
}

fn rules(hives: &Hives, of: RulesOf, are: RulesAre) -> Finding {
    let set = hives.control_sets().first().copied().unwrap_or(1);
    let marks = firewall::marks(of);
    match hives.firewall_rules(set) {
        Ok(all) => {
            let marked = |rule: &String| marks.iter().any(|mark| rule.contains(mark.as_str()));
            let rules: Vec<String> = all.into_values().filter(marked).collect();
            seen(rules_are(of, are, &rules))
        }
        Err(gap) => Finding::Unknown(gap),
    }
}
