//! Who is let in: a log-on over the network as the security authority decides it, what it counts, and what it writes down.
//!
//! The order is Windows': whether the account is locked is said before the password is looked at, everything else after
//! it, the right to come over the network last. Whether somebody may use Remote Desktop is asked later, by another.

use super::accounts::Account;
use super::events::{Event, Provider};
use super::machine::Guest;
use super::spec::{DomainSpec, Hours, LockoutSpec};

/// Who wants to log on, in the caller's words, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The name, with a domain in front or without.
    pub user: &'a str,
    /// The domain beside it; empty and `.` are the machine itself.
    pub domain: &'a str,
    /// The workstation that the caller says it is.
    pub workstation: &'a str,
    /// The address that it comes from.
    pub address: &'a str,
}

/// Somebody who was let in over the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The account, as the machine spells it.
    pub name: String,
}

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the caller is told, an NTSTATUS.
    pub told: u32,
    /// What the log says: status and part of it.
    logged: (u32, u32),
}

impl Refusal {
    const fn plain(status: u32) -> Self {
        Self { told: status, logged: (status, 0) }
    }

    /// Told as it is, and logged as a restriction of the account.
    const fn restriction(part: u32) -> Self {
        Self { told: part, logged: (ACCOUNT_RESTRICTION, part) }
    }

    /// Told as a failure, and logged with what it was.
    const fn failure(part: u32) -> Self {
        Self { told: LOGON_FAILURE, logged: (LOGON_FAILURE, part) }
    }
}

const LOGON_FAILURE: u32 = 0xc000_006d;
const NO_SUCH_USER: u32 = 0xc000_0064;
const WRONG_PASSWORD: u32 = 0xc000_006a;
const ACCOUNT_RESTRICTION: u32 = 0xc000_006e;
const INVALID_LOGON_HOURS: u32 = 0xc000_006f;
const INVALID_WORKSTATION: u32 = 0xc000_0070;
const PASSWORD_EXPIRED: u32 = 0xc000_0071;
const ACCOUNT_DISABLED: u32 = 0xc000_0072;
const NO_LOGON_SERVERS: u32 = 0xc000_005e;
const LOGON_TYPE_NOT_GRANTED: u32 = 0xc000_015b;
const TRUSTED_RELATIONSHIP: u32 = 0xc000_018d;
const ACCOUNT_EXPIRED: u32 = 0xc000_0193;
const PASSWORD_MUST_CHANGE: u32 = 0xc000_0224;
const LOCKED_OUT: u32 = 0xc000_0234;

/// Days for which a password lasts.
pub(super) const PASSWORD_DAYS: u64 = 42;
const DAY: u64 = 86_400_000;
const MINUTE: u64 = 60_000;

const NETWORK: &str = "SeNetworkLogonRight";
const DENY_NETWORK: &str = "SeDenyNetworkLogonRight";
const REMOTE: &str = "SeRemoteInteractiveLogonRight";
const DENY_REMOTE: &str = "SeDenyRemoteInteractiveLogonRight";

impl Guest {
    /// Lets somebody in over the network, or not; `proves` tells whether a password is the one that the caller used.
    pub fn log_on(
        &mut self,
        caller: Caller<'_>,
        proves: &dyn Fn(&str) -> bool,
        now: u64,
    ) -> Result<Known, Refusal> {
        let (domain, user) = caller.user.rsplit_once('\\').unwrap_or((caller.domain, caller.user));
        let caller = Caller { user, domain, ..caller };
        let outcome = self.decide(caller, proves, now);
        self.log_validation(
            caller,
            outcome.as_ref().err().map_or(0, |no| no.logged.1.max(no.told)),
            now,
        );
        match &outcome {
            Ok(known) => self.log_entry(caller, &known.name, "3", now),
            Err(refusal) => self.log_refusal(caller, *refusal, now),
        }
        outcome
    }

    fn decide(
        &mut self,
        caller: Caller<'_>,
        proves: &dyn Fn(&str) -> bool,
        now: u64,
    ) -> Result<Known, Refusal> {
        if !self.is_own(caller.domain) {
            return Err(match self.template.domain {
                Some(DomainSpec::Unreachable) => Refusal::plain(NO_LOGON_SERVERS),
                Some(DomainSpec::TrustBroken) => Refusal::plain(TRUSTED_RELATIONSHIP),
                Some(DomainSpec::Joined) | None => Refusal::failure(NO_SUCH_USER),
            });
        }
        let template = std::sync::Arc::clone(&self.template);
        let spec = template.users.iter().find(|(name, _)| name.eq_ignore_ascii_case(caller.user));
        let Some(mut account) = self.account(caller.user) else {
            return Err(Refusal::failure(NO_SUCH_USER));
        };
        if is_locked(&account, template.lockout, now) {
            return Err(Refusal::plain(LOCKED_OUT));
        }
        let Some((_, spec)) = spec.filter(|(_, spec)| proves(spec.password.reveal())) else {
            self.count_wrong(&mut account, caller, now);
            return Err(Refusal::failure(WRONG_PASSWORD));
        };
        if let Some(kept) = kept_out(&account, spec.hours, &spec.workstations, caller, now) {
            return Err(kept);
        }
        if spec.password.reveal().is_empty() && self.dword(LSA, "LimitBlankPasswordUse") != Some(0)
        {
            return Err(Refusal::plain(ACCOUNT_RESTRICTION));
        }
        let token = self.token_of(&account);
        if !self.holds(NETWORK, &token, &account.name)
            || self.holds(DENY_NETWORK, &token, &account.name)
        {
            return Err(Refusal::plain(LOGON_TYPE_NOT_GRANTED));
        }
        account.count_right(now);
        self.keep_account(&account);
        Ok(Known { name: account.name })
    }

    /// Whether a domain as a caller writes it is the machine itself. Outside a domain it takes every other for its own.
    fn is_own(&self, domain: &str) -> bool {
        let short: String = self.hostname().chars().take(15).collect();
        self.template.domain.is_none()
            || domain.is_empty()
            || domain == "."
            || domain.eq_ignore_ascii_case(&short)
            || domain.eq_ignore_ascii_case(self.hostname())
    }

    fn count_wrong(&mut self, account: &mut Account, caller: Caller<'_>, now: u64) {
        let lockout = self.template.lockout;
        let window = u64::from(lockout.window_minutes) * MINUTE;
        let recent = account.last_wrong().is_some_and(|last| now.saturating_sub(last) < window);
        let wrong = if recent { account.wrong() + 1 } else { 1 };
        account.count_wrong(wrong, now);
        self.keep_account(account);
        if lockout.threshold != 0 && wrong == lockout.threshold {
            let data = [
                ("TargetUserName", account.name.as_str()),
                ("TargetDomainName", caller.workstation),
                ("TargetSid", "S-1-5-21-1004336348-1177238915-682003330"),
            ];
            self.log(Event::new(now, Provider::SecurityAuditing, 4740, 0, &data));
        }
    }

    /// Whether somebody who was let in over the network may use Remote Desktop, and what the machine writes of it.
    pub fn welcome(
        &mut self,
        caller: Caller<'_>,
        known: &Known,
        now: u64,
    ) -> Result<(), NotRemote> {
        let user = [("", known.name.as_str()), ("", caller.domain), ("", caller.address)];
        self.log(Event::new(now, Provider::ConnectionManagerOperational, 1149, 4, &user));
        let Some(account) = self.account(&known.name) else { return Err(NotRemote) };
        let token = self.token_of(&account);
        if !self.holds(REMOTE, &token, &account.name)
            || self.holds(DENY_REMOTE, &token, &account.name)
        {
            self.log_refusal(caller, Refusal::plain(LOGON_TYPE_NOT_GRANTED), now);
            return Err(NotRemote);
        }
        self.log_entry(caller, &known.name, "10", now);
        Ok(())
    }

    fn log_validation(&mut self, caller: Caller<'_>, status: u32, now: u64) {
        let status = format!("0x{status:x}");
        let data = [
            ("PackageName", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"),
            ("TargetUserName", caller.user),
            ("Workstation", caller.workstation),
            ("Status", status.as_str()),
        ];
        self.log(Event::new(now, Provider::SecurityAuditing, 4776, 0, &data));
    }

    fn log_entry(&mut self, caller: Caller<'_>, name: &str, kind: &str, now: u64) {
        let host = self.hostname().to_uppercase();
        let data = [
            ("TargetUserName", name),
            ("TargetDomainName", host.as_str()),
            ("LogonType", kind),
            ("LogonProcessName", "NtLmSsp "),
            ("AuthenticationPackageName", "NTLM"),
            ("WorkstationName", caller.workstation),
            ("LmPackageName", "NTLM V2"),
            ("IpAddress", caller.address),
        ];
        self.log(Event::new(now, Provider::SecurityAuditing, 4624, 0, &data));
    }

    fn log_refusal(&mut self, caller: Caller<'_>, refusal: Refusal, now: u64) {
        let (status, part) = refusal.logged;
        let (status, part) = (format!("0x{status:x}"), format!("0x{part:x}"));
        let data = [
            ("TargetUserName", caller.user),
            ("TargetDomainName", caller.domain),
            ("Status", status.as_str()),
            ("FailureReason", "%%2313"),
            ("SubStatus", part.as_str()),
            ("LogonType", "3"),
            ("LogonProcessName", "NtLmSsp "),
            ("AuthenticationPackageName", "NTLM"),
            ("WorkstationName", caller.workstation),
            ("IpAddress", caller.address),
        ];
        self.log(Event::new(now, Provider::SecurityAuditing, 4625, 0, &data));
    }
}

const LSA: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa";

/// Remote Desktop is not for everybody who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRemote;

/// Whether too many wrong passwords keep an account locked at a moment.
pub(super) fn is_locked(account: &Account, lockout: LockoutSpec, now: u64) -> bool {
    let LockoutSpec { threshold, duration_minutes, .. } = lockout;
    let unlocked = || {
        let duration = u64::from(duration_minutes) * MINUTE;
        duration != 0 && account.last_wrong().is_none_or(|last| last + duration <= now)
    };
    threshold != 0 && account.wrong() >= threshold && !unlocked()
}

/// What keeps an account out whose password is right.
fn kept_out(
    account: &Account,
    hours: Hours,
    workstations: &[String],
    caller: Caller<'_>,
    now: u64,
) -> Option<Refusal> {
    let elsewhere = !workstations.is_empty()
        && !workstations.iter().any(|known| known.eq_ignore_ascii_case(caller.workstation));
    if account.is_disabled() {
        return Some(Refusal::restriction(ACCOUNT_DISABLED));
    }
    if account.ends().is_some_and(|end| end <= now) {
        return Some(Refusal::plain(ACCOUNT_EXPIRED));
    }
    if hours == Hours::None {
        return Some(Refusal::restriction(INVALID_LOGON_HOURS));
    }
    if elsewhere {
        return Some(Refusal::restriction(INVALID_WORKSTATION));
    }
    match account.password_set() {
        None if !account.keeps_its_password() => Some(Refusal::plain(PASSWORD_MUST_CHANGE)),
        Some(set) if !account.keeps_its_password() && set + PASSWORD_DAYS * DAY <= now => {
            Some(Refusal::restriction(PASSWORD_EXPIRED))
        }
        Some(_) | None => None,
    }
}
