//! What a form that was sent asks for. Whether whoever sent it may is asked elsewhere.

use std::collections::BTreeMap;

use rdpctl_model::RunId;
use rdpctl_model::anew::Anew;
use rdpctl_model::step::Guarded;
use serde::Serialize;

use crate::address::{Plus, decode};

/// What somebody wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// To sign in, by this token.
    SignIn(String),
    /// To be nobody again.
    SignOut,
    /// To tell the loop something about an instance or a fleet.
    Steer {
        /// About whom.
        target: String,
        /// What.
        what: Steer,
        /// Why.
        reason: String,
    },
    /// To say yes or no to something that is held.
    Decide(Decision),
    /// To undo a run, with what is allowed meanwhile.
    Undo {
        /// Which.
        run: RunId,
        /// Which guards.
        allow: Vec<Guarded>,
    },
    /// To stop a run after what is in hand.
    Stop(RunId),
}

/// What the loop is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    /// To change nothing there, for so many hours or until somebody resumes it.
    Pause(Option<u32>),
    /// To go on.
    Resume,
    /// To look now.
    Now,
}

/// A yes or a no, and to what exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// To what, by its name in addresses.
    pub id: String,
    /// What was shown: the digest over all that the answer is about.
    pub digest: String,
    /// Which of both.
    pub says: Says,
    /// For whoever asks later.
    pub note: String,
    /// What was shown of prices and sessions; nothing where the form says nothing that can be read.
    pub shown: Anew,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// Do it.
    Yes,
    /// Leave it until the plan is another one.
    No,
}

/// A form that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// What it asks for.
    pub deed: Deed,
    /// What it carries, which only a page of ours could know.
    pub form: String,
}

/// Longest text that somebody writes into a form, in characters.
const LONGEST: usize = 500;
/// A pause that ends by itself lasts so many hours at most.
const HOURS: u32 = 24 * 366;

/// Reads what was sent to a path; nothing where it is no form of ours.
#[must_use]
pub fn sent(path: &str, body: &str) -> Option<Sent> {
    let fields = fields(body);
    let one = |name: &str| fields.get(name).and_then(|values| values.first()).cloned();
    let text = |name: &str| one(name).unwrap_or_default().chars().take(LONGEST).collect::<String>();
    let parts: Vec<String> =
        path.split('/').skip(1).map(|part| decode(part, Plus::IsPlus)).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let deed = match parts.as_slice() {
        ["session"] => {
            if let Some(token) = one("token") {
                Deed::SignIn(token.trim().to_owned())
            } else {
                one("out")?;
                Deed::SignOut
            }
        }
        ["steer"] => Deed::Steer {
            target: one("target").filter(|target| !target.is_empty())?,
            what: match one("what")?.as_str() {
                "pause" => Steer::Pause(match one("hours").as_deref() {
                    None | Some("") => None,
                    Some(hours) => Some(hours.parse().ok().filter(|it| (1..=HOURS).contains(it))?),
                }),
                "resume" => Steer::Resume,
                "now" => Steer::Now,
                _ => return None,
            },
            reason: text("reason"),
        },
        ["held", id] => Deed::Decide(Decision {
            id: (*id).to_owned(),
            digest: one("digest")?,
            says: match one("says")?.as_str() {
                "yes" => Says::Yes,
                "no" => Says::No,
                _ => return None,
            },
            note: text("note"),
            shown: one("shown").and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default(),
        }),
        ["runs", id] => match one("what")?.as_str() {
            "undo" => {
                let allow = fields.get("allow").map(Vec::as_slice).unwrap_or_default();
                let allow: Option<Vec<Guarded>> =
                    allow.iter().map(|name| Guarded::from_name(name)).collect();
                Deed::Undo { run: RunId::new(id), allow: allow? }
            }
            "stop" => Deed::Stop(RunId::new(id)),
            _ => return None,
        },
        _ => return None,
    };
    Some(Sent { deed, form: one("form").unwrap_or_default() })
}

fn fields(body: &str) -> BTreeMap<String, Vec<String>> {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in body.split('&').take(64) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.entry(decode(name, Plus::IsSpace)).or_default().push(decode(value, Plus::IsSpace));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_it_wants_and_what_is_none_wants_nothing() {
        let deed = |path, body| sent(path, body).map(|sent| sent.deed);
        assert_eq!(deed("/session", "token=+abc%20"), Some(Deed::SignIn("abc".to_owned())));
        assert_eq!(deed("/session", "out=1"), Some(Deed::SignOut));
        let pause = Deed::Steer {
            target: "kiosks/ins-1".to_owned(),
            what: Steer::Pause(Some(4)),
            reason: "a fair".to_owned(),
        };
        let body = "target=kiosks%2Fins-1&what=pause&hours=4&reason=a+fair&form=x";
        assert_eq!(deed("/steer", body), Some(pause));
        assert_eq!(sent("/steer", body).unwrap().form, "x");
        let undo = Deed::Undo { run: RunId::new("r1"), allow: vec![Guarded::Weaken] };
        assert_eq!(deed("/runs/r1", "what=undo&allow=weaken"), Some(undo));
        for (path, body) in [
            ("/steer", "target=web-01&what=destroy"),
            ("/steer", "target=&what=now"),
            ("/steer", "target=web-01&what=pause&hours=-1"),
            ("/steer", "target=web-01&what=pause&hours=99999999"),
            ("/held/x", "says=yes"),
            ("/held/x", "says=maybe&digest=1"),
            ("/runs/r1", "what=undo&allow=everything"),
            ("/session", ""),
            ("/nowhere", "what=now"),
        ] {
            assert_eq!(deed(path, body), None, "{path} {body}");
        }
        let long = format!("target=web-01&what=now&reason={}", "é".repeat(10_000));
        let Some(Deed::Steer { reason, .. }) = deed("/steer", &long) else { panic!("a deed") };
        assert_eq!(reason.chars().count(), LONGEST);
    }
}
