//! Assertions by which an application proves itself with a certificate: really checked, as the directory does.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rustls::{SignatureScheme, crypto::ring};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::{der, world::Account};

/// What a request says that it shows.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far a client's clock may be wrong.
const SKEW: i64 = 300;

/// How long an assertion may be valid.
const LONGEST: i64 = 86_400;

/// The id of a good assertion; or the directory's number for what is wrong with it, in its words.
pub(super) fn check(
    account: &Account,
    assertion: &str,
    audience: &str,
    now: i64,
) -> Result<String, (u32, &'static str)> {
    const FORM: (u32, &str) = (50027, "JWT token is invalid or malformed.");
    let mut parts = assertion.split('.');
    let (Some(head), Some(body), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(FORM);
    };
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| FORM);
    let read = |part: &str| serde_json::from_slice::<Value>(&bytes(part)?).map_err(|_| FORM);
    let (header, claims, signature) = (read(head)?, read(body)?, bytes(signature)?);

    let scheme = match header["alg"].as_str() {
        Some("RS256") => SignatureScheme::RSA_PKCS1_SHA256,
        Some("PS256") => SignatureScheme::RSA_PSS_SHA256,
        _ => return Err((50027, "JWT token uses an algorithm that is not supported.")),
    };
    let names = |der: &&Vec<u8>| {
        let is = |field: &str, print: &[u8]| {
            // The vendor's own libraries write it with padding, or in the other alphabet.
            let plain =
                |named: &str| named.trim_end_matches('=').replace('+', "-").replace('/', "_");
            header[field].as_str().map(|named| plain(named) == URL_SAFE_NO_PAD.encode(print))
        };
        let (new, old) = (
            is("x5t#S256", &Sha256::digest(der.as_slice())),
            is("x5t", &Sha1::digest(der.as_slice())),
        );
        // Each name that is given must be right, and there must be one.
        (new.is_some() || old.is_some()) && new.unwrap_or(true) && old.unwrap_or(true)
    };
    let unknown = (
        700_027,
        "The certificate with identifier used to sign the client assertion is not registered on application.",
    );
    let certificate = account.certificates.iter().find(names).ok_or(unknown)?;
    if der::not_after(certificate).is_none_or(|end| end.as_second() <= now) {
        return Err((
            700_027,
            "The certificate with identifier used to sign the client assertion is expired on application.",
        ));
    }
    let message = format!("{head}.{body}");
    let provider = ring::default_provider().signature_verification_algorithms;
    let known = provider.mapping.iter().find(|(known, _)| *known == scheme);
    let is_signed = known.into_iter().flat_map(|(_, algorithms)| algorithms.iter()).any(|how| {
        der::public_key(certificate)
            .is_some_and(|key| how.verify_signature(key, message.as_bytes(), &signature).is_ok())
    });
    if !is_signed {
        return Err((
            700_027,
            "Client assertion failed signature validation. The key was found, but use of the key to verify the signature failed.",
        ));
    }

    let text = |name: &str| claims[name].as_str().unwrap_or_default();
    if !text("aud").eq_ignore_ascii_case(audience) {
        return Err((700_023, "Client assertion audience claim does not match Realm issuer."));
    }
    if [text("iss"), text("sub")].iter().any(|who| !who.eq_ignore_ascii_case(&account.secret_id)) {
        return Err((
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    // The vendor's own libraries count fractions of seconds.
    let second = |name: &str| claims[name].as_number()?.to_string().split('.').next()?.parse().ok();
    let (begin, end) = (second("nbf").unwrap_or(now), second("exp").unwrap_or(0));
    if begin > now + SKEW || end <= now - SKEW || end - begin > LONGEST {
        return Err((700_024, "Client assertion is not within its valid time range."));
    }
    match text("jti") {
        "" => Err((50027, "JWT token is invalid: 'jti' is missing.")),
        id => Ok(id.to_owned()),
    }
}
