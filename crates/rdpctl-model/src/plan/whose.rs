//! What people call members, and whether somebody took responsibility for what a group shows.

use std::borrow::Cow;

use super::{Group, Member};

impl Member {
    /// As people call it: a member of a fleet by what its owner calls it, behind its fleet's name.
    #[must_use]
    pub fn called(&self) -> Cow<'_, str> {
        match self.name.fleet() {
            Some(fleet) if !self.display.is_empty() => {
                Cow::Owned(format!("{fleet}/{}", self.display))
            }
            Some(_) | None => Cow::Borrowed(self.name.as_str()),
        }
    }
}

impl Group {
    /// Whether somebody took responsibility for all that differs and all that is unknown.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        let mut findings = self.facets.iter().filter(|finding| !finding.verdict.is_quiet());
        let first = findings.next();
        self.steps.is_empty()
            && first.is_some_and(|it| it.accepted.is_some())
            && findings.all(|it| it.accepted.is_some())
    }
}
