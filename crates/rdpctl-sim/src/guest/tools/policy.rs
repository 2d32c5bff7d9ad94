//! `gpupdate`, `gpresult`, `secedit`: policy and rights.

use std::fmt::Write as _;

use super::Tool;
use crate::guest::code_page;
use crate::guest::defaults::rights::RIGHTS;
use crate::guest::files::Node;
use crate::guest::logon::PASSWORD_DAYS;
use crate::guest::spec::LockoutSpec;

pub(super) fn gpupdate(tool: &mut Tool<'_>) -> i32 {
    let texts = tool.texts();
    tool.line(&format!("{}\r\n", texts.gp_updating));
    tool.took += 3_000;
    let now = tool.clock();
    if tool.guest.apply_domain_policy(now) {
        tool.line(&format!("{}\r\n", texts.gp_done));
        0
    } else {
        tool.line(&format!("{}\r\n", texts.gp_failed));
        1
    }
}

/// The value after a switch.
fn after(words: &[String], switch: &str) -> Option<String> {
    let at = words.iter().position(|word| word.eq_ignore_ascii_case(switch))?;
    words.get(at + 1).cloned()
}

fn save(tool: &mut Tool<'_>, file: &str, text: &str) -> bool {
    let path = tool.path(file);
    let name = path.rsplit('\\').next().unwrap_or(&path).to_owned();
    tool.guest.put_file(&path, Node::file(&name, &code_page::to_utf16_file(text)))
}

pub(super) fn gpresult(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let Some(file) = after(&words, "/x") else { return 1 };
    tool.took += 4_000;
    let text = crate::guest::policy_report::report(&tool.guest.template.policy);
    i32::from(!save(tool, &file, &text))
}

/// How passwords age and accounts are locked.
fn account_policy(lockout: LockoutSpec) -> String {
    let mut text = format!(
        "[System Access]\r\nMinimumPasswordAge = 0\r\nMaximumPasswordAge = {PASSWORD_DAYS}\r\nMinimumPasswordLength = 0\r\nPasswordComplexity = 1\r\nLockoutBadCount = {}\r\n",
        lockout.threshold
    );
    if lockout.threshold != 0 {
        let duration = match lockout.duration_minutes {
            0 => "-1".to_owned(),
            minutes => minutes.to_string(),
        };
        let window = lockout.window_minutes;
        let _ = write!(text, "ResetLockoutCount = {window}\r\nLockoutDuration = {duration}\r\n");
    }
    text.push_str(
        "RequireLogonToChangePassword = 0\r\nNewAdministratorName = \"Administrator\"\r\n",
    );
    text
}

pub(super) fn secedit(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let export = words.iter().any(|word| word.eq_ignore_ascii_case("/export"));
    let Some(file) = after(&words, "/cfg").filter(|_| export) else { return 1 };
    tool.took += 900;
    let mut text = "[Unicode]\r\nUnicode=yes\r\n".to_owned();
    if words.iter().any(|word| word.eq_ignore_ascii_case("SECURITYPOLICY")) {
        text.push_str(&account_policy(tool.guest.template.lockout));
    }
    text.push_str("[Version]\r\nsignature=\"$CHICAGO$\"\r\nRevision=1\r\n[Privilege Rights]\r\n");
    let template = std::sync::Arc::clone(&tool.guest.template);
    for (right, _) in RIGHTS {
        let holders = template.holders(right).join(",");
        if !holders.is_empty() {
            let _ = write!(text, "{right} = {holders}\r\n");
        }
    }
    for (right, holders) in &template.user_rights {
        if !RIGHTS.iter().any(|(known, _)| known.eq_ignore_ascii_case(right)) {
            let _ = write!(text, "{right} = {}\r\n", holders.join(","));
        }
    }
    if !save(tool, &file, &text) {
        return 1;
    }
    let done = tool.texts().secedit_done;
    tool.line(&format!("\r\n{done}"));
    0
}
