//! Who may touch a file: asked for whoever has no rights of an administrator.

use super::shell::Shell;
use crate::guest::files::Node;
use crate::guest::order::User;

/// The rights to read a file or list a folder, to write a file or put one into a folder, to put a folder there, to
/// delete what lies in a folder, and to delete.
const READ_DATA: u32 = 0x1;
const WRITE_DATA: u32 = 0x2;
const ADD_FOLDER: u32 = 0x4;
const DELETE_CHILD: u32 = 0x40;
const DELETE: u32 = 0x1_0000;

fn above(path: &str) -> &str {
    path.rsplit_once('\\').map_or(path, |(folder, _)| folder)
}

impl Shell<'_> {
    /// A node that is made now.
    pub(super) fn made(&self, node: Node) -> Node {
        Node { made: self.now(), ..node }
    }

    fn allowed(&self, path: &str, mask: u32) -> bool {
        match &self.user {
            // Theirs are the tools' own tests.
            User::System | User::Named(_) => true,
            User::Ordinary(_) => self.guest.files().acl(path).allows(&self.user.sids(), mask),
        }
    }

    /// Whether a file may be read, or a folder listed.
    pub(super) fn may_read(&self, path: &str) -> bool {
        self.allowed(path, READ_DATA)
    }

    /// Whether a file may be written, or made where there is none.
    pub(super) fn may_write(&self, path: &str) -> bool {
        match self.guest.files().get(path) {
            Some(_) => self.allowed(path, WRITE_DATA),
            None => self.allowed(above(path), WRITE_DATA),
        }
    }

    /// Whether a folder may be made.
    pub(super) fn may_make_folder(&self, path: &str) -> bool {
        self.allowed(above(path), ADD_FOLDER)
    }

    /// Whether something may be deleted, by its own list or by that of the folder in which it lies.
    pub(super) fn may_delete(&self, path: &str) -> bool {
        self.allowed(path, DELETE) || self.allowed(above(path), DELETE_CHILD)
    }
}
