//! Paths behind all links: what was judged is what is read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdpctl_config::Declaration;
use rdpctl_model::declaration::SerialLine;
use rdpctl_model::secret::SecretRef;

/// Puts what every path leads to in the place of the path itself, so that what was judged is what is read.
pub fn settle(declaration: &mut Declaration, resolve: &dyn Fn(&Path) -> PathBuf) {
    let of_instances = declaration.instances.values_mut().map(|instance| &mut instance.guest);
    let of_fleets = declaration.fleets.values_mut().map(|fleet| &mut fleet.guest);
    for access in of_instances.chain(of_fleets).filter(|access| access.names_files()) {
        let access = Arc::make_mut(access);
        if let Some(password) = &mut access.password {
            *password = behind_links(password, resolve);
        }
        let winrm = &mut access.winrm;
        if let Some(disk) = &mut access.disk {
            *disk = resolve(disk);
        }
        match &mut access.serial {
            Some(SerialLine::Unix(path) | SerialLine::Device(path)) => *path = resolve(path),
            Some(SerialLine::Tcp { .. }) | None => {}
        }
        let pair = winrm.client_certificate.iter_mut().flat_map(|(one, other)| [one, other]);
        for path in winrm.ca_file.iter_mut().chain(pair) {
            *path = resolve(path);
        }
    }
}

/// The same of one reference.
pub(crate) fn behind_links(reference: &SecretRef, resolve: &dyn Fn(&Path) -> PathBuf) -> SecretRef {
    match reference {
        SecretRef::File(path) => SecretRef::File(resolve(path)),
        SecretRef::Command(words) => {
            let mut words = words.clone();
            if let Some(program) =
                words.first_mut().filter(|it| Path::new(it.as_str()).is_absolute())
            {
                *program = resolve(Path::new(program.as_str())).to_string_lossy().into_owned();
            }
            SecretRef::Command(words)
        }
        SecretRef::Env(_) => reference.clone(),
    }
}
