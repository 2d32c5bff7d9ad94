//! Putting slices together.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdpctl_model::Gap;
use rdpctl_model::guest::Answer;
use sha2::{Digest as _, Sha256};

use crate::frame::Nonce;
use crate::read::{hexadecimal, lines};

use super::cabinet::unpack;
use super::render::lines_per_slice;
use crate::said::say;
use rdpctl_model::Said;

/// More lines than any observation has; 20,000 lines are a megabyte of cabinet.
const LINES_LIMIT: usize = 20_000;

/// A packed reply on its way.
#[derive(Clone, Debug)]
pub struct Assembly {
    nonce: Nonce,
    slice: usize,
    lines: Lines,
    header: Header,
}

/// Numbered lines in one piece of memory: of thousands of guests they wait side by side.
#[derive(Clone, Debug, Default)]
struct Lines {
    text: String,
    /// The number of each line that is here, counted from 0 and in that order, and where it lies.
    places: Vec<(usize, Range<usize>)>,
}

impl Lines {
    /// Takes a line; one that comes again is the later one.
    fn put(&mut self, number: usize, line: &str) {
        let from = self.text.len();
        self.text.push_str(line);
        let place = (number, from..self.text.len());
        match self.places.binary_search_by_key(&number, |(known, _)| *known) {
            Ok(at) => self.places[at] = place,
            Err(at) => self.places.insert(at, place),
        }
    }

    /// The first of so many that is not here.
    fn missing(&self, of: usize) -> Option<usize> {
        let here = self.places.iter().zip(0..).take_while(|((number, _), place)| number == place);
        Some(here.count()).filter(|first| *first < of)
    }

    /// Those that are here, in their order.
    fn iter(&self) -> impl Iterator<Item = &str> {
        self.places.iter().filter_map(|(_, place)| self.text.get(place.clone()))
    }
}

#[derive(Clone, Debug)]
struct Header {
    lines: usize,
    packing: Packing,
    hash: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Packing {
    /// A cabinet, as base64.
    Cabinet,
    /// The text, as base64.
    Plain,
    /// The text as it is.
    Raw(Vec<u8>),
}

impl Assembly {
    /// Reads the first reply, of a channel that lets so many bytes through.
    pub fn begin(nonce: &Nonce, reply: usize, raw: &[u8]) -> Answer<Self> {
        let header = header(nonce, raw)?;
        let mut assembly = Self {
            nonce: nonce.clone(),
            slice: lines_per_slice(reply),
            lines: Lines::default(),
            header,
        };
        assembly.add(raw);
        Ok(assembly)
    }

    /// Takes the lines of a further reply.
    pub fn add(&mut self, raw: &[u8]) {
        for line in lines(raw).filter_map(|line| std::str::from_utf8(line).ok()) {
            let Some((number, text)) = line.trim().split_once(':') else { continue };
            let Ok(number) = number.parse::<usize>() else { continue };
            if (1..=self.header.lines).contains(&number) && text.len() <= 80 {
                self.lines.put(number - 1, text);
            }
        }
    }

    /// The next lines to ask for, counted from 0: none when all are here.
    #[must_use]
    pub fn missing(&self) -> Option<Range<usize>> {
        let first = self.lines.missing(self.header.lines)?;
        Some(first..first + self.slice)
    }

    /// The page of the rest that holds the next line to ask for, counted from 1.
    #[must_use]
    pub fn page(&self) -> Option<usize> {
        Some(self.missing()?.start / self.slice)
    }

    /// Whether a further reply is of the same answer.
    #[must_use]
    pub fn is_of_this(&self, raw: &[u8]) -> bool {
        let mark = format!("#{} Z", self.nonce).into_bytes();
        lines(raw).any(|line| line.trim_ascii_end() == mark)
    }

    /// The batch's nonce.
    #[must_use]
    pub fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// The output of the batch, once no line is missing.
    pub fn finish(self) -> Answer<Vec<u8>> {
        let damaged = |what: Said| Gap::garbled(say::packed_reply(what));
        if let Some(lines) = self.missing() {
            return Err(Gap::Truncated { what: say::packed_from(lines.start + 1) });
        }
        let text: String = self.lines.iter().filter(|line| !line.starts_with("-----")).collect();
        let decoded = || STANDARD.decode(&text).map_err(|_| damaged(say::no_base64()));
        let plain = match self.header.packing {
            Packing::Raw(bytes) => return Ok(bytes),
            Packing::Plain => decoded()?,
            Packing::Cabinet => {
                unpack(&decoded()?).map_err(|error| damaged(Said::quoted(error.to_string())))?
            }
        };
        let hash: String = hexadecimal(&Sha256::digest(&plain));
        if hash != self.header.hash {
            return Err(damaged(say::other_hash()));
        }
        Ok(plain)
    }
}

/// `#N H LINES PACKING HASH`, where old versions of the tool put blanks between the hash's bytes.
fn header(nonce: &Nonce, raw: &[u8]) -> Answer<Header> {
    let mark = format!("#{nonce} H ").into_bytes();
    let cut = || Gap::Truncated { what: say::packed_header() };
    let mut starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', raw).map(|end| end + 1));
    let start = starts.find(|start| raw[*start..].starts_with(&mark)).ok_or_else(cut)?;
    let rest = &raw[start + mark.len()..];
    let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(cut)?;
    let line = std::str::from_utf8(&rest[..end]).map_err(|_| cut())?.trim();
    let mut words = line.split(' ');
    let lines: usize = words.next().and_then(|word| word.parse().ok()).ok_or_else(cut)?;
    if lines > LINES_LIMIT {
        return Err(Gap::garbled(say::packed_lines(lines)));
    }
    let packing = match words.next() {
        Some("cab") => Packing::Cabinet,
        Some("txt") => Packing::Plain,
        Some("raw") => Packing::Raw(rest[end + 1..].to_vec()),
        Some(_) | None => return Err(cut()),
    };
    Ok(Header { lines, packing, hash: words.collect::<String>().to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cabinet::tests::cabinet;
    use super::*;
    use crate::frame::Batch;
    use crate::pack::slice;
    use crate::script::{Form, Script};

    fn nonce() -> Nonce {
        Nonce::from_number(0x7f3a)
    }

    /// What a guest's encoder makes of some bytes.
    fn encoded(bytes: &[u8]) -> Vec<String> {
        let text = STANDARD.encode(bytes);
        let rows = text.as_bytes().chunks(64).map(|row| String::from_utf8_lossy(row).into_owned());
        let mut lines = vec!["-----BEGIN CERTIFICATE-----".to_owned()];
        lines.extend(rows);
        lines.push("-----END CERTIFICATE-----".to_owned());
        lines
    }

    fn slice_of(lines: &[String], range: &Range<usize>) -> String {
        let numbered = lines
            .iter()
            .zip(1..)
            .filter(|(_, number)| *number > range.start && *number <= range.end);
        numbered
            .flat_map(|(line, number): (&String, usize)| {
                [number.to_string(), format!(":{line}\r\n")]
            })
            .collect()
    }

    fn hash(bytes: &[u8]) -> String {
        hexadecimal(&Sha256::digest(bytes))
    }

    fn plain() -> Vec<u8> {
        (0..3_000u32)
            .flat_map(|number| format!("{:x}", number.wrapping_mul(2_654_435_761)).into_bytes())
            .collect()
    }

    #[test]
    fn slices_are_asked_for_until_all_lines_are_here() {
        let plain = plain();
        let lines = encoded(&cabinet(&plain));
        let header = format!("#00007f3a H {} cab {}\r\n#00007f3a Z\r\n", lines.len(), hash(&plain));
        let first = slice_of(&lines, &(0..54)) + &header;
        assert!(first.len() <= 4_096);
        let mut assembly = match Assembly::begin(&nonce(), 4_096, first.as_bytes()) {
            Ok(assembly) => assembly,
            Err(gap) => panic!("{gap:?}"),
        };
        let mut rounds = 0;
        while let Some(range) = assembly.missing() {
            let reply = slice_of(&lines, &range);
            assert!(reply.len() <= 4_096);
            assembly.add(reply.as_bytes());
            rounds += 1;
        }
        assert_eq!(rounds, lines.len().div_ceil(54) - 1);
        assert_eq!(assembly.finish(), Ok(plain));
    }

    #[test]
    fn without_the_packer_and_without_the_encoder_there_is_still_an_answer() {
        let plain = b"#00007f3a B a\r\n#00007f3a E 0\r\n".to_vec();
        let spaced: Vec<String> = hash(&plain)
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).into_owned())
            .collect();
        let lines = encoded(&plain);
        let text = format!(
            "{}#00007f3a H {} txt {}\r\n",
            slice_of(&lines, &(0..54)),
            lines.len(),
            spaced.join(" ")
        );
        let raw = ["#00007f3a H 0 raw -\r\n".to_owned().into_bytes(), plain.clone()].concat();
        for reply in [text.as_bytes(), &raw] {
            assert_eq!(
                Assembly::begin(&nonce(), 4_096, reply).and_then(Assembly::finish),
                Ok(plain.clone())
            );
        }
    }

    #[test]
    fn what_is_lost_or_changed_on_the_way_is_noticed() {
        let plain = plain();
        let lines = encoded(&cabinet(&plain));
        let whole = format!(
            "{}#00007f3a H {} cab {}\r\n",
            slice_of(&lines, &(0..lines.len())),
            lines.len(),
            hash(&plain)
        );
        let read = |text: &str| {
            Assembly::begin(&nonce(), 24_576, text.as_bytes()).and_then(Assembly::finish)
        };
        assert_eq!(read(&whole), Ok(plain.clone()));
        assert!(matches!(read(&whole.replace("\n7:", "\nx:")), Err(Gap::Truncated { .. })));
        assert!(matches!(read(&whole.replace(" H ", " I ")), Err(Gap::Truncated { .. })));
        assert!(matches!(
            read(&whole.replace(&hash(&plain), &hash(b""))),
            Err(Gap::Garbled { .. })
        ));
        assert!(matches!(read(&whole.replace("\n7:", "\n7:*")), Err(Gap::Garbled { .. })));
        assert!(matches!(read("#00007f3a H 99999999 cab 00\r\n"), Err(Gap::Garbled { .. })));
        assert!(matches!(read(""), Err(Gap::Truncated { .. })));
    }

    #[test]
    fn the_file_packs_what_its_commands_print() {
        let mut batch = Batch::new(nonce());
        batch.ask("a", "for %i in (1) do @echo %i");
        let Ok(Script::File(file)) = batch.script(Form::Packed { reply: 4_096 }) else {
            panic!("not rendered")
        };
        insta::assert_snapshot!(file.replace("\r\n", "\n"), @r#"
            @echo off
            setlocal EnableExtensions EnableDelayedExpansion
            set NoDefaultCurrentDirectoryInExePath=1
            set X=!SystemRoot!\System32
            set D=!SystemRoot!\rdpctl
            (if not exist !D!\ md !D! 2>nul)
            !X!\icacls.exe !D! /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" >nul 2>&1
            (if not !errorlevel!==0 (echo #00007f3a X made&exit /b 1))
            md !D!\00007f3a 2>nul&cd /d !D!\00007f3a 2>nul
            (if /i not "!cd!"=="!D!\00007f3a" (echo #00007f3a X entered&exit /b 1))
            !X!\icacls.exe !D! >a 2>nul&!X!\findstr.exe /c:":(" a >b
            set Q=0&(for /f "delims=" %%q in (b) do set /a Q+=1 >nul)
            (if not !Q!==2 (echo #00007f3a X open&cd ..&rd /s /q 00007f3a&exit /b 1))
            call :main >txt 2>nul
            set S=txt
            set H=-
            !X!\makecab.exe txt cab >nul 2>&1
            if exist cab set S=cab
            !X!\certutil.exe -f -encode !S! b64 >nul 2>&1
            if not exist b64 set S=raw
            !X!\certutil.exe -hashfile txt SHA256 >sum 2>nul
            for /f "skip=1 tokens=*" %%h in (sum) do if "!H!"=="-" set H=%%h
            if !S!==raw (echo #00007f3a H 0 raw -&type txt&cd ..&rd /s /q 00007f3a&exit /b 0)
            set n=0
            for /f "tokens=*" %%a in (b64) do (set /a n+=1 >nul&if !n! gtr 0 if !n! leq 54 echo !n!:%%a)
            echo #00007f3a H !n! !S! !H!
            if !n! leq 54 (cd ..&rd /s /q 00007f3a)
            echo #00007f3a Z
            exit /b 0
            :main
            chcp 65001 >nul
            echo #00007f3a B a&for %%i in (1) do @echo %%i&echo #00007f3a E !errorlevel!
            echo #00007f3a Z
            exit /b 0
            "#);
        let Script::File(more) = slice(&nonce(), &(54..108)) else { panic!("not a file") };
        insta::assert_snapshot!(more.replace("\r\n", "\n"), @r#"
            @echo off
            setlocal EnableExtensions EnableDelayedExpansion
            set NoDefaultCurrentDirectoryInExePath=1
            cd /d !SystemRoot!\rdpctl\00007f3a 2>nul
            (if /i not "!cd!"=="!SystemRoot!\rdpctl\00007f3a" (echo #00007f3a X entered&exit /b 1))
            set n=0
            for /f "tokens=*" %%a in (b64) do (set /a n+=1 >nul&if !n! gtr 54 if !n! leq 108 echo !n!:%%a)
            if !n! leq 108 (cd ..&rd /s /q 00007f3a)
            echo #00007f3a Z
            exit /b 0
            "#);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_assembly_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = [b"#00007f3a H 3 cab 00\r\n1:".to_vec(), bytes.clone()].concat();
            for raw in [bytes, text] {
                let _ = Assembly::begin(&nonce(), 4_096, &raw).and_then(Assembly::finish);
            }
        }
    }
}
