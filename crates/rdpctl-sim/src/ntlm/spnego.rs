//! SPNEGO around NTLM (RFC 4178), as far as clients that offer NTLM go. Raw NTLM passes through.

use super::acceptor::{self, Expect, Handshake, LoggedOn, Step};
use super::seal::Session;
use crate::der::{self, content, field};

/// 1.3.6.1.5.5.2, SPNEGO.
const SPNEGO: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];
/// 1.3.6.1.4.1.311.2.2.10, NTLM, as an object identifier with its header.
const NTLM: &[u8] = &[0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];

const APPLICATION: u8 = 0x60;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const SEQUENCE: u8 = 0x30;
/// The response among the two tokens that a negotiation is made of.
const RESPONSE: u8 = 0xa1;

const ACCEPT_COMPLETED: u8 = 0;
const ACCEPT_INCOMPLETE: u8 = 1;
const REQUEST_MIC: u8 = 3;

/// A negotiation under way on one connection.
pub(crate) struct Negotiation {
    handshake: Handshake,
    /// The client's list of mechanisms as sent; nothing with raw NTLM.
    mechanisms: Option<Vec<u8>>,
}

/// What a token of the scheme `Negotiate` is to be answered with.
pub(crate) enum Answer {
    /// 401 with this token, and the negotiation goes on.
    Continue(Vec<u8>, Negotiation),
    /// Logged on; with SPNEGO there is a last token.
    Accept(Box<LoggedOn>, Option<Vec<u8>>),
    /// 401.
    Refuse,
}

/// Takes the next token of a connection.
pub(crate) fn negotiate(
    under_way: Option<Negotiation>,
    token: &[u8],
    expect: &Expect<'_>,
) -> Answer {
    if token.starts_with(b"NTLMSSP\0") {
        return match acceptor::step(
            under_way.map(|negotiation| negotiation.handshake),
            token,
            expect,
        ) {
            Step::Challenge(handshake) => Answer::Continue(
                handshake.challenge().to_vec(),
                Negotiation { handshake, mechanisms: None },
            ),
            Step::Accept(logged_on) => Answer::Accept(logged_on, None),
            Step::Refuse => Answer::Refuse,
        };
    }
    match token.first() {
        Some(&APPLICATION) => first(token, expect),
        Some(&RESPONSE) => last(under_way, token, expect),
        _ => Answer::Refuse,
    }
}

fn first(token: &[u8], expect: &Expect<'_>) -> Answer {
    let Some((mechanisms, ntlm)) = initial(token) else { return Answer::Refuse };
    let Step::Challenge(handshake) = acceptor::step(None, ntlm, expect) else {
        return Answer::Refuse;
    };
    let preferred = mechanisms_content(mechanisms).is_some_and(|list| list.starts_with(NTLM));
    let state = if preferred { ACCEPT_INCOMPLETE } else { REQUEST_MIC };
    let reply = response(&[
        der::element(0xa0, &der::element(ENUMERATED, &[state])),
        der::element(0xa1, NTLM),
        der::element(0xa2, &der::element(OCTETS, handshake.challenge())),
    ]);
    Answer::Continue(reply, Negotiation { handshake, mechanisms: Some(mechanisms.to_vec()) })
}

fn last(under_way: Option<Negotiation>, token: &[u8], expect: &Expect<'_>) -> Answer {
    let Some(Negotiation { handshake, mechanisms: Some(mechanisms) }) = under_way else {
        return Answer::Refuse;
    };
    let Some((ntlm, mic)) = following(token) else { return Answer::Refuse };
    let Step::Accept(mut logged_on) = acceptor::step(Some(handshake), ntlm, expect) else {
        return Answer::Refuse;
    };
    match closing(&mut logged_on.session, &mechanisms, mic) {
        Some(last) => Answer::Accept(logged_on, Some(last)),
        None => Answer::Refuse,
    }
}

/// The last token, with our signature over the mechanisms where theirs came; nothing when theirs is not right.
pub(crate) fn closing(
    session: &mut Session,
    mechanisms: &[u8],
    mic: Option<&[u8]>,
) -> Option<Vec<u8>> {
    let mut parts = vec![der::element(0xa0, &der::element(ENUMERATED, &[ACCEPT_COMPLETED]))];
    if let Some(mic) = mic {
        let ours = session.exchange_mechanism_signatures(mechanisms, mic)?;
        parts.push(der::element(0xa3, &der::element(OCTETS, &ours)));
    }
    Some(response(&parts))
}

/// The list of mechanisms and the optimistic token of a first message.
pub(crate) fn initial(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let application = content(token, APPLICATION)?;
    let (OBJECT_ID, SPNEGO, rest) = der::first(application)? else { return None };
    let fields = content(content(rest, 0xa0)?, SEQUENCE)?;
    let mechanisms = field(fields, 0xa0)?;
    let ntlm = content(field(fields, 0xa2)?, OCTETS)?;
    Some((mechanisms, ntlm))
}

fn mechanisms_content(mechanisms: &[u8]) -> Option<&[u8]> {
    content(mechanisms, SEQUENCE)
}

/// The NTLM token and the signature over the list of mechanisms of a later message.
pub(crate) fn following(token: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let fields = content(content(token, RESPONSE)?, SEQUENCE)?;
    let ntlm = content(field(fields, 0xa2)?, OCTETS)?;
    let mic = field(fields, 0xa3).and_then(|mic| content(mic, OCTETS));
    Some((ntlm, mic))
}

fn response(parts: &[Vec<u8>]) -> Vec<u8> {
    der::element(RESPONSE, &der::element(SEQUENCE, &parts.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_one_two_and_three_bytes_come_back() {
        for length in [0, 0x7f, 0x80, 0xff, 0x100, 4000] {
            let content = vec![7; length];
            let bytes = der::element(OCTETS, &content);
            assert_eq!(der::content(&bytes, OCTETS), Some(content.as_slice()));
        }
    }

    #[test]
    fn garbage_is_refused_and_never_read_past() {
        for token in [&[0x60][..], &[0x60, 0x84, 0xff, 0xff], &[0xa1, 0x7f, 0], b"NTLMSSP", &[]] {
            let expect = Expect {
                computer: "A",
                admits: &|_, _| false,
                binding: None,
                nonce: [0; 8],
                file_time: 0,
            };
            assert!(matches!(negotiate(None, token, &expect), Answer::Refuse));
        }
    }
}
