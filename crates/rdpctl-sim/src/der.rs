//! The little of DER that CredSSP and SPNEGO are written in.

/// One element; everything here is far below 64 KiB.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head = match (high, low) {
        (0, short) if short < 0x80 => vec![tag, short],
        (0, long) => vec![tag, 0x81, long],
        (high, low) => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), content].concat()
}

/// The first element: its tag, its content, and what follows it.
pub(crate) fn first(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (short, rest) = rest.split_first()?;
    let (length, rest) = match *short {
        short @ 0..=0x7f => (usize::from(short), rest),
        0x81 => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// The content of the first element, if it has this tag.
pub(crate) fn content(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    first(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, _)| content)
}

/// The content of the field with this tag in a sequence's content.
pub(crate) fn field(mut fields: &[u8], tag: u8) -> Option<&[u8]> {
    loop {
        let (found, content, rest) = first(fields)?;
        if found == tag {
            return Some(content);
        }
        fields = rest;
    }
}

/// A certificate from this field of its body on: serial number, algorithm, issuer, validity, subject, key.
fn certificate_from(certificate: &[u8], field: usize) -> Option<&[u8]> {
    let mut rest = content(content(certificate, 0x30)?, 0x30)?;
    // Before them all stands the version, where there is one.
    let skipped = if rest.first() == Some(&0xa0) { field + 1 } else { field };
    for _ in 0..skipped {
        rest = first(rest)?.2;
    }
    Some(rest)
}

/// When a certificate ends.
pub(crate) fn not_after(certificate: &[u8]) -> Option<jiff::Timestamp> {
    let validity = content(certificate_from(certificate, 3)?, 0x30)?;
    let (tag, text, _) = first(first(validity)?.2)?;
    let text = std::str::from_utf8(text).ok()?;
    let text = match (tag, text.get(..2)?.parse::<u8>().ok()?) {
        (0x18, _) => text.to_owned(),
        (_, 50..) => format!("19{text}"),
        (_, _) => format!("20{text}"),
    };
    let moment = jiff::civil::DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()?;
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// The public key in a certificate: the bits, without the algorithm.
pub(crate) fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    let key = content(certificate_from(certificate, 5)?, 0x30)?;
    let bits = content(first(key)?.2, 0x03)?;
    bits.split_first().map(|(_, bits)| bits)
}
