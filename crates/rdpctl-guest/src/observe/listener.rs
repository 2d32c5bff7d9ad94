//! Whose certificate WinRM's own listener for TLS shows, so that it can be known again from outside.

use rdpctl_model::Gap;
use rdpctl_model::guest::Answer;
use sha2::{Digest as _, Sha256};

use crate::frame::{Batch, Frames};
use crate::read::{hexadecimal, registry};
use crate::said::say;

const TAG: &str = "wsman";

/// Where the machine's own certificates lie.
const STORE: &str = r"microsoft\systemcertificates\my\certificates";

/// Asks for the certificate that the listener names.
pub(super) fn ask(batch: &mut Batch) {
    let text = format!(
        r#"!X!\reg.exe query "!S!\Microsoft\Windows\CurrentVersion\WSMAN\Listener\*+HTTPS" /v certThumbprint /reg:64 >p 2>nul&!X!\findstr.exe REG_SZ p >o 2>nul&(for /f "tokens=3" %t in (o) do ({}&!X!\reg.exe query "!S!\{STORE}\%t" /v Blob /reg:64 2>nul&{}))"#,
        batch.begin(TAG),
        batch.end()
    );
    batch.segment(text, [TAG.to_owned()]);
}

/// The SHA-256 of that certificate; none where no listener names one, or it is not there.
pub(super) fn read(frames: &Frames) -> Answer<Option<String>> {
    // Where no listener names a certificate nothing is asked, and so nothing is answered.
    let Ok(frame) = frames.get(TAG) else {
        return if frames.finished() { Ok(None) } else { Err(unread()) };
    };
    match frame.exit {
        0 => {}
        1 => return Ok(None),
        _ => return Err(unread()),
    }
    let blob = registry::value_lines(&frame.text).find_map(|(_, data)| data.into_bytes());
    let certificate = blob.as_deref().and_then(encoded).ok_or_else(unread)?;
    Ok(Some(hexadecimal(&Sha256::digest(certificate))))
}

fn unread() -> Gap {
    Gap::garbled(say::listeners_certificate())
}

/// The certificate itself, among the records of its entry: an id, a number that says nothing, a length, and as many bytes.
fn encoded(mut rest: &[u8]) -> Option<&[u8]> {
    const ENCODED: u32 = 32;
    loop {
        let (head, after) = rest.split_first_chunk::<12>()?;
        let number = |at: usize| {
            head.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes)
        };
        let length = usize::try_from(number(8)?).ok()?;
        let (data, next) = after.split_at_checked(length)?;
        if number(0)? == ENCODED {
            return (!data.is_empty()).then_some(data);
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_is_found_among_its_records_and_no_bytes_bring_it_down() {
        let record = |id: u32, data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap();
            [&id.to_le_bytes()[..], &[1, 0, 0, 0], &length.to_le_bytes(), data].concat()
        };
        let blob = [record(3, b"thumbprint"), record(32, b"der"), record(2, b"")].concat();
        assert_eq!(encoded(&blob), Some(&b"der"[..]));
        for cut in 0..blob.len() {
            let found = encoded(&blob[..cut]);
            assert!(found.is_none_or(|found| found == b"der"), "{cut}");
        }
        assert_eq!(encoded(&record(32, b"")), None);
        assert_eq!(encoded(&[0xff; 64]), None);
    }
}
