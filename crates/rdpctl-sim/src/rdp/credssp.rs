//! CredSSP, the server's side (MS-CSSP): who somebody is, that both hold the same TLS key, and the delegated password.

use sha2::{Digest, Sha256};

use super::challenge::challenge;
use super::desktop::Identity;
use super::door::{Claim, Proves};
use crate::der::{self, content, element, field};
use crate::guest::{Known, Refusal};
use crate::ntlm::{self, Binding, Handshake, Session};

/// The largest request that is read.
pub(super) const LONGEST: usize = 16 * 1024;

/// The package will not be had: what a server answers to NTLM that it takes from nobody.
const NO_NTLM: u32 = 0x8009_0302;
/// The version is refused, or the two do not hold the same key.
const NOT_SUPPORTED: u32 = 0xc000_00bb;
const LOGON_FAILURE: u32 = 0xc000_006d;
const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
/// NTLM's object identifier, as DER.
const NTLM_OID: &[u8] = &[0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];
/// The version that came with the update of March 2018.
const HASHED: u8 = 5;

/// The length of a request as its first bytes tell; `None` until they do.
pub(super) fn length(bytes: &[u8]) -> Option<Result<usize, NoRequest>> {
    let length = match *bytes {
        [] | [0x30] | [0x30, 0x81 | 0x82] | [0x30, 0x82, _] => return None,
        [0x30, short, ..] if short < 0x80 => 2 + usize::from(short),
        [0x30, 0x81, length, ..] => 3 + usize::from(length),
        [0x30, 0x82, high, low, ..] => 4 + usize::from(u16::from_be_bytes([high, low])),
        _ => return Some(Err(NoRequest)),
    };
    Some(if length <= LONGEST { Ok(length) } else { Err(NoRequest) })
}

/// Something else than a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRequest;

/// What is done about a request.
pub(super) enum Next {
    /// This is said, and the next request awaited.
    Say(Vec<u8>),
    /// This is said as the last thing.
    Refuse(Vec<u8>),
    /// The connection is closed without a word.
    HangUp,
    /// The password came: it is somebody.
    Delegated(Claim, Known),
}

/// How far the exchange is.
enum Stage {
    Fresh,
    Challenged {
        handshake: Handshake,
        mechanisms: Option<Vec<u8>>,
    },
    /// Somebody, whose key is still to be compared.
    Known {
        session: Session,
        claim: Claim,
        known: Known,
    },
    /// Both hold the same key.
    Bound {
        session: Session,
        claim: Claim,
        known: Known,
    },
    Over,
}

/// One exchange.
pub(super) struct Exchange<'a> {
    identity: &'a Identity,
    certificate: &'a [u8],
    stage: Stage,
}

/// What decides whether a claim is let in.
pub(super) type Admits<'a> = &'a dyn Fn(&Claim, Proves<'_>) -> Option<Result<Known, Refusal>>;

impl<'a> Exchange<'a> {
    /// Nothing was said so far over a connection with this certificate.
    pub(super) fn new(identity: &'a Identity, certificate: &'a [u8]) -> Self {
        Self { identity, certificate, stage: Stage::Fresh }
    }

    /// Takes the next request.
    pub(super) fn step(&mut self, bytes: &[u8], nonce: [u8; 8], admits: Admits<'_>) -> Next {
        let Some(request) = Request::parse(bytes) else { return Next::HangUp };
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Fresh => self.challenge(&request, nonce),
            Stage::Challenged { handshake, mechanisms } => {
                self.authenticate(&request, &handshake, mechanisms, admits)
            }
            Stage::Known { session, claim, known } => {
                self.bind(&request, session, claim, known, None)
            }
            Stage::Bound { mut session, claim, known } => {
                let credentials = request.auth_info.and_then(|sealed| session.unseal(sealed));
                match credentials.as_deref().and_then(|bytes| content(bytes, 0x30)) {
                    Some(_) => Next::Delegated(claim, known),
                    None => Next::HangUp,
                }
            }
            Stage::Over => Next::HangUp,
        }
    }

    fn challenge(&mut self, request: &Request<'_>, nonce: [u8; 8]) -> Next {
        let Some(token) = request.token else { return Next::HangUp };
        let Some(negotiate) = ntlm_part(token, 1) else { return Next::HangUp };
        if self.identity.refuses_ntlm {
            return self.refuse(request, NO_NTLM);
        }
        if request.version < HASHED && self.identity.only_updated {
            return self.refuse(request, NOT_SUPPORTED);
        }
        let challenge = challenge(self.identity, nonce);
        // A client that wrapped its message wants the answer wrapped.
        let mechanisms = ntlm::initial(token).map(|(mechanisms, _)| mechanisms.to_vec());
        let is_wrapped = token.windows(NTLM_OID.len()).any(|window| window == NTLM_OID);
        let answer = if is_wrapped { wrapped(&challenge) } else { challenge.clone() };
        let handshake = Handshake::of(negotiate.to_vec(), challenge, nonce);
        self.stage = Stage::Challenged { handshake, mechanisms };
        Next::Say(self.ts_request(&tokens(&answer)))
    }

    fn authenticate(
        &mut self,
        request: &Request<'_>,
        handshake: &Handshake,
        mechanisms: Option<Vec<u8>>,
        admits: Admits<'_>,
    ) -> Next {
        let Some(token) = request.token else { return Next::HangUp };
        let (message, mic) = match &mechanisms {
            Some(_) => ntlm::following(token).unwrap_or((token, None)),
            None => (token, None),
        };
        let Some(claim) = ntlm::claim(message) else { return self.refuse(request, LOGON_FAILURE) };
        let binding = Some((Sha256::digest(self.certificate).into(), Binding::Relaxed));
        let prove = |password: &str| ntlm::prove(handshake, message, password, binding);
        let proven = std::cell::RefCell::new(None);
        let proves = |password: &str| {
            let session = prove(password);
            let right = session.is_some();
            proven.replace(session);
            right
        };
        let known = match admits(&claim, &proves) {
            None => return Next::HangUp,
            Some(Err(refusal)) => return self.refuse(request, refusal.told),
            Some(Ok(known)) => known,
        };
        let Some(mut session) = proven.into_inner() else { return Next::HangUp };
        let last = match &mechanisms {
            None => None,
            Some(mechanisms) => match ntlm::closing(&mut session, mechanisms, mic) {
                Some(last) => Some(last),
                None => return Next::HangUp,
            },
        };
        if request.key.is_some() {
            return self.bind(request, session, claim, known, last);
        }
        let Some(last) = last else { return Next::HangUp };
        self.stage = Stage::Known { session, claim, known };
        Next::Say(self.ts_request(&tokens(&last)))
    }

    /// Compares what the client says of our key with our key, and says the like of it.
    fn bind(
        &mut self,
        request: &Request<'_>,
        mut session: Session,
        claim: Claim,
        known: Known,
        last: Option<Vec<u8>>,
    ) -> Next {
        let key = der::public_key(self.certificate).unwrap_or_default();
        let hashed = request.version.min(self.identity.credssp) >= HASHED;
        let (theirs, ours) = match (hashed, request.nonce) {
            (true, None) => return self.refuse(request, NOT_SUPPORTED),
            (true, Some(nonce)) => {
                let hash = |who: &[u8]| Sha256::digest([who, nonce, key].concat()).to_vec();
                (
                    hash(b"CredSSP Client-To-Server Binding Hash\0"),
                    hash(b"CredSSP Server-To-Client Binding Hash\0"),
                )
            }
            (false, _) => {
                let mut more = key.to_vec();
                if let Some(first) = more.first_mut() {
                    *first = first.wrapping_add(1);
                }
                (key.to_vec(), more)
            }
        };
        let said = request.key.and_then(|sealed| session.unseal(sealed));
        if said != Some(theirs) {
            return self.refuse(request, NOT_SUPPORTED);
        }
        let (signature, sealed) = session.seal(ours);
        let key = element(0xa3, &element(0x04, &[&signature[..], &sealed].concat()));
        let last = last.map_or_else(Vec::new, |last| tokens(&last));
        self.stage = Stage::Bound { session, claim, known };
        Next::Say(self.ts_request(&[last, key].concat()))
    }

    /// Says why not, where the version that both speak has words for it.
    fn refuse(&self, request: &Request<'_>, code: u32) -> Next {
        match request.version.min(self.identity.credssp) {
            2 | 5 => Next::HangUp,
            _ => {
                // Windows writes the status as a signed number, so four bytes do.
                let code = [&[0x02, 0x04][..], &code.to_be_bytes()].concat();
                Next::Refuse(self.ts_request(&element(0xa4, &code)))
            }
        }
    }

    fn ts_request(&self, fields: &[u8]) -> Vec<u8> {
        let version = element(0xa0, &[0x02, 0x01, self.identity.credssp]);
        element(0x30, &[version.as_slice(), fields].concat())
    }
}

/// A request of the client, taken apart.
struct Request<'a> {
    version: u8,
    token: Option<&'a [u8]>,
    auth_info: Option<&'a [u8]>,
    key: Option<&'a [u8]>,
    nonce: Option<&'a [u8]>,
}

impl<'a> Request<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let fields = content(bytes, 0x30)?;
        let octets = |tag| field(fields, tag).and_then(|inner| content(inner, 0x04));
        let version = content(field(fields, 0xa0)?, 0x02)?.last().copied()?;
        let token = field(fields, 0xa1)
            .and_then(|list| content(content(list, 0x30)?, 0x30))
            .and_then(|item| content(field(item, 0xa0)?, 0x04));
        Some(Self {
            version,
            token,
            auth_info: octets(0xa2),
            key: octets(0xa3),
            nonce: octets(0xa5),
        })
    }
}

/// The message of NTLM inside a token, if it is of this type.
fn ntlm_part(token: &[u8], kind: u8) -> Option<&[u8]> {
    if token.starts_with(SIGNATURE) {
        return (token.get(8) == Some(&kind)).then_some(token);
    }
    let (_, inner) = ntlm::initial(token)?;
    (inner.starts_with(SIGNATURE) && inner.get(8) == Some(&kind)).then_some(inner)
}

fn tokens(token: &[u8]) -> Vec<u8> {
    element(0xa1, &element(0x30, &element(0x30, &element(0xa0, &element(0x04, token)))))
}

/// The first answer of SPNEGO: incomplete so far, by NTLM.
fn wrapped(token: &[u8]) -> Vec<u8> {
    let state = element(0xa0, &[0x0a, 0x01, 0x01]);
    let mechanism = element(0xa1, NTLM_OID);
    let response = element(0xa2, &element(0x04, token));
    element(0xa1, &element(0x30, &[state, mechanism, response].concat()))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::guest::OsRelease;

    fn identity() -> Identity {
        Identity {
            computer: "web-01".to_owned(),
            os: OsRelease::Server2022,
            now: 1_795_306_687_000,
            credssp: 6,
            refuses_ntlm: false,
            only_updated: false,
        }
    }

    fn request(version: u8, message: &[u8]) -> Vec<u8> {
        let version = element(0xa0, &[0x02, 0x01, version]);
        element(0x30, &[version, tokens(message)].concat())
    }

    const NEGOTIATE: &[u8] = b"NTLMSSP\0\x01\0\0\0";

    /// What is answered, in hexadecimal, where it is the last thing with a full stop.
    fn said(next: Next) -> String {
        let (bytes, end) = match next {
            Next::Say(bytes) => (bytes, ""),
            Next::Refuse(bytes) => (bytes, "."),
            Next::HangUp | Next::Delegated(..) => return "nothing".to_owned(),
        };
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        }) + end
    }

    fn nobody(_: &Claim, _: Proves<'_>) -> Option<Result<Known, Refusal>> {
        None
    }

    fn answer(identity: &Identity, requests: &[&[u8]]) -> String {
        let mut exchange = Exchange::new(identity, &[]);
        let answers = requests.iter().map(|one| said(exchange.step(one, [7; 8], &nobody)));
        answers.last().unwrap_or_default()
    }

    #[test]
    fn a_challenge_tells_names_version_and_clock() {
        let text = answer(&identity(), &[&request(6, NEGOTIATE)]);
        assert!(text.starts_with("3081a8a003020106a181a030819d30819aa081970481944e544c4d53535000"));
        // WEB-01 as the target, version 10.0.20348, and the pair of the clock.
        assert!(text.contains("5700450042002d0030003100"));
        assert!(text.contains("0a007c4f0000000f"));
        assert!(text.contains("0700080080c9a8f2167add01"));
    }

    #[test]
    fn what_is_no_answer_to_the_challenge_is_a_failed_log_on() {
        let authenticate = request(6, b"NTLMSSP\0\x03\0\0\0");
        let text = answer(&identity(), &[&request(6, NEGOTIATE), &authenticate]);
        assert_eq!(text, "300da003020106a4060204c000006d.");
    }

    #[test]
    fn a_version_without_a_field_for_errors_hangs_up() {
        let old = Identity { credssp: 2, ..identity() };
        let authenticate = request(6, b"NTLMSSP\0\x03\0\0\0");
        assert_eq!(answer(&old, &[&request(6, NEGOTIATE), &authenticate]), "nothing");
    }

    #[test]
    fn ntlm_that_is_taken_from_nobody_and_clients_without_the_update_are_refused_at_once() {
        let none = Identity { refuses_ntlm: true, ..identity() };
        let text = answer(&none, &[&request(6, NEGOTIATE)]);
        assert_eq!(text, "300da003020106a406020480090302.");
        let strict = Identity { only_updated: true, ..identity() };
        let text = answer(&strict, &[&request(4, NEGOTIATE)]);
        assert_eq!(text, "300da003020106a4060204c00000bb.");
    }

    #[test]
    fn a_request_tells_its_length_and_not_too_much() {
        assert_eq!(length(b"\x30\x37"), Some(Ok(57)));
        assert_eq!(length(b"\x30\x82\x01"), None);
        assert_eq!(length(b"\x30\x82\x01\x00"), Some(Ok(260)));
        assert_eq!(length(b"\x30\x82\xff\xff"), Some(Err(NoRequest)));
        assert_eq!(length(b"\x16\x03"), Some(Err(NoRequest)));
    }
}
