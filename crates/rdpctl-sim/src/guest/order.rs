//! What is run in a guest and under which circumstances; what comes out.

use std::time::Duration;

use super::acl::Sid;

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A command line, as a program is started with: `cmd /c "..."` or `reg query ...`.
    Line(String),
    /// The text of a command file.
    File(String),
}

/// On whose behalf it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// `NT AUTHORITY\SYSTEM`: agents and scheduled tasks.
    System,
    /// A local administrator with this name.
    Named(String),
    /// Somebody with an account of this name and no rights beyond those of every user.
    Ordinary(String),
}

impl User {
    /// Everything that the user's token holds.
    pub(super) fn sids(&self) -> Vec<Sid> {
        let own = match self {
            Self::System => Sid::system(),
            Self::Named(name) if name.eq_ignore_ascii_case("Administrator") => {
                Sid::local_account(500)
            }
            Self::Named(_) => Sid::local_account(1000),
            Self::Ordinary(_) => {
                let every = ["S-1-5-32-545", "S-1-5-4"].map(Sid::new);
                let own = [Sid::local_account(1001), Sid::authenticated(), Sid::everyone()];
                return every.into_iter().chain(own).collect();
            }
        };
        vec![own, Sid::administrators(), Sid::authenticated(), Sid::everyone()]
    }

    pub(super) fn is_system(&self) -> bool {
        *self == Self::System
    }
}

/// Output beyond this many bytes is cut, unless a context says otherwise.
pub const DEFAULT_OUTPUT_CAP: usize = 4 * 1024 * 1024;

/// The simulated time that a command takes which never ends.
pub const HUNG: Duration = Duration::from_hours(168);

/// The circumstances of a run.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Simulated time, in Unix milliseconds.
    pub now: u64,
    /// On whose behalf.
    pub user: User,
    /// The code page that the channel asked for; `None` is the OEM page.
    pub code_page: Option<u32>,
    /// The most bytes of standard output, and of standard error.
    pub output_cap: usize,
}

impl Ctx {
    /// A run as SYSTEM in the OEM code page.
    #[must_use]
    pub fn system(now: u64) -> Self {
        Self { now, user: User::System, code_page: None, output_cap: DEFAULT_OUTPUT_CAP }
    }

    /// A run as a local administrator in the OEM code page.
    #[must_use]
    pub fn administrator(now: u64, name: &str) -> Self {
        Self { user: User::Named(name.to_owned()), ..Self::system(now) }
    }

    /// A run as somebody without any rights of an administrator.
    #[must_use]
    pub fn ordinary(now: u64, name: &str) -> Self {
        Self { user: User::Ordinary(name.to_owned()), ..Self::system(now) }
    }

    /// The same in another code page.
    #[must_use]
    pub fn with_code_page(self, page: u32) -> Self {
        Self { code_page: Some(page), ..self }
    }
}

/// What a run left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output, in the code page of the run.
    pub stdout: Vec<u8>,
    /// Standard error, likewise.
    pub stderr: Vec<u8>,
    /// The exit code.
    pub exit: i32,
    /// Simulated time; [`HUNG`] or more when the command never ends.
    pub took: Duration,
}
