//! OEM code pages that are one byte wide, and the choice among all pages that Windows uses as OEM page.
//!
//! Only the upper half is listed: the lower half is ASCII in each of them, and ASCII carries every fact.

use encoding_rs::Encoding;

/// The tag under which every batch may ask for the guest's OEM code page.
pub(crate) const OEM_PAGE: &str = "oemcp";

/// A code page that Windows may use for the output of its console tools.
#[derive(Clone, Copy, Debug)]
pub enum CodePage {
    /// A page that the web knows too.
    Web(&'static Encoding),
    /// A one-byte page, by its upper half.
    Single(&'static str),
}

impl CodePage {
    /// The page of that number, as `OEMCP` names it.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            932 => Self::Web(encoding_rs::SHIFT_JIS),
            936 => Self::Web(encoding_rs::GBK),
            949 => Self::Web(encoding_rs::EUC_KR),
            950 => Self::Web(encoding_rs::BIG5),
            54_936 => Self::Web(encoding_rs::GB18030),
            866 => Self::Web(encoding_rs::IBM866),
            874 => Self::Web(encoding_rs::WINDOWS_874),
            1250 => Self::Web(encoding_rs::WINDOWS_1250),
            1251 => Self::Web(encoding_rs::WINDOWS_1251),
            1252 => Self::Web(encoding_rs::WINDOWS_1252),
            1253 => Self::Web(encoding_rs::WINDOWS_1253),
            1254 => Self::Web(encoding_rs::WINDOWS_1254),
            1255 => Self::Web(encoding_rs::WINDOWS_1255),
            1256 => Self::Web(encoding_rs::WINDOWS_1256),
            1257 => Self::Web(encoding_rs::WINDOWS_1257),
            1258 => Self::Web(encoding_rs::WINDOWS_1258),
            65_001 => Self::Web(encoding_rs::UTF_8),
            437 => Self::Single(CP437),
            720 => Self::Single(CP720),
            737 => Self::Single(CP737),
            775 => Self::Single(CP775),
            850 => Self::Single(CP850),
            852 => Self::Single(CP852),
            857 => Self::Single(CP857),
            858 => Self::Single(CP858),
            862 => Self::Single(CP862),
            _ => return None,
        })
    }

    /// The text of some bytes; what the page does not assign becomes U+FFFD.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Web(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Self::Single(upper) => {
                let upper: Vec<char> = upper.chars().collect();
                bytes
                    .iter()
                    .map(|byte| match byte.checked_sub(128) {
                        None => char::from(*byte),
                        Some(place) => upper
                            .get(usize::from(place))
                            .copied()
                            .unwrap_or(char::REPLACEMENT_CHARACTER),
                    })
                    .collect()
            }
        }
    }
}

const CP437: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

const CP720: &str = "\
    \u{80}\u{81}éâ\u{84}à\u{86}çêëèïî\u{8d}\u{8e}\u{8f}\u{90}ّْô¤ـûùءآأؤ£إئابةتثجحخدذرزسشص«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀ضطظعغفµقكلمنهوىي≡ًٌٍَُِ≈°∙·√ⁿ²■\u{a0}";

const CP737: &str = "\
    ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\u{a0}";

const CP775: &str = "\
    ĆüéāäģåćłēŖŗīŹÄÅÉæÆōöĢ¢ŚśÖÜø£Ø×¤ĀĪóŻżź”¦©®¬½¼Ł«»░▒▓│┤ĄČĘĖ╣║╗╝ĮŠ┐\
    └┴┬├─┼ŲŪ╚╔╩╦╠═╬Žąčęėįšųūž┘┌█▄▌▐▀ÓßŌŃõÕµńĶķĻļņĒŅ’\u{ad}±“¾¶§÷„°∙·¹³²■\u{a0}";

const CP850: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

const CP852: &str = "\
    ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐\
    └┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

const CP857: &str = "\
    ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞşáíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ�ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµ�×ÚÛÙìÿ¯´\u{ad}±�¾¶§÷¸°¨·¹³²■\u{a0}";

const CP858: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

const CP862: &str = "\
    אבגדהוזחטיךכלםמןנסעףפץצקרשת¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

#[cfg(test)]
mod tests {
    use super::CodePage;

    #[test]
    fn the_oem_pages_of_the_four_languages_give_their_words() {
        let cases: [(u32, &[u8], &str); 6] = [
            (949, &[0xb1, 0xe2, 0xba, 0xbb], "기본"),
            (936, &[0xc4, 0xac, 0xc8, 0xcf], "默认"),
            (850, b"ABH\x99REN", "ABHÖREN"),
            (437, b"\x8er", "Är"),
            (852, b"\xacas", "Čas"),
            (866, &[0x84, 0xa0], "Да"),
        ];
        for (page, bytes, text) in cases {
            assert_eq!(
                CodePage::from_number(page).map(|page| page.decode(bytes)).as_deref(),
                Some(text),
                "{page}"
            );
        }
    }

    #[test]
    fn every_one_byte_page_assigns_its_whole_upper_half() {
        let all: Vec<u8> = (128..=255).collect();
        for page in [437, 720, 737, 775, 850, 852, 857, 858, 862] {
            let text =
                CodePage::from_number(page).map(|page| page.decode(&all)).unwrap_or_default();
            assert_eq!(text.chars().count(), 128, "{page}");
            assert!(text.chars().all(|letter| !letter.is_ascii()), "{page}");
        }
    }

    #[test]
    fn an_unknown_page_is_none() {
        assert!(CodePage::from_number(0).is_none());
    }
}
