//! What is looked at once more before a yes is done: prices, and who is logged on. A yes is about what was shown; where
//! it has become more than that, it is asked again.

use serde::{Deserialize, Serialize};

use crate::plan::{Price, Quote, Sighted};

/// A price that rose by no more than a tenth is the price that was shown.
const RISE: (u64, u64) = (11, 10);

/// What was seen of it at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Anew {
    /// The price of one of each thing that costs money, as its vendor quotes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<Quote>,
    /// Sessions that are alive where something ends them.
    #[serde(default, skip_serializing_if = "Sighted::is_unseen")]
    pub sessions: Sighted<u64>,
}

/// What is more than was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "more")]
pub enum Above {
    /// A thing costs more, or something at all where no price was shown.
    Price {
        /// The thing, as bills name it.
        what: String,
    },
    /// More sessions are alive, or some where nobody had looked.
    Sessions,
}

impl Anew {
    /// Whether nothing of it was seen.
    #[must_use]
    pub fn is_unseen(&self) -> bool {
        self.quotes.iter().all(|quote| quote.price.is_unseen()) && self.sessions.is_unseen()
    }

    /// What of it is more than was shown. What is not seen now is no reason to ask again.
    #[must_use]
    pub fn above(&self, shown: &Self) -> Vec<Above> {
        let mut above = Vec::new();
        for quote in &self.quotes {
            let Sighted::Seen(now) = &quote.price else { continue };
            let before = shown.quotes.iter().find(|it| it.what == quote.what);
            let fits = match before.map(|it| &it.price) {
                Some(Sighted::Seen(before)) => now.is_within(before),
                Some(Sighted::NotSeen) | None => false,
            };
            if !fits {
                above.push(Above::Price { what: quote.what.clone() });
            }
        }
        let is_more = match (&self.sessions, &shown.sessions) {
            (Sighted::Seen(now), Sighted::Seen(before)) => now > before,
            (Sighted::Seen(now), Sighted::NotSeen) => *now > 0,
            (Sighted::NotSeen, _) => false,
        };
        if is_more {
            above.push(Above::Sessions);
        }
        above
    }
}

impl Price {
    /// Whether it is at most a tenth above another one, for the same in the same money.
    fn is_within(&self, shown: &Self) -> bool {
        let alike = (&self.currency, self.per) == (&shown.currency, shown.per);
        let (most, of) = (u128::from(shown.millionths) * u128::from(RISE.0), u128::from(RISE.1));
        alike && u128::from(self.millionths) * of <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Per;

    fn at(millionths: u64, per: Per) -> Anew {
        let price = Sighted::Seen(Price { millionths, currency: None, per });
        Anew { quotes: vec![Quote { what: "addresses".to_owned(), price }], ..Anew::default() }
    }

    #[test]
    fn a_yes_is_asked_again_only_where_it_has_become_more_than_was_shown() {
        let shown = at(800_000, Per::Gigabyte);
        let dearer = [Above::Price { what: "addresses".to_owned() }];
        assert_eq!(at(800_000, Per::Gigabyte).above(&shown), []);
        assert_eq!(at(880_000, Per::Gigabyte).above(&shown), [], "a tenth is within the bound");
        assert_eq!(at(880_001, Per::Gigabyte).above(&shown), dearer);
        assert_eq!(at(1, Per::Hour).above(&shown), dearer, "for another thing it is another price");
        assert_eq!(at(1, Per::Hour).above(&Anew::default()), dearer, "none was shown");
        let unseen = Quote { what: "addresses".to_owned(), price: Sighted::NotSeen };
        let silent = Anew { quotes: vec![unseen], ..Anew::default() };
        assert_eq!(silent.above(&shown), [], "not seen is an answer");
        assert_eq!(shown.above(&silent), dearer);
        let alive = |sessions| Anew { sessions, ..Anew::default() };
        let (none, two, unseen) = (Sighted::Seen(0), Sighted::Seen(2), Sighted::NotSeen);
        assert_eq!(alive(two).above(&alive(two)), []);
        assert_eq!(alive(two).above(&alive(none)), [Above::Sessions]);
        assert_eq!(alive(two).above(&alive(unseen)), [Above::Sessions]);
        assert_eq!(alive(none).above(&alive(unseen)), []);
        assert_eq!(alive(unseen).above(&alive(none)), []);
        assert!(silent.is_unseen() && !shown.is_unseen() && !alive(none).is_unseen());
    }
}
