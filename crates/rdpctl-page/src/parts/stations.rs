//! The stations of a connection and how each of them is, before they are drawn.

use std::collections::BTreeMap;

use rdpctl_model::{FacetId, Verdict};

use crate::marks::Mark;
use crate::words::Words;

/// A station.
pub(crate) struct Station {
    pub(crate) facet: FacetId,
    pub(crate) mark: Mark,
    /// What is there, in a word or two.
    pub(crate) value: String,
}

/// What is known of a facet.
pub(crate) struct Known<'a> {
    pub(crate) verdict: &'a Verdict,
    /// Whether it follows from something else.
    pub(crate) follows: bool,
    /// Whether nobody gets in because of it.
    pub(crate) shuts: bool,
}

/// The stations in the order in which a connection meets them.
pub(crate) const WAY: [FacetId; 16] = [
    FacetId::PublicIp,
    FacetId::Bandwidth,
    FacetId::Ingress,
    FacetId::Power,
    FacetId::Boot,
    FacetId::Firewall,
    FacetId::Port,
    FacetId::Service,
    FacetId::RemoteDesktop,
    FacetId::MachineKeys,
    FacetId::Certificate,
    FacetId::Tls,
    FacetId::Nla,
    FacetId::Reachable,
    FacetId::Logon,
    FacetId::Licence,
];

/// The station at which the handshake from outside is seen.
pub(crate) const HANDSHAKE: usize = 13;

/// What stands beside the way.
const BESIDE: [FacetId; 2] = [FacetId::GroupPolicy, FacetId::Recovery];

/// The way of a connection to one machine.
pub(crate) struct Way {
    pub(crate) stations: Vec<Station>,
    /// What stands beside it and is not as declared.
    pub(crate) beside: Vec<Station>,
    /// How many stations the line reaches whole.
    pub(crate) whole: usize,
    /// The station that is the first cause.
    pub(crate) first: Option<usize>,
    /// Whether anything cuts it.
    pub(crate) cut: Option<usize>,
}

/// Longest text beneath a station.
const VALUE: usize = 16;

/// Puts the way together.
pub(crate) fn way(
    words: &Words,
    known: &BTreeMap<FacetId, Known<'_>>,
    first: Option<FacetId>,
) -> Way {
    let station = |facet: FacetId| station(words, facet, known.get(&facet));
    let stations: Vec<Station> = WAY.into_iter().map(station).collect();
    let beside = BESIDE
        .into_iter()
        .map(station)
        .filter(|one| !matches!(one.mark, Mark::Good | Mark::None))
        .collect();
    let answers = stations[HANDSHAKE].mark == Mark::Good;
    let cut = stations.iter().position(|one| one.mark == Mark::Shut);
    // Nobody saw a connection beyond the first station that is not as declared: it may be that one that cuts.
    let dark = stations.iter().position(|one| !matches!(one.mark, Mark::Good | Mark::None));
    // Where the handshake came through, every station before it was passed, whatever is known of it.
    let whole = if answers { HANDSHAKE + 1 } else { dark.unwrap_or(stations.len()) };
    let first = first.and_then(|facet| WAY.iter().position(|one| *one == facet));
    Way { stations, beside, whole, first, cut }
}

fn station(words: &Words, facet: FacetId, known: Option<&Known<'_>>) -> Station {
    let (mark, value) = match known.map(|known| (known, known.verdict)) {
        None => (Mark::None, words.get("picture.unmanaged").to_owned()),
        Some((_, Verdict::Healthy { seen })) => (Mark::Good, words.say(seen)),
        Some((known, Verdict::Drifted { from, .. })) => {
            let mark = if known.shuts {
                Mark::Shut
            } else if known.follows {
                Mark::Follows
            } else {
                Mark::Bad
            };
            (mark, words.say(from))
        }
        Some((_, Verdict::Unknown { .. })) => {
            (Mark::Dim, words.get("standing.unknown").to_lowercase())
        }
        Some((known, Verdict::Blocked { from, .. })) => {
            (if known.shuts { Mark::Shut } else { Mark::Stop }, words.say(from))
        }
        Some((_, Verdict::NotApplicable { .. })) => {
            (Mark::None, words.get("picture.none").to_owned())
        }
    };
    Station { facet, mark, value: shorten(&value, VALUE) }
}

/// The head of a text, with a sign where it was longer.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most - 1).collect();
    format!("{}…", head.trim_end_matches([' ', ',', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, words};
    use rdpctl_model::Said;

    fn whole(of: &[(FacetId, Verdict, bool)]) -> usize {
        let healthy = Verdict::healthy(Said::quoted("as declared"));
        let mut known: BTreeMap<FacetId, Known<'_>> = WAY
            .into_iter()
            .map(|facet| (facet, Known { verdict: &healthy, follows: false, shuts: false }))
            .collect();
        for (facet, verdict, shuts) in of {
            known.insert(*facet, Known { verdict, follows: false, shuts: *shuts });
        }
        way(words(Language::English), &known, None).whole
    }

    #[test]
    fn the_line_is_whole_only_where_a_connection_can_have_come() {
        let silent = (
            FacetId::Reachable,
            Verdict::drifted(Said::quoted("no answer"), Said::quoted("answers on port 3389")),
            true,
        );
        let address = (
            FacetId::PublicIp,
            Verdict::drifted(Said::quoted("no public address"), Said::quoted("elastic")),
            false,
        );
        let power = (
            FacetId::Power,
            Verdict::drifted(Said::quoted("stopped"), Said::quoted("running")),
            true,
        );
        assert_eq!(whole(&[address, power.clone(), silent.clone()]), 0);
        assert_eq!(whole(&[power, silent]), 3);
        let certificate = (
            FacetId::Certificate,
            Verdict::drifted(Said::quoted("6 days left"), Said::quoted("14")),
            false,
        );
        assert_eq!(whole(&[certificate]), HANDSHAKE + 1, "it answers all the same");
    }
}
