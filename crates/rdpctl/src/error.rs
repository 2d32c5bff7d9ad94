//! What went wrong, for a person: what, why, and what to do. The one place where errors get hints and exit codes.

use std::error::Error;

use rdpctl_config::{Diagnostics, nearest};
use rdpctl_contract::{Cause, CloudError, StoreError};
use rdpctl_engine::approve::Refused;
use rdpctl_engine::{LookError, NobodyMeant, ReconcileError, RunError};
use rdpctl_model::{FacetId, InstanceName};
use rdpctl_term::{Ink, Page, Words, grid};

use crate::exit::Exit;
use crate::out;
use rdpctl_plan::{Asked, Difference};
use rdpctl_words::english;

use crate::report::words;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct CliError {
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    exit: Exit,
    tone: Tone,
}

/// How an end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    /// Something went wrong.
    Error,
    /// Somebody wanted it so.
    Wanted,
}

impl CliError {
    /// An error in one sentence.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            exit: Exit::Error,
            tone: Tone::Error,
        }
    }

    /// An error with its causes.
    pub(crate) fn from_error(error: &dyn Error) -> Self {
        Self::new(error.to_string()).caused(error)
    }

    /// The user stopped it before anything was done.
    pub(crate) fn interrupted() -> Self {
        Self { exit: Exit::Interrupted, ..Self::left() }
    }

    /// The user wanted nothing to be done.
    fn left() -> Self {
        Self { tone: Tone::Wanted, ..Self::new("Nothing was done.") }
    }

    /// Adds what the user can do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What went wrong, in one sentence.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    fn caused(mut self, error: &dyn Error) -> Self {
        let mut source = error.source();
        while let Some(cause) = source {
            self.causes.push(match cause.downcast_ref() {
                Some(Cause::Said(said)) => english(said),
                Some(Cause::Error(_)) | None => cause.to_string(),
            });
            source = cause.source();
        }
        self
    }

    /// Writes it to standard error.
    pub(crate) fn tell(&self) {
        out::tell(&self.page());
    }

    /// What, why, and what to do.
    fn page(&self) -> Page {
        const LONGEST: usize = "where".len();
        let mut page = Page::new();
        page.push(match self.tone {
            Tone::Error => grid::error(Words::new().said_in(Ink::Strong, &self.message)),
            Tone::Wanted => grid::plain(Words::new().said(&self.message)),
        });
        for cause in &self.causes {
            page.push(grid::field(2, "why", LONGEST, Words::new().said(cause)));
        }
        if let Some(hint) = &self.hint {
            page.push(grid::field(2, "do", LONGEST, Words::new().said(hint)));
        }
        page
    }
}

impl From<Diagnostics> for CliError {
    fn from(diagnostics: Diagnostics) -> Self {
        out::err(diagnostics.render(out::paint()).trim_end());
        let mistakes = crate::report::words::count(diagnostics.errors(), "mistake");
        Self::new(format!("{mistakes} in the declaration; nothing was looked at"))
            .hint("`rdpctl validate` checks it without looking at anything else")
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Open { .. } => Some("name another place with --state PATH".to_owned()),
            StoreError::Newer { .. } => Some("use the rdpctl that wrote it, or a newer one; nothing was changed".to_owned()),
            StoreError::Damaged { .. } => Some(
                "nothing was changed; move the file aside and run again: losing the state loses history, not correctness"
                    .to_owned(),
            ),
            StoreError::Write { .. } => Some("make room, or name another place with --state PATH; what was saved before is intact".to_owned()),
            StoreError::Unreachable { .. } => Some("what was saved before is intact; run it again once the database answers".to_owned()),
            StoreError::Untrusted { remedy, .. } => Some(remedy.clone()),
            StoreError::Held { holding } => Some(format!(
                "wait for it; if it is gone for good, its lock lapses within {} seconds, or `rdpctl state unlock {}` takes it away",
                holding.ttl.as_secs(),
                holding.token
            )),
            StoreError::LeaseLost => Some("nothing was written since; run the command again to see what is".to_owned()),
            StoreError::Renumbered => Some("somebody else tidied up at the same time; run the command again".to_owned()),
            StoreError::Unsupported { .. } => Some("a state is `sqlite:PATH`, just a path, or `postgres://HOST/DATABASE`".to_owned()),
        };
        let base = Self::new(error.to_string()).caused(&error);
        match hint {
            Some(hint) => base.hint(hint),
            None => base,
        }
    }
}

impl From<CloudError> for CliError {
    fn from(error: CloudError) -> Self {
        let advice = error.advice();
        let base = match &error {
            CloudError::NotGranted { .. }
            | CloudError::Stale { .. }
            | CloudError::NotSettled { .. }
            | CloudError::Unsupported { .. } => Self::new(english(&error.said())),
            CloudError::Unreachable { endpoint, .. } => {
                Self::new(format!("cannot reach {}", english(endpoint))).caused(&error)
            }
            CloudError::Credentials { .. }
            | CloudError::Refused { .. }
            | CloudError::Garbled { .. }
            | CloudError::Stopped => Self::new(error.to_string()).caused(&error),
        };
        if advice.is_nothing() { base } else { base.hint(english(&advice)) }
    }
}

impl From<LookError> for CliError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Stopped => Self::interrupted(),
            LookError::Store(error) => error.into(),
        }
    }
}

impl From<NobodyMeant> for CliError {
    fn from(nobody: NobodyMeant) -> Self {
        let Some(first) = nobody.patterns.first() else {
            return Self::new("nobody is left of --target once --exclude is taken out")
                .hint("leave one of the two out");
        };
        let all: Vec<String> = nobody.patterns.iter().map(|one| format!("`{one}`")).collect();
        let base = Self::new(format!("nobody is named {}", all.join(", nor ")));
        match meant(first, &nobody.names) {
            Some(near) => base.hint(format!("did you mean `{near}`?")),
            None => base
                .hint("names are those of `rdpctl state list`; * stands for any run of characters"),
        }
    }
}

/// What was meant by a pattern that names nobody: somebody, or somebody's facet.
fn meant(pattern: &str, names: &[InstanceName]) -> Option<String> {
    if let Some((head, last)) = pattern.rsplit_once('/')
        && names.iter().any(|name| name.as_str() == head)
    {
        let facet = nearest(last, FacetId::ALL.map(FacetId::name))?;
        return Some(format!("{head}/{facet}"));
    }
    nearest(pattern, names.iter().map(InstanceName::as_str)).map(ToOwned::to_owned)
}

impl From<ReconcileError> for CliError {
    fn from(error: ReconcileError) -> Self {
        match error {
            ReconcileError::Stopped => Self::interrupted(),
            ReconcileError::Refused { why: Refused::Left, .. } => {
                Self::left()
            }
            ReconcileError::Refused { why: Refused::Unseen, .. } => {
                Self::new("the plan could not be shown; nothing was done")
            }
            ReconcileError::Refused { why: Refused::Nobody, guards } => {
                let guards: Vec<&str> = guards.iter().map(|guard| guard.name()).collect();
                let also = match guards.as_slice() {
                    [] => String::new(),
                    some => format!(", and --allow {} for what the guards ask", some.join(",")),
                };
                Self::new("there is no terminal to ask for approval")
                    .hint(format!("add --auto-approve{also}"))
            }
            ReconcileError::Stale(difference) => Self::new(format!("the plan is stale: {}", stale(&difference))).hint(
                "make it again with `rdpctl plan --out FILE`; a plan is applied with the --target and --exclude it was made with",
            ),
            ReconcileError::Scope(error) => error.into(),
            ReconcileError::Store(error) => error.into(),
            ReconcileError::Run(error) => error.into(),
        }
    }
}

/// Where a plan in a file and the one that is made now differ first. What they do not differ in by their words, they differ
/// in by what is held against the machine.
fn stale(difference: &Difference) -> String {
    let Difference::Step { instance, place, file, now } = difference else {
        return difference.to_string();
    };
    let [now, file] =
        [now, file].map(|asked| asked.as_deref().map_or_else(|| "nothing".to_owned(), asked_for));
    if now == file {
        return format!(
            "step {place} on {instance}, “{now}”, is held against other values in the file"
        );
    }
    format!("step {place} on {instance} is now “{now}”, and in the file “{file}”")
}

fn asked_for(asked: &Asked) -> String {
    let guards = match asked.guards.as_slice() {
        [] => String::new(),
        some => format!(", asks {}", some.join(", ")),
    };
    let Asked { facet, action, after, .. } = asked;
    format!("{facet}: {} → {}{guards}", words::action(action), english(after))
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Store(error) => error.into(),
            RunError::Unsound(_) => Self::new(error.to_string())
                .hint("nothing was done; this is a fault of rdpctl: please report it with `rdpctl plan --format json`"),
        }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_model::Said;

    use super::*;

    fn said(key: &str) -> Said {
        serde_json::from_value(serde_json::json!({ "key": key })).unwrap()
    }

    #[test]
    fn what_an_error_of_a_cloud_rests_on_is_told_in_words() {
        let lost = CliError::from(CloudError::Unreachable {
            endpoint: said("moved.copy-of-the-disk"),
            source: said("moved.not-over-tls").into(),
        });
        assert_eq!(lost.message(), "cannot reach the copy of the disk");
        assert_eq!(lost.causes, ["the link does not lead over TLS"]);
        let action = "beginGetAccess".to_owned();
        let garbled = CloudError::Garbled { action, source: said("moved.no-link").into() };
        assert_eq!(CliError::from(garbled).causes, ["there is no link in it"]);
        let (what, why) = (said("moved.setting-bandwidth"), said("moved.size-decides"));
        let refused = CliError::from(CloudError::Unsupported { what, why });
        assert_eq!(
            refused.message(),
            "setting a bandwidth is not possible here: Azure sets none: the VM's size decides"
        );
    }
}
