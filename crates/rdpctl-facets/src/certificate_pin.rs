//! A certificate of the machine's own store that is to be bound, or is bound: whether it is there, and in date.

use rdpctl_model::guest::{KeyAnswer, RegData, Registry};
use rdpctl_model::{Said, Verdict};
use serde::{Deserialize, Serialize};

use crate::certificate_store;
use crate::certificate_wish::Desired;
use crate::paths::{MY_CERTIFICATES, RDP_TCP};

/// What the machine's own store holds under the one thumbprint that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Offered {
    thumbprint: String,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum State {
    /// Nothing.
    Missing,
    /// An entry that is not the certificate which its name promises.
    Broken,
    /// A certificate; the seconds are those at which it begins and ends.
    Dated { not_before: i64, not_after: i64 },
}

/// Reads the answer, where the question was asked.
pub(crate) fn offered(registry: &Registry) -> Option<Offered> {
    let prefix = format!(r"{}\", MY_CERTIFICATES.to_ascii_lowercase());
    registry.keys.iter().find_map(|(key, answer)| {
        let thumbprint = key.strip_prefix(&prefix)?.to_owned();
        let state = match answer {
            KeyAnswer::Value(_, Some(RegData::Binary(blob))) => {
                match certificate_store::read(&thumbprint, blob) {
                    Ok(entry) => {
                        State::Dated { not_before: entry.not_before, not_after: entry.not_after }
                    }
                    Err(_) => State::Broken,
                }
            }
            KeyAnswer::Value(_, Some(_)) => State::Broken,
            KeyAnswer::Value(_, None) | KeyAnswer::Absent => State::Missing,
            KeyAnswer::Present(_) | KeyAnswer::Gap(_) => return None,
        };
        Some(Offered { thumbprint, state })
    })
}

impl Offered {
    /// Why the declared certificate cannot be bound: a fix that could not hold is not tried.
    pub(crate) fn obstacle(
        &self,
        want: &Desired,
        from: &Said,
        goal: &Said,
        now: i64,
    ) -> Option<Verdict> {
        let wished = &want.thumbprint.as_ref()?.0;
        if *wished != self.thumbprint {
            return None;
        }
        let (by, advice) = match self.state {
            State::Missing => (say::not_in_the_store(wished), say::import_with_key()),
            State::Broken => (say::entry_unreadable(wished), say::import_again()),
            State::Dated { not_before, .. } if not_before > now => {
                (say::not_valid_yet(wished), say::check_the_clock())
            }
            State::Dated { not_after, .. }
                if (not_after - now).div_euclid(86_400) < i64::from(want.min_days_left.0) =>
            {
                (say::ends_too_soon(wished), say::declare_the_successor())
            }
            State::Dated { .. } => return None,
        };
        Some(Verdict::Blocked { from: from.clone(), to: goal.clone(), by, advice })
    }
}

/// Which certificate of the machine's own store to ask for: the declared one, else the one that is bound.
pub(crate) fn to_ask(want: &Desired, registry: &Registry) -> Option<String> {
    if offered(registry).is_some() {
        return None;
    }
    if let Some(wished) = &want.thumbprint {
        return Some(wished.0.clone());
    }
    match registry.value(RDP_TCP, "SSLCertificateSHA1Hash") {
        Ok(Some(RegData::Binary(bytes))) if bytes.len() == 20 => {
            Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        _ => None,
    }
}

rdpctl_model::says! { "certificate":
    not_in_the_store(thumbprint);
    import_with_key();
    entry_unreadable(thumbprint);
    import_again();
    not_valid_yet(thumbprint);
    check_the_clock();
    ends_too_soon(thumbprint);
    declare_the_successor();
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "0123456789abcdef0123456789abcdef01234567";

    fn want() -> Desired {
        serde_json::from_str(&format!(r#"{{ "thumbprint": "{PIN}" }}"#)).unwrap()
    }

    fn by(state: State) -> String {
        let offered = Offered { thumbprint: PIN.to_owned(), state };
        match offered.obstacle(&want(), &Said::quoted("none"), &Said::quoted("bound"), 1_000_000) {
            Some(Verdict::Blocked { by, .. }) => rdpctl_words::english(&by).replace(PIN, "PIN"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn only_a_certificate_that_is_there_and_lasts_is_bound() {
        let dated = |not_before, days: i64| State::Dated {
            not_before,
            not_after: 1_000_000 + days * 86_400,
        };
        assert_eq!(by(State::Missing), "certificate PIN, which is not in the machine's own store");
        assert_eq!(
            by(State::Broken),
            "certificate PIN, whose entry in the machine's own store cannot be read"
        );
        assert_eq!(by(dated(2_000_000, 90)), "certificate PIN, which is not valid yet");
        assert_eq!(by(dated(0, 13)), "certificate PIN, which does not last as long as declared");
        assert_eq!(by(dated(0, 14)), "None");
    }
}
