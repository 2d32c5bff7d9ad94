//! One log-on by NLA that stops before the password would be handed over (rung 1): who is who, and that both hold the same
//! TLS key.
//!
//! A probe has no way here. [`approach`] comes as far as the challenge and offers nothing; what it gives back can be
//! [crossed](Threshold::cross) once, by type. It goes on only towards the certificate that the guest itself reported.

mod cipher;
mod exchange;
mod ntlm;

use std::net::SocketAddr;

use rdpctl_model::handshake::TlsVersion;
use rdpctl_model::secret::Secret;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use crate::certificate::public_key;
use crate::drive::{Deadline, TlsHandshake, close, connect, negotiate};
use crate::options::ProbeOptions;
use crate::seen::{TlsFailure, Via};
use crate::wire::credssp;
use crate::wire::x224::{Answer, Protocols};
use ntlm::{Account, Challenge};

/// CredSSP of March 2018, by which both sides prove that they hold the same key without showing it.
const CREDSSP: u32 = 5;

/// To whom somebody wants to log on.
#[derive(Clone, Debug)]
pub struct Towards {
    /// Where.
    pub address: SocketAddr,
    /// The certificate that the guest itself reported, as DER.
    pub certificate: Vec<u8>,
    /// The computer's name, as the guest reported it.
    pub computer: String,
}

/// Why nothing was offered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTried {
    /// Nobody took the connection.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The server chose something else than NLA.
    #[error("the server does not ask for NLA, and without it no credential is offered")]
    NoNla,
    /// Another certificate answers than the guest reported, or its key is not there.
    #[error("another certificate answers than the one that the guest reported")]
    OtherCertificate,
    /// No TLS.
    #[error("no TLS: {0}")]
    NoTls(String),
    /// It speaks CredSSP of before 2018.
    #[error("the server speaks CredSSP {0}, of before March 2018")]
    OldCredSsp(u32),
    /// It takes NTLM from nobody.
    #[error("the server refuses NTLM (0x{0:08x})")]
    NtlmRefused(u32),
    /// Its challenge cannot be answered by NTLM of version 2.
    #[error("the server's challenge is none that NTLM of version 2 answers")]
    NoChallenge,
    /// Another computer answers.
    #[error("another computer answers: {0}")]
    OtherComputer(String),
}

/// What came of the one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server knows the account and its password, and holds the key of this connection.
    Authenticated,
    /// It refused, with this number where it gave one.
    Refused(Option<u32>),
    /// It went away, or said something that proves nothing. It counts as an attempt.
    Unclear,
}

/// A connection that stands before the log-on.
pub struct Threshold {
    stream: TcpStream,
    tls: TlsHandshake,
    deadline: Deadline,
    options: ProbeOptions,
    challenge: Challenge,
    towards: Towards,
}

impl std::fmt::Debug for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Threshold").field("towards", &self.towards.address).finish_non_exhaustive()
    }
}

/// Comes as far as the challenge, and offers nothing.
pub async fn approach(towards: Towards, options: &ProbeOptions) -> Result<Threshold, NotTried> {
    let deadline = Deadline::after(options.total);
    let mut stream = connect(towards.address, deadline.step(options.connect))
        .await
        .map_err(|error| NotTried::NoConnection(error.to_string()))?;
    let until = deadline.step(options.confirm);
    match negotiate(&mut stream, Protocols::MAIN, until).await {
        Answer::Selected { selected, .. } if selected.is_nla() => {}
        Answer::Selected { .. } | Answer::Failure { .. } | Answer::Without(_) => {
            return Err(NotTried::NoNla);
        }
    }
    let certificate = CertificateDer::from(towards.certificate.clone());
    let mut tls = TlsHandshake::towards(&stream, certificate);
    tls.run(&mut stream, deadline.step(options.tls)).await.map_err(no_tls)?;
    // The library has asked already; what is trusted is seen once more where it is used.
    if tls.certificates().first() != Some(&towards.certificate)
        || tls.version() < Some(TlsVersion::V1_2)
    {
        return Err(NotTried::OtherCertificate);
    }
    let until = deadline.step(options.ntlm);
    let answer = tls.exchange(&mut stream, &credssp::NEGOTIATE, until).await;
    let answer = answer.map_err(|_| NotTried::NoChallenge)?;
    if let Some(code) = credssp::error_code(&answer) {
        return Err(NotTried::NtlmRefused(code));
    }
    let version = credssp::version(&answer).ok_or(NotTried::NoChallenge)?;
    if version < CREDSSP {
        return Err(NotTried::OldCredSsp(version));
    }
    let challenge = exchange::token(&answer).and_then(Challenge::read);
    let challenge = challenge.ok_or(NotTried::NoChallenge)?;
    let computer = challenge.computer().unwrap_or_default();
    let short: String = towards.computer.chars().take(15).collect();
    if !computer.eq_ignore_ascii_case(&short) {
        return Err(NotTried::OtherComputer(computer));
    }
    Ok(Threshold { stream, tls, deadline, options: options.clone(), challenge, towards })
}

fn no_tls(failure: TlsFailure) -> NotTried {
    match failure {
        TlsFailure::KeyMismatch => NotTried::OtherCertificate,
        TlsFailure::Refused(via) => NotTried::NoTls(format!("{via:?}").to_lowercase()),
        // Whatever the library does not believe of a certificate is not the guest's.
        TlsFailure::Unfinished(why) if why.contains("certificate") => NotTried::OtherCertificate,
        TlsFailure::Unfinished(why) => NotTried::NoTls(why),
        TlsFailure::OldVersions | TlsFailure::OldSuites | TlsFailure::NoKeyExchange => {
            NotTried::NoTls("only old versions or suites".to_owned())
        }
    }
}

impl Threshold {
    /// Authenticates, once, and stops before the password would be handed over. `user` may have a domain in front.
    pub async fn cross(mut self, user: &str, password: &Secret) -> Outcome {
        let (domain, user) = user.split_once('\\').unwrap_or(("", user));
        let domain = if domain == "." { "" } else { domain };
        let account = Account { user, domain, password: password.expose() };
        let outcome = self.exchange(account).await;
        let until = self.deadline.step(self.options.ntlm);
        self.tls.close(&mut self.stream, until).await;
        close(self.stream, std::time::Duration::from_millis(50)).await;
        outcome
    }

    async fn exchange(&mut self, account: Account<'_>) -> Outcome {
        let Some(key) = public_key(&self.towards.certificate) else { return Outcome::Unclear };
        let service = format!("TERMSRV/{}", self.towards.address.ip());
        let Some(mut said) = exchange::Said::new(
            &self.challenge,
            account,
            &self.towards.certificate,
            &key,
            &service,
        ) else {
            return Outcome::Unclear;
        };
        let until = self.deadline.step(self.options.confirm);
        let answer = self.tls.exchange(&mut self.stream, &said.request, until);
        match timeout_at(until, answer).await {
            Ok(Ok(answer)) => said.understand(&answer),
            // MS-RDPBCGR 5.4.5.2.2: access denied is a failed log-on; any other alert proves nothing.
            Ok(Err(TlsFailure::Refused(Via::Alert(49)))) => Outcome::Refused(None),
            Ok(Err(_)) | Err(_) => Outcome::Unclear,
        }
    }
}
