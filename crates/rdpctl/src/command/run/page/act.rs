//! What forms bring about: signing in, and orders to the loop, which go the same way as those of the command line. Each
//! is noted with who gave it, from where, and why.

use hyper::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::{Store, told};
use rdpctl_model::chronicle::{Command, Order};
use rdpctl_model::scope::Scope;
use rdpctl_page::{Deed, Form, Href, Request, Sent, Steer, Trouble, View, Visitor, Welcome};

use super::door::{Caller, Door, is_ours};
use crate::command::steer::obey;

/// What comes of a form: an answer, and a cookie.
pub(super) struct Came {
    pub(super) answer: rdpctl_page::Response,
    pub(super) cookie: Option<String>,
}

impl From<rdpctl_page::Response> for Came {
    fn from(answer: rdpctl_page::Response) -> Self {
        Self { answer, cookie: None }
    }
}

/// With what a form is answered.
pub(super) struct Acting<'a> {
    pub(super) door: &'a Door,
    pub(super) store: &'a dyn Store,
    pub(super) view: Option<&'a View>,
    pub(super) caller: &'a Caller,
    pub(super) request: &'a Request,
    pub(super) now: Timestamp,
}

impl Acting<'_> {
    /// Does what a form asks for, or says why not.
    pub(super) async fn act(&self, headers: &HeaderMap, body: &str) -> Came {
        let Some(Sent { deed, form }) = rdpctl_page::sent(&self.request.path, body) else {
            return self.trouble(&Trouble::BadForm);
        };
        if !is_ours(self.caller, headers) {
            return self.trouble(&Trouble::Foreign);
        }
        if let Deed::SignIn(token) = &deed {
            return self.sign_in(token);
        }
        let Some(visitor) = &self.caller.visitor else {
            return rdpctl_page::session(self.request, Form::Html, Welcome::Needed).into();
        };
        if visitor.form.is_empty() || form != visitor.form {
            return self.trouble(&Trouble::Foreign);
        }
        match deed {
            Deed::SignIn(_) => self.trouble(&Trouble::BadForm),
            Deed::SignOut => Came {
                answer: there(&Href::path(&["session"])),
                cookie: Some(self.door.sign_out(self.caller, headers)),
            },
            Deed::Steer { target, what, reason } => self.steer(visitor, target, what, reason).await,
            Deed::Decide(_) | Deed::Undo { .. } | Deed::Stop(_) => self.trouble(&Trouble::BadForm),
        }
    }

    pub(super) fn trouble(&self, trouble: &Trouble<'_>) -> Came {
        rdpctl_page::trouble(self.request, Form::Html, trouble).into()
    }

    fn sign_in(&self, token: &str) -> Came {
        match self.door.sign_in(self.caller, token) {
            None => rdpctl_page::session(self.request, Form::Html, Welcome::Unknown).into(),
            Some(Err(error)) => self.trouble(&Trouble::NotDone(error.message())),
            Some(Ok(cookie)) => Came { answer: there(&Href::path(&[])), cookie: Some(cookie) },
        }
    }

    /// Who says so, for the state: his token, what a proxy says of him, and from where.
    pub(super) fn by(&self, visitor: &Visitor) -> String {
        format!("{} on the page from {}", visitor.known_as(), self.caller.from)
    }

    /// The same as `rdpctl pause`, `resume` and `now`.
    async fn steer(&self, visitor: &Visitor, target: String, what: Steer, reason: String) -> Came {
        let (scope, what) = match what {
            Steer::Pause(hours) => {
                let span = hours.map(|hours| SignedDuration::from_hours(hours.into()));
                let until = span.and_then(|span| self.now.checked_add(span).ok());
                (Scope::Pause, Command::Pause { until })
            }
            Steer::Resume => (Scope::Pause, Command::Resume),
            Steer::Now => (Scope::Survey, Command::Now),
        };
        if !visitor.may(scope) {
            return self.trouble(&Trouble::NoLeave(scope.name()));
        }
        let Some(view) = self.view else { return self.trouble(&Trouble::NotYet(5)) };
        let is_fleet = view.fleets.contains_key(&Some(target.clone()));
        let is_paused = view.health.paused.iter().any(|pause| pause.what == target);
        let row = view.row(&target);
        if !is_fleet && !is_paused && row.is_none() {
            return self.trouble(&Trouble::NoSuchPage);
        }
        let back = row.map_or_else(|| Href::path(&["loop"]), |row| Href::instance(&row.name));
        let reason = (!reason.is_empty()).then_some(reason);
        let order = Order { at: self.now, by: self.by(visitor), target, what, reason };
        match obey(self.store, &order).await {
            Ok(()) => there(&back).into(),
            Err(error) => self.trouble(&Trouble::NotDone(&told(&error))),
        }
    }
}

/// On to a page of ours.
pub(super) fn there(to: &Href) -> rdpctl_page::Response {
    rdpctl_page::Response {
        status: 303,
        headers: vec![
            ("location", to.as_str().to_owned()),
            ("cache-control", "no-store".to_owned()),
        ],
        body: Vec::new(),
    }
}
