//! CredSSP as far as a probe goes: one `TSRequest` out, the server's answer in, no third message.
//!
//! Without the AUTHENTICATE message no logon is attempted: no lockout counter moves and no event tells of a failure.

/// A `TSRequest` (version 6) around a raw NTLMSSP NEGOTIATE without domain or workstation, client version 10.0.17763.
pub const NEGOTIATE: [u8; 57] = [
    0x30, 0x37, 0xa0, 0x03, 0x02, 0x01, 0x06, 0xa1, 0x30, 0x30, 0x2e, 0x30, 0x2c, 0xa0, 0x2a, 0x04,
    0x28, 0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0x00, 0x01, 0x00, 0x00, 0x00, 0xb7, 0x82, 0x08,
    0xe2, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x0a, 0x00, 0x63, 0x45, 0x00, 0x00, 0x00, 0x0f,
];

/// The largest answer that is read; a challenge with long names is under a kilobyte.
pub const LONGEST: usize = 4096;

/// How far the bytes read so far go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    /// This many more bytes are needed.
    Need(usize),
    /// The `TSRequest` is whole and this long.
    Whole(usize),
    /// It is no `TSRequest`, or one longer than is sensible.
    Garbage,
}

/// Reads the length of a `TSRequest` from its first bytes.
#[must_use]
pub fn scan(bytes: &[u8]) -> Scan {
    let (header, body) = match *bytes {
        [] => return Scan::Need(2),
        [tag, ..] if tag != 0x30 => return Scan::Garbage,
        [_, short, ..] if short < 0x80 => (2, usize::from(short)),
        [_, 0x81, length, ..] => (3, usize::from(length)),
        [_, 0x82, high, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
        [_] | [_, 0x81] => return Scan::Need(1),
        [_, 0x82, ..] => return Scan::Need(4 - bytes.len()),
        _ => return Scan::Garbage,
    };
    let whole = header + body;
    if whole > LONGEST {
        return Scan::Garbage;
    }
    match whole.checked_sub(bytes.len()) {
        Some(missing) if missing > 0 => Scan::Need(missing),
        Some(_) | None => Scan::Whole(whole),
    }
}

/// The version of CredSSP that the server speaks: below 5 it lacks the update of 2018, and current clients refuse it.
#[must_use]
pub fn version(request: &[u8]) -> Option<u32> {
    let (0x30, fields, _) = element(request)? else { return None };
    let (0xa0, content, _) = element(fields)? else { return None };
    let (0x02, digits, _) = element(content)? else { return None };
    match *digits {
        [] | [_, _, _, _, _, ..] => None,
        ref digits => Some(digits.iter().fold(0, |number, digit| number << 8 | u32::from(*digit))),
    }
}

/// The NTSTATUS of a `TSRequest` that carries an error instead of a token.
#[must_use]
pub fn error_code(request: &[u8]) -> Option<u32> {
    let (0x30, mut fields, _) = element(request)? else { return None };
    while let Some((tag, content, rest)) = element(fields) {
        if tag == 0xa4 {
            let (0x02, digits, _) = element(content)? else { return None };
            // A status has its top bit set, so DER may put a zero before it.
            let digits = if let [0, low @ ..] = digits { low } else { digits };
            return match *digits {
                [a, b, c, d] => Some(u32::from_be_bytes([a, b, c, d])),
                _ => None,
            };
        }
        fields = rest;
    }
    None
}

/// Splits one DER element into tag, content and what follows.
pub(crate) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, length, rest) = match bytes {
        [tag, short, rest @ ..] if *short < 0x80 => (*tag, usize::from(*short), rest),
        [tag, 0x81, length, rest @ ..] => (*tag, usize::from(*length), rest),
        [tag, 0x82, high, low, rest @ ..] => {
            (*tag, usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}
