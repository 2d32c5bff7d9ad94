//! What forms bring about: signing in, and orders to the loop, which go the same way as those of the command line. Each
//! is noted with who gave it, from where, and why.

use hyper::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::StoreError;
use rdpctl_model::anew::Anew;
use rdpctl_model::chronicle::{Approval, Command, LAPSES, Order};
use rdpctl_model::scope::Scope;
use rdpctl_model::{RunId, Said};
use rdpctl_page::{
    Decision, Deed, Form, Href, Mode, Moved, Request, Says, Sent, Steer, Trouble, View, Visitor,
    Waits, Welcome, words,
};

use super::anew::For;
use super::detail::Cold;
use super::door::{Caller, Door, is_ours};
use super::snapshot::Shown;
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
    pub(super) cold: &'a Cold,
    pub(super) shown: &'a Shown,
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
            Deed::Decide(decision) => self.decide(visitor, decision).await,
            Deed::Undo { run, allow } => {
                let scopes = allow.iter().copied().map(Scope::Guard).chain([Scope::Undo]);
                let scopes: Vec<Scope> = scopes.collect();
                self.of_run(visitor, &scopes, run.clone(), Command::Undo { run, allow }).await
            }
            Deed::Stop(run) => {
                self.of_run(visitor, &[Scope::Stop], run.clone(), Command::Stop { run }).await
            }
        }
    }

    pub(super) fn trouble(&self, trouble: &Trouble<'_>) -> Came {
        rdpctl_page::trouble(self.request, Form::Html, trouble).into()
    }

    /// What the state says, in the reader's language.
    fn says(&self, error: &StoreError) -> String {
        words(self.request.language).say(&error.said())
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
        let reason = (!reason.is_empty()).then(|| Said::quoted(reason));
        let order = Order { at: self.now, by: self.by(visitor), target, what, reason };
        match obey(self.cold.store.as_ref(), &order).await {
            Ok(()) => there(&back).into(),
            Err(error) => self.trouble(&Trouble::NotDone(&self.says(&error))),
        }
    }
}

impl Acting<'_> {
    /// A yes or a no to what is held. It is an order to the loop, which holds it against what would be done before it
    /// does it, past the same guards as every run.
    async fn decide(&self, visitor: &Visitor, decision: Decision) -> Came {
        let Some(view) = self.view else { return self.trouble(&Trouble::NotYet(5)) };
        let words = words(self.request.language);
        let line = view.held.iter().find(|line| line.id == decision.id);
        let Some((line, guards)) = line.and_then(|line| match &line.waits {
            Waits::Asks { guards } => Some((line, guards)),
            Waits::Window { .. } | Waits::Denied { .. } | Waits::LockOut { .. } => None,
        }) else {
            return self.stale(view, &decision, None);
        };
        let lacks = visitor.may_not(guards);
        if !lacks.is_empty() {
            let names: Vec<&str> = lacks.iter().map(|guard| guard.name()).collect();
            return self.trouble(&Trouble::NoLeave(&names.join(", ")));
        }
        if line.digest != decision.digest {
            return self.stale(view, &decision, None);
        }
        let asks = decision.says == Says::Yes && view.mode == Mode::Enforce;
        let now = if asks { self.cold.anew(line, For::Decision).await } else { Anew::default() };
        if !now.above(&decision.shown).is_empty() {
            return self.stale(view, &decision, Some(&now));
        }
        let what = match decision.says {
            Says::No => Command::Refuse { digest: line.digest.clone() },
            Says::Yes if view.mode == Mode::Detect => {
                return self.trouble(&Trouble::NotDone(words.get("held.only-looks")));
            }
            // Who sends it twice said it once.
            Says::Yes if line.answered.as_ref().is_some_and(|it| it.says == Says::Yes) => {
                return there(&Href::path(&["held", &line.id])).into();
            }
            Says::Yes => Command::Approve(Approval {
                guards: guards.clone(),
                digest: line.digest.clone(),
                members: line.consents.clone(),
                spends: line.money.clone(),
                shown: now,
                until: self.now.checked_add(LAPSES).unwrap_or(self.now),
            }),
        };
        let reason = (!decision.note.is_empty()).then(|| Said::quoted(decision.note));
        let (target, by) = (line.id.clone(), self.by(visitor));
        let order = Order { at: self.now, by, target, what, reason };
        match self.cold.store.order(&order).await {
            Ok(()) => there(&Href::path(&["held", &line.id])).into(),
            Err(error) => self.trouble(&Trouble::NotDone(&self.says(&error))),
        }
    }
}

impl Acting<'_> {
    /// What was seen beside what is now: an answer is never taken for one to something else.
    fn stale(&self, view: &View, decision: &Decision, now: Option<&Anew>) -> Came {
        let seen = self.shown.showed(&decision.digest);
        let (id, shown) = (decision.id.as_str(), &decision.shown);
        let moved = Moved { id, seen: seen.as_deref(), shown, now };
        rdpctl_page::stale(view, self.request, &moved).into()
    }

    /// To undo or to stop a run: an order to the loop, too.
    async fn of_run(&self, visitor: &Visitor, needs: &[Scope], run: RunId, what: Command) -> Came {
        let Some(view) = self.view else { return self.trouble(&Trouble::NotYet(5)) };
        let lacks: Vec<&str> =
            needs.iter().filter(|it| !visitor.may(**it)).map(|it| it.name()).collect();
        if !lacks.is_empty() {
            return self.trouble(&Trouble::NoLeave(&lacks.join(", ")));
        }
        if view.mode == Mode::Detect {
            let words = words(self.request.language);
            return self.trouble(&Trouble::NotDone(words.get("held.only-looks")));
        }
        if !view.runs.iter().any(|line| line.record.id == run) {
            return self.trouble(&Trouble::NoSuchPage);
        }
        let back = Href::path(&["runs", run.as_str()]);
        // Who sends it twice said it once.
        let waits = view.undos.get(&run).is_some_and(|wanted| wanted.refused.is_none());
        if waits && matches!(what, Command::Undo { .. }) {
            return there(&back).into();
        }
        let order = Order {
            at: self.now,
            by: self.by(visitor),
            target: run.to_string(),
            what,
            reason: None,
        };
        match self.cold.store.order(&order).await {
            Ok(()) => there(&back).into(),
            Err(error) => self.trouble(&Trouble::NotDone(&self.says(&error))),
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
