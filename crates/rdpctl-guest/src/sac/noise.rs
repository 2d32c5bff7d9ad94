//! What the firmware and the console's own service write between the lines: elements of XML, for programs.

/// How an element begins, and how it ends.
const ELEMENTS: [(&str, &str); 4] = [
    ("<?xml", "?>"),
    ("<channel-switch>", "</channel-switch>"),
    ("<machine-info>", "</machine-info>"),
    ("<BP>", "</BP>"),
];

/// The longest element. One that does not end is no element.
const LONGEST: usize = 8_192;

/// Lets through what is not such an element.
#[derive(Clone, Debug, Default)]
pub(super) struct Noise {
    /// What may become the beginning of one.
    held: String,
    /// The end that is waited for, the last characters before it, and how many there were.
    inside: Option<(&'static str, String, usize)>,
}

impl Noise {
    /// Takes a character and gives those that are certain to be meant for the screen.
    pub(super) fn pass(&mut self, letter: char, out: &mut Vec<char>) {
        if let Some((end, tail, count)) = &mut self.inside {
            tail.push(letter);
            *count += 1;
            while tail.chars().count() > end.len() {
                tail.remove(0);
            }
            if tail.ends_with(*end) || *count > LONGEST {
                self.inside = None;
            }
            return;
        }
        self.held.push(letter);
        let starts = |held: &str| ELEMENTS.iter().any(|(begin, _)| begin.starts_with(held));
        if let Some((_, end)) = ELEMENTS.iter().find(|(begin, _)| *begin == self.held) {
            self.inside = Some((end, String::new(), 0));
            self.held.clear();
        } else if !starts(&self.held) {
            // An element's beginning holds no second bracket, so that only the last character may begin another.
            let last = self.held.pop();
            out.extend(self.held.drain(..));
            match last {
                Some('<') => self.held.push('<'),
                Some(other) => out.push(other),
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(text: &str) -> String {
        let (mut noise, mut out) = (Noise::default(), Vec::new());
        for letter in text.chars() {
            noise.pass(letter, &mut out);
        }
        out.into_iter().collect()
    }

    #[test]
    fn elements_are_left_out_wherever_they_stand_and_text_in_brackets_is_not() {
        for (text, rest) in [
            ("SAC><?xml version=\"1.0\"?>\r\n", "SAC>\r\n"),
            ("a<channel-switch>\r\n<name>x</name></channel-switch>b", "ab"),
            ("<<BP>\r\n<INSTANCE/></BP>x", "<x"),
            ("a <b> <channels>", "a <b> <channels>"),
            ("<machine-info>never ends", ""),
        ] {
            assert_eq!(passed(text), rest, "{text}");
        }
    }

    #[test]
    fn an_element_without_an_end_does_not_hide_the_rest_for_ever() {
        let text = format!("<BP>{}SAC>", "x".repeat(LONGEST + 1));
        assert!(passed(&text).ends_with("SAC>"));
    }
}
