//! A hand-made `ClientHello` that offers one highest version and every cipher suite.
//!
//! TLS libraries no longer speak 1.0 and 1.1, and share no suite with old Windows. To learn a version and see a
//! certificate none is needed: one record out, the clear first flight back.

use rdpctl_model::handshake::TlsVersion;

use super::code_of;

/// All suites that a server of any age may know, since the aim is to be understood.
const SUITES: [u16; 34] = [
    0xc02c, 0xc030, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0x009f, 0x009e, 0xc024, 0xc028, 0xc023, 0xc027,
    0x006b, 0x0067, 0xc00a, 0xc014, 0xc009, 0xc013, 0x0039, 0x0033, 0x009d, 0x009c, 0x003d, 0x003c,
    0x0035, 0x002f, 0xc012, 0xc008, 0x0016, 0x000a, 0xc011, 0xc007, 0x0005, 0x0004,
];
const SUITES_1_3: [u16; 3] = [0x1302, 0x1301, 0x1303];
/// Says that renegotiation is secure without an extension.
const RENEGOTIATION_INFO: u16 = 0x00ff;

const GROUPS: &[u8] = &[0x00, 0x08, 0x00, 0x1d, 0x00, 0x17, 0x00, 0x18, 0x00, 0x19];
const POINT_FORMATS: &[u8] = &[0x01, 0x00];
const SIGNATURE_ALGORITHMS: &[u8] = &[
    0x00, 0x16, 0x04, 0x03, 0x05, 0x03, 0x06, 0x03, 0x08, 0x04, 0x08, 0x05, 0x08, 0x06, 0x04, 0x01,
    0x05, 0x01, 0x06, 0x01, 0x02, 0x03, 0x02, 0x01,
];
const SUPPORTED_VERSIONS: &[u8] = &[0x08, 0x03, 0x04, 0x03, 0x03, 0x03, 0x02, 0x03, 0x01];
const PSK_MODES: &[u8] = &[0x01, 0x01];

/// What a 1.3 hello says about its key share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyShare {
    /// None: a 1.3 server answers with a retry request, which proves the version without a key operation.
    Empty,
    /// These bytes as an x25519 share, for a server that stumbles over an empty list.
    X25519([u8; 32]),
}

/// The hello record that offers `highest` and everything below it.
#[must_use]
pub fn client_hello(highest: TlsVersion, random: &[u8; 32], share: KeyShare) -> Vec<u8> {
    let modern = highest == TlsVersion::V1_3;
    let mut body = Vec::with_capacity(256);
    body.extend(code_of(highest.min(TlsVersion::V1_2)).to_be_bytes());
    body.extend(random);
    body.push(0); // No session to resume.

    let new = if modern { SUITES_1_3.as_slice() } else { &[] };
    let suites: Vec<u8> = new
        .iter()
        .chain(&SUITES)
        .chain(&[RENEGOTIATION_INFO])
        .flat_map(|suite| suite.to_be_bytes())
        .collect();
    with_length(&mut body, &suites);
    body.extend([1, 0]); // No compression.
    with_length(&mut body, &extensions(highest, share));

    let mut record = vec![0x16, 0x03, 0x01];
    let [_, high, middle, low] = length32(body.len());
    let mut handshake = vec![0x01, high, middle, low];
    handshake.append(&mut body);
    with_length(&mut record, &handshake);
    record
}

fn extensions(highest: TlsVersion, share: KeyShare) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    let mut extension = |kind: u16, data: &[u8]| {
        out.extend(kind.to_be_bytes());
        with_length(&mut out, data);
    };
    extension(0x000a, GROUPS);
    extension(0x000b, POINT_FORMATS);
    if highest >= TlsVersion::V1_2 {
        extension(0x000d, SIGNATURE_ALGORITHMS);
    }
    extension(0x0017, &[]); // Extended master secret.
    if highest == TlsVersion::V1_3 {
        extension(0x002b, SUPPORTED_VERSIONS);
        match share {
            KeyShare::Empty => extension(0x0033, &[0, 0]),
            KeyShare::X25519(key) => {
                let mut list = vec![0x00, 0x24, 0x00, 0x1d, 0x00, 0x20];
                list.extend(key);
                extension(0x0033, &list);
            }
        }
        extension(0x002d, PSK_MODES);
    }
    out
}

/// Appends a block behind its 16-bit length. Every block here is a few hundred bytes at most.
fn with_length(out: &mut Vec<u8>, block: &[u8]) {
    let [_, _, high, low] = length32(block.len());
    out.extend([high, low]);
    out.extend(block);
}

fn length32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}
