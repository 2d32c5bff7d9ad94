//! Replies as guests may send them: whole, cut, mixed, faked, in other code pages.

use proptest::prelude::*;

use super::*;
use crate::frame::Nonce;

fn batch() -> Batch {
    let mut batch = Batch::new(Nonce::from_number(0x7f3a));
    for tag in ["oemcp", "a", "b", "c"] {
        batch.ask(tag, "x");
    }
    batch
}

/// A reply as bytes, one line each, under the nonce of [`batch`].
fn read(lines: &[&str]) -> Frames {
    Frames::read(&batch(), lines.join("\r\n").as_bytes())
}

/// What became of the three frames, one letter each: whole, gap by cut, gap by mixture.
fn outcomes(frames: &Frames) -> String {
    ["a", "b", "c"]
        .iter()
        .map(|tag| match frames.get(tag) {
            Ok(_) => 'w',
            Err(Gap::Truncated { .. }) => 't',
            Err(Gap::Garbled { .. }) => 'g',
            Err(gap) => panic!("{gap:?}"),
        })
        .collect()
}

const A: [&str; 3] = ["#00007f3a B a", "one", "#00007f3a E 0"];
const B: [&str; 3] = ["#00007f3a B b", "two", "#00007f3a E 1060"];
const C: [&str; 3] = ["#00007f3a B c", "three", "#00007f3a E -2147024891"];
const Z: &str = "#00007f3a Z";

#[test]
fn a_whole_reply_gives_text_and_exit_code_of_each_command() {
    let frames = read(&[&A[..], &B[..], &C[..], &[Z]].concat());
    assert_eq!(frames.get("a"), Ok(&Frame { exit: 0, text: "one\n".to_owned() }));
    assert_eq!(frames.get("b").map(|frame| frame.exit), Ok(1060));
    assert_eq!(frames.get("c").map(|frame| frame.exit), Ok(-2_147_024_891));
    assert!(frames.finished());
}

#[test]
fn what_is_lost_cut_or_mixed_is_a_gap_and_the_rest_stays() {
    let cases: [(&str, Vec<&str>, &str); 12] = [
        ("nothing came back", vec![], "ttt"),
        ("one frame is lost", [&A[..], &C[..], &[Z]].concat(), "wtw"),
        ("cut inside the last frame", [&A[..], &B[..], &C[..2]].concat(), "wwt"),
        ("an end mark is lost", [&A[..2], &B[..], &C[..], &[Z]].concat(), "tww"),
        ("an end mark is cut", [&A[..2], &["#00007f3a E"], &B[..], &C[..], &[Z]].concat(), "tww"),
        (
            "an end mark is glued to a line",
            [&A[..2], &["x#00007f3a E 0"], &B[..], &C[..], &[Z]].concat(),
            "tww",
        ),
        (
            "other output between the lines",
            [&A[..2], &["noise"], &A[2..], &B[..], &C[..], &[Z]].concat(),
            "www",
        ),
        (
            "a mark of another batch",
            [&A[..2], &["#00001111 E 0"], &A[2..], &B[..], &C[..], &[Z]].concat(),
            "www",
        ),
        ("the last frame is lost with the end", [&A[..], &B[..]].concat(), "wwt"),
        (
            "a value closes its frame too early",
            [&A[..2], &A[2..], &A[2..], &B[..], &C[..], &[Z]].concat(),
            "gww",
        ),
        (
            "a value closes its frame and fakes a later one",
            [&A[..2], &["#00007f3a E 0"], &C[..], &A[2..], &B[..], &C[..], &[Z]].concat(),
            "gwg",
        ),
        ("a frame comes twice", [&A[..], &B[..], &B[..], &C[..], &[Z]].concat(), "ggw"),
    ];
    for (name, lines, expected) in cases {
        assert_eq!(outcomes(&read(&lines)), expected, "{name}");
    }
}

#[test]
fn a_skipped_command_is_told_from_a_lost_one() {
    let frames = read(&[&A[..], &["#00007f3a K b", "#00007f3a K c", Z]].concat());
    assert!(frames.is_skipped("b") && frames.is_skipped("c") && !frames.is_skipped("a"));
}

#[test]
fn text_that_is_not_utf_8_is_read_in_the_page_that_the_guest_names() {
    let reply = |page: &str| {
        let mut bytes = format!(
            "#00007f3a B oemcp\r\n    OEMCP    REG_SZ    {page}\r\n#00007f3a E 0\r\n#00007f3a B a\r\n"
        )
        .into_bytes();
        bytes.extend_from_slice(&[0xc4, 0xac, 0xc8, 0xcf]);
        bytes.extend_from_slice(b"\r\n#00007f3a E 0\r\n#00007f3a Z\r\n");
        Frames::read(&batch(), &bytes)
    };
    assert_eq!(reply("936").get("a").map(|frame| frame.text.as_str()), Ok("默认\n"));
    assert_eq!(reply("949").get("a").map(|frame| frame.text.as_str()), Ok("칵훰\n"));
    assert_eq!(reply("1").get("a"), Err(Gap::garbled(crate::said::say::no_code_page("a"))),);
}

#[test]
fn typed_utf_16_loses_its_nuls_and_its_byte_order_mark() {
    let mut bytes = b"#00007f3a B a\r\n\xff\xfe".to_vec();
    bytes.extend("D:PAI\r\n".encode_utf16().flat_map(u16::to_le_bytes));
    bytes.extend_from_slice(b"#00007f3a E 0\r\n");
    assert_eq!(
        Frames::read(&batch(), &bytes).get("a").map(|frame| frame.text.as_str()),
        Ok("D:PAI\n")
    );
}

#[test]
fn control_characters_do_not_pass() {
    let frames = read(&["#00007f3a B a", "\u{1b}[2Jx\u{9b}y\ttab", "#00007f3a E 0"]);
    assert_eq!(
        frames.get("a").map(|frame| frame.text.as_str()),
        Ok("\u{fffd}[2Jx\u{fffd}y\ttab\n")
    );
}

#[test]
fn a_hundred_megabytes_are_a_cut_reply() {
    let mut bytes = b"#00007f3a B a\r\n#00007f3a E 0\r\n#00007f3a B b\r\n".to_vec();
    bytes.resize(100 << 20, b'x');
    bytes.extend_from_slice(b"\r\n#00007f3a E 0\r\n#00007f3a Z\r\n");
    let frames = Frames::read(&batch(), &bytes);
    assert_eq!(outcomes(&frames), "wtt");
    assert!(!frames.finished());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Frames::read(&batch(), &bytes);
    }

    #[test]
    fn no_order_of_marks_makes_the_reader_panic(
        picks in proptest::collection::vec(0usize..8, 0..40)
    ) {
        let lines = ["#00007f3a B a", "#00007f3a B b", "#00007f3a B c", "#00007f3a E 0", "#00007f3a K a", "x", Z, ""];
        let chosen: Vec<&str> = picks.into_iter().map(|pick| lines[pick]).collect();
        let _ = read(&chosen);
    }
}

#[test]
fn a_mark_of_byte_order_in_the_middle_of_an_answer_is_no_part_of_a_name() {
    for mark in [&[0xff, 0xfe][..], &[0xef, 0xbb, 0xbf]] {
        let body = [b"rc 0\nf\n".as_slice(), mark, b"f686aace_x\nD:(A;;FA;;;SY)\n"].concat();
        let text = super::decode(body, super::CodePage::from_number(437)).unwrap();
        assert_eq!(text, "rc 0\nf\nf686aace_x\nD:(A;;FA;;;SY)\n");
    }
}
