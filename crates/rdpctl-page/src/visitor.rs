//! Who asks, where he is signed in, and what he may.

use rdpctl_model::scope::Scope;
use rdpctl_model::step::Guarded;

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The name of his token.
    pub name: String,
    /// Who he is by the word of a proxy that is believed.
    pub user: Option<String>,
    /// What he may.
    pub may: Vec<Scope>,
    /// What his forms carry, so that nobody else's page can send one.
    pub form: String,
}

impl Visitor {
    /// Whether he may do that.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.may.contains(&scope)
    }

    /// Which of these guards he may not answer.
    #[must_use]
    pub fn may_not(&self, guards: &[Guarded]) -> Vec<Guarded> {
        guards.iter().copied().filter(|guard| !self.may(Scope::Guard(*guard))).collect()
    }

    /// As whom others know him: by his token, and by what a proxy says of him.
    #[must_use]
    pub fn known_as(&self) -> String {
        match &self.user {
            Some(user) => format!("{} ({user})", self.name),
            None => self.name.clone(),
        }
    }
}
