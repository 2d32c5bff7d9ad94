//! Code pages: how console output becomes bytes.

use encoding_rs::{EUC_KR, GBK, SHIFT_JIS};

/// The upper halves of the single-byte pages, from 0x80.
const PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const PAGE_850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

const PAGE_866: &str = "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмноп░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀рстуфхцчшщъыьэюяЁёЄєЇїЎў°∙·√№¤■\u{a0}";

/// UTF-8.
pub(crate) const UTF_8: u32 = 65001;

/// Appends the text in the given code page; what the page lacks becomes a question mark.
pub(crate) fn encode(page: u32, text: &str, out: &mut Vec<u8>) {
    if text.is_ascii() || page == UTF_8 {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    match page {
        949 => double(EUC_KR, text, out),
        936 => double(GBK, text, out),
        932 => double(SHIFT_JIS, text, out),
        850 => single(PAGE_850, text, out),
        866 => single(PAGE_866, text, out),
        _ => single(PAGE_437, text, out),
    }
}

fn double(encoding: &'static encoding_rs::Encoding, text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        let mut buffer = [0; 4];
        let (bytes, _, lossy) = encoding.encode(c.encode_utf8(&mut buffer));
        if lossy {
            out.push(b'?');
        } else {
            out.extend_from_slice(&bytes);
        }
    }
}

fn single(page: &str, text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        // What a page lacks and has something like: Windows takes that.
        let c = match c {
            '’' => '\'',
            '—' => '-',
            other => other,
        };
        let byte = if c.is_ascii() {
            u8::try_from(u32::from(c)).ok()
        } else {
            page.chars().position(|known| known == c).and_then(|at| u8::try_from(at + 0x80).ok())
        };
        out.push(byte.unwrap_or(b'?'));
    }
}

/// The text that these bytes are in the given code page.
pub(crate) fn decode(page: u32, bytes: &[u8]) -> String {
    if bytes.is_ascii() {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let half = match page {
        949 => return EUC_KR.decode_without_bom_handling(bytes).0.into_owned(),
        936 => return GBK.decode_without_bom_handling(bytes).0.into_owned(),
        UTF_8 => return String::from_utf8_lossy(bytes).into_owned(),
        932 => return SHIFT_JIS.decode_without_bom_handling(bytes).0.into_owned(),
        850 => PAGE_850,
        866 => PAGE_866,
        _ => PAGE_437,
    };
    let upper: Vec<char> = half.chars().collect();
    bytes
        .iter()
        .map(|byte| match byte.checked_sub(0x80) {
            Some(at) => upper.get(usize::from(at)).copied().unwrap_or('?'),
            None => char::from(*byte),
        })
        .collect()
}

/// The text of a UTF-16LE file with its byte order mark; `None` when there is no mark.
pub(crate) fn from_utf16_file(bytes: &[u8]) -> Option<String> {
    let body = bytes.strip_prefix(&[0xff, 0xfe])?;
    let units: Vec<u16> =
        body.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    Some(String::from_utf16_lossy(&units))
}

/// A UTF-16LE file with its byte order mark.
pub(crate) fn to_utf16_file(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_their_own_code_page() {
        for (page, text, first) in [
            (437, "für", 0x66),
            (850, "ABHÖREN ß", b'A'),
            (949, "작업을 완료했습니다", 0xc0),
            (932, "この操作を正しく終了しました。", 0x82),
            (866, "Операция успешно завершена.", 0x8e),
            (936, "操作成功完成。", 0xb2),
            (65001, "작업", 0xec),
        ] {
            let mut bytes = Vec::new();
            encode(page, text, &mut bytes);
            assert_eq!(bytes[0], first, "{page}");
            assert_eq!(decode(page, &bytes), text, "{page}");
        }
    }

    #[test]
    fn single_byte_pages_have_128_characters() {
        assert_eq!(PAGE_437.chars().count(), 128);
        assert_eq!(PAGE_850.chars().count(), 128);
        assert_eq!(PAGE_866.chars().count(), 128);
    }
}
