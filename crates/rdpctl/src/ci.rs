//! What a build server makes of lines: groups that fold, errors that stand out. That others' text gives it no commands is
//! the gate's work, through which all else goes (`out.rs`).

use jiff::Timestamp;

/// The server whose log is written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ci {
    /// None, or none that knows of groups.
    #[default]
    None,
    /// GitHub Actions: workflow commands.
    GitHub,
    /// GitLab CI: sections.
    GitLab,
}

/// Which one somebody asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Wish {
    /// By what the environment says: `GITHUB_ACTIONS`, `GITLAB_CI`
    #[default]
    Auto,
    /// GitHub Actions: groups, and errors as annotations
    Github,
    /// GitLab CI: sections that fold
    Gitlab,
    /// Lines as on any pipe
    None,
}

impl Ci {
    /// The one that was asked for, or that the environment names.
    pub(crate) fn of(wish: Wish, variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name| variable(name).is_some_and(|value| value == "true");
        match wish {
            Wish::Auto if is_set("GITHUB_ACTIONS") => Self::GitHub,
            Wish::Auto if is_set("GITLAB_CI") => Self::GitLab,
            Wish::Github => Self::GitHub,
            Wish::Gitlab => Self::GitLab,
            Wish::Auto | Wish::None => Self::None,
        }
    }

    /// Begins a group: what it is called, and what it is known by. Groups never nest.
    pub(crate) fn begin(self, name: &str, title: &str, at: Timestamp) -> Option<String> {
        let title = rdpctl_term::escape::safe(title);
        match self {
            Self::None => None,
            Self::GitHub => Some(format!("::group::{}\n", data(&title))),
            Self::GitLab => Some(format!(
                "\u{1b}[0Ksection_start:{}:{name}[collapsed=true]\r\u{1b}[0K{title}\n",
                at.as_second()
            )),
        }
    }

    /// Ends the group.
    pub(crate) fn end(self, name: &str, at: Timestamp) -> Option<String> {
        match self {
            Self::None => None,
            Self::GitHub => Some("::endgroup::\n".to_owned()),
            Self::GitLab => {
                Some(format!("\u{1b}[0Ksection_end:{}:{name}\r\u{1b}[0K\n", at.as_second()))
            }
        }
    }

    /// An error that the server shows beside the change.
    pub(crate) fn error(self, title: &str, text: &str) -> Option<String> {
        match self {
            Self::None | Self::GitLab => None,
            Self::GitHub => Some(format!("::error title={}::{}\n", property(title), data(text))),
        }
    }
}

/// Text as a workflow command takes it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same where a colon or a comma would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_named_by_the_flag_and_else_by_the_environment() {
        let github = |name: &str| (name == "GITHUB_ACTIONS").then(|| "true".to_owned());
        assert_eq!(Ci::of(Wish::Auto, github), Ci::GitHub);
        assert_eq!(Ci::of(Wish::None, github), Ci::None);
        assert_eq!(Ci::of(Wish::Gitlab, github), Ci::GitLab);
        assert_eq!(Ci::of(Wish::Auto, |_| Some("false".to_owned())), Ci::None);
    }

    #[test]
    fn what_is_put_into_a_command_does_not_end_it() {
        assert_eq!(
            Ci::GitHub.error("a, step 8: reboot", "100 %\n::stop::").unwrap(),
            "::error title=a%2C step 8%3A reboot::100 %25%0A::stop::\n"
        );
        assert_eq!(
            Ci::GitHub.begin("plan", "a\nb", Timestamp::UNIX_EPOCH).unwrap().lines().count(),
            1
        );
        assert_eq!(Ci::GitLab.error("a", "b"), None);
    }
}
