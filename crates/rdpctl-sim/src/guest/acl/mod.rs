//! Access control as files have it: accounts by SID, entries, lists, and the text form SDDL.

mod sddl;
mod sid;

use serde::{Deserialize, Serialize};

pub(crate) use sid::{Sid, service_sid};

/// Everything.
pub(crate) const FULL: u32 = 0x001f_01ff;
/// Read and synchronize.
pub(crate) const READ: u32 = 0x0012_0089;
/// Write and synchronize.
pub(crate) const WRITE: u32 = 0x0012_0116;
/// Read and execute.
pub(crate) const READ_EXECUTE: u32 = 0x0012_00a9;
/// Read, write, execute, delete.
pub(crate) const MODIFY: u32 = 0x0013_01bf;
/// The right to read the list itself.
pub(crate) const READ_CONTROL: u32 = 0x0002_0000;
/// The right to change the list.
pub(crate) const WRITE_DAC: u32 = 0x0004_0000;

/// How an entry passes to what lies below a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inheritance(pub(crate) u8);

impl Inheritance {
    pub(crate) const OBJECT: u8 = 1;
    pub(crate) const CONTAINER: u8 = 2;
    pub(crate) const NO_PROPAGATE: u8 = 4;
    pub(crate) const INHERIT_ONLY: u8 = 8;
    pub(crate) const INHERITED: u8 = 16;

    pub(crate) fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) deny: bool,
    pub(crate) inheritance: Inheritance,
    pub(crate) mask: u32,
    pub(crate) sid: Sid,
}

/// A discretionary list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acl {
    pub(crate) protected: bool,
    pub(crate) auto_inherited: bool,
    pub(crate) entries: Vec<Entry>,
}

impl Acl {
    /// Allows the account these rights.
    pub(crate) fn grant(&mut self, sid: &Sid, mask: u32, inheritance: Inheritance) {
        let known = self.entries.iter_mut().find(|entry| {
            !entry.deny
                && entry.sid == *sid
                && entry.inheritance == inheritance
                && !entry.inheritance.has(Inheritance::INHERITED)
        });
        if let Some(entry) = known {
            entry.mask |= mask;
        } else {
            // Allow entries follow the denials and precede what is inherited.
            let at = self
                .entries
                .iter()
                .position(|entry| entry.inheritance.has(Inheritance::INHERITED))
                .unwrap_or(self.entries.len());
            self.entries.insert(at, Entry { deny: false, inheritance, mask, sid: sid.clone() });
        }
    }

    /// Denies the account these rights.
    pub(crate) fn deny(&mut self, sid: &Sid, mask: u32, inheritance: Inheritance) {
        self.entries.insert(0, Entry { deny: true, inheritance, mask, sid: sid.clone() });
    }

    /// Removes the explicit entries of the account: its denials, its permissions, or both.
    pub(crate) fn remove(&mut self, sid: &Sid, denials: bool, grants: bool) {
        self.entries.retain(|entry| {
            entry.sid != *sid
                || entry.inheritance.has(Inheritance::INHERITED)
                || !(if entry.deny { denials } else { grants })
        });
    }

    /// Whether someone holding these SIDs gets all of `mask`: entries count in order, as Windows
    /// evaluates them.
    pub(crate) fn allows(&self, holder: &[Sid], mask: u32) -> bool {
        let mut missing = mask;
        for entry in &self.entries {
            if entry.inheritance.has(Inheritance::INHERIT_ONLY) || !holder.contains(&entry.sid) {
                continue;
            }
            if entry.deny {
                if entry.mask & missing != 0 {
                    return false;
                }
            } else {
                missing &= !entry.mask;
                if missing == 0 {
                    return true;
                }
            }
        }
        missing == 0
    }

    /// The SDDL text, `D:...`.
    pub(crate) fn to_sddl(&self) -> String {
        sddl::write(self)
    }

    /// Reads an SDDL text that holds a discretionary list.
    pub(crate) fn parse_sddl(text: &str) -> Option<Self> {
        sddl::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sddl_is_written_as_windows_writes_it() {
        let text = "D:PAI(A;;0x12019f;;;WD)(A;OICI;FA;;;BA)(D;;FR;;;NS)(A;;FA;;;S-1-5-80-1-2)";
        assert_eq!(Acl::parse_sddl(text).unwrap().to_sddl(), text);
        assert_eq!(
            Acl::parse_sddl("O:SYG:SYD:(A;;0x120089;;;NS)").unwrap().to_sddl(),
            "D:(A;;FR;;;NS)"
        );
        assert_eq!(Acl::parse_sddl("D:(A;;FA;;;"), None);
    }

    #[test]
    fn a_denial_in_front_beats_a_permission() {
        let mut acl = Acl::parse_sddl("D:(A;;FA;;;SY)(A;;FR;;;NS)").unwrap();
        let holder = [Sid::network_service(), Sid::everyone()];
        assert!(acl.allows(&holder, READ));
        assert!(!acl.allows(&holder, FULL));
        acl.deny(&Sid::everyone(), 1, Inheritance::default());
        assert!(!acl.allows(&holder, READ));
        acl.remove(&Sid::everyone(), true, false);
        assert!(acl.allows(&holder, READ));
    }

    #[test]
    fn the_sid_of_a_service_is_the_documented_hash() {
        assert_eq!(
            service_sid("SessionEnv").as_str(),
            "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833"
        );
    }
}
