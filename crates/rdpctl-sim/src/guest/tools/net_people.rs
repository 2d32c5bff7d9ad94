//! `net` about people: local accounts, the groups that they are in, how they are locked.

use jiff::Timestamp;

use super::Tool;
use super::net_reply::{done, fail, system_error};
use crate::guest::accounts::{Account, Active};
use crate::guest::acl::Sid;
use crate::guest::logon::{PASSWORD_DAYS, is_locked};
use crate::guest::spec::{Hours, Language};
use crate::guest::text::{Texts, fill};

const DAY: u64 = 86_400_000;

pub(super) fn users(tool: &mut Tool<'_>) -> i32 {
    let host = tool.guest.hostname().to_uppercase();
    tool.line(&format!("\r\n{}\r\n", fill(tool.texts().net_accounts_of, &[&host])));
    tool.line(&"-".repeat(79));
    let names: Vec<String> =
        tool.guest.accounts().iter().map(|account| format!("{:<25}", account.name)).collect();
    for row in names.chunks(3) {
        tool.line(&row.concat());
    }
    done(tool)
}

/// One account: what is known of it, or what is to become of it.
pub(super) fn user(tool: &mut Tool<'_>, name: &str, rest: &[String]) -> i32 {
    let Some(mut account) = tool.guest.account(name) else {
        return fail(tool, tool.texts().net_no_user, 2221);
    };
    let mut changed = false;
    for switch in rest.iter().filter(|word| word.starts_with('/')) {
        match switch.to_ascii_lowercase().as_str() {
            "/active:yes" => account.activate(Active::Yes),
            "/active:no" => account.activate(Active::No),
            "/expires:never" => account.never_ends(),
            _ => return fail(tool, tool.texts().syntax_incorrect, 3506),
        }
        changed = true;
    }
    if changed {
        tool.guest.keep_account(&account);
        return done(tool);
    }
    describe(tool, &account);
    done(tool)
}

fn describe(tool: &Tool<'_>, account: &Account) {
    let texts = tool.texts();
    let template = &tool.guest.template;
    let now = tool.clock();
    let known = template.users.iter().find(|(name, _)| name.eq_ignore_ascii_case(&account.name));
    let (hours, workstations) =
        known.map_or((Hours::All, &[][..]), |(_, spec)| (spec.hours, spec.workstations.as_slice()));
    let yes = texts.yes.to_owned();
    let when = |moment: Option<u64>| {
        moment.map_or_else(|| texts.never.to_owned(), |at| date(at, template.language))
    };
    let active = if is_locked(account, template.lockout, now) {
        texts.locked
    } else if account.is_disabled() {
        texts.no
    } else {
        texts.yes
    };
    let set = account.password_set();
    let password_ends = set.filter(|_| !account.keeps_its_password());
    let own = Sid::local_account(account.rid);
    let groups: Vec<String> = [544, 545, 555]
        .into_iter()
        .filter(|alias| tool.guest.members(*alias).is_some_and(|members| members.contains(&own)))
        .map(|alias| format!("*{:<21}", group_name(alias, texts)))
        .collect();
    let values = [
        account.name.clone(),
        String::new(),
        String::new(),
        String::new(),
        "000 (System Default)".to_owned(),
        active.to_owned(),
        when(account.ends()),
        when(set),
        when(password_ends.map(|at| at + PASSWORD_DAYS * DAY)),
        when(set),
        yes.clone(),
        yes,
        if workstations.is_empty() { texts.all.to_owned() } else { workstations.join(",") },
        String::new(),
        String::new(),
        String::new(),
        when(account.last_log_on()),
        match hours {
            Hours::All => texts.all.to_owned(),
            Hours::None => texts.none.to_owned(),
        },
        groups.concat(),
        format!("*{}", texts.none),
    ];
    // Empty lines stand where the real tool has them.
    for (at, (label, value)) in texts.net_user.iter().zip(values).enumerate() {
        if [7, 12, 17, 18].contains(&at) {
            tool.line("");
        }
        tool.line(&padded(label, &value));
    }
}

/// Labels fill 29 columns; a character of the east takes two.
fn padded(label: &str, value: &str) -> String {
    let width: usize = label.chars().map(|c| if u32::from(c) < 0x1100 { 1 } else { 2 }).sum();
    format!("{label}{}{value}", " ".repeat(29_usize.saturating_sub(width)))
}

fn date(at: u64, language: Language) -> String {
    let moment = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    let format = match language {
        Language::English => "%-m/%-d/%Y %-I:%M:%S %p",
        Language::German | Language::Russian => "%d.%m.%Y %H:%M:%S",
        Language::French | Language::Spanish => "%d/%m/%Y %H:%M:%S",
        Language::Chinese | Language::Japanese => "%Y/%-m/%-d %-H:%M:%S",
        Language::Korean => "%Y-%m-%d %H:%M:%S",
    };
    moment.map_or_else(String::new, |moment| moment.strftime(format).to_string())
}

/// How accounts are locked and passwords age. Its headings are not translated here.
pub(super) fn accounts(tool: &mut Tool<'_>) -> i32 {
    let lockout = tool.guest.template.lockout;
    let never = || tool.texts().never.to_owned();
    let threshold = if lockout.threshold == 0 { never() } else { lockout.threshold.to_string() };
    let duration =
        if lockout.duration_minutes == 0 { never() } else { lockout.duration_minutes.to_string() };
    for (label, value) in [
        ("Force user logoff how long after time expires?:", never()),
        ("Minimum password age (days):", "0".to_owned()),
        ("Maximum password age (days):", PASSWORD_DAYS.to_string()),
        ("Minimum password length:", "0".to_owned()),
        ("Length of password history maintained:", tool.texts().none.to_owned()),
        ("Lockout threshold:", threshold),
        ("Lockout duration (minutes):", duration),
        ("Lockout observation window (minutes):", lockout.window_minutes.to_string()),
        ("Computer role:", "SERVER".to_owned()),
    ] {
        tool.line(&format!("{label:<54}{value}"));
    }
    done(tool)
}

/// A built-in group as the display language calls it.
fn group_name(alias: u32, texts: &Texts) -> String {
    let full = Sid::new(&format!("S-1-5-32-{alias}")).account_name(texts, "");
    full.rsplit('\\').next().unwrap_or(&full).to_owned()
}

pub(super) fn local_group(
    tool: &mut Tool<'_>,
    group: &str,
    user: Option<&String>,
    rest: &[String],
) -> i32 {
    let texts = tool.texts();
    let alias = Sid::of_account(group, texts)
        .and_then(|sid| sid.as_str().strip_prefix("S-1-5-32-")?.parse::<u32>().ok());
    let found = alias.and_then(|alias| Some((alias, tool.guest.members(alias)?)));
    let Some((alias, mut members)) = found else { return fail(tool, texts.net_no_group, 1376) };
    let has = |switch: &str| rest.iter().any(|word| word.eq_ignore_ascii_case(switch));
    let Some(user) = user else {
        tool.line(&format!("{}{}", texts.net_group, group_name(alias, texts)));
        tool.line(&format!("{}\r\n", texts.net_comment));
        tool.line(&format!("{}\r\n", texts.net_members));
        tool.line(&"-".repeat(79));
        let known = tool.guest.accounts();
        for member in members {
            let name = known.iter().find(|one| Sid::local_account(one.rid) == member);
            tool.line(name.map_or(member.as_str(), |account| account.name.as_str()));
        }
        return done(tool);
    };
    let local = user.rsplit('\\').next().unwrap_or(user);
    let Some(account) = tool.guest.account(local) else {
        return fail(tool, &fill(texts.net_no_member, &[user]), 3783);
    };
    let own = Sid::local_account(account.rid);
    let is_member = members.contains(&own);
    if has("/add") && is_member {
        let title = fill(texts.net_system_error, &["1378"]);
        tool.error_line(&format!("{title}\r\n\r\n{}\r\n", texts.net_is_member));
        return 2;
    }
    if has("/add") {
        members.push(own);
    } else if has("/delete") && is_member {
        members.retain(|member| *member != own);
    } else {
        return system_error(tool, 1377);
    }
    tool.guest.set_members(alias, &members);
    done(tool)
}
