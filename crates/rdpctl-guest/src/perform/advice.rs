//! What a failed command's exit code means for the person who reads it.

use rdpctl_model::Said;

/// What the user can do. Exit codes of the native tools are Win32 error numbers where they mean anything.
#[must_use]
pub fn advice(command: &str, exit: i32) -> Said {
    if exit == 0 {
        return say::still_there();
    }
    if command.contains("gpupdate.exe") {
        return say::not_refreshed();
    }
    if command.contains("sc.exe queryex") {
        return say::not_in_time();
    }
    match exit {
        2 | 3 => say::not_there(),
        5 => say::access_denied(),
        9009 => say::no_tool(),
        1051 => say::depended_on(),
        1052 => say::no_control(),
        1053 | 1067 | 1070 => say::crashed(),
        1058 => say::disabled(),
        1060 => say::no_service(),
        1068 => say::needs_another(),
        1069 => say::cannot_log_on(),
        1072 => say::marked(),
        1079 => say::other_account(),
        1115 | 1190 => say::shutting_down(),
        1332 => say::no_account(),
        _ => say::run_by_hand(),
    }
}

rdpctl_model::says! { "guest-advice":
    still_there();
    not_refreshed();
    not_in_time();
    not_there();
    access_denied();
    no_tool();
    depended_on();
    no_control();
    crashed();
    disabled();
    no_service();
    needs_another();
    cannot_log_on();
    marked();
    other_account();
    shutting_down();
    no_account();
    run_by_hand();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_says_what_can_be_done() {
        let cases = [
            ("sc start TermService", 1058, "disabled"),
            ("sc config TermService start= auto", 5, "SYSTEM"),
            (
                "%SystemRoot%\\System32\\sc.exe queryex TermService >q 2>nul&%SystemRoot%\\System32\\findstr.exe /r /c:\": 4  [^(]\" q >nul",
                1,
                "within a minute",
            ),
            ("reg query \"HKLM\\SOFTWARE\\A\" /v \"V\" /reg:64", 0, "still there"),
            ("netsh advfirewall set publicprofile state on", 1, "by hand"),
        ];
        for (command, exit, part) in cases {
            assert!(
                rdpctl_words::english(&advice(command, exit)).contains(part),
                "{command} {exit}"
            );
        }
    }
}
