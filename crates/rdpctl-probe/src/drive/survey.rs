//! The plan of connections: one after the other, and no more than the questions need.
//!
//! A connection yields one negotiation answer and one TLS first flight. A asks the main question and shakes hands; B asks
//! for TLS without NLA; C for standard RDP; D, repeated, offers ever older TLS.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::handshake::TlsVersion;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::deadline::{Deadline, ms_since};
use super::dial::{close, connect, state_of};
use super::first_flight::{Outcome, first_flight, random};
use super::handshake::{NtlmAnswer, TlsHandshake};
use super::negotiate::negotiate;
use crate::caller::{as_seen_from, own_address};
use crate::certificate::Certificate;
use crate::options::{Level, ProbeOptions};
use crate::seen::{Ntlm, Observations, TcpState, Tls, TlsFailure, Via};
use crate::wire::flight::{is_old, suite_name};
use crate::wire::hello::KeyShare;
use crate::wire::x224::{Answer, Protocols};
use crate::wire::{credssp, ntlm};

/// One look at one machine.
pub(super) struct Survey<'a> {
    options: &'a ProbeOptions,
    deadline: Deadline,
    seen: Observations,
    round_trip: Duration,
    /// The next version to offer as the highest, while there is something to learn.
    next: Option<TlsVersion>,
    /// Whether the handshake of connection A finished.
    shook: bool,
    /// Whether the one repetition of a step is spent.
    repeated: bool,
}

/// What became of a further connection.
enum Opened {
    Negotiated(TcpStream, Answer),
    Failed,
}

impl<'a> Survey<'a> {
    pub(super) fn new(level: Level, options: &'a ProbeOptions, deadline: Deadline) -> Self {
        Self {
            options,
            deadline,
            seen: Observations::new(level, Timestamp::now()),
            round_trip: Duration::ZERO,
            next: None,
            shook: false,
            repeated: false,
        }
    }

    /// Looks at the first of the addresses that answers.
    pub(super) async fn run(mut self, addresses: &[SocketAddr]) -> Observations {
        if let Some((stream, address)) = self.dial(addresses).await {
            self.main(stream).await;
            if self.seen.level > Level::Reach {
                self.rest(address).await;
            }
        }
        self.seen
    }

    async fn dial(&mut self, addresses: &[SocketAddr]) -> Option<(TcpStream, SocketAddr)> {
        let mut first_error: Option<io::Error> = None;
        for &address in addresses {
            let start = Instant::now();
            match connect(address, self.deadline.step(self.options.connect)).await {
                Ok(stream) => {
                    self.round_trip = start.elapsed();
                    let ms = Some(ms_since(start));
                    let caller = stream
                        .local_addr()
                        .ok()
                        .and_then(|own| as_seen_from(address.ip(), own.ip()));
                    self.seen.tcp =
                        crate::seen::Tcp { state: TcpState::Open, ms, error: None, caller };
                    self.seen.latency.connect = ms;
                    self.seen.connections += 1;
                    return Some((stream, address));
                }
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        if let Some(error) = first_error {
            self.seen.tcp.caller = addresses.first().and_then(|first| {
                own_address(*first).and_then(|own| as_seen_from(first.ip(), own))
            });
            self.seen.tcp.state = state_of(&error);
            self.seen.tcp.error = Some(error.to_string());
        }
        None
    }

    /// Connection A: the main request, and everything that its answer allows.
    async fn main(&mut self, mut stream: TcpStream) {
        let start = Instant::now();
        let until = self.deadline.step(self.options.confirm);
        let negotiated = negotiate(&mut stream, Protocols::MAIN, until).await;
        self.seen.latency.confirm = Some(ms_since(start));
        self.seen.banner = negotiated.banner;
        self.seen.negotiation.insert(Protocols::MAIN, negotiated.answer);
        match negotiated.answer {
            Answer::Selected { selected, .. }
                if selected.is_tls() && self.seen.level > Level::Reach =>
            {
                self.shake(&mut stream, selected).await;
            }
            Answer::Selected { .. } | Answer::Failure { .. } | Answer::Without(_) => {}
        }
        close(stream, self.round_trip).await;
    }

    async fn shake(&mut self, stream: &mut TcpStream, selected: Protocols) {
        let start = Instant::now();
        let mut handshake = TlsHandshake::new(stream);
        let result = handshake.run(stream, self.deadline.step(self.options.tls)).await;
        let ms = Some(ms_since(start));
        self.seen.latency.tls = ms;
        let mut tls = Tls { ms, ..Tls::default() };
        if let Some(version) = handshake.version() {
            tls.versions.insert(version);
            tls.negotiated = Some(version);
            tls.suite = handshake.suite().map(suite_text);
        }
        match result {
            Ok(()) => {
                self.shook = true;
                if tls.negotiated == Some(TlsVersion::V1_2) {
                    tls.refused.insert(TlsVersion::V1_3);
                }
                self.next = tls.negotiated.and_then(TlsVersion::below);
            }
            Err(failure) => {
                tls.failure = Some(failure);
                self.next = Some(TlsVersion::V1_2);
            }
        }
        self.seen.tls = Some(tls);
        self.keep_certificate(&handshake.certificates());
        if self.shook && selected.is_nla() {
            self.ask_ntlm(&mut handshake, stream).await;
        }
        handshake.close(stream, self.deadline.step(self.options.ntlm)).await;
    }

    async fn ask_ntlm(&mut self, handshake: &mut TlsHandshake, stream: &mut TcpStream) {
        let start = Instant::now();
        let answer = handshake.ntlm(stream, self.deadline.step(self.options.ntlm)).await;
        self.seen.ntlm = match answer {
            NtlmAnswer::Request(request) => {
                self.seen.latency.ntlm = Some(ms_since(start));
                let told = match ntlm::challenge(&request) {
                    Some(challenge) => Some(Ntlm::from_challenge(challenge, Timestamp::now())),
                    None => credssp::error_code(&request).map(Ntlm::from_error),
                };
                told.map(|ntlm| ntlm.speaking(credssp::version(&request)))
            }
            NtlmAnswer::Nothing => None,
        };
    }

    /// Connections B, C and D.
    async fn rest(&mut self, address: SocketAddr) {
        let selected = match self.seen.negotiation.get(&Protocols::MAIN) {
            Some(Answer::Selected { selected, .. }) if selected.is_tls() => *selected,
            Some(_) | None => return,
        };
        let full = self.seen.level == Level::Full;
        let mut ask_standard = full;
        if selected.is_nla() {
            let answer = self.ask_tls_alone(address).await;
            ask_standard = full && answer != Some(Answer::Failure { failure: 5 });
        }
        if ask_standard
            && let Opened::Negotiated(stream, _) = self.open(address, Protocols::STANDARD).await
        {
            close(stream, self.round_trip).await;
        }
        // A hello below the handshake's version is for `full`; one that explains a failed handshake is not.
        while let Some(highest) = self.next.take_if(|_| full || !self.shook) {
            self.offer(address, highest).await;
            if !full {
                break;
            }
        }
        if full && !self.shook && self.seen.tls.as_ref().is_some_and(|tls| tls.versions.is_empty())
        {
            self.offer_newest(address).await;
        }
    }

    /// Connection B: is TLS without NLA allowed? If so, the connection can carry the next hello.
    async fn ask_tls_alone(&mut self, address: SocketAddr) -> Option<Answer> {
        let Opened::Negotiated(mut stream, answer) = self.open(address, Protocols::TLS).await
        else {
            return None;
        };
        let allowed = matches!(answer, Answer::Selected { selected: Protocols::TLS, .. });
        if allowed
            && (self.seen.level == Level::Full || !self.shook)
            && let Some(highest) = self.next.take()
        {
            let outcome = self.hello(&mut stream, highest, KeyShare::Empty).await;
            close(stream, self.round_trip).await;
            self.learn_or_repeat(address, highest, &outcome).await;
        } else {
            close(stream, self.round_trip).await;
        }
        Some(answer)
    }

    /// Connection D: one hello behind the main request.
    async fn offer(&mut self, address: SocketAddr, highest: TlsVersion) {
        if let Some(outcome) = self.hello_behind_main(address, highest, KeyShare::Empty).await {
            self.learn_or_repeat(address, highest, &outcome).await;
        }
    }

    /// A server that refused everything up to 1.2 may still speak 1.3 in a way that our library does not.
    async fn offer_newest(&mut self, address: SocketAddr) {
        let newest = TlsVersion::V1_3;
        let Some(outcome) = self.hello_behind_main(address, newest, KeyShare::Empty).await else {
            return;
        };
        if let Some(Via::Alert(47 | 50 | 109)) = outcome.refused
            && let Some(outcome) =
                self.hello_behind_main(address, newest, KeyShare::X25519(random())).await
        {
            return self.learn(newest, &outcome);
        }
        self.learn(newest, &outcome);
    }

    async fn hello_behind_main(
        &mut self,
        address: SocketAddr,
        highest: TlsVersion,
        share: KeyShare,
    ) -> Option<Outcome> {
        let Opened::Negotiated(mut stream, answer) = self.open(address, Protocols::MAIN).await
        else {
            return None;
        };
        let agreed = matches!(answer, Answer::Selected { selected, .. } if selected.is_tls());
        let outcome =
            if agreed { Some(self.hello(&mut stream, highest, share).await) } else { None };
        close(stream, self.round_trip).await;
        outcome
    }

    /// Takes in the outcome of a hello. A hang-up or silence where a handshake went well before may be a busy moment:
    /// that step is repeated once before it counts as a refusal.
    async fn learn_or_repeat(
        &mut self,
        address: SocketAddr,
        highest: TlsVersion,
        outcome: &Outcome,
    ) {
        let is_firm = match outcome.refused {
            None | Some(Via::Alert(_) | Via::Plaintext | Via::Garbage) => true,
            Some(Via::Closed | Via::Reset | Via::Timeout) => false,
        };
        if is_firm || !self.shook || self.repeated {
            return self.learn(highest, outcome);
        }
        self.repeated = true;
        sleep(self.options.repeat_after).await;
        match self.hello_behind_main(address, highest, KeyShare::Empty).await {
            Some(again) => self.learn(highest, &again),
            None => self.learn(highest, outcome),
        }
    }

    fn learn(&mut self, highest: TlsVersion, outcome: &Outcome) {
        self.keep_certificate(&outcome.flight.certificates);
        let Some(tls) = self.seen.tls.as_mut() else { return };
        let chosen = outcome.flight.hello.filter(|hello| hello.version <= highest);
        self.next = chosen.and_then(|hello| hello.version.below());
        if let Some(hello) = chosen {
            tls.versions.insert(hello.version);
            if tls.negotiated.is_none() {
                tls.negotiated = Some(hello.version);
                tls.suite = Some(suite_text(hello.suite));
            }
        }
        let refused = TlsVersion::ALL
            .iter()
            .copied()
            .filter(|v| *v <= highest && chosen.is_none_or(|hello| *v > hello.version));
        let refused: Vec<TlsVersion> =
            refused.filter(|version| !tls.versions.contains(version)).collect();
        tls.refused.extend(refused);
        if !self.shook {
            explain(tls, outcome);
        }
    }

    async fn hello(&self, stream: &mut TcpStream, highest: TlsVersion, share: KeyShare) -> Outcome {
        first_flight(stream, highest, share, self.deadline.step(self.options.tls)).await
    }

    /// A further connection with one negotiation; the first answer to a request is the one that is kept.
    async fn open(&mut self, address: SocketAddr, protocols: Protocols) -> Opened {
        let Ok(mut stream) = connect(address, self.deadline.step(self.options.connect)).await
        else {
            return Opened::Failed;
        };
        self.seen.connections += 1;
        let answer = negotiate(&mut stream, protocols, self.deadline.step(self.options.confirm))
            .await
            .answer;
        self.seen.negotiation.entry(protocols).or_insert(answer);
        Opened::Negotiated(stream, answer)
    }

    fn keep_certificate(&mut self, chain: &[Vec<u8>]) {
        if self.seen.certificate.is_none()
            && let Some(own) = chain.first()
        {
            self.seen.certificate = Some(Certificate::read(own, chain.len()));
        }
    }
}

/// Says why a current client cannot finish, from what a hello that offers everything brought.
fn explain(tls: &mut Tls, outcome: &Outcome) {
    let library_failure = tls.failure.take();
    tls.failure = match (&outcome.flight.hello, outcome.refused) {
        (Some(_), Some(_)) if outcome.flight.lacks_key_exchange() => {
            Some(TlsFailure::NoKeyExchange)
        }
        // The first hello told more than a later one for an older version can.
        _ if library_failure
            .as_ref()
            .is_some_and(|failure| !matches!(failure, TlsFailure::Refused(_))) =>
        {
            library_failure
        }
        (Some(hello), _) if hello.version < TlsVersion::V1_2 => Some(TlsFailure::OldVersions),
        (Some(hello), _) if is_old(hello.suite) => Some(TlsFailure::OldSuites),
        // A retry request proves a version and no key, so what our library met stands.
        (Some(hello), _) if hello.version == TlsVersion::V1_3 => library_failure,
        (Some(_), _) => library_failure.map(|failure| TlsFailure::Unfinished(failure.to_string())),
        (None, Some(via)) => Some(TlsFailure::Refused(via)),
        (None, None) => library_failure,
    };
}

fn suite_text(suite: u16) -> String {
    suite_name(suite).map_or_else(|| format!("0x{suite:04x}"), str::to_owned)
}
