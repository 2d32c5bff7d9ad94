//! Certificates that OpenSSL made and described: the probe describes them alike.

use rdpctl_probe::certificate::Certificate;
use serde_json::{Value, json};

fn read(der: &[u8]) -> Value {
    serde_json::to_value(Certificate::read(der, 1)).unwrap()
}

#[test]
fn an_authoritys_usual_certificate() {
    let expected = json!({
        "subject": "CN=vm1.example.com,O=Contoso\\, Ltd.,DC=example,DC=com",
        "issuer": "CN=vm1.example.com,O=Contoso\\, Ltd.,DC=example,DC=com",
        "self_signed": true,
        "not_before": "2026-06-01T00:00:00Z",
        "not_after": "2026-12-01T00:00:00Z",
        "key": "rsa",
        "bits": 2048,
        "signature": "sha256WithRSAEncryption",
        "names": ["vm1.example.com", "rdp.example.com", "10.0.0.4", "2001:db8::7"],
        "sha1": "7c945414c3668e6e8bf2c1941c5a7aa0327bdcff",
        "sha256": "671647a7ba5a6dca3771df79c4a4c71d650a70253e8c4cd03c979e88dad282b0",
        "chain_length": 1,
    });
    assert_eq!(read(include_bytes!("certificates/rsa.der")), expected);
}

#[test]
fn names_beyond_ascii_in_both_encodings() {
    let utf8 = read(include_bytes!("certificates/korean.der"));
    assert_eq!(utf8["subject"], "CN=웹서버-1,O=주식회사,C=KR");
    assert_eq!(
        (&utf8["key"], &utf8["bits"], &utf8["signature"]),
        (&json!("ec"), &json!(256), &json!("ecdsa-with-SHA384"))
    );
    let two_bytes = read(include_bytes!("certificates/bmp.der"));
    assert_eq!(two_bytes["subject"], "CN=웹서버-2");
}

#[test]
fn a_certificate_of_another_age() {
    // X.509 version 1, a short key, SHA-1, and an end that needs four digits for its year.
    let old = read(include_bytes!("certificates/weak.der"));
    assert_eq!((&old["subject"], &old["bits"]), (&json!("CN=OLD1"), &json!(1024)));
    assert_eq!(old["signature"], "sha1WithRSAEncryption");
    assert_eq!(old["not_after"], "2051-01-01T00:00:00Z");
    assert_eq!(old["sha1"], "da685162dbd4fa09d26ede1891678246086edf25");
}

#[test]
fn a_name_of_several_parts_and_a_large_curve() {
    let p521 = read(include_bytes!("certificates/p521.der"));
    assert_eq!((&p521["subject"], &p521["bits"]), (&json!("OU=x\\,y+CN=a b"), &json!(521)));
}

#[test]
fn what_does_not_parse_keeps_its_thumbprints() {
    let whole = include_bytes!("certificates/rsa.der");
    let broken = Certificate::read(&whole[..900], 2);
    assert!(!broken.is_readable());
    assert_eq!((broken.subject, broken.sha1.to_string().len(), broken.chain_length), (None, 40, 2));
}

#[test]
fn of_thousands_of_names_a_hundred_are_kept() {
    let names: Vec<String> = (0..3_000).map(|n| format!("vm{n}.example.com")).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let kept = Certificate::read(made.cert.der(), 1).names;
    assert_eq!(kept.len(), 100);
    assert_eq!(kept[99], "vm99.example.com");
}
