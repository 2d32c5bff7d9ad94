//! What a query asks: which of many, in which order, put together by what.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rdpctl_model::FacetId;
use serde::Serialize;

use crate::address::{Href, Plus, decode};
use crate::place::Page;
use crate::since::Since;
use crate::standing::Standing;

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

/// By what that turned is put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupBy {
    /// The facet.
    #[default]
    Facet,
    /// The fleet; who is declared by himself stands for himself.
    Fleet,
    /// The instance.
    Instance,
}

impl GroupBy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Facet, Self::Fleet, Self::Instance];

    /// As a query says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Facet => "facet",
            Self::Fleet => "fleet",
            Self::Instance => "instance",
        }
    }

    /// The key of its word.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Facet => "filter.facet",
            Self::Fleet => "filter.fleet",
            Self::Instance => "matrix.instance",
        }
    }
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
    /// Only what began since.
    pub since: Option<Since>,
    /// The same as a moment, once it is known when and for whom.
    pub after: Option<Timestamp>,
    /// By what it is put together.
    pub group_by: GroupBy,
    /// Only this tag, by its place, whole.
    pub tag: Option<usize>,
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
            "since" => {
                self.since = Since::read(value);
                return value.is_empty() || self.since.is_some();
            }
            "group-by" => {
                let known = GroupBy::ALL.into_iter().find(|by| by.name() == value);
                self.group_by = known.unwrap_or_default();
                return value.is_empty() || known.is_some();
            }
            "tag" => match value.parse() {
                Ok(place) if place > 0 => self.tag = Some(place),
                _ => return false,
            },
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

    /// The same for a reader with this clock, now.
    pub(crate) fn at(mut self, now: Timestamp, zone: &TimeZone) -> Self {
        self.after = self.since.as_ref().map(|since| since.of(now, zone));
        self
    }

    /// What is known elsewhere and means nothing on this page is named, too.
    pub(crate) fn names_what_means_nothing_on(&mut self, page: &Page) {
        let is_drift = *page == Page::Drift;
        if self.group_by != GroupBy::default() && !is_drift {
            self.strange.push(format!("group-by={}", self.group_by.name()));
            self.group_by = GroupBy::default();
        }
        if !is_drift
            && *page != Page::Fleet
            && let Some(since) = self.since.take()
        {
            self.after = None;
            self.strange.push(format!("since={}", since.name()));
        }
    }

    /// Whether it asks for less than all.
    #[must_use]
    pub const fn is_filtered(&self) -> bool {
        self.fleet.is_some()
            || self.provider.is_some()
            || self.facet.is_some()
            || self.verdict.is_some()
            || self.next.is_some()
            || self.since.is_some()
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
        if let Some(since) = &self.since {
            href = href.with("since", &since.name());
        }
        if self.group_by != GroupBy::default() {
            href = href.with("group-by", self.group_by.name());
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
}
