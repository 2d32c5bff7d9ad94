//! What somebody asks for: a path, a query, and what his browser says of him.

use jiff::tz::TimeZone;
use rdpctl_model::{FacetId, InstanceName, RunId};

use crate::address::{Href, Plus, decode};
use crate::standing::Standing;
use crate::visitor::Visitor;
use crate::words::Language;

/// A request, as far as a page depends on it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The path, as it was sent.
    pub path: String,
    /// The query, as it was sent, without its question mark.
    pub query: String,
    /// The language.
    pub language: Language,
    /// The colours.
    pub theme: Theme,
    /// The reader's clock.
    pub zone: TimeZone,
    /// Whether single letters do something: whoever speaks to his machine, or rests a hand on the keyboard, turns them off.
    pub keys: Keys,
    /// The serial that he has already.
    pub has: Option<String>,
    /// Who he is, where he is signed in.
    pub visitor: Option<Visitor>,
}

impl Request {
    /// A request of somebody about whom nothing is known.
    #[must_use]
    pub fn plain(path: &str, query: &str) -> Self {
        Self {
            path: path.to_owned(),
            query: query.to_owned(),
            language: Language::default(),
            theme: Theme::default(),
            zone: TimeZone::UTC,
            keys: Keys::default(),
            has: None,
            visitor: None,
        }
    }

    /// What the query asks.
    #[must_use]
    pub fn asked(&self) -> Query {
        Query::read(&self.query)
    }
}

/// The colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has them.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The theme of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "system" => Some(Self::System),
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Whether keys do something on a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// They do.
    #[default]
    On,
    /// They are the browser's alone.
    Off,
}

impl Keys {
    /// What is meant by a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "on" => Some(Self::On),
            "off" => Some(Self::Off),
            _ => None,
        }
    }

    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

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

/// How the fleet is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Equal differences, one line each.
    #[default]
    Groups,
    /// Instances by facets.
    Matrix,
    /// Fleets.
    Fleets,
}

/// The order of instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The worst first.
    #[default]
    Worst,
    /// By name.
    Name,
}

/// What a query asks, as far as we know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// How.
    pub look: Look,
    /// Only this fleet.
    pub fleet: Option<String>,
    /// Only this provider.
    pub provider: Option<String>,
    /// Only where this facet is not healthy.
    pub facet: Option<FacetId>,
    /// Only those that stand so.
    pub verdict: Option<Standing>,
    /// Only what waits so.
    pub next: Option<String>,
    /// Only with this in the name, id or display name.
    pub text: Option<String>,
    /// The order.
    pub sort: Sort,
    /// Which page of many, from 1.
    pub page: usize,
    /// How many on one.
    pub per: usize,
    /// The list that one came from, as its own query.
    pub from: Option<String>,
    /// Only these elements.
    pub parts: Option<Vec<String>>,
    /// Reload after so many seconds.
    pub refresh: Option<u32>,
    /// What nobody knows; it is named and ignored.
    pub strange: Vec<String>,
}

/// Rows on a page unless said, and at most.
const PER: usize = 50;
const PER_MOST: usize = 200;

impl Query {
    /// Reads it.
    pub(crate) fn read(text: &str) -> Self {
        let mut query = Self { page: 1, per: PER, ..Self::default() };
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, value) = (decode(key, Plus::IsSpace), decode(value, Plus::IsSpace));
            let is_known = query.take(&key, &value);
            if !is_known && query.strange.len() < 8 {
                query.strange.push(if value.is_empty() { key } else { format!("{key}={value}") });
            }
        }
        query
    }

    /// Takes a pair, if it knows it.
    fn take(&mut self, key: &str, value: &str) -> bool {
        let some = (!value.is_empty()).then(|| value.to_owned());
        match key {
            "view" => match value {
                "groups" | "" => self.look = Look::Groups,
                "matrix" => self.look = Look::Matrix,
                "fleets" => self.look = Look::Fleets,
                _ => return false,
            },
            "fleet" => self.fleet = some,
            "provider" => self.provider = some,
            "facet" => {
                self.facet = FacetId::from_name(value);
                return value.is_empty() || self.facet.is_some();
            }
            "verdict" => {
                self.verdict = Standing::from_name(value);
                return value.is_empty() || self.verdict.is_some();
            }
            "next" => self.next = some,
            "q" => self.text = some,
            "sort" => match value {
                "worst" | "" => self.sort = Sort::Worst,
                "name" => self.sort = Sort::Name,
                _ => return false,
            },
            "page" => match value.parse() {
                Ok(page) if page > 0 => self.page = page,
                _ => return false,
            },
            "per" => match value.parse() {
                Ok(per) if (1..=PER_MOST).contains(&per) => self.per = per,
                _ => return false,
            },
            "part" => self.parts = Some(value.split(',').map(str::to_owned).take(64).collect()),
            "refresh" => match value.parse::<u32>() {
                Ok(seconds) if seconds >= 5 => self.refresh = Some(seconds),
                _ => return false,
            },
            // Taken by the server, which keeps them in cookies.
            "lang" | "theme" | "tz" | "keys" => {}
            "in" => self.from = Some(value.to_owned()),
            _ => return false,
        }
        true
    }

    /// Whether it asks for less than all.
    #[must_use]
    pub const fn is_filtered(&self) -> bool {
        self.fleet.is_some()
            || self.provider.is_some()
            || self.facet.is_some()
            || self.verdict.is_some()
            || self.next.is_some()
            || self.text.is_some()
    }

    /// The address of the same, on another page of many.
    #[must_use]
    pub fn on(&self, page: usize) -> Href {
        let href = self.filters(Href::query());
        if page == 1 { href } else { href.with("page", &page.to_string()) }
    }

    /// What it filters by, as others name this list.
    #[must_use]
    pub(crate) fn as_list(&self) -> String {
        self.filters(Href::query()).as_str().trim_start_matches('?').to_owned()
    }

    /// The address with all that it filters by.
    #[must_use]
    pub fn filters(&self, mut href: Href) -> Href {
        match self.look {
            Look::Groups => {}
            Look::Matrix => href = href.with("view", "matrix"),
            Look::Fleets => href = href.with("view", "fleets"),
        }
        let texts = [
            ("fleet", &self.fleet),
            ("provider", &self.provider),
            ("next", &self.next),
            ("q", &self.text),
        ];
        for (key, value) in texts {
            if let Some(value) = value {
                href = href.with(key, value);
            }
        }
        if let Some(facet) = self.facet {
            href = href.with("facet", facet.name());
        }
        if let Some(standing) = self.verdict {
            href = href.with("verdict", standing.name());
        }
        if self.sort == Sort::Name {
            href = href.with("sort", "name");
        }
        if self.per != PER {
            href = href.with("per", &self.per.to_string());
        }
        href
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_query_does_not_know_is_named() {
        let query = Query::read("facet=nla&colour=red&page=0&q=a+b%2F");
        assert_eq!(query.facet, Some(FacetId::Nla));
        assert_eq!(query.text.as_deref(), Some("a b/"));
        assert_eq!(query.strange, ["colour=red", "page=0"]);
        assert_eq!(query.on(2).as_str(), "?q=a%20b%2F&facet=nla&page=2");
    }

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
