//! How many days the Session Host role still works without a licence server. Windows keeps them enciphered and tells them
//! through WMI alone; `wmic` is not on every Windows, and where it is not they are unknown.

use rdpctl_model::Gap;
use rdpctl_model::guest::Answer;

use crate::frame::{Batch, Frames};

const TAG: &str = "grace";

/// Adds the question. WMI is started only where the role is installed.
pub(super) fn ask(batch: &mut Batch) {
    // `type` turns what may be UTF-16 into bytes that can be searched.
    batch.ask(
        TAG,
        r#"!X!\reg.exe query "!C!\Control\Terminal Server" /v TSAppCompat /reg:64 >t 2>nul&!X!\findstr.exe 0x1 t >nul 2>nul&&(!X!\wbem\wmic.exe /namespace:\\root\cimv2\TerminalServices path Win32_TerminalServiceSetting where "TerminalServerMode=1" call GetGracePeriodDays <nul >w 2>nul&type w >v 2>nul&!X!\findstr.exe DaysLeft v 2>nul)"#,
    );
}

/// The days; zero when they are over.
pub(super) fn read(frames: &Frames) -> Answer<u32> {
    days(&frames.get(TAG)?.text).ok_or_else(|| Gap::garbled(crate::said::say::days_of_grace()))
}

fn days(text: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let (name, number) = line.split_once('=')?;
        (name.trim() == "DaysLeft").then(|| number.trim().trim_end_matches(';').parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_from_the_parameters_of_the_answer_and_from_nothing_else() {
        assert_eq!(days("\tDaysLeft = 57;\r\r\n"), Some(57));
        assert_eq!(days("\tDaysLeft = 0;\r\n"), Some(0));
        assert_eq!(days("\tReturnValue = 0;\r\n"), None);
        assert_eq!(days("\tDaysLeft = ;\r\n"), None);
    }
}
