//! A certificate, as `show` tells it: whose it is, how long it is valid, and its thumbprint as Windows shows it.

use jiff::Timestamp;
use rdpctl_facets::{CertificateInUse, certificate_in_use};
use rdpctl_model::evidence::Remembered;
use rdpctl_model::guest::GuestSurvey;
use rdpctl_model::handshake::{Sha1, ShownCertificate};
use rdpctl_term::{Page, Words, grid};
use rdpctl_words::english;

use super::when;
use super::words::count;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The certificate that the inside of Windows holds.
pub(super) fn inside(
    page: &mut Page,
    longest: usize,
    known: &Remembered<GuestSurvey>,
    now: Timestamp,
) {
    let Some(answer) = &known.answer else { return };
    let of = |page: &mut Page, words| page.push(grid::field(4, "certificate of", longest, words));
    match certificate_in_use(&answer.said, answer.at) {
        Ok(None) => {}
        Err(gap) => of(page, Words::new().own("not seen: ").said(&english(&gap.said()))),
        Ok(Some(CertificateInUse { thumbprint, contents })) => {
            match contents {
                Err(why) => of(page, Words::new().own("not seen: ").said(&english(&why))),
                Ok(contents) => {
                    let by = Words::new().said(&contents.subject).own(", issued by ");
                    of(
                        page,
                        if contents.issuer == contents.subject {
                            by.own("itself")
                        } else {
                            by.said(&contents.issuer)
                        },
                    );
                    valid(page, longest, Some(contents.not_before), Some(contents.not_after), now);
                }
            }
            page.push(grid::field(
                4,
                "thumbprint",
                longest,
                Words::new().said(&in_fours(&thumbprint)),
            ));
        }
    }
}

/// The certificate that was shown outside, beside the one that the inside holds.
pub(super) fn outside(
    page: &mut Page,
    longest: usize,
    shown: &ShownCertificate,
    known: &Remembered<GuestSurvey>,
    now: Timestamp,
) {
    let of_guest = |answer: &rdpctl_model::evidence::Answer<GuestSurvey>| {
        certificate_in_use(&answer.said, answer.at).ok().flatten()
    };
    let inside = known.answer.as_ref().and_then(of_guest);
    let is_same =
        |inside: &CertificateInUse| inside.thumbprint.parse() == Ok::<Sha1, _>(shown.sha1);
    let words = match &inside {
        Some(inside) if is_same(inside) => {
            let same = Words::new().own("the one that the guest holds");
            page.push(grid::field(4, "certificate", longest, same));
            return;
        }
        Some(_) => "another one than the guest holds",
        None => "not compared: the guest did not say which one it holds",
    };
    page.push(grid::field(4, "certificate", longest, words.into()));
    valid(page, longest, shown.not_before, shown.not_after, now);
    let thumbprint = Words::new().own(in_fours(&shown.sha1.to_string()));
    page.push(grid::field(4, "thumbprint", longest, thumbprint));
}

/// From when until when, and how long that still is.
fn valid(
    page: &mut Page,
    longest: usize,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
) {
    let day = |at: Option<Timestamp>| at.map_or_else(|| "not read".to_owned(), when::day);
    let left = to.map_or_else(String::new, |to| {
        let seconds = to.as_second() - now.as_second();
        let days = usize::try_from(seconds.abs() / DAY).unwrap_or(usize::MAX);
        if seconds > 0 {
            format!(", {} left", count(days, "day"))
        } else {
            format!(", over since {}", count(days, "day"))
        }
    });
    let words = Words::new().own(format!("{} to {}{left}", day(from), day(to)));
    page.push(grid::field(4, "valid", longest, words));
}

/// `DC63 E627 ...`, as Windows shows it.
fn in_fours(thumbprint: &str) -> String {
    let digits: Vec<char> = thumbprint.to_uppercase().chars().collect();
    let fours: Vec<String> = digits.chunks(4).map(|four| four.iter().collect()).collect();
    fours.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_certificate_is_valid_is_counted_from_now() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let said = |to: Option<Timestamp>| {
            let mut page = Page::new();
            valid(&mut page, 14, Some(at("2026-11-26T00:00:00Z")), to, at("2026-11-28T00:00:00Z"));
            rdpctl_term::lay(&page, &rdpctl_term::View::plain()).trim().to_owned()
        };
        assert!(said(Some(at("2027-05-28T00:00:00Z"))).ends_with("28 May 2027, 181 days left"));
        assert!(said(Some(at("2026-11-27T00:00:00Z"))).ends_with("27 Nov 2026, over since 1 day"));
        assert!(said(None).ends_with("26 Nov 2026 to not read"));
        assert_eq!(in_fours("dc63e627fa"), "DC63 E627 FA");
    }
}
