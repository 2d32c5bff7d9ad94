//! Which page a path names, and in which form.

use rdpctl_model::{InstanceName, RunId};

use crate::address::{Plus, decode};

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The fleet, by groups, as a matrix, or by fleets.
    Fleet,
    /// One difference and its members.
    Group(String),
    /// One instance.
    Instance(InstanceName),
    /// The runs.
    Runs,
    /// One run.
    Run(RunId),
    /// What is held.
    Held,
    /// One thing that is held.
    HeldOne(String),
    /// Drift over time.
    Drift,
    /// What was accepted.
    Accepted,
    /// The loop.
    Loop,
    /// Signing in and out.
    Session,
    /// A file beside the pages.
    Asset(String),
    /// None of ours.
    Unknown,
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Html,
    /// For machines.
    Json,
}

impl Page {
    /// The page of a path, and its form.
    #[must_use]
    pub fn of(path: &str) -> (Self, Form) {
        if let Some(name) = path.strip_prefix("/static/") {
            return (Self::Asset(name.to_owned()), Form::Html);
        }
        let (path, form) = match path.strip_suffix(".json") {
            Some(path) => (path, Form::Json),
            None => (path, Form::Html),
        };
        let parts: Vec<String> = path
            .split('/')
            .skip(1)
            .filter(|part| !part.is_empty())
            .map(|part| decode(part, Plus::IsPlus))
            .collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let page = match parts.as_slice() {
            [] | ["fleet"] => Self::Fleet,
            ["groups", key] => Self::Group((*key).to_owned()),
            ["instances", name] => Self::Instance(InstanceName::new(name)),
            ["instances", fleet, id] => Self::Instance(InstanceName::new(format!("{fleet}/{id}"))),
            ["runs"] => Self::Runs,
            ["runs", id] => Self::Run(RunId::new(id)),
            ["held"] => Self::Held,
            ["held", id] => Self::HeldOne((*id).to_owned()),
            ["drift"] => Self::Drift,
            ["accepted"] => Self::Accepted,
            ["loop"] => Self::Loop,
            ["session"] => Self::Session,
            _ => Self::Unknown,
        };
        (page, form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_page_and_its_form() {
        assert_eq!(Page::of("/"), (Page::Fleet, Form::Html));
        assert_eq!(Page::of("/fleet.json"), (Page::Fleet, Form::Json));
        assert_eq!(
            Page::of("/instances/kiosks/a%2Fb"),
            (Page::Instance("kiosks/a/b".into()), Form::Html)
        );
        assert_eq!(Page::of("/nothing/here").0, Page::Unknown);
    }
}
