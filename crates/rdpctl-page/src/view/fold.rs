//! Differences that differ by a number alone are one: `valid for 6 to 13 more days`.

use rdpctl_model::said::Arg;
use rdpctl_model::{FacetId, Said, Verdict};

/// The number in what was seen, and from which to which it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fold(Option<Span>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    place: String,
    least: i64,
    most: i64,
}

impl Fold {
    /// What there is to fold: a quantity, never a port or an address.
    pub(super) fn of(facets: &[FacetId], verdict: &Verdict) -> Self {
        let quantities = [FacetId::Certificate, FacetId::Bandwidth, FacetId::Licence];
        let Verdict::Drifted { from, .. } = verdict else { return Self(None) };
        if !matches!(facets, [only] if quantities.contains(only)) {
            return Self(None);
        }
        Self(number(from).map(|(place, number)| Span {
            place: place.to_owned(),
            least: number,
            most: number,
        }))
    }

    /// What is the same for all that fold into one.
    pub(super) fn pattern(&self, verdict: &Verdict) -> Verdict {
        self.filled(verdict, Arg::List(Vec::new()))
    }

    /// Takes another in.
    pub(super) fn widen(&mut self, other: &Self) {
        if let (Some(mine), Some(other)) = (&mut self.0, &other.0) {
            mine.least = mine.least.min(other.least);
            mine.most = mine.most.max(other.most);
        }
    }

    /// Puts it into a verdict.
    pub(super) fn into_verdict(self, verdict: &mut Verdict) {
        if let Some(Span { least, most, .. }) = self.0
            && least != most
        {
            *verdict = self.filled(verdict, Arg::Span { least, most });
        }
    }

    fn filled(&self, verdict: &Verdict, filling: Arg) -> Verdict {
        match (&self.0, verdict) {
            (Some(span), Verdict::Drifted { from, to }) => {
                Verdict::Drifted { from: from.clone().filled(&span.place, filling), to: to.clone() }
            }
            (_, verdict) => verdict.clone(),
        }
    }
}

/// The only number of what is said, with its place.
fn number(said: &Said) -> Option<(&str, i64)> {
    let mut numbers = said.args().filter_map(|(place, arg)| match arg {
        Arg::Number(number) => Some((place, *number)),
        Arg::Text(_) | Arg::List(_) | Arg::Span { .. } | Arg::Said(_) => None,
    });
    let only = numbers.next()?;
    numbers.next().is_none().then_some(only)
}

#[cfg(test)]
mod tests {
    use rdpctl_words::english;

    use super::*;

    fn verdict(mbps: i64) -> Verdict {
        let from = format!(r#"{{"key":"bandwidth.mbps","args":{{"mbps":{mbps}}}}}"#);
        Verdict::drifted(serde_json::from_str::<Said>(&from).unwrap(), Said::quoted("more"))
    }

    #[test]
    fn quantities_fold_into_a_span_and_ports_do_not() {
        let mut fold = Fold::of(&[FacetId::Bandwidth], &verdict(1));
        let other = Fold::of(&[FacetId::Bandwidth], &verdict(3));
        assert_eq!(fold.pattern(&verdict(1)), other.pattern(&verdict(3)));
        fold.widen(&other);
        let mut whole = verdict(1);
        fold.into_verdict(&mut whole);
        let Verdict::Drifted { from, .. } = whole else { panic!("{whole:?}") };
        assert_eq!(english(&from), "1 to 3 Mbps");
        assert_eq!(Fold::of(&[FacetId::Port], &verdict(1)), Fold(None));
    }
}
