//! What is seen while it is looked: how many the clouds have named, how many guests were looked into, and at whose doors
//! somebody knocked.

use std::collections::BTreeSet;

use rdpctl_model::facet::World;
use rdpctl_model::{InstanceName, ProviderName};
use rdpctl_term::{Page, Words, grid};

use crate::report::words::{count, grouped};

/// Whoever does not answer is named as far as this.
const NAMED: usize = 3;
/// Under the mark of what runs.
const AT: usize = 4;

/// What has been seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Sights {
    /// How many are looked at; nobody knows before a fleet has named its members.
    expected: Option<usize>,
    providers: BTreeSet<ProviderName>,
    cloud: usize,
    guests: usize,
    outside: usize,
    silent: usize,
    named: Vec<String>,
    begun: bool,
}

impl Sights {
    pub(super) fn expect(&mut self, instances: Option<usize>, provider: Option<&ProviderName>) {
        self.expected = match (self.begun, self.expected, instances) {
            (false, _, some) => some,
            (true, Some(before), Some(more)) => Some(before + more),
            (true, _, _) => None,
        };
        self.begun = true;
        self.providers.extend(provider.cloned());
    }

    pub(super) fn add(&mut self, world: World, instances: usize, silent: &[InstanceName]) {
        match world {
            World::Cloud => self.cloud += instances,
            World::Guest => self.guests += instances,
            World::Outside => self.outside += instances,
        }
        self.silent += silent.len();
        let room = NAMED.saturating_sub(self.named.len());
        self.named.extend(silent.iter().take(room).map(ToString::to_string));
    }

    /// Who is looked at.
    pub(super) fn whom(&self, what: &str) -> String {
        self.expected.map_or_else(|| what.to_owned(), |all| count(all, "instance"))
    }

    /// A line for each world that there is something to say of.
    pub(super) fn page(&self) -> Page {
        const LONGEST: usize = "outside".len();
        let mut page = Page::new();
        let of = self.expected.map_or_else(String::new, |all| format!(" of {}", grouped(all)));
        if !self.providers.is_empty() {
            let names: Vec<&str> = self.providers.iter().map(ProviderName::as_str).collect();
            let text = Words::new().own(format!("{}{of}  ", grouped(self.cloud)));
            page.push(grid::field(AT, "cloud", LONGEST, text.said(&names.join(", "))));
        }
        let mut guests = Words::new().own(format!("{}{of}", grouped(self.guests)));
        if self.silent > 0 {
            let do_not = if self.silent == 1 { "does not" } else { "do not" };
            guests = guests.own(format!(", {} {do_not} answer: ", grouped(self.silent)));
            guests = guests.said(&self.named.join(", "));
            if self.silent > self.named.len() {
                let more = grouped(self.silent - self.named.len());
                guests = guests.own(format!(" and {more} more"));
            }
        }
        page.push(grid::field(AT, "guests", LONGEST, guests));
        let outside = Words::new().own(format!("{}{of}", grouped(self.outside)));
        page.push(grid::field(AT, "outside", LONGEST, outside));
        page
    }
}
