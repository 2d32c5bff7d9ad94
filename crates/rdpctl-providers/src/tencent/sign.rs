//! TC3-HMAC-SHA256: the signature that Tencent Cloud API 3.0 asks of every request.
//!
//! A function of its arguments: the moment comes from outside, so that the vendor's vectors are tests.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::{digest, hmac};

/// What the signature covers.
#[derive(Clone, Copy, Debug)]
pub struct Signable<'a> {
    /// The first label of the host, which the scope names: `cvm`, `vpc`, …
    pub service: &'a str,
    /// The `Host` header as it is sent, port included.
    pub host: &'a str,
    /// The `Content-Type` header as it is sent.
    pub content_type: &'a str,
    /// The `X-TC-Action` header, where it is to be covered too.
    pub action: Option<&'a str>,
    /// The body as it is sent.
    pub body: &'a [u8],
}

/// The `Authorization` header for a request sent at that moment with that key.
#[must_use]
pub fn authorization(
    request: &Signable<'_>,
    at: Timestamp,
    secret_id: &str,
    secret_key: &str,
) -> String {
    let date = at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string();
    let scope = format!("{date}/{}/tc3_request", request.service);
    let (canonical, signed_headers) = canonical_request(request);
    let to_sign = format!(
        "TC3-HMAC-SHA256\n{}\n{scope}\n{}",
        at.as_second(),
        hex_sha256(canonical.as_bytes())
    );

    let key = hmac_sha256(format!("TC3{secret_key}").as_bytes(), date.as_bytes());
    let key = hmac_sha256(key.as_ref(), request.service.as_bytes());
    let key = hmac_sha256(key.as_ref(), b"tc3_request");
    let signature = hex(hmac_sha256(key.as_ref(), to_sign.as_bytes()).as_ref());
    format!(
        "TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"
    )
}

/// The canonical request, and the names of the headers in it.
fn canonical_request(request: &Signable<'_>) -> (String, &'static str) {
    let mut text = format!(
        "POST\n/\n\ncontent-type:{}\nhost:{}\n",
        request.content_type.trim().to_ascii_lowercase(),
        request.host.trim().to_ascii_lowercase()
    );
    let signed_headers = match request.action {
        None => "content-type;host",
        Some(action) => {
            text.push_str("x-tc-action:");
            text.push_str(&action.to_ascii_lowercase());
            text.push('\n');
            "content-type;host;x-tc-action"
        }
    };
    text.push('\n');
    text.push_str(signed_headers);
    text.push('\n');
    text.push_str(&hex_sha256(request.body));
    (text, signed_headers)
}

fn hmac_sha256(key: &[u8], data: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data)
}

fn hex_sha256(data: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, data).as_ref())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET_ID: &str = "AKIDrdpctlTESTVECTOR000000000001";
    const SECRET_KEY: &str = "rdpctlTestVectorSecretKey0000001";

    fn signed(request: &Signable<'_>) -> String {
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        authorization(request, at, SECRET_ID, SECRET_KEY)
    }

    #[test]
    fn vector_1_instances_in_seoul() {
        let request = Signable {
            service: "cvm",
            host: "cvm.tencentcloudapi.com",
            content_type: "application/json",
            action: None,
            body: br#"{"InstanceIds": ["ins-00000001"], "Limit": 100}"#,
        };
        assert_eq!(
            hex_sha256(canonical_request(&request).0.as_bytes()),
            "ef8285912cfad80ba60b3ed5ca2a992a0e6bd711742eaaac60db1c663c937649"
        );
        assert_eq!(
            signed(&request),
            "TC3-HMAC-SHA256 Credential=AKIDrdpctlTESTVECTOR000000000001/2023-11-14/cvm/tc3_request, \
             SignedHeaders=content-type;host, \
             Signature=633c3f14e64366ffdbfe861e59d758b472e82d3c26cb50d1e07ac472a747d4d2"
        );
    }

    #[test]
    fn vector_2_a_host_with_a_port() {
        let request = Signable {
            service: "vpc",
            host: "127.0.0.1:18080",
            content_type: "application/json",
            action: None,
            body: br#"{"Filters": [{"Name": "instance-id", "Values": ["ins-00000001"]}], "Offset": 0, "Limit": 100}"#,
        };
        assert_eq!(
            hex_sha256(canonical_request(&request).0.as_bytes()),
            "b85075da5d15a51c96bb8b0a457a06ca334986e3602f35dde10f281c268a5254"
        );
        assert!(signed(&request).ends_with(
            "Signature=54e71267415a33d725daad4109256cb6a06e297a91ee86ca4761be1540b5fe19"
        ));
    }

    #[test]
    fn vector_3_three_headers_and_a_body_beyond_ascii() {
        let request = Signable {
            service: "cvm",
            host: "cvm.tencentcloudapi.com",
            content_type: "application/json; charset=utf-8",
            action: Some("DescribeInstances"),
            body: r#"{"InstanceName":"원격데스크톱"}"#.as_bytes(),
        };
        let (canonical, _) = canonical_request(&request);
        assert!(
            canonical.contains("d429a51a93dd17dea76010035399bda711511bf5d90b8e0c17a8bc339e6d961b")
        );
        assert_eq!(
            hex_sha256(canonical.as_bytes()),
            "4a15f325e11c78b051225b1583007d06cf67f956c5ab870f912455ccbc474fda"
        );
        assert!(signed(&request).ends_with(
            "SignedHeaders=content-type;host;x-tc-action, \
             Signature=bb433c302f6ac55f1f299afeb54414b2e9bcf6f9f4a83e7c68b6c1d3653eb910"
        ));
    }

    #[test]
    fn vector_4_no_parameters() {
        let request = Signable {
            service: "vpc",
            host: "vpc.tencentcloudapi.com",
            content_type: "application/json",
            action: None,
            body: b"{}",
        };
        assert_eq!(
            hex_sha256(canonical_request(&request).0.as_bytes()),
            "47fe372f9e0d2c27d5a005c0b50459dee3e6ac0f36778066e951f132d98f3931"
        );
        assert!(signed(&request).ends_with(
            "Signature=ef1bd1b3d79471630d0cb2cf128e096c6d99856c523ccffcdbc546f05c73caca"
        ));
    }
}
