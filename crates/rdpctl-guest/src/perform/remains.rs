//! Deleting what earlier runs left: files by the tokens of their orders, never by a name that the guest told.

use crate::envelope::FOLDER;
use crate::refusal::Unrenderable;

use super::command::{DONE_OR_NONE, MUST_BE_ABSENT, NativeCommand};
use super::key::MACHINE_KEYS;
use super::quote;

/// `forfiles` says 1 where nothing is that old; where it is missing, or blocked, the folders stay and are told again.
const AS_FAR_AS_IT_GOES: &[i32] = &[0, 1, 5, 9009];

/// Deletes what the orders of these tokens left, and folders in which no script can be any more: those of a day ago.
pub(super) fn remove(tokens: &[String]) -> Result<Vec<NativeCommand>, Unrenderable> {
    let mut commands = Vec::new();
    for token in tokens {
        let token = quote::token(token)?;
        for files in
            [format!("\"{FOLDER}\\{token}-*\""), format!("\"{MACHINE_KEYS}\\*.rdpctl-{token}\"")]
        {
            commands.push(NativeCommand::one(format!("del /f /q {files}"), DONE_OR_NONE));
            commands.push(NativeCommand::question(format!("dir /b /a-d {files}"), MUST_BE_ABSENT));
        }
    }
    commands.push(NativeCommand::one(
        format!(
            "%SystemRoot%\\System32\\forfiles.exe /p \"{FOLDER}\" /d -1 /c \"%SystemRoot%\\System32\\cmd.exe /c if @isdir==TRUE rd /s /q @path\""
        ),
        AS_FAR_AS_IT_GOES,
    ));
    Ok(commands)
}
