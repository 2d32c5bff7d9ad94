//! Which list is in force on a file: its own, or what the folders above pass down.

use std::sync::Arc;

use super::acl::{Acl, Entry, Inheritance, Sid};
use super::files::FileView;

/// The rights to put a file, and a folder, into a folder.
const ADD_FILE: u32 = 2;
const ADD_FOLDER: u32 = 4;

impl FileView<'_> {
    /// The list in force at a path.
    pub(crate) fn acl(&self, path: &str) -> Arc<Acl> {
        match self.get(path) {
            Some(node) => match &node.acl {
                Some(acl) => Arc::clone(acl),
                None => Arc::new(self.passed_down(path, node.folder)),
            },
            None => Arc::default(),
        }
    }

    /// What the folder above passes down to a file or a folder.
    fn passed_down(&self, path: &str, folder: bool) -> Acl {
        let Some((above, _)) = path.trim_end_matches('\\').rsplit_once('\\') else {
            return Acl::default();
        };
        let entries =
            self.acl(above).entries.iter().filter_map(|entry| passed(entry, folder)).collect();
        Acl { protected: false, auto_inherited: true, entries }
    }

    /// Whether an ordinary user may put a file into a folder, or make the folder where there is none.
    pub(crate) fn users_may_plant_in(&self, folder: &str) -> bool {
        let mut at = folder.trim_end_matches('\\');
        let mut right = ADD_FILE;
        while self.get(at).is_none() {
            right = ADD_FOLDER;
            match at.rsplit_once('\\') {
                Some((above, _)) => at = above,
                // A drive that is not there.
                None => return false,
            }
        }
        let user = ["S-1-5-32-545", "S-1-5-11", "S-1-1-0", "S-1-5-4"].map(Sid::new);
        self.get(at).is_some_and(|node| node.folder) && self.acl(at).allows(&user, right)
    }
}

/// An entry as it arrives below.
fn passed(entry: &Entry, folder: bool) -> Option<Entry> {
    let inheritance = entry.inheritance;
    let reaches =
        inheritance.has(if folder { Inheritance::CONTAINER } else { Inheritance::OBJECT });
    let goes_through = folder && inheritance.has(Inheritance::OBJECT);
    if !reaches && !goes_through {
        return None;
    }
    let mut flags = Inheritance::INHERITED;
    if folder && !inheritance.has(Inheritance::NO_PROPAGATE) {
        flags |= inheritance.0 & (Inheritance::OBJECT | Inheritance::CONTAINER);
    }
    if !reaches {
        flags |= Inheritance::INHERIT_ONLY;
    }
    Some(Entry { inheritance: Inheritance(flags), ..entry.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::files::{BaseFiles, FileOverlay};
    use crate::guest::spec::{MachineKeysSpec, OsRelease};

    #[test]
    fn users_may_plant_where_windows_lets_them_and_nowhere_else() {
        let mut base = BaseFiles::default();
        crate::guest::defaults::disk::fill(&mut base, OsRelease::Server2022, MachineKeysSpec::Ok);
        let overlay = FileOverlay::default();
        let view = FileView { base: &base, overlay: &overlay, machine_guid: "c5d2b969" };
        for open in [
            r"C:\Windows\Temp",
            r"C:\ProgramData",
            r"C:\ProgramData\Vendor\Tool",
            r"C:\Users\Public",
            r"C:\Tools",
            r"C:\not\there",
        ] {
            assert!(view.users_may_plant_in(open), "{open}");
        }
        for shut in [
            r"C:\",
            r"C:\Windows",
            r"C:\Windows\System32",
            r"C:\Windows\rdpctl",
            r"C:\Program Files\Vendor",
            r"C:\Users\Administrator\AppData\Local\Temp",
            r"D:\",
        ] {
            assert!(!view.users_may_plant_in(shut), "{shut}");
        }
        let system = view.acl(r"C:\Windows\System32\termsrv.dll").to_sddl();
        assert_eq!(system, "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)");
    }
}
