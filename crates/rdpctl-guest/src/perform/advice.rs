//! What a failed command's exit code means for the person who reads it.

/// What the user can do. Exit codes of the native tools are Win32 error numbers where they mean anything.
#[must_use]
pub fn advice(exit: i32) -> &'static str {
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
