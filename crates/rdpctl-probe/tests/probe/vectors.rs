//! Bytes that real servers sent, and bytes that real servers understood.

use rdpctl_model::handshake::TlsVersion;
use rdpctl_probe::wire::flight::{End, Flight};
use rdpctl_probe::wire::hello::{KeyShare, client_hello};
use rdpctl_probe::wire::x224::{self, Answer, Protocols, Scan, Without};
use rdpctl_probe::wire::{credssp, ntlm};

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

#[test]
fn requests_are_the_bytes_that_servers_know() {
    for (protocols, bytes) in [
        (0, "030000130ee000000000000100080000000000"),
        (1, "030000130ee000000000000100080001000000"),
        (3, "030000130ee000000000000100080003000000"),
        (11, "030000130ee00000000000010008000b000000"),
    ] {
        assert_eq!(x224::request(Protocols(protocols)).as_slice(), unhex(bytes), "{protocols}");
    }
}

#[test]
fn answers_of_real_servers_are_read_as_they_were_meant() {
    let selected = |selected, flags| Answer::Selected { selected: Protocols(selected), flags };
    let failure = |failure| Answer::Failure { failure };
    for (server, bytes, answer) in [
        ("xrdp, TLS", "030000130ed000001234000201080001000000", selected(1, 1)),
        ("FreeRDP shadow, NLA", "030000130ed000000000000203080002000000", selected(2, 3)),
        ("weston", "030000130ed000000000000201080001000000", selected(1, 1)),
        ("xrdp without TLS", "030000130ed000001234000201080000000000", selected(0, 1)),
        ("Windows", "030000130ed00000123400021f080008000000", selected(8, 0x1f)),
        ("xrdp asked for 0", "030000130ed000001234000300080001000000", failure(1)),
        ("weston --rdp4-key", "030000130ed000000000000300080002000000", failure(2)),
        ("xrdp, no certificate", "030000130ed000001234000300080003000000", failure(3)),
        ("contradiction", "030000130ed000001234000300080004000000", failure(4)),
        ("FreeRDP, NLA only", "030000130ed000000000000300080005000000", failure(5)),
        ("client certificate", "030000130ed000001234000300080006000000", failure(6)),
        ("unheard of", "030000130ed000001234000300080099000000", failure(0x99)),
        ("old xrdp", "0300000b06d00000123400", Answer::Without(Without::NoNegotiation)),
        ("xrdp, unknown bits", "0300000902f0802180", Answer::Without(Without::Disconnect)),
        ("X.224 disconnect", "0300000b06800000123400", Answer::Without(Without::Disconnect)),
        ("an MCS connect response", "0300000902f0807f66", Answer::Without(Without::Malformed)),
        ("neither", "030000130ed000001234000700080001000000", Answer::Without(Without::Malformed)),
    ] {
        assert_eq!(x224::scan(&unhex(bytes)), Scan::Whole(answer), "{server}");
    }
}

#[test]
fn an_answer_is_waited_for_until_its_own_length() {
    let answer = unhex("030000130ed000001234000201080001000000");
    let wanted: Vec<Scan> = (0..answer.len()).map(|read| x224::scan(&answer[..read])).collect();
    for (read, scan) in wanted.into_iter().enumerate() {
        let missing = if read < 4 { 4 - read } else { 19 - read };
        assert_eq!(scan, Scan::Need(missing), "after {read} bytes");
    }
}

#[test]
fn what_is_not_rdp_is_known_from_its_first_bytes() {
    for bytes in [
        b"SSH-2.0-OpenSSH_9.2p1\r\n".as_slice(),
        b"H",
        &[0x15, 0x03, 0x01, 0x00, 0x02],
        &[3, 0, 0, 6],
        &[3, 0, 2, 1],
        &[3, 1, 0, 19],
        &[3, 0, 0xff, 0xff],
    ] {
        assert_eq!(
            x224::scan(bytes),
            Scan::Whole(Answer::Without(Without::Malformed)),
            "{bytes:x?}"
        );
    }
    assert_eq!(x224::printable(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "SSH-2.0-OpenSSH_9.2p1");
    assert_eq!(x224::printable(b"\x1b[31mred\x00\xff!"), ".[31mred..!");
    assert_eq!(x224::printable(&[b'a'; 100]), "a".repeat(32));
}

fn counting() -> [u8; 32] {
    std::array::from_fn(|at| u8::try_from(at).unwrap())
}

#[test]
fn hellos_are_the_bytes_that_servers_know() {
    let newest = "
        16030100c6010000c20303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00004c
        130213011303c02cc030c02bc02fcca9cca8009f009ec024c028c023c027006b0067c00ac014c009c01300390033
        009d009c003d003c0035002fc012c0080016000ac011c0070005000400ff0100004d000a000a0008001d00170018
        0019000b00020100000d001800160403050306030804080508060401050106010203020100170000002b00090803
        04030303020301003300020000002d00020101";
    let eleven = "
        160301008b010000870302000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f000046
        c02cc030c02bc02fcca9cca8009f009ec024c028c023c027006b0067c00ac014c009c01300390033009d009c003d
        003c0035002fc012c0080016000ac011c0070005000400ff01000018000a000a0008001d001700180019000b0002
        010000170000";
    let hello = |version| client_hello(version, &counting(), KeyShare::Empty);
    assert_eq!(hello(TlsVersion::V1_3), unhex(newest));
    assert_eq!(hello(TlsVersion::V1_1), unhex(eleven));
    let lengths: Vec<usize> = TlsVersion::ALL.iter().map(|version| hello(*version).len()).collect();
    assert_eq!(lengths, [144, 144, 172, 203]);
    // A share of 32 bytes behind its group and two lengths; nothing else differs.
    let with_share = client_hello(TlsVersion::V1_3, &counting(), KeyShare::X25519([7; 32]));
    assert_eq!(with_share.len(), 203 + 36);
}

fn read(bytes: &str) -> Flight {
    let mut flight = Flight::default();
    flight.push(&unhex(bytes));
    flight
}

const RETRY: &str = "
    16030300380200003403 03cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c
    00 1302 00 000c 002b00020304 00330002001d 140303000101";

#[test]
fn a_retry_request_proves_tls_1_3() {
    let flight = read(RETRY);
    let hello = flight.hello.unwrap();
    assert_eq!(
        (hello.version, hello.suite, flight.end),
        (TlsVersion::V1_3, 0x1302, Some(End::Complete))
    );
}

#[test]
fn a_flight_arrives_in_pieces_of_any_size() {
    let mut flight = Flight::default();
    for byte in unhex(RETRY) {
        flight.push(&[byte]);
    }
    assert_eq!(flight.hello.map(|hello| hello.version), Some(TlsVersion::V1_3));
}

#[test]
fn refusals_of_real_servers_prove_no_version() {
    for (server, bytes, end) in [
        ("xrdp", "15030200020246 0300000902f0802180", End::Alert(70)),
        ("FreeRDP", "15030200020250", End::Alert(80)),
        ("no common suite", "15030300020228", End::Alert(40)),
        ("a goodbye", "15030300020100", End::Alert(0)),
        ("xrdp, foreign key", "0300000902f0802180", End::Plaintext),
        ("not TLS", "485454502f312e31", End::Garbage),
        ("an endless record", "160303ffff", End::Garbage),
        ("certificate first", "16030300070b000003000000", End::Garbage),
    ] {
        let flight = read(bytes);
        assert_eq!((flight.hello, flight.end), (None, Some(end)), "{server}");
    }
}

#[test]
fn a_warning_ends_nothing() {
    assert_eq!(read("15030300020170").end, None);
}

const CHALLENGE: &str = "
    30819fa003020106a17430723070a06e046c 4e544c4d53535000 02000000 0400040038000000 b78288e2
    6a8770ef463f6f35 0000000000000000 300030003c000000 0601b11d0000000f 56004d00
    0200040056004d00 0100040056004d00 0400040076006d00 0300040076006d00 0700080080c9a8f2167add01
    00000000 a5220420b0183f37fc01946dba1388d4e5308990cf69530badc7cd9edd9e6c4bbbba7406";

#[test]
fn the_challenge_of_a_real_server_tells_its_names_version_and_clock() {
    let bytes = unhex(CHALLENGE);
    assert_eq!(credssp::scan(&bytes), credssp::Scan::Whole(162));
    assert_eq!(
        ntlm::challenge(&bytes),
        Some(ntlm::Challenge {
            target: Some("VM".to_owned()),
            netbios_domain: Some("VM".to_owned()),
            netbios_computer: Some("VM".to_owned()),
            dns_domain: Some("vm".to_owned()),
            dns_computer: Some("vm".to_owned()),
            dns_tree: None,
            os_version: Some((6, 1, 7601)),
            unix_time: Some(1_795_306_687), // 2026-11-22T00:18:07Z
        })
    );
    assert_eq!(credssp::error_code(&bytes), None);
}

#[test]
fn fields_of_a_challenge_that_lie_are_absent() {
    let mut bytes = unhex(CHALLENGE);
    bytes[34] = 0xff; // The target name now lies beyond the end.
    bytes[58] = 0xff; // And so does the target information.
    let challenge = ntlm::challenge(&bytes).unwrap();
    assert_eq!((challenge.target, challenge.netbios_computer), (None, None));
    assert_eq!(challenge.os_version, Some((6, 1, 7601)));
}

#[test]
fn a_status_instead_of_a_challenge_is_kept() {
    // STATUS_NTLM_BLOCKED, as Windows writes it, and as DER writes a number whose top bit is set.
    for bytes in ["300da003020106a4060204c0000418", "300ea003020106a407020500c0000418"] {
        let bytes = unhex(bytes);
        assert_eq!(credssp::scan(&bytes), credssp::Scan::Whole(bytes.len()));
        assert_eq!(credssp::error_code(&bytes), Some(0xc000_0418));
        assert_eq!(ntlm::challenge(&bytes), None);
    }
}

#[test]
fn what_is_sent_for_a_challenge_names_nobody() {
    let text = "3037a003020106a130302e302ca02a04284e544c4d5353500001000000b78208e2
                000000000000000000000000000000000a0063450000000f";
    assert_eq!(credssp::NEGOTIATE.as_slice(), unhex(text));
}

#[test]
fn an_answer_longer_than_sensible_is_not_read() {
    for (bytes, scan) in [
        ("", credssp::Scan::Need(2)),
        ("30", credssp::Scan::Need(1)),
        ("3081", credssp::Scan::Need(1)),
        ("308210", credssp::Scan::Need(1)),
        ("30820fff", credssp::Scan::Garbage),
        ("3083010000", credssp::Scan::Garbage),
        ("3080", credssp::Scan::Garbage),
        ("16", credssp::Scan::Garbage),
    ] {
        assert_eq!(credssp::scan(&unhex(bytes)), scan, "{bytes}");
    }
}
