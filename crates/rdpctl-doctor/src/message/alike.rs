//! Spellings that are alike: quotes, spaces, accents and full stops differ between clients and people.

use std::collections::HashSet;

/// Letters and digits alone, in lower case and without the accents of the Latin and Cyrillic letters that people leave
/// out.
pub(super) fn normal(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'á' | 'â' | 'ã' | 'å' => 'a',
            'ç' => 'c',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ñ' => 'n',
            'ò' | 'ó' | 'ô' | 'õ' => 'o',
            'ù' | 'ú' | 'û' => 'u',
            'ё' => 'е',
            other => other,
        })
        .collect()
}

/// Which share of a known text's pairs of letters stands in another text.
pub(super) fn coverage(known: &str, text: &str) -> f64 {
    let pairs =
        |text: &str| -> Vec<(char, char)> { text.chars().zip(text.chars().skip(1)).collect() };
    let there: HashSet<(char, char)> = pairs(text).into_iter().collect();
    let all = pairs(known);
    let Ok(count) = u32::try_from(all.len()) else { return 0.0 };
    if count == 0 {
        return 0.0;
    }
    let found = all.iter().filter(|pair| there.contains(pair)).count();
    u32::try_from(found).map_or(0.0, |found| f64::from(found) / f64::from(count))
}
