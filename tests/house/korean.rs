//! Whoever asks in Korean is answered in Korean: no sentence of ours is left in English.

use crate::tool::Tool;

/// Lines in which four words of English stand in a row, outside of what is typed, quoted or shown as it was found.
fn english(text: &str) -> Vec<String> {
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase())
    };
    let speaks = |line: &str| {
        let own: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" . . ");
        let mut row = 0;
        own.split_whitespace().any(|word| {
            row = if is_word(word) { row + 1 } else { 0 };
            let is_long = row >= 4;
            // A list of names is no sentence.
            if word.ends_with(',') {
                row = 0;
            }
            is_long
        })
    };
    text.lines().filter(|line| speaks(line)).map(str::to_owned).collect()
}

#[test]
fn a_diagnosis_in_korean_says_nothing_in_english() {
    let tool = Tool::quickstart();
    for form in ["text", "markdown"] {
        let mut lines = Vec::new();
        for instance in ["web-01", "legacy-01"] {
            let said = tool.sim(&["doctor", "--lang", "ko", "--format", form, instance]).exits(2);
            // What the machine itself answered stands behind its question as it came.
            let mut quoted = false;
            for line in said.out.lines() {
                let asked = line.trim_start().starts_with("$ ");
                quoted = asked || (quoted && line.starts_with("      "));
                if !quoted {
                    lines.push(line.to_owned());
                }
            }
        }
        let left = english(&lines.join("\n"));
        assert!(left.is_empty(), "{form}: {left:#?}");
    }
}

#[test]
fn what_is_english_is_seen() {
    assert_eq!(english("경고: the agent is offline now").len(), 1);
    assert!(english("`net user ops active` 다음에 확인").is_empty());
}
