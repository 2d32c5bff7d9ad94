//! TC3-HMAC-SHA256: checking that a request was signed by who it says.
//!
//! The check uses what was received, byte for byte: the raw body, the header values as they came, and the
//! list of signed headers that the request itself names.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::errors::Refusal;
use crate::world::hex;

/// How far a request's time may be from the server's, in seconds.
const WINDOW: i64 = 300;

/// A request's `Authorization`, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    pub(crate) secret_id: &'a str,
    pub(crate) date: &'a str,
    pub(crate) service: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// What of a request is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    pub(crate) query: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) unsigned_payload: bool,
}

impl<'a> Authorization<'a> {
    pub(crate) fn parse(header: &'a str) -> Result<Self, Refusal> {
        let malformed = || {
            Refusal::new(
                "AuthFailure.InvalidAuthorization",
                "The `Authorization` header is not of the form `TC3-HMAC-SHA256 Credential=, SignedHeaders=, Signature=`.",
            )
        };
        let parts = header.strip_prefix("TC3-HMAC-SHA256").ok_or_else(malformed)?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for part in parts.split(',') {
            match part.trim().split_once('=') {
                Some(("Credential", value)) => credential = Some(value),
                Some(("SignedHeaders", value)) => signed_headers = Some(value),
                Some(("Signature", value)) => signature = Some(value),
                Some(_) | None => return Err(malformed()),
            }
        }
        let scope: Vec<&str> = credential.ok_or_else(malformed)?.split('/').collect();
        let [secret_id, date, service, "tc3_request"] = scope[..] else { return Err(malformed()) };
        Ok(Self {
            secret_id,
            date,
            service,
            signed_headers: signed_headers.ok_or_else(malformed)?,
            signature: signature.ok_or_else(malformed)?,
        })
    }

    /// Checks the signature; `header` finds a received header by its lower-case name, `now` is the
    /// gateway's clock in Unix seconds.
    pub(crate) fn verify<'h>(
        &self,
        signed: Signed<'_>,
        header: impl Fn(&str) -> Option<&'h str>,
        secret_key: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        let timestamp: i64 = signed.timestamp.parse().map_err(|_| {
            Refusal::new(
                "AuthFailure.InvalidAuthorization",
                "`X-TC-Timestamp` is not a number of seconds.",
            )
        })?;
        if (now - timestamp).abs() > WINDOW {
            return Err(Refusal::new(
                "AuthFailure.SignatureExpire",
                format!(
                    "The provided credentials are expired: `X-TC-Timestamp` is {} s off.",
                    now - timestamp
                ),
            ));
        }
        let day = jiff::Timestamp::from_second(timestamp)
            .map(|moment| moment.strftime("%Y-%m-%d").to_string());
        if day.as_deref().ok() != Some(self.date) {
            return Err(Refusal::new(
                "AuthFailure.SignatureFailure",
                "The date in the credential scope is not the date of `X-TC-Timestamp`.",
            ));
        }
        let names: Vec<&str> = self.signed_headers.split(';').collect();
        if !names.contains(&"content-type") || !names.contains(&"host") {
            return Err(Refusal::new(
                "AuthFailure.InvalidAuthorization",
                "`SignedHeaders` must contain content-type and host.",
            ));
        }
        let mut headers = String::new();
        for name in names {
            let value = header(name).ok_or_else(|| {
                Refusal::new(
                    "AuthFailure.SignatureFailure",
                    format!("The signed header `{name}` is missing."),
                )
            })?;
            headers.push_str(name);
            headers.push(':');
            headers.push_str(&value.trim().to_lowercase());
            headers.push('\n');
        }
        let payload = if signed.unsigned_payload {
            hex_digest(b"UNSIGNED-PAYLOAD")
        } else {
            hex_digest(signed.body)
        };
        let canonical = format!(
            "{}\n/\n{}\n{headers}\n{}\n{payload}",
            signed.method, signed.query, self.signed_headers
        );
        let scope = format!("{}/{}/tc3_request", self.date, self.service);
        let to_sign = format!(
            "TC3-HMAC-SHA256\n{}\n{scope}\n{}",
            signed.timestamp,
            hex_digest(canonical.as_bytes())
        );
        let date_key = mac(format!("TC3{secret_key}").as_bytes(), self.date);
        let service_key = mac(&date_key, self.service);
        let signing_key = mac(&service_key, "tc3_request");
        if hex(&mac(&signing_key, &to_sign)) == self.signature {
            Ok(())
        } else {
            Err(Refusal::new(
                "AuthFailure.SignatureFailure",
                "The provided credentials could not be validated. Please check your signature is correct.",
            ))
        }
    }
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    // A key of any length is a key; the type only cannot say so.
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut hmac) => {
            hmac.update(message.as_bytes());
            hmac.finalize().into_bytes().to_vec()
        }
        Err(_) => Vec::new(),
    }
}

fn hex_digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vendor SDK's own signatures, from the specification's vectors.
    #[test]
    fn the_vendors_signatures_are_accepted() {
        /// Service, host, content type, further headers, body and signature.
        type Case<'a> = (&'a str, &'a str, &'a str, &'a str, &'a [u8], &'a str);
        let cases: &[Case<'_>] = &[
            (
                "cvm",
                "cvm.tencentcloudapi.com",
                "application/json",
                "content-type;host",
                br#"{"InstanceIds": ["ins-00000001"], "Limit": 100}"#,
                "633c3f14e64366ffdbfe861e59d758b472e82d3c26cb50d1e07ac472a747d4d2",
            ),
            (
                "vpc",
                "127.0.0.1:18080",
                "application/json",
                "content-type;host",
                br#"{"Filters": [{"Name": "instance-id", "Values": ["ins-00000001"]}], "Offset": 0, "Limit": 100}"#,
                "54e71267415a33d725daad4109256cb6a06e297a91ee86ca4761be1540b5fe19",
            ),
            (
                "cvm",
                "cvm.tencentcloudapi.com",
                "application/json; charset=utf-8",
                "content-type;host;x-tc-action",
                r#"{"InstanceName":"원격데스크톱"}"#.as_bytes(),
                "bb433c302f6ac55f1f299afeb54414b2e9bcf6f9f4a83e7c68b6c1d3653eb910",
            ),
            (
                "vpc",
                "vpc.tencentcloudapi.com",
                "application/json",
                "content-type;host",
                b"{}",
                "ef1bd1b3d79471630d0cb2cf128e096c6d99856c523ccffcdbc546f05c73caca",
            ),
        ];
        for (service, host, content_type, signed_headers, body, signature) in cases {
            let header = format!(
                "TC3-HMAC-SHA256 Credential=AKIDrdpctlTESTVECTOR000000000001/2023-11-14/{service}/tc3_request, \
                 SignedHeaders={signed_headers}, Signature={signature}"
            );
            let authorization = Authorization::parse(&header).unwrap();
            let find = |name: &str| match name {
                "content-type" => Some(*content_type),
                "host" => Some(*host),
                "x-tc-action" => Some("DescribeInstances"),
                _ => None,
            };
            let request = Signed {
                method: "POST",
                query: "",
                timestamp: "1700000000",
                body,
                unsigned_payload: false,
            };
            let key = "rdpctlTestVectorSecretKey0000001";
            assert_eq!(authorization.verify(request, find, key, 1_700_000_300), Ok(()), "{host}");

            let late = authorization.verify(request, find, key, 1_700_000_301).unwrap_err();
            assert_eq!(late.code, "AuthFailure.SignatureExpire");
            let changed = Signed { body: b"{ }", ..request };
            let forged = authorization.verify(changed, find, key, 1_700_000_000).unwrap_err();
            assert_eq!(forged.code, "AuthFailure.SignatureFailure");
        }
    }

    #[test]
    fn a_header_of_another_form_is_refused() {
        for header in [
            "",
            "Bearer x",
            "TC3-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
            "SKIP",
        ] {
            assert_eq!(
                Authorization::parse(header).unwrap_err().code,
                "AuthFailure.InvalidAuthorization",
                "{header}"
            );
        }
    }
}
