//! What the tools say in each display language, one table per file.
//!
//! Only prose is here: key names, type names, numbers and keywords are the same everywhere.

mod de;
mod en;
mod es;
mod fr;
mod ja;
mod ko;
mod ru;
mod zh;

use super::spec::Language;

/// The texts of one language. `%1` stands for the first argument, `%2` for the second.
pub(super) struct Texts {
    pub(super) error_prefix: &'static str,
    pub(super) warning_prefix: &'static str,
    pub(super) success_prefix: &'static str,
    pub(super) default_value: &'static str,
    pub(super) value_not_set: &'static str,
    pub(super) reg_done: &'static str,
    pub(super) reg_not_found: &'static str,
    pub(super) reg_bad_key: &'static str,
    pub(super) reg_syntax: &'static str,
    pub(super) reg_bad_data: &'static str,
    pub(super) reg_overwrite: &'static str,
    pub(super) reg_delete_value: &'static str,
    pub(super) reg_delete_key: &'static str,
    pub(super) reg_search_end: &'static str,
    pub(super) access_denied: &'static str,
    pub(super) file_not_found: &'static str,
    pub(super) path_not_found: &'static str,
    pub(super) could_not_find: &'static str,
    pub(super) syntax_incorrect: &'static str,
    pub(super) not_recognized: &'static str,
    pub(super) label_missing: &'static str,
    pub(super) already_exists: &'static str,
    pub(super) files_copied: &'static str,
    pub(super) division_by_zero: &'static str,
    pub(super) missing_operand: &'static str,
    pub(super) disk_full: &'static str,
    pub(super) press_any_key: &'static str,
    pub(super) page_is: &'static str,
    pub(super) page_bad: &'static str,
    pub(super) version_word: &'static str,
    /// `sc`: the headings.
    pub(super) sc_type: &'static str,
    pub(super) sc_state: &'static str,
    pub(super) sc_win32_exit: &'static str,
    pub(super) sc_service_exit: &'static str,
    pub(super) sc_checkpoint: &'static str,
    pub(super) sc_wait_hint: &'static str,
    pub(super) sc_start_type: &'static str,
    pub(super) sc_start_types: [&'static str; 5],
    pub(super) sc_config_done: &'static str,
    pub(super) sc_qc_done: &'static str,
    /// Win32 errors by number.
    pub(super) errors: &'static [(i32, &'static str)],
    pub(super) net_starting: &'static str,
    pub(super) net_started: &'static str,
    pub(super) net_not_started: &'static str,
    pub(super) net_stopping: &'static str,
    pub(super) net_stopped: &'static str,
    pub(super) net_could_not_stop: &'static str,
    pub(super) net_dependents: &'static str,
    pub(super) net_already_started: &'static str,
    pub(super) net_was_not_started: &'static str,
    pub(super) net_invalid_name: &'static str,
    pub(super) net_help: &'static str,
    pub(super) net_system_error: &'static str,
    pub(super) net_done: &'static str,
    pub(super) net_services_list: &'static str,
    pub(super) net_group: &'static str,
    pub(super) net_comment: &'static str,
    pub(super) net_members: &'static str,
    pub(super) net_no_group: &'static str,
    pub(super) net_is_member: &'static str,
    pub(super) net_no_user: &'static str,
    pub(super) net_no_member: &'static str,
    pub(super) net_accounts_of: &'static str,
    /// `net user NAME`: the labels, in their order.
    pub(super) net_user: [&'static str; 20],
    pub(super) locked: &'static str,
    pub(super) never: &'static str,
    pub(super) all: &'static str,
    pub(super) none: &'static str,
    /// `sc`: what stands for `SERVICE_NAME`.
    pub(super) sc_name: &'static str,
    pub(super) netstat_title: &'static str,
    pub(super) netstat_heading: &'static str,
    pub(super) listening: &'static str,
    pub(super) not_applicable: &'static str,
    pub(super) taskkill_done: &'static str,
    pub(super) taskkill_missing: &'static str,
    pub(super) netsh_ok: &'static str,
    pub(super) netsh_updated: &'static str,
    pub(super) netsh_deleted: &'static str,
    pub(super) netsh_none: &'static str,
    pub(super) netsh_invalid: &'static str,
    pub(super) netsh_excluded: &'static str,
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
    pub(super) done: &'static str,
    pub(super) element_not_found: &'static str,
    pub(super) bcd_manager: &'static str,
    pub(super) bcd_loader: &'static str,
    pub(super) bcd_ems: &'static str,
    pub(super) bcd_identifier: &'static str,
    pub(super) bcd_bad_option: &'static str,
    pub(super) shutdown_busy: &'static str,
    pub(super) shutdown_scheduled: &'static str,
    pub(super) shutdown_none: &'static str,
    pub(super) icacls_processed: &'static str,
    pub(super) icacls_done: &'static str,
    pub(super) icacls_no_sid: &'static str,
    pub(super) takeown_done: &'static str,
    pub(super) gp_updating: &'static str,
    pub(super) gp_done: &'static str,
    pub(super) gp_failed: &'static str,
    pub(super) wevt_failed: &'static str,
    pub(super) wevt_no_channel: &'static str,
    pub(super) wevt_bad_query: &'static str,
    pub(super) cert_done: &'static str,
    pub(super) cert_failed: &'static str,
    pub(super) cert_input: &'static str,
    pub(super) cert_output: &'static str,
    pub(super) cert_hash: &'static str,
    pub(super) cab_done: &'static str,
    pub(super) schtasks_created: &'static str,
    pub(super) schtasks_deleted: &'static str,
    pub(super) schtasks_running: &'static str,
    pub(super) schtasks_ended: &'static str,
    pub(super) schtasks_changed: &'static str,
    pub(super) schtasks_missing: &'static str,
    pub(super) schtasks_bad: &'static str,
    pub(super) schtasks_past: &'static str,
    pub(super) ready: &'static str,
    pub(super) disabled: &'static str,
    pub(super) session_heading: &'static str,
    pub(super) session_active: &'static str,
    pub(super) session_disconnected: &'static str,
    pub(super) session_listen: &'static str,
    /// The heading of `quser`.
    pub(super) user_heading: &'static str,
    /// When a session began, as the country writes it.
    pub(super) session_since: &'static str,
    pub(super) nobody_logged_on: &'static str,
    pub(super) free_bytes: &'static str,
    pub(super) total_bytes: &'static str,
    pub(super) available_bytes: &'static str,
    pub(super) secedit_done: &'static str,
    pub(super) pinging: &'static str,
    pub(super) ping_reply: &'static str,
    /// Account names by SID, with their domain.
    pub(super) accounts: &'static [(&'static str, &'static str)],
    /// Display names of services that are translated.
    pub(super) services: &'static [(&'static str, &'static str)],
}

impl Texts {
    /// The message of a Win32 error.
    pub(super) fn error(&self, code: i32) -> &'static str {
        let find = |table: &'static [(i32, &'static str)]| {
            table.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
        };
        find(self.errors).or_else(|| find(en::TEXTS.errors)).unwrap_or("")
    }

    /// The display name of a service.
    pub(super) fn service<'a>(&self, name: &str, english: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.services
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or(english, |(_, text)| text)
    }
}

/// Puts the arguments into a text.
pub(super) fn fill(text: &str, arguments: &[&str]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let argument = (c == '%')
            .then(|| chars.peek().and_then(|next| next.to_digit(10)))
            .flatten()
            .and_then(|digit| usize::try_from(digit).ok()?.checked_sub(1));
        match argument {
            Some(at) => {
                chars.next();
                out.push_str(arguments.get(at).unwrap_or(&""));
            }
            None => out.push(c),
        }
    }
    out
}

static ENGLISH: Texts = en::TEXTS;

/// The table of a language.
pub(super) fn of(language: Language) -> &'static Texts {
    match language {
        Language::English => &ENGLISH,
        Language::Korean => &ko::TEXTS,
        Language::Chinese => &zh::TEXTS,
        Language::German => &de::TEXTS,
        Language::Japanese => &ja::TEXTS,
        Language::Russian => &ru::TEXTS,
        Language::French => &fr::TEXTS,
        Language::Spanish => &es::TEXTS,
    }
}

/// The English table, whose account names every language understands.
pub(super) fn english() -> &'static Texts {
    &ENGLISH
}
