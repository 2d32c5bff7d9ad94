//! The RDP key file: its ACL by SID, no more than a healthy Windows grants, and its retirement.

use rdpctl_model::step::KeyHolder;

use crate::envelope::FOLDER;
use crate::refusal::Unrenderable;

use super::command::{DONE, DONE_OR_NONE, NativeCommand};
use super::quote;

/// The folder of the machine's keys.
pub(super) const MACHINE_KEYS: &str = r"!ProgramData!\Microsoft\Crypto\RSA\MachineKeys";

const SYSTEM: &str = "*S-1-5-18";
const NETWORK_SERVICE: &str = "*S-1-5-20";
const EVERYONE: &str = "*S-1-1-0";
const ADMINISTRATORS: &str = "*S-1-5-32-544";
const SESSION_ENV: &str = "*S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833";

/// Set in the shell once ownership had to be taken, so that it is given back.
const TAKEN: &str = "RDPCTLTAKEN";

/// The listings are for people and for the way back; a file that cannot be read must not stop its own repair.
const LISTED_OR_DENIED: &[i32] = &[0, 1, 5];

/// Repairs the ACL of one key file.
pub(super) fn repair(
    file: &str,
    third: KeyHolder,
    take_ownership: bool,
    folder: bool,
    token: &str,
) -> Result<Vec<NativeCommand>, Unrenderable> {
    let key = format!("\"{MACHINE_KEYS}\\{}\"", quote::file(file)?);
    let token = quote::token(token)?;
    let mut commands = listing(token, "before").to_vec();
    if take_ownership {
        commands.push(NativeCommand::one(
            format!("%SystemRoot%\\System32\\takeown.exe /f {key} /a <nul"),
            DONE,
        ));
    }
    let third = match third {
        KeyHolder::SessionEnv => format!("{SESSION_ENV}:F"),
        KeyHolder::Administrators => format!("{ADMINISTRATORS}:R"),
    };
    let remove = format!(
        "%SystemRoot%\\System32\\icacls.exe {key} /remove:d {SYSTEM} {NETWORK_SERVICE} {EVERYONE} /c /q"
    );
    if take_ownership {
        commands.push(NativeCommand::one(remove, DONE));
    } else {
        // Who may read a list need not be allowed to change it: an administrator over WinRM is not, SYSTEM is.
        commands.push(NativeCommand::several(
            format!(
                "({remove} || (%SystemRoot%\\System32\\takeown.exe /f {key} /a <nul && (set \"{TAKEN}=1\" & {remove}))) >nul 2>&1"
            ),
            DONE,
        ));
    }
    commands.push(NativeCommand::one(
        format!("%SystemRoot%\\System32\\icacls.exe {key} /grant {SYSTEM}:F {NETWORK_SERVICE}:R {third} /c /q"),
        DONE,
    ));
    if folder {
        commands.push(NativeCommand::one(
            format!(
                "%SystemRoot%\\System32\\icacls.exe \"{MACHINE_KEYS}\" /grant \"{EVERYONE}:(R,W)\" {ADMINISTRATORS}:F /c /q"
            ),
            DONE,
        ));
    }
    let give_back = format!("%SystemRoot%\\System32\\icacls.exe {key} /setowner {SYSTEM} /c /q");
    if take_ownership {
        commands.push(NativeCommand::one(give_back, DONE));
    } else {
        commands.push(NativeCommand::several(
            format!("(if defined {TAKEN} ({give_back}) else (%SystemRoot%\\System32\\cmd.exe /d /c exit 0)) >nul 2>&1"),
            DONE,
        ));
    }
    commands.extend(listing(token, "after"));
    Ok(commands)
}

/// Saves the ACLs as `icacls /restore` takes them, and as people read them.
fn listing(token: &str, when: &str) -> [NativeCommand; 2] {
    let file = format!("{FOLDER}\\{token}-{when}");
    [
        NativeCommand::one(
            format!(
                "%SystemRoot%\\System32\\icacls.exe \"{MACHINE_KEYS}\" /save \"{file}.acl\" /t /c /q"
            ),
            LISTED_OR_DENIED,
        ),
        NativeCommand::several(
            format!(
                "%SystemRoot%\\System32\\icacls.exe \"{MACHINE_KEYS}\" /t /c >\"{file}.txt\" 2>&1"
            ),
            LISTED_OR_DENIED,
        ),
    ]
}

/// Renames a key file, so that Windows makes a new key, and demands that the old name is free.
pub(super) fn retire(file: &str, token: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
    let file = quote::file(file)?;
    let key = format!("\"{MACHINE_KEYS}\\{file}\"");
    let token = quote::token(token)?;
    Ok(vec![
        NativeCommand::one(format!("ren {key} \"{file}.rdpctl-{token}\""), DONE_OR_NONE),
        NativeCommand::several(
            format!(
                "(if exist {key} (%SystemRoot%\\System32\\cmd.exe /d /c exit 1) else (%SystemRoot%\\System32\\cmd.exe /d /c exit 0))"
            ),
            DONE,
        ),
    ])
}
