//! NTLM's challenge as a Windows server gives it at its RDP port: names, version and clock.

use super::desktop::Identity;

/// What a server outside a domain answers to a client that offers everything.
const FLAGS: u32 = 0xe28a_8235;
const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// The challenge with these eight bytes that nobody can foresee.
pub(super) fn challenge(identity: &Identity, nonce: [u8; 8]) -> Vec<u8> {
    let (netbios, dns) = (utf16(&identity.netbios()), utf16(&identity.computer));
    let mut info = Vec::new();
    // Outside a domain the machine is its own domain.
    for (id, value) in [
        (2_u16, netbios.as_slice()),
        (1, &netbios),
        (4, &dns),
        (3, &dns),
        (7, &identity.file_time().to_le_bytes()),
        (0, &[]),
    ] {
        info.extend(id.to_le_bytes());
        info.extend(length16(value).to_le_bytes());
        info.extend(value);
    }
    let (major, minor, build) = identity.version();
    let mut message = SIGNATURE.to_vec();
    message.extend(2_u32.to_le_bytes());
    message.extend(descriptor(&netbios, 56));
    message.extend(FLAGS.to_le_bytes());
    message.extend(nonce);
    message.extend([0; 8]);
    message.extend(descriptor(&info, 56 + u32::from(length16(&netbios))));
    message.extend([major, minor]);
    message.extend(build.to_le_bytes());
    message.extend([0, 0, 0, 15]);
    message.extend(&netbios);
    message.extend(&info);
    message
}

fn descriptor(bytes: &[u8], offset: u32) -> [u8; 8] {
    let [low, high] = length16(bytes).to_le_bytes();
    let [a, b, c, d] = offset.to_le_bytes();
    [low, high, low, high, a, b, c, d]
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn length16(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}
