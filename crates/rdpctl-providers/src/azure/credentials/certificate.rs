//! A certificate by which an application proves itself: an assertion, signed anew for each request (RFC 7523).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use rdpctl_model::Said;
use rdpctl_model::secret::Secret;
use ring::digest;
use ring::error::KeyRejected;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::time::Time;

use crate::credential::say;

/// How long an assertion may be shown; the directory takes no more than ten minutes.
const LASTS: SignedDuration = SignedDuration::from_mins(5);

/// Whether the directory is sent those who signed the certificate, too: it then goes by the name and not by the one
/// certificate that is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chain {
    Kept,
    Sent,
}

/// What is asked for, and by whom.
pub(super) struct Claim<'a> {
    pub(super) client: &'a str,
    /// The URL that the assertion is shown to, and to no other.
    pub(super) audience: &'a str,
    pub(super) chain: Chain,
}

/// The assertion for one request; or why the text holds nothing that can prove anybody. What was found is not told.
pub(super) fn assertion(text: &Secret, claim: &Claim<'_>, now: Timestamp) -> Result<Secret, Said> {
    let key = key(text.expose())?;
    let mut chain = certificates(text.expose())?;
    let fits = |(_, certificate): &(CertificateDer<'_>, Certificate)| {
        let info = &certificate.tbs_certificate.subject_public_key_info;
        info.subject_public_key.raw_bytes() == key.public_key().as_ref()
    };
    let own = chain.iter().position(fits).ok_or_else(say::key_of_another)?;
    let (leaf, certificate) = chain.remove(own);
    let validity = certificate.tbs_certificate.validity;
    if let Some(end) = moment(validity.not_after).filter(|end| *end <= now) {
        return Err(say::certificate_ended(shown(end)));
    }
    if let Some(begin) = moment(validity.not_before).filter(|begin| *begin > now) {
        return Err(say::certificate_not_yet(shown(begin)));
    }

    let print = |how, der: &[u8]| URL_SAFE_NO_PAD.encode(digest::digest(how, der));
    // Older directories know a certificate by the one, newer by the other; each ignores what it does not know.
    let mut header = json!({
        "alg": "RS256",
        "typ": "JWT",
        "x5t": print(&digest::SHA1_FOR_LEGACY_USE_ONLY, &leaf),
        "x5t#S256": print(&digest::SHA256, &leaf),
    });
    if claim.chain == Chain::Sent {
        let others = chain.iter().map(|(der, _)| der);
        let all = std::iter::once(&leaf).chain(others).map(|der| STANDARD.encode(der));
        header["x5c"] = all.map(Value::from).collect();
    }
    let body = json!({
        "aud": claim.audience,
        "iss": claim.client,
        "sub": claim.client,
        "jti": uuid::Uuid::new_v4().to_string(),
        "nbf": now.as_second(),
        "exp": (now + LASTS).as_second(),
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&body));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
        .map_err(|_| say::key_does_not_sign())?;
    Ok(Secret::new(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

fn key(text: &str) -> Result<RsaKeyPair, Said> {
    let locked = ["BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"];
    if locked.iter().any(|mark| text.contains(mark)) {
        return Err(say::key_is_locked());
    }
    let rejected = |error: KeyRejected| match error.to_string().as_str() {
        "WrongAlgorithm" => say::key_is_not_rsa(),
        other => say::key_rejected(other),
    };
    match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(PrivateKeyDer::Pkcs8(der)) => {
            RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(rejected)
        }
        Ok(PrivateKeyDer::Pkcs1(der)) => {
            RsaKeyPair::from_der(der.secret_pkcs1_der()).map_err(rejected)
        }
        Ok(_) => Err(say::key_is_not_rsa()),
        Err(_) => Err(say::no_private_key()),
    }
}

fn certificates(text: &str) -> Result<Vec<(CertificateDer<'static>, Certificate)>, Said> {
    let mut all = Vec::new();
    for der in CertificateDer::pem_slice_iter(text.as_bytes()) {
        let der = der.map_err(|_| say::certificate_garbled())?;
        let read = Certificate::from_der(&der).map_err(|_| say::certificate_garbled())?;
        all.push((der, read));
    }
    if all.is_empty() { Err(say::no_certificate()) } else { Ok(all) }
}

fn moment(time: Time) -> Option<Timestamp> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
    Timestamp::from_second(seconds).ok()
}

fn shown(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../../../../tests/house/keys/application.pem");
    const CLAIM: Claim<'static> = Claim {
        client: "c",
        audience: "https://login.example/t/oauth2/v2.0/token",
        chain: Chain::Kept,
    };

    fn made(text: &str) -> Result<String, String> {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        assertion(&Secret::new(text.to_owned()), &CLAIM, now)
            .map(|made| made.expose().to_owned())
            .map_err(|why| rdpctl_words::english(&why))
    }

    fn part(assertion: &str, place: usize) -> Value {
        let part = assertion.split('.').nth(place).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn both_forms_of_a_key_prove_the_same_application_and_each_assertion_is_another() {
        let pkcs1 = include_str!("../../../../../tests/house/keys/application-pkcs1.pem");
        let (one, other) = (made(GOOD).unwrap(), made(pkcs1).unwrap());
        assert_eq!(part(&one, 0), part(&other, 0));
        assert_eq!(part(&one, 0)["alg"], "RS256");
        assert_eq!(part(&one, 1)["aud"], CLAIM.audience);
        assert_eq!(
            part(&one, 1)["exp"].as_i64().unwrap() - part(&one, 1)["nbf"].as_i64().unwrap(),
            300
        );
        assert_ne!(part(&one, 1)["jti"], part(&other, 1)["jti"]);
    }

    #[test]
    fn what_cannot_prove_anybody_is_refused_with_its_reason_before_anything_is_sent() {
        let certificate = GOOD.split_inclusive("-----END CERTIFICATE-----").next().unwrap();
        let key = GOOD.split_once("-----END CERTIFICATE-----").unwrap().1;
        for (text, why) in [
            (
                include_str!("../../../../../tests/house/keys/mismatched.pem"),
                "is not that of any certificate",
            ),
            (
                include_str!("../../../../../tests/house/keys/expired.pem"),
                "ended on 2021-01-01 00:00 UTC",
            ),
            (include_str!("../../../../../tests/house/keys/elliptic.pem"), "is not an RSA key"),
            (include_str!("../../../../../tests/house/keys/locked.pem"), "locked with a password"),
            (certificate, "there is no private key"),
            (key, "there is no certificate"),
            ("", "there is no private key"),
        ] {
            let refused = made(text).unwrap_err();
            assert!(refused.contains(why), "{refused}");
            assert!(!refused.contains("BEGIN") && !refused.contains("MII"), "{refused}");
        }
    }

    #[test]
    fn whoever_signed_is_shown_only_where_that_is_asked_for() {
        assert!(part(&made(GOOD).unwrap(), 0).get("x5c").is_none());
        let claim = Claim { chain: Chain::Sent, ..CLAIM };
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let sent = assertion(&Secret::new(GOOD.to_owned()), &claim, now).unwrap();
        assert_eq!(part(sent.expose(), 0)["x5c"].as_array().unwrap().len(), 1);
    }
}
