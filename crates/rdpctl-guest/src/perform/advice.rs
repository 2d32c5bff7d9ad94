//! What a failed command's exit code means for the person who reads it.

/// What the user can do. Exit codes of the native tools are Win32 error numbers where they mean anything.
#[must_use]
pub fn advice(command: &str, exit: i32) -> &'static str {
    if exit == 0 {
        return "what was to be deleted is still there: use run-command, which runs as SYSTEM";
    }
    if command.contains("gpupdate.exe") {
        return "group policy was not refreshed: its service does not run before the next boot, or no domain controller answers";
    }
    if command.contains("sc.exe queryex") {
        return "the service did not get there within a minute; see events 7022 to 7034 in its System log";
    }
    match exit {
        2 | 3 => {
            "the file, folder or service is not there, or the service did not stop; observe again"
        }
        5 => "access denied: use run-command, which runs as SYSTEM, or an administrator's account",
        9009 => "the tool is missing from this Windows or blocked by endpoint protection",
        1051 => "other running services depend on it; stop those first",
        1052 => "the service takes no such control; a reboot is the way",
        1053 | 1067 | 1070 => {
            "the service crashed or hung while starting; see events 7031 and 7034 in its System log"
        }
        1058 => "the service is disabled, or its device is; its start type comes first",
        1060 => "the service does not exist on this Windows",
        1068 => "a service that it depends on does not start; repair that one first",
        1069 => "the service cannot log on; set its account back to NT Authority\\NetworkService",
        1072 => "the service is marked for deletion; reboot",
        1079 => "the service's account differs from that of its host process",
        1115 | 1190 => "a shutdown is under way already",
        1332 => "no such account on this Windows",
        _ => {
            "run the command by hand in the guest to read its message; rdpctl reads exit codes only"
        }
    }
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
            assert!(advice(command, exit).contains(part), "{command} {exit}");
        }
    }
}
