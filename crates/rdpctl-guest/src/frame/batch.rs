//! A batch: commands in order, each between two marks that carry the nonce, its tag and its exit code.
//!
//! Commands are kept in the form of a command line. A command file is the same text with percent signs doubled, because
//! `cmd` reads `%` differently there and nothing else.

use crate::envelope;
use crate::pack;
use crate::refusal::Unrenderable;
use crate::script::{Form, LINE_LIMIT, Script};

use super::code_page::OEM_PAGE;
use super::nonce::Nonce;

/// The interpreter by its full path.
const INTERPRETER: &str = r"%SystemRoot%\System32\cmd.exe";

/// The longest body of one command line: what `cmd` takes, less the wrapper and some air.
const BODY_LIMIT: usize = 7_900;

/// The longest command file: Tencent's agent takes 64 KB of base64.
const FILE_LIMIT: usize = 40_000;

/// Commands that are answered together.
#[derive(Clone, Debug)]
pub struct Batch {
    nonce: Nonce,
    prelude: Vec<String>,
    segments: Vec<Segment>,
    tags: Vec<String>,
}

/// Commands that stay on one line, and the tags of the frames that they print.
#[derive(Clone, Debug)]
struct Segment {
    text: String,
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
        self.segment(format!("{}&{command}&{}", self.begin(tag), self.end()), [tag.to_owned()]);
    }

    /// Asks which code page the guest's tools print in when they do not print UTF-8.
    pub fn ask_code_page(&mut self) {
        self.ask(
            OEM_PAGE,
            r"!X!\reg.exe query HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage /v OEMCP /reg:64 2>nul",
        );
    }

    /// Adds commands that print the marks of these tags themselves.
    pub fn segment(&mut self, text: String, tags: impl IntoIterator<Item = String>) {
        let tags: Vec<String> = tags.into_iter().collect();
        self.tags.extend(tags.iter().cloned());
        self.segments.push(Segment { text, tags });
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

    /// The mark that stands for a command that was not run.
    #[must_use]
    pub fn skip(&self, tag: &str) -> String {
        format!("echo #{} K {tag}", self.nonce)
    }

    /// The same commands in as few batches as each fit one line or one file.
    pub fn split(&self, form: Form) -> Result<Vec<Self>, Unrenderable> {
        let (longest, room) = match form {
            Form::Lines => (BODY_LIMIT - self.overhead(), BODY_LIMIT - self.overhead()),
            Form::File | Form::Packed { .. } => (LINE_LIMIT, FILE_LIMIT),
        };
        let empty = || Self { segments: Vec::new(), tags: Vec::new(), ..self.clone() };
        let mut parts = vec![empty()];
        let mut used = 0;
        for segment in &self.segments {
            let length = match form {
                Form::Lines => segment.text.len() + 1,
                Form::File | Form::Packed { .. } => envelope::in_file(&segment.text).len() + 2,
            };
            if length > longest {
                return Err(Unrenderable::TooLong { length, limit: longest });
            }
            if used > 0 && used + length > room {
                parts.push(empty());
                used = 0;
            }
            used += length;
            if let Some(part) = parts.last_mut() {
                part.segment(segment.text.clone(), segment.tags.iter().cloned());
            }
        }
        Ok(parts)
    }

    /// The whole batch as one script. A batch that fits neither a line nor a file has to be [split](Self::split).
    pub fn script(&self, form: Form) -> Result<Script, Unrenderable> {
        let parts = self.split(form)?;
        match form {
            Form::Lines => Ok(Script::Lines(parts.iter().map(Self::line).collect())),
            Form::File | Form::Packed { .. } if parts.len() > 1 => {
                let length = self.file_body().len();
                Err(Unrenderable::TooLong { length, limit: FILE_LIMIT })
            }
            Form::File => Ok(Script::File(self.file())),
            Form::Packed { reply } => {
                let text = pack::wrap(&self.nonce, &self.file_head(), &self.file_body(), reply);
                // What is not the same twice cannot be held ready.
                Ok(if self.nonce.is_drawn_there() {
                    Script::Registered(text)
                } else {
                    Script::File(text)
                })
            }
        }
    }

    /// What every line carries besides its commands.
    fn overhead(&self) -> usize {
        let prelude: usize = self.opening().iter().map(|command| command.len() + 1).sum();
        (prelude + self.closing().len()).min(BODY_LIMIT)
    }

    /// What stands before the commands of a line.
    fn opening(&self) -> Vec<String> {
        let mut all = envelope::enter(&self.nonce);
        all.extend(self.prelude.iter().cloned());
        all
    }

    fn closing(&self) -> String {
        format!("{}&{}", envelope::leave(&self.nonce), self.last())
    }

    fn last(&self) -> String {
        format!("echo #{} Z", self.nonce)
    }

    fn line(&self) -> String {
        let opening = self.opening();
        let commands = opening.iter().chain(self.segments.iter().map(|segment| &segment.text));
        let body: String = commands.map(|command| command.clone() + "&").collect();
        format!("{INTERPRETER} /v:on /d /q /s /c \"{body}{}\"", self.closing())
    }

    fn file(&self) -> String {
        let leave = envelope::leave(&self.nonce);
        format!("{}{}{leave}\r\nexit /b 0\r\n", self.file_head(), self.file_body())
    }

    /// The beginning of the command file.
    fn file_head(&self) -> String {
        envelope::file_head(&envelope::enter(&self.nonce))
    }

    /// The commands of the file, without its head and its end.
    fn file_body(&self) -> String {
        let commands = self.prelude.iter().chain(self.segments.iter().map(|segment| &segment.text));
        let body: String = commands.map(|command| envelope::in_file(command) + "\r\n").collect();
        format!("{body}{}\r\n", self.last())
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
        let Ok(Script::Lines(lines)) = batch.script(Form::Lines) else { panic!("not rendered") };
        insta::assert_snapshot!(lines.join("\n").replace('&', "&\n").replace("&\n1", "&1"), @r#"
        %SystemRoot%\System32\cmd.exe /v:on /d /q /s /c "set NoDefaultCurrentDirectoryInExePath=1&
        set X=!SystemRoot!\System32&
        set D=!SystemRoot!\rdpctl&
        (if not exist !D!\ md !D! 2>nul)&
        !X!\icacls.exe !D! /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" >nul 2>&1&
        (if not !errorlevel!==0 (echo #00007f3a X made&
        exit /b 1))&
        md !D!\00007f3a 2>nul&
        cd /d !D!\00007f3a 2>nul&
        (if /i not "!cd!"=="!D!\00007f3a" (echo #00007f3a X entered&
        exit /b 1))&
        !X!\icacls.exe !D! >a 2>nul&
        !X!\findstr.exe /c:":(" a >b&
        set Q=0&
        (for /f "delims=" %q in (b) do set /a Q+=1 >nul)&
        (if not !Q!==2 (echo #00007f3a X open&
        cd ..&
        rd /s /q 00007f3a&
        exit /b 1))&
        chcp 65001 >nul&
        set C=HKLM\SYSTEM\CurrentControlSet&
        echo #00007f3a B sc/BFE&
        sc queryex BFE 2>nul&
        echo #00007f3a E !errorlevel!&
        cd ..&
        rd /s /q 00007f3a&
        echo #00007f3a Z"
        "#);
    }

    #[test]
    fn a_file_doubles_every_percent_sign_and_ends_lines_as_windows_does() {
        let mut batch = Batch::new(nonce());
        batch.segment("(for %s in (BFE) do @(echo %s))".to_owned(), []);
        let Ok(Script::File(file)) = batch.script(Form::File) else { panic!("not rendered") };
        insta::assert_snapshot!(file.replace("\r\n", "$\n"), @r#"
        @echo off$
        setlocal EnableExtensions EnableDelayedExpansion$
        set NoDefaultCurrentDirectoryInExePath=1$
        set X=!SystemRoot!\System32$
        set D=!SystemRoot!\rdpctl$
        (if not exist !D!\ md !D! 2>nul)$
        !X!\icacls.exe !D! /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" >nul 2>&1$
        (if not !errorlevel!==0 (echo #00007f3a X made&exit /b 1))$
        md !D!\00007f3a 2>nul&cd /d !D!\00007f3a 2>nul$
        (if /i not "!cd!"=="!D!\00007f3a" (echo #00007f3a X entered&exit /b 1))$
        !X!\icacls.exe !D! >a 2>nul&!X!\findstr.exe /c:":(" a >b$
        set Q=0&(for /f "delims=" %%q in (b) do set /a Q+=1 >nul)$
        (if not !Q!==2 (echo #00007f3a X open&cd ..&rd /s /q 00007f3a&exit /b 1))$
        chcp 65001 >nul$
        (for %%s in (BFE) do @(echo %%s))$
        echo #00007f3a Z$
        cd ..&rd /s /q 00007f3a$
        exit /b 0$
        "#);
    }

    #[test]
    fn commands_that_do_not_fit_one_line_take_several_that_each_know_the_prelude() {
        let mut batch = Batch::new(nonce());
        batch.prelude("set A=1");
        for number in 0..100 {
            batch.ask(&number.to_string(), &"x".repeat(200));
        }
        let Ok(Script::Lines(lines)) = batch.script(Form::Lines) else { panic!("not rendered") };
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.len() <= LINE_LIMIT && line.contains("&set A=1&")));
        assert!(lines.iter().all(|line| line.ends_with("echo #00007f3a Z\"")));
    }

    #[test]
    fn a_command_that_fits_no_line_is_refused() {
        let mut batch = Batch::new(nonce());
        batch.ask("long", &"x".repeat(8_200));
        for form in [Form::Lines, Form::File, Form::Packed { reply: 4_096 }] {
            assert!(matches!(batch.script(form), Err(Unrenderable::TooLong { .. })), "{form:?}");
        }
    }
}
