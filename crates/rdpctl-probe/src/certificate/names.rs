//! Names in certificates, for people: distinguished names as RFC 4514 writes them, alternative names as plain text.

use std::net::{Ipv4Addr, Ipv6Addr};

use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::Any;
use x509_cert::der::{Decode, Tag, Tagged};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;

/// A distinguished name, last part first, as `OpenSSL` prints it with `-nameopt RFC2253,utf8,-esc_msb`.
pub(super) fn distinguished(name: &Name) -> String {
    let parts: Vec<String> = name
        .0
        .iter()
        .rev()
        .map(|set| set.0.iter().rev().map(attribute).collect::<Vec<_>>().join("+"))
        .collect();
    parts.join(",")
}

/// More names than an honest desktop's certificate has; whoever has thousands fills nobody's report.
const MOST: usize = 100;

/// The DNS names and addresses of a certificate's alternative names, the first of them.
pub(super) fn alternative(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.tbs_certificate.extensions.as_deref().unwrap_or_default();
    let names = extensions
        .iter()
        .filter(|extension| extension.extn_id.to_string() == "2.5.29.17")
        .filter_map(|extension| SubjectAltName::from_der(extension.extn_value.as_bytes()).ok());
    names.flat_map(|names| names.0).filter_map(|name| general(&name)).take(MOST).collect()
}

fn general(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(octets) => match *octets.as_bytes() {
            [a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d).to_string()),
            _ => <[u8; 16]>::try_from(octets.as_bytes())
                .ok()
                .map(|octets| Ipv6Addr::from(octets).to_string()),
        },
        GeneralName::OtherName(_)
        | GeneralName::Rfc822Name(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::UniformResourceIdentifier(_)
        | GeneralName::RegisteredId(_) => None,
    }
}

fn attribute(pair: &AttributeTypeAndValue) -> String {
    let oid = pair.oid.to_string();
    let label = match oid.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "street",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "GN",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        other => other,
    };
    match text(&pair.value) {
        Some(text) => format!("{label}={}", escaped(&text)),
        None => format!("{label}=#{}", hex(pair.value.value()).to_uppercase()),
    }
}

/// The types whose bytes are UTF-8, or ASCII and so UTF-8 too.
const UTF8_TAGS: [Tag; 5] =
    [Tag::Utf8String, Tag::PrintableString, Tag::Ia5String, Tag::NumericString, Tag::VisibleString];

/// The characters of any of the string types that certificates carry.
fn text(value: &Any) -> Option<String> {
    let bytes = value.value();
    let tag = value.tag();
    if tag == Tag::TeletexString {
        // T.61 in name, Latin-1 in practice.
        Some(bytes.iter().copied().map(char::from).collect())
    } else if tag == Tag::BmpString {
        let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        Some(String::from_utf16_lossy(&units.collect::<Vec<u16>>()))
    } else {
        UTF8_TAGS.contains(&tag).then(|| String::from_utf8_lossy(bytes).into_owned())
    }
}

fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', c]),
            '#' if at == 0 => out.push_str("\\#"),
            ' ' if at == 0 || at == last => out.push_str("\\ "),
            c if c.is_control() => {
                let mut utf8 = [0; 4];
                for byte in c.encode_utf8(&mut utf8).bytes() {
                    out.push('\\');
                    out.push_str(&hex(&[byte]).to_uppercase());
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Two lower-case digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
