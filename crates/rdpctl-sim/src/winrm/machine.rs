//! What stands behind a `WinRM` endpoint: something that knows accounts and runs command lines.

use std::time::Duration;

use super::accepts::Accepts;
use crate::ntlm::Claim;

/// A machine that runs command lines for those who are logged on.
pub trait Machine: Send + Sync + 'static {
    /// Runs a line to its end. Called once per accepted Command.
    fn run(&self, call: &Call<'_>) -> Ran;

    /// The password of an account, by its name as the client wrote it; nothing when there is no such account.
    fn password(&self, user: &str) -> Option<String>;

    /// Whether somebody is logged on whose token was made with a password that `proves` knows.
    fn log_on(&self, by: LogOn<'_>, proves: &dyn Fn(&str) -> bool) -> bool {
        self.password(by.user).is_some_and(|password| proves(&password))
    }

    /// What a connection that arrives now finds, given what the endpoint offers; nothing when it finds a closed port.
    fn lets_in(&self, offered: Accepts) -> Option<Accepts> {
        Some(offered)
    }

    /// A number that is another after each boot; nothing while the machine is off.
    fn boot(&self) -> Option<u64> {
        Some(0)
    }

    /// Whether an account that logged on may use remote shells.
    fn admits(&self, user: &str) -> bool {
        let _ = user;
        true
    }

    /// Whether a line reads its standard input, and so is run once that is complete.
    fn reads_stdin(&self, line: &str) -> bool {
        let _ = line;
        false
    }
}

/// Who wants to log on, in the caller's words.
#[derive(Clone, Copy, Debug)]
pub struct LogOn<'a> {
    /// The name as it was written, with a domain in front or without.
    pub user: &'a str,
    /// The domain beside it.
    pub domain: &'a str,
    /// The workstation that it says it is.
    pub workstation: &'a str,
}

impl<'a> From<&'a Claim> for LogOn<'a> {
    fn from(claim: &'a Claim) -> Self {
        Self { user: &claim.user, domain: &claim.domain, workstation: &claim.workstation }
    }
}

/// A command line to be run.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Command and arguments, joined by single spaces.
    pub line: &'a str,
    /// Whether the line is a program with its arguments, not something for `cmd /c`.
    pub skip_cmd: bool,
    /// Everything that came in over standard input.
    pub stdin: &'a [u8],
    /// The console's code page; the machine's OEM page when the client did not say, or said it where it does not count.
    pub code_page: Option<u32>,
    /// Who is logged on.
    pub user: &'a str,
}

/// What came of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// The exit code.
    pub exit: i32,
    /// How long it is silent before all of this comes at once; [`Duration::MAX`] never ends by itself.
    pub took: Duration,
}
