//! `wmic`: of all that WMI tells, how many days the Session Host role still works without a licence server.

use super::Tool;
use crate::guest::code_page;

const SERVER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";

/// Its own way to end a line.
const END: &str = "\r\r\n";

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    const BAD_VERB: i32 = 44_124;
    // WMI takes its time to start.
    tool.took += 1_500;
    let asked = tool.words().join(" ").to_ascii_lowercase();
    let asks_for_days = asked.contains(r"/namespace:\\root\cimv2\terminalservices")
        && asked.contains("path win32_terminalservicesetting")
        && asked.ends_with("call getgraceperioddays");
    if !asks_for_days {
        return BAD_VERB;
    }
    let role = tool.guest.dword(SERVER, "TSAppCompat") == Some(1);
    if asked.contains("terminalservermode=1") && !role {
        tool.error_line("No Instance(s) Available.");
        return 0;
    }
    let host = tool.guest.hostname().to_uppercase();
    let object = format!(
        r#"(\\{host}\root\cimv2\TerminalServices:Win32_TerminalServiceSetting.ServerName="{host}")"#
    );
    // A role that was not installed as roles are has no period of grace to tell of.
    let days = tool.guest.template.session_host.as_ref().map(|role| role.grace_days);
    let told = days.map_or_else(
        || "\tReturnValue = 2147942402;".to_owned(),
        |days| format!("\tDaysLeft = {days};{END}\tReturnValue = 0;"),
    );
    let lines = [
        format!("Executing {object}->GetGracePeriodDays()"),
        "Method execution successful.".to_owned(),
        "Out Parameters:".to_owned(),
        "instance of __PARAMETERS".to_owned(),
        "{".to_owned(),
        told,
        "};".to_owned(),
    ];
    // Into a file it writes UTF-16, whatever the code page is.
    tool.out.write(&code_page::to_utf16_file(&format!("{}{END}{END}", lines.join(END))));
    0
}
