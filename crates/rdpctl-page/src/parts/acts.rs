//! Forms: what somebody who is signed in may tell the loop. Each carries what only a page of ours knows.

use rdpctl_model::scope::Scope;

use super::frame::Frame;
use super::pieces::panel;
use crate::address::Href;
use crate::html::{Element, el};
use crate::id::Id;

/// A form of somebody who is signed in.
pub(crate) fn form(to: &Href, secret: &str) -> Element {
    el("form").class("lines").a("method", "post").action(to).c(hidden("form", secret))
}

/// What a form carries along.
pub(crate) fn hidden(name: &'static str, value: &str) -> Element {
    el("input").a("type", "hidden").a("name", name).a("value", value)
}

/// A line of text in a form, with its label.
pub(crate) fn text(name: &'static str, label: &str) -> [Element; 2] {
    let id = Id::fixed(name);
    [
        el("label").of(&id).c(label),
        el("input").id(&id).a("type", "text").a("name", name).n("maxlength", 500),
    ]
}

/// A button that says what is done.
pub(crate) fn button(name: &'static str, value: &'static str, label: &str) -> Element {
    el("button").a("name", name).a("value", value).c(label)
}

/// What the loop may be told about an instance or a fleet; nothing where nobody is signed in who may.
pub(crate) fn steer(frame: &Frame<'_>, target: &str) -> Option<Element> {
    let words = frame.words;
    let visitor = frame.request.visitor.as_ref()?;
    let (pauses, surveys) = (visitor.may(Scope::Pause), visitor.may(Scope::Survey));
    if !pauses && !surveys {
        return None;
    }
    let to = Href::path(&["steer"]);
    let is_paused = frame.view.health.paused.iter().any(|pause| pause.what == target);
    let hours = || {
        let id = Id::fixed("hours");
        let choices =
            [("1", "act.hour"), ("4", "act.hours-4"), ("24", "act.day"), ("", "act.open")];
        [
            el("label").of(&id).c(words.get("act.pause-for")),
            el("select")
                .id(&id)
                .a("name", "hours")
                .each(choices.map(|(value, key)| el("option").a("value", value).c(words.get(key)))),
        ]
    };
    let pause = pauses.then(|| {
        let form = form(&to, &visitor.form).c(hidden("target", target));
        if is_paused {
            form.c(button("what", "resume", words.get("act.resume")))
        } else {
            form.each(text("reason", words.get("act.reason"))).each(hours()).c(button(
                "what",
                "pause",
                words.get("act.pause"),
            ))
        }
    });
    let look = surveys.then(|| {
        form(&to, &visitor.form).c(hidden("target", target)).c(button(
            "what",
            "now",
            words.get("act.now"),
        ))
    });
    Some(panel(words.get("act.heading")).c(pause).c(look))
}
