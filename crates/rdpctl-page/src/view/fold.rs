//! Differences that differ by a number alone are one: `valid for 6 to 13 more days`.

use rdpctl_model::{FacetId, Verdict};

/// The number in what was seen, and from which to which it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fold(Option<Span>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    before: String,
    after: String,
    least: u64,
    most: u64,
}

impl Fold {
    /// What there is to fold: a quantity, never a port or an address.
    pub(super) fn of(facets: &[FacetId], verdict: &Verdict) -> Self {
        let quantities = [FacetId::Certificate, FacetId::Bandwidth, FacetId::Licence];
        let Verdict::Drifted { from, .. } = verdict else { return Self(None) };
        if !matches!(facets, [only] if quantities.contains(only)) {
            return Self(None);
        }
        Self(from.quote().and_then(|from| {
            number(from).map(|(at, end, number)| Span {
                before: from[..at].to_owned(),
                after: from[end..].to_owned(),
                least: number,
                most: number,
            })
        }))
    }

    /// What is the same for all that fold into one.
    pub(super) fn pattern(&self, verdict: &Verdict) -> Verdict {
        let mut verdict = verdict.clone();
        if let (Some(span), Verdict::Drifted { from, .. }) = (&self.0, &mut verdict) {
            *from = format!("{}#{}", span.before, span.after).into();
        }
        verdict
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
        if let (Some(span), Verdict::Drifted { from, .. }) = (self.0, verdict)
            && span.least != span.most
        {
            *from = format!("{}{} to {}{}", span.before, span.least, span.most, span.after).into();
        }
    }
}

/// The only number of a text, with where it begins and ends.
fn number(text: &str) -> Option<(usize, usize, u64)> {
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let rest = &text[at..];
    let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let after = &rest[length..];
    if after.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((at, at + length, rest[..length].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_fold_into_a_span_and_ports_do_not() {
        let verdict = |from: &str| Verdict::drifted(from, "at least 14");
        let mut fold = Fold::of(&[FacetId::Certificate], &verdict("valid for 6 more days"));
        let other = Fold::of(&[FacetId::Certificate], &verdict("valid for 13 more days"));
        assert_eq!(
            fold.pattern(&verdict("valid for 6 more days")),
            other.pattern(&verdict("valid for 13 more days"))
        );
        fold.widen(&other);
        let mut whole = verdict("valid for 6 more days");
        fold.into_verdict(&mut whole);
        assert_eq!(whole, verdict("valid for 6 to 13 more days"));
        assert_eq!(Fold::of(&[FacetId::Port], &verdict("3389")), Fold(None));
    }
}
