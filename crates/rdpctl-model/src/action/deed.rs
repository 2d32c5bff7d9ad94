//! What is really done for one machine: what its step says, with what is its own put in.

use std::fmt;

use super::Action;
use super::check::Check;
use super::cloud::CloudAction;
use super::guest::GuestAction;
use super::kinds::Setting;
use super::own::{Binds, DoorEdit, OwnAction};
use super::traits::Sets;
use crate::said::Said;

/// What is really done for one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// These, through the cloud's API.
    Cloud(Vec<CloudAction>),
    /// This, inside Windows.
    Guest {
        /// What.
        action: GuestAction,
        /// What must hold before.
        expects: Vec<Check>,
    },
    /// A second look.
    Look,
    /// A handshake from outside.
    Proof,
}

/// What a step means on a machine is not known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// Which certificate is in use.
    Certificate,
    /// Which file holds the key.
    KeyFile,
    /// Which rule set is to be edited.
    RuleSet,
}

impl Unbound {
    /// It in a sentence.
    #[must_use]
    pub fn said(self) -> Said {
        match self {
            Self::Certificate => say::unbound_certificate(),
            Self::KeyFile => say::unbound_key(),
            Self::RuleSet => say::unbound_rules(),
        }
    }
}

impl fmt::Display for Unbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "which certificate is in use is not known of this machine",
            Self::KeyFile => "which file holds the RDP key is not known of this machine",
            Self::RuleSet => "which rule set is to be edited is not known of this machine",
        })
    }
}

impl std::error::Error for Unbound {}

impl Action {
    /// What is really done for the member that these values belong to, and what must hold before it.
    pub fn deed(&self, expects: &[Check], binds: &Binds) -> Result<Deed, Unbound> {
        let inside = |action: GuestAction| {
            let own = binds.expects.iter().filter(|check| concerns(check, &action));
            let expects = expects.iter().chain(own).cloned().collect();
            Deed::Guest { action, expects }
        };
        Ok(match self {
            Self::Cloud(action) => Deed::Cloud(vec![action.clone()]),
            Self::Guest(action) => inside(action.clone()),
            Self::Own(action) => match action {
                OwnAction::DeleteCertificate => {
                    let key = binds.certificate.clone().ok_or(Unbound::Certificate)?;
                    inside(GuestAction::DeleteRegistryKey { key, setting: Setting::Certificate })
                }
                OwnAction::RepairKeyAcl { third, take_ownership, folder } => {
                    let file = binds.key_file.clone().ok_or(Unbound::KeyFile)?;
                    let (third, take_ownership, folder) = (*third, *take_ownership, *folder);
                    inside(GuestAction::RepairKeyAcl { file, third, take_ownership, folder })
                }
                OwnAction::RetireKey => {
                    let file = binds.key_file.clone().ok_or(Unbound::KeyFile)?;
                    inside(GuestAction::RetireKey { file })
                }
                OwnAction::OpenDoors { port, .. } => {
                    let open = |edit: DoorEdit| CloudAction::OpenDoor {
                        rule_set: edit.rule_set,
                        version: edit.version,
                        rule: edit.rule,
                    };
                    Deed::Cloud(edits(&binds.openings, *port, open)?)
                }
                OwnAction::CloseDoors { port } => {
                    let close = |edit: DoorEdit| CloudAction::CloseDoor {
                        rule_set: edit.rule_set,
                        version: edit.version,
                        rule: edit.rule,
                    };
                    Deed::Cloud(edits(&binds.closings, *port, close)?)
                }
            },
            Self::Observe { .. } => Deed::Look,
            Self::Prove { .. } | Self::LogOn { .. } => Deed::Proof,
        })
    }
}

/// Whether a check speaks of the value that an action replaces.
fn concerns(check: &Check, action: &GuestAction) -> bool {
    match (check, action.traits().sets) {
        (Check::Registry { key, name, .. }, Sets::Value { key: set, name: value, .. }) => {
            key.eq_ignore_ascii_case(set) && name.eq_ignore_ascii_case(value)
        }
        (
            Check::Registry { .. }
            | Check::KeyAbsent { .. }
            | Check::KeyPresent { .. }
            | Check::Service { .. }
            | Check::FirewallRules { .. }
            | Check::BootElement { .. }
            | Check::KeyReadable { .. },
            Sets::Value { .. }
            | Sets::Key { .. }
            | Sets::ServiceStart { .. }
            | Sets::ServiceRun { .. }
            | Sets::FirewallProfile { .. }
            | Sets::Other,
        ) => false,
    }
}

fn edits(
    edits: &[DoorEdit],
    port: u16,
    make: impl Fn(DoorEdit) -> CloudAction,
) -> Result<Vec<CloudAction>, Unbound> {
    let made: Vec<CloudAction> =
        edits.iter().filter(|edit| edit.rule.port == port).cloned().map(make).collect();
    if made.is_empty() { Err(Unbound::RuleSet) } else { Ok(made) }
}

crate::said::says! { "step":
    unbound_certificate();
    unbound_key();
    unbound_rules();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::RegData;
    use crate::id::ResourceId;
    use crate::rules::{NewRule, Place};

    fn edit(set: &str, port: u16) -> DoorEdit {
        let rule = NewRule {
            place: Place::Position(1),
            port,
            sources: Vec::new(),
            description: String::new(),
        };
        let rule_set = ResourceId::new(set);
        DoorEdit { rule_set, version: "7".to_owned(), rule, affects: None }
    }

    #[test]
    fn a_certificate_is_deleted_by_its_own_key() {
        let delete = Action::Own(OwnAction::DeleteCertificate);
        let key = r"HKLM\C\ab".to_owned();
        let binds = Binds { certificate: Some(key.clone()), ..Binds::default() };
        let action = GuestAction::DeleteRegistryKey { key, setting: Setting::Certificate };
        assert_eq!(delete.deed(&[], &binds), Ok(Deed::Guest { action, expects: Vec::new() }));
        let unbound = delete.deed(&[], &Binds::default()).unwrap_err();
        assert_eq!(unbound.to_string(), "which certificate is in use is not known of this machine");
    }

    #[test]
    fn every_place_that_keeps_a_port_shut_is_opened_and_no_other() {
        let open = Action::Own(OwnAction::OpenDoors { port: 3389, sources: Vec::new() });
        let openings = vec![edit("sg-1", 3389), edit("sg-2", 3390), edit("sg-3", 3389)];
        let binds = Binds { openings, closings: vec![edit("sg-4", 3389)], ..Binds::default() };
        let Ok(Deed::Cloud(actions)) = open.deed(&[], &binds) else { panic!("no edits") };
        let sets: Vec<String> = actions.iter().map(|action| format!("{action:?}")).collect();
        assert!(
            sets.len() == 2 && sets[0].contains("sg-1") && sets[1].contains("sg-3"),
            "{sets:?}"
        );
        let close = Action::Own(OwnAction::CloseDoors { port: 3390 });
        assert!(close.deed(&[], &binds).is_err(), "nothing of ours to close there");
    }

    #[test]
    fn a_value_that_only_this_machine_has_must_still_be_there_when_it_is_replaced() {
        let check = |name: &str| Check::Registry {
            key: r"HKLM\K".to_owned(),
            name: name.to_owned(),
            data: Some(RegData::Dword(1)),
        };
        let set = |name: &str| {
            Action::Guest(GuestAction::SetRegistry {
                key: r"hklm\k".to_owned(),
                name: name.to_owned(),
                data: RegData::Dword(2),
                setting: Setting::Certificate,
            })
        };
        let binds = Binds { expects: vec![check("Hash")], ..Binds::default() };
        let expects = |action: &Action| match action.deed(&[check("A")], &binds) {
            Ok(Deed::Guest { expects, .. }) => expects,
            other => panic!("{other:?}"),
        };
        assert_eq!(expects(&set("hash")), [check("A"), check("Hash")]);
        assert_eq!(expects(&set("Other")), [check("A")]);
    }
}
