//! Who may do what on the page: a token for each person, of which only the hash is kept.

use rdpctl_model::scope::Scope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::wrong::GrantsError;

/// `[[token]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Whose it is.
    name: String,
    /// The SHA-256 of it, in hex.
    pub(crate) sha256: String,
    /// What may be done with it: `read`, `survey`, `pause`, `stop`, `undo`, or what a guard asks about, by the guard's
    /// name.
    #[schemars(with = "Vec<String>")]
    may: Vec<Scope>,
}

/// Names are as long as that at most.
const LONGEST: usize = 64;

impl Token {
    /// A token of this name.
    ///
    /// # Errors
    /// When the name is none that could be told from others wherever it is shown.
    pub fn new(name: &str, sha256: String, may: Vec<Scope>) -> Result<Self, GrantsError> {
        let token = Self { name: name.to_owned(), sha256, may };
        token.check()?;
        Ok(token)
    }

    /// Whose it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What may be done with it.
    #[must_use]
    pub fn may(&self) -> &[Scope] {
        &self.may
    }

    pub(crate) fn check(&self) -> Result<(), GrantsError> {
        let wrong =
            |why| Err(GrantsError::Token { name: self.name.escape_debug().to_string(), why });
        let fits = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
        if self.name.is_empty() || self.name.len() > LONGEST || !self.name.chars().all(fits) {
            return wrong("a name is up to 64 letters, digits, `.`, `_`, `@` and `-`");
        }
        let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        if self.sha256.len() != 64 || !self.sha256.chars().all(is_hex) {
            return wrong("`sha256` is 64 digits in hex; `rdpctl trust token NAME` makes one");
        }
        Ok(())
    }
}

/// Each has a name of its own, so that what was done by it says who did it.
pub(crate) fn check_all(tokens: &[Token]) -> Result<(), GrantsError> {
    for (place, token) in tokens.iter().enumerate() {
        token.check()?;
        if tokens.iter().take(place).any(|other| other.name == token.name) {
            return Err(GrantsError::Token {
                name: token.name.clone(),
                why: "there is one of that name; `rdpctl trust --revoke NAME` takes it back",
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rdpctl_model::step::Guarded;

    use super::*;
    use crate::grants::Grants;

    fn token(name: &str, hash: &str) -> Result<Token, GrantsError> {
        Token::new(name, hash.to_owned(), vec![Scope::Read, Scope::Guard(Guarded::Reboot)])
    }

    #[test]
    fn a_token_is_kept_as_its_hash_with_what_it_may_and_is_found_by_that_alone() {
        let hash = "ab".repeat(32);
        let mut grants = Grants::default();
        grants.add_token(token("ana@office", &hash).unwrap()).unwrap();
        let text = grants.render().unwrap();
        assert!(text.contains("may = [\"read\", \"reboot\"]"), "{text}");
        let read = Grants::parse(&text).unwrap();
        assert_eq!(read.token(&hash).map(Token::name), Some("ana@office"));
        assert_eq!(read.token(&"cd".repeat(32)), None);
        let mut gone = read;
        assert_eq!(gone.revoke_named("ana@office"), 1);
        assert!(gone.is_empty());
    }

    #[test]
    fn two_of_one_name_names_that_lie_and_hashes_that_are_none_are_refused() {
        let hash = "ab".repeat(32);
        let mut grants = Grants::default();
        grants.add_token(token("ana", &hash).unwrap()).unwrap();
        assert!(grants.add_token(token("ana", &"cd".repeat(32)).unwrap()).is_err());
        for name in ["", "ana\u{202e}", "a b", "a\n[[secret]]", &"a".repeat(65)] {
            assert!(token(name, &hash).is_err(), "{name:?}");
        }
        for hash in ["", "AB", &"g".repeat(64)] {
            assert!(token("ana", hash).is_err(), "{hash}");
        }
        let strange =
            format!("[[token]]\nname = \"ana\"\nsha256 = \"{hash}\"\nmay = [\"everything\"]\n");
        let error = Grants::parse(&strange).unwrap_err().to_string();
        assert!(error.contains("it may: read, survey"), "{error}");
    }
}
