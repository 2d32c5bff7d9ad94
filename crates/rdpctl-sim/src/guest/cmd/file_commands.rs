//! Commands on files and folders.

use super::batch::split_arguments;
use super::shell::Shell;
use crate::guest::code_page;
use crate::guest::files::Node;
use crate::guest::text::fill;

/// Arguments without their switches.
fn names(arguments: &str) -> Vec<String> {
    split_arguments(arguments)
        .into_iter()
        .filter(|word| !word.starts_with('/'))
        .map(|word| word.replace('"', ""))
        .collect()
}

fn has_switch(arguments: &str, switch: &str) -> bool {
    split_arguments(arguments).iter().any(|word| word.eq_ignore_ascii_case(switch))
}

fn file_name(path: &str) -> &str {
    path.rsplit('\\').next().unwrap_or(path)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('\\').map_or(path, |(folder, _)| folder)
}

impl Shell<'_> {
    /// Opens a file for a redirection: empties it unless it is to be continued.
    pub(super) fn open_for_writing(
        &mut self,
        path: &str,
        append: bool,
    ) -> Result<(), &'static str> {
        let texts = self.texts();
        let files = self.guest.files();
        if files.get(path).is_some_and(|node| node.folder) {
            return Err(texts.access_denied);
        }
        let folder = folder_of(path);
        if !files.get(folder).is_some_and(|node| node.folder) {
            return Err(texts.path_not_found);
        }
        if !self.may_write(path) {
            return Err(texts.access_denied);
        }
        if append && self.guest.files().get(path).is_some() {
            return Ok(());
        }
        if self.guest.put_file(path, self.made(Node::file(file_name(path), &[]))) {
            Ok(())
        } else {
            Err(texts.disk_full)
        }
    }

    /// Adds to a file; `false` when the disk is full.
    pub(super) fn append_file(&mut self, path: &str, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let mut node = self
            .guest
            .files()
            .get(path)
            .cloned()
            .unwrap_or_else(|| Node::file(file_name(path), &[]));
        node.data = [&*node.data, bytes].concat().into();
        self.guest.put_file(path, node)
    }

    pub(super) fn change_folder(&mut self, arguments: &str) {
        let words: Vec<String> = names(arguments);
        let Some(word) = words.first() else {
            let folder = self.folder.clone();
            self.print_line(&folder);
            self.last = 0;
            return;
        };
        let path = self.full_path(word);
        let exists = path.len() <= 3 || self.guest.files().get(&path).is_some_and(|n| n.folder);
        if exists {
            self.folder = path;
            self.last = 0;
        } else {
            let message = self.texts().path_not_found;
            self.complain(message);
        }
    }

    pub(super) fn make_folder(&mut self, arguments: &str) {
        for name in names(arguments) {
            let path = self.full_path(&name);
            if !self.may_make_folder(&path) {
                let message = self.texts().access_denied;
                self.complain(message);
                continue;
            }
            if self.guest.files().get(&path).is_some() {
                let text = fill(self.texts().already_exists, &[&name]);
                self.complain(&text);
                continue;
            }
            let mut at = 3;
            while let Some(next) = path[at.min(path.len())..].find('\\') {
                let folder = path[..at + next].to_owned();
                if self.guest.files().get(&folder).is_none() {
                    let made = self.made(Node::folder(file_name(&folder)));
                    self.guest.put_file(&folder, made);
                }
                at += next + 1;
            }
            let made = self.made(Node::folder(file_name(&path)));
            self.guest.put_file(&path, made);
            self.last = 0;
        }
    }

    pub(super) fn remove_folder(&mut self, arguments: &str) {
        for name in names(arguments) {
            let path = self.full_path(&name);
            let tree: Vec<String> =
                self.guest.files().tree(&path).into_iter().map(|(path, _)| path).collect();
            if tree.is_empty() {
                let message = self.texts().file_not_found;
                self.complain(message);
                self.fail(2);
            } else if tree.iter().any(|path| !self.may_delete(path)) {
                let message = self.texts().access_denied;
                self.complain(message);
                self.fail(5);
            } else if tree.len() > 1 && !has_switch(arguments, "/s") {
                self.complain("The directory is not empty.");
                self.fail(145);
            } else {
                for path in tree.iter().rev() {
                    self.guest.remove_file(path);
                }
                self.last = 0;
            }
        }
    }

    pub(super) fn delete_files(&mut self, arguments: &str) {
        for name in names(arguments) {
            let mut path = self.full_path(&name);
            if self.guest.files().get(&path).is_some_and(|node| node.folder) {
                path.push_str("\\*");
            }
            let found: Vec<String> = self
                .guest
                .files()
                .matching(&path)
                .into_iter()
                .filter(|(_, node)| !node.folder)
                .map(|(path, _)| path)
                .collect();
            if found.is_empty() {
                let text = fill(self.texts().could_not_find, &[&path]);
                let before = self.error_level;
                self.complain(&text);
                // A file that is not there is not an error to `del`.
                self.error_level = before;
                self.last = 0;
            }
            for path in found {
                if self.may_delete(&path) {
                    self.guest.remove_file(&path);
                    self.last = 0;
                } else {
                    let message = self.texts().access_denied;
                    self.complain(message);
                }
            }
        }
    }

    pub(super) fn copy_files(&mut self, arguments: &str) {
        let words = names(arguments);
        let texts = self.texts();
        let [from, rest @ ..] = &words[..] else {
            self.complain(texts.syntax_incorrect);
            return;
        };
        let to = rest.first().map_or(".", String::as_str);
        let target = self.full_path(to);
        let found: Vec<(String, Node)> = self
            .guest
            .files()
            .matching(&self.full_path(from))
            .into_iter()
            .filter(|(_, node)| !node.folder)
            .map(|(path, node)| (path, node.clone()))
            .collect();
        if found.is_empty() {
            self.complain(texts.file_not_found);
            return;
        }
        let into_folder = self.guest.files().get(&target).is_some_and(|node| node.folder);
        if !into_folder && !self.guest.files().get(folder_of(&target)).is_some_and(|n| n.folder) {
            self.complain(texts.path_not_found);
            return;
        }
        let total = found.len().to_string();
        for (path, node) in found {
            let target = if into_folder {
                format!("{target}\\{}", file_name(&path))
            } else {
                target.clone()
            };
            if !self.may_read(&path) || !self.may_write(&target) {
                self.complain(texts.access_denied);
                return;
            }
            // A copy takes the folder's list, not that of its origin.
            let copy = Node::file(file_name(&target), &node.data);
            if !self.guest.put_file(&target, copy) {
                self.complain(texts.disk_full);
                return;
            }
        }
        self.print_line(&fill(texts.files_copied, &[&total]));
        self.succeed();
    }

    pub(super) fn move_file(&mut self, arguments: &str) {
        let words = names(arguments);
        let [from, to] = &words[..] else {
            let message = self.texts().syntax_incorrect;
            self.complain(message);
            return;
        };
        let mut target = self.full_path(to);
        if self.guest.files().get(&target).is_some_and(|node| node.folder) {
            target = format!("{target}\\{}", file_name(from));
        }
        self.relocate(from, &target);
    }

    pub(super) fn rename_file(&mut self, arguments: &str) {
        let words = names(arguments);
        let [from, to] = &words[..] else {
            let message = self.texts().syntax_incorrect;
            self.complain(message);
            return;
        };
        let path = self.full_path(from);
        let target = format!("{}\\{to}", folder_of(&path));
        if self.guest.files().get(&target).is_some() {
            self.complain("A duplicate file name exists, or the file\r\ncannot be found.");
            return;
        }
        self.relocate(from, &target);
    }

    /// Moves a file with its list and owner.
    fn relocate(&mut self, from: &str, target: &str) {
        let path = self.full_path(from);
        let Some(node) = self.guest.files().get(&path).filter(|node| !node.folder).cloned() else {
            let message = self.texts().file_not_found;
            self.complain(message);
            return;
        };
        if !self.may_delete(&path) || !self.may_write(target) {
            let message = self.texts().access_denied;
            self.complain(message);
            return;
        }
        self.guest.remove_file(&path);
        self.guest.put_file(target, Node { name: file_name(target).into(), ..node });
        self.last = 0;
    }

    pub(super) fn type_files(&mut self, arguments: &str) {
        self.succeed();
        for name in names(arguments) {
            let path = self.full_path(&name);
            let found: Vec<(String, std::sync::Arc<[u8]>)> = self
                .guest
                .files()
                .matching(&path)
                .into_iter()
                .filter(|(_, node)| !node.folder)
                .map(|(path, node)| (path, std::sync::Arc::clone(&node.data)))
                .collect();
            if found.iter().any(|(path, _)| !self.may_read(path)) {
                let message = self.texts().access_denied;
                self.complain(message);
                continue;
            }
            if found.is_empty() {
                let message = self.texts().file_not_found;
                self.complain(message);
            }
            for (_, data) in found {
                // With a byte order mark it is text and is converted; without one it is bytes.
                match code_page::from_utf16_file(&data) {
                    Some(text) => self.print(&text),
                    None => self.streams.out.write(&data),
                }
            }
        }
    }

    pub(super) fn list_folder(&mut self, arguments: &str) {
        let words = names(arguments);
        let path = self.full_path(words.first().map_or(".", String::as_str));
        let pattern = match self.guest.files().get(&path) {
            Some(node) if node.folder => format!("{path}\\*"),
            _ => path,
        };
        if !self.may_read(folder_of(&pattern)) {
            let message = self.texts().file_not_found;
            self.complain(message);
            return;
        }
        let wanted = |folder: bool| {
            !(has_switch(arguments, "/a-d") && folder || has_switch(arguments, "/ad") && !folder)
        };
        let found: Vec<String> = self
            .guest
            .files()
            .matching(&pattern)
            .into_iter()
            .filter(|(_, node)| wanted(node.folder))
            .map(|(path, node)| {
                let name = file_name(&path).to_owned();
                if has_switch(arguments, "/b") {
                    name
                } else if node.folder {
                    format!("2026-01-01  00:00    <DIR>          {name}")
                } else {
                    format!("2026-01-01  00:00    {:>14} {name}", node.data.len())
                }
            })
            .collect();
        if found.is_empty() {
            let message = self.texts().file_not_found;
            self.complain(message);
            return;
        }
        for line in found {
            self.print_line(&line);
        }
        self.succeed();
    }
}
