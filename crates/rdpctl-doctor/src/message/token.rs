//! Names and numbers in a message, as whole tokens.

/// What of a message is a name or a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    /// Every word of letters, digits and underscores, in upper case.
    words: Vec<String>,
    /// Numbers that are codes, in their order.
    codes: Vec<u32>,
}

/// Words up to which a text that shows nothing but a number is taken for a code.
const BARE: usize = 3;

impl Tokens {
    /// Takes a message apart. A number is a code where the message speaks of one, or holds hardly anything else.
    pub(super) fn of(text: &str, code_words: &[String]) -> Self {
        let lower = text.to_lowercase();
        let words: Vec<String> = text
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_uppercase)
            .collect();
        let speaks = code_words.iter().any(|word| lower.contains(word.as_str()));
        let codes: Vec<u32> = if speaks || words.len() <= BARE || bracketed(text) {
            words.iter().filter_map(|word| hexadecimal(word)).collect()
        } else {
            words
                .iter()
                .filter(|word| is_whole(word))
                .filter_map(|word| hexadecimal(word))
                .collect()
        };
        let codes = if codes.is_empty() && speaks { decimal(&words) } else { codes };
        Self { words, codes }
    }

    /// Whether a name stands in it.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.words.iter().any(|word| word.eq_ignore_ascii_case(name))
    }

    /// The code, and the one beside it that explains it.
    pub(super) fn code(&self) -> Option<(u32, Option<u32>)> {
        Some((*self.codes.first()?, self.codes.get(1).copied()))
    }
}

/// Whether a number stands in brackets, as FreeRDP writes them.
fn bracketed(text: &str) -> bool {
    text.contains("[0x") || text.contains("(0x")
}

/// Whether a number is written with all its eight digits, as statuses and FreeRDP's errors are, and is none of the small ones
/// that need a word beside them.
fn is_whole(word: &str) -> bool {
    word.len() == 10 && hexadecimal(word).is_some_and(|number| number > 0xffff)
}

fn hexadecimal(word: &str) -> Option<u32> {
    let digits = word.strip_prefix("0X")?;
    if digits.is_empty() {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// The number that stands right behind the word `CODE` or `REASON`.
fn decimal(words: &[String]) -> Vec<u32> {
    words
        .windows(2)
        .filter(|pair| pair[0] == "CODE" || pair[0] == "REASON")
        .filter_map(|pair| pair[1].parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<(u32, Option<u32>)> {
        Tokens::of(text, &["code".to_owned(), "コード".to_owned()]).code()
    }

    #[test]
    fn a_code_is_a_whole_token_beside_a_word_that_announces_it() {
        assert_eq!(code("Error code: 0x204"), Some((0x204, None)));
        assert_eq!(code("Error code: 0x2040"), Some((0x2040, None)));
        assert_eq!(code("エラーコード: 0x904 拡張エラーコード: 0x7"), Some((0x904, Some(7))));
        assert_eq!(code("0x104"), Some((0x104, None)));
        assert_eq!(code("ERRCONNECT_X [0x0002000D] while connecting to it"), Some((0x2000d, None)));
        assert_eq!(code("disconnect code 2308"), Some((2308, None)));
        assert_eq!(code("At the address 0x204 of the dump somebody wrote"), None);
        assert_eq!(code("Error code: 0x"), None);
        assert_eq!(code("0x00010009 the server says that access is denied"), Some((0x10009, None)));
        assert_eq!(code("At the address 0x00000204 of the dump somebody wrote"), None);
    }
}
