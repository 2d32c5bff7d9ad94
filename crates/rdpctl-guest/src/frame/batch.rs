//! A batch: commands in order, each between two marks that carry the nonce, its tag and its exit code.
//!
//! Commands are kept in the form of a command line. A command file is the same text with every percent sign doubled,
//! because `cmd` reads `%` differently there and nothing else.

use crate::refusal::Unrenderable;
use crate::script::{LINE_LIMIT, Script};

use super::nonce::Nonce;

/// The longest body of one command line: what `cmd` takes, less the wrapper and some air.
const BODY_LIMIT: usize = 7_900;

/// Commands that are answered together.
#[derive(Clone, Debug)]
pub struct Batch {
    nonce: Nonce,
    prelude: Vec<String>,
    segments: Vec<String>,
    tags: Vec<String>,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new(nonce: Nonce) -> Self {
        // UTF-8 where the guest can: in the Chinese and Japanese pages half a character may look like `|` or `\`.
        Self {
            nonce,
            prelude: vec!["chcp 65001 >nul".to_owned()],
            segments: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// The nonce.
    #[must_use]
    pub fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// The tags in the order in which they are to come back.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Adds a command that every line needs first, because lines share no variables.
    pub fn prelude(&mut self, command: impl Into<String>) {
        self.prelude.push(command.into());
    }

    /// Adds one command under a tag.
    pub fn ask(&mut self, tag: &str, command: &str) {
        let segment = format!("{}&{command}&{}", self.begin(tag), self.end());
        self.segments.push(segment);
        self.tags.push(tag.to_owned());
    }

    /// Adds commands that print the marks of these tags themselves.
    pub fn segment(&mut self, text: String, tags: impl IntoIterator<Item = String>) {
        self.segments.push(text);
        self.tags.extend(tags);
    }

    /// The mark that opens a frame.
    #[must_use]
    pub fn begin(&self, tag: &str) -> String {
        format!("echo #{} B {tag}", self.nonce)
    }

    /// The mark that closes a frame with the exit code of the command before it.
    #[must_use]
    pub fn end(&self) -> String {
        format!("echo #{} E !errorlevel!", self.nonce)
    }

    /// The batch as command lines, as few as fit.
    pub fn lines(&self) -> Result<Script, Unrenderable> {
        let opening = self.prelude.iter().map(|command| format!("{command}&")).collect::<String>();
        let closing = format!("echo #{} Z", self.nonce);
        let room = BODY_LIMIT.saturating_sub(opening.len() + closing.len());
        let mut bodies: Vec<String> = vec![String::new()];
        for segment in &self.segments {
            if segment.len() >= room {
                return Err(Unrenderable::TooLong { length: segment.len(), limit: room });
            }
            if bodies.last().is_some_and(|body| body.len() + segment.len() >= room) {
                bodies.push(String::new());
            }
            if let Some(body) = bodies.last_mut() {
                body.push_str(segment);
                body.push('&');
            }
        }
        let lines =
            bodies.iter().map(|body| format!("cmd /v:on /d /q /s /c \"{opening}{body}{closing}\""));
        Ok(Script::Lines(lines.collect()))
    }

    /// The batch as one command file.
    pub fn file(&self) -> Result<String, Unrenderable> {
        let mut text =
            String::from("@echo off\r\nsetlocal EnableExtensions EnableDelayedExpansion\r\n");
        text.push_str(&self.file_body()?);
        text.push_str("exit /b 0\r\n");
        Ok(text)
    }

    /// The commands of the file, without its head and its end.
    pub(crate) fn file_body(&self) -> Result<String, Unrenderable> {
        let mut text = String::new();
        for line in self.prelude.iter().chain(&self.segments) {
            let line = line.replace('%', "%%");
            if line.len() > LINE_LIMIT {
                return Err(Unrenderable::TooLong { length: line.len(), limit: LINE_LIMIT });
            }
            text.push_str(&line);
            text.push_str("\r\n");
        }
        text.push_str(&format!("echo #{} Z\r\n", self.nonce));
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce() -> Nonce {
        Nonce::from_number(0x7f3a)
    }

    #[test]
    fn a_batch_is_one_line_with_marks_around_each_command() {
        let mut batch = Batch::new(nonce());
        batch.prelude(r"set C=HKLM\SYSTEM\CurrentControlSet");
        batch.ask("sc/BFE", "sc queryex BFE 2>nul");
        assert_eq!(
            batch.lines(),
            Ok(Script::Lines(vec![
                "cmd /v:on /d /q /s /c \"chcp 65001 >nul&set C=HKLM\\SYSTEM\\CurrentControlSet&echo #00007f3a B \
                 sc/BFE&sc queryex BFE 2>nul&echo #00007f3a E !errorlevel!&echo #00007f3a Z\""
                    .to_owned()
            ]))
        );
    }

    #[test]
    fn a_file_doubles_every_percent_sign_and_ends_lines_as_windows_does() {
        let mut batch = Batch::new(nonce());
        batch.segment("(for %s in (BFE) do @(echo %s))".to_owned(), []);
        let file = batch.file().unwrap_or_default();
        insta::assert_snapshot!(file.replace("\r\n", "$\n"), @r"
        @echo off$
        setlocal EnableExtensions EnableDelayedExpansion$
        chcp 65001 >nul$
        (for %%s in (BFE) do @(echo %%s))$
        echo #00007f3a Z$
        exit /b 0$
        ");
    }

    #[test]
    fn commands_that_do_not_fit_one_line_take_several_that_each_know_the_prelude() {
        let mut batch = Batch::new(nonce());
        batch.prelude("set A=1");
        for number in 0..100 {
            batch.ask(&number.to_string(), &"x".repeat(200));
        }
        let Ok(Script::Lines(lines)) = batch.lines() else { panic!("not rendered") };
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.len() <= LINE_LIMIT && line.contains("&set A=1&")));
        assert!(lines.iter().all(|line| line.ends_with("echo #00007f3a Z\"")));
    }

    #[test]
    fn a_command_that_fits_no_line_is_refused() {
        let mut batch = Batch::new(nonce());
        batch.ask("long", &"x".repeat(8_200));
        assert!(matches!(batch.lines(), Err(Unrenderable::TooLong { .. })));
        assert!(matches!(batch.file(), Err(Unrenderable::TooLong { .. })));
    }
}
