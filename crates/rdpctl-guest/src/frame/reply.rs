//! Reading frames: which command said what, and which said nothing that can be trusted.
//!
//! Replies are bytes until their frames are found. What is lost, cut, out of order or doubled becomes a gap of the
//! frames concerned; the others stay good.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use memchr::memchr2;
use rdpctl_model::Gap;
use rdpctl_model::guest::Answer;

use super::batch::Batch;
use super::code_page::{CodePage, OEM_PAGE};
use crate::read::lines;
use crate::said::say;
use rdpctl_model::Said;

/// How much of a reply is read at most; a whole observation is about 20 KB.
pub const REPLY_LIMIT: usize = 8 << 20;

/// One command's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its exit code, whose 32 bits may be an `HRESULT`.
    pub exit: i32,
    /// What it printed, lines ended by `\n`, control characters replaced.
    pub text: String,
}

/// The answers to a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    answers: BTreeMap<String, Answer<Frame>>,
    skipped: BTreeSet<String>,
    finished: bool,
}

impl Frames {
    /// Reads a reply to a batch.
    #[must_use]
    pub fn read(batch: &Batch, raw: &[u8]) -> Self {
        let whole = raw.len() <= REPLY_LIMIT;
        let bytes = without_nuls(&raw[..raw.len().min(REPLY_LIMIT)]);
        let mut reader = Reader::new(batch, raw);
        for line in lines(&bytes) {
            reader.line(line);
        }
        reader.finish(whole)
    }

    /// The answer under a tag.
    pub fn get(&self, tag: &str) -> Answer<&Frame> {
        match self.answers.get(tag) {
            Some(Ok(frame)) => Ok(frame),
            Some(Err(gap)) => Err(gap.clone()),
            None => Err(Gap::Truncated { what: say::no_answer(tag) }),
        }
    }

    /// Whether the command was not run because one before it failed.
    #[must_use]
    pub fn is_skipped(&self, tag: &str) -> bool {
        self.skipped.contains(tag)
    }

    /// Whether the reply came to its end mark, so that what is missing was never printed.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Whether nothing of ours came back at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.skipped.is_empty() && !self.finished
    }
}

/// A mark at the start of a line.
enum Mark<'a> {
    Begin(&'a str),
    End(i32),
    Skipped(&'a str),
    Last,
}

/// A frame as found, in the order of the reply.
struct Found {
    place: usize,
    outcome: Result<(i32, Vec<u8>), Gap>,
}

struct Reader<'a> {
    mark: Vec<u8>,
    tags: &'a [String],
    /// Where each tag stands; needed only where answers come out of their order.
    places: OnceCell<BTreeMap<&'a str, usize>>,
    found: Vec<Found>,
    /// Before this place lie those of all that was found.
    next: usize,
    open: Option<(usize, Vec<u8>)>,
    skipped: BTreeSet<String>,
    finished: bool,
}

impl<'a> Reader<'a> {
    fn new(batch: &'a Batch, raw: &[u8]) -> Self {
        Self {
            mark: format!("#{} ", batch.nonce().answering(raw)).into_bytes(),
            tags: batch.tags(),
            places: OnceCell::new(),
            found: Vec::new(),
            next: 0,
            open: None,
            skipped: BTreeSet::new(),
            finished: false,
        }
    }

    fn line(&mut self, line: &[u8]) {
        let line = line.trim_ascii_end();
        match self.mark_of(line) {
            Some(Mark::Begin(tag)) => {
                self.cut(say::next_mark());
                if let Some(place) = self.place_of(tag) {
                    self.check_order(place);
                    self.open = Some((place, Vec::new()));
                }
            }
            Some(Mark::End(exit)) => match self.open.take() {
                Some((place, body)) => self.add(Found { place, outcome: Ok((exit, body)) }),
                // Somebody closed a frame before its time: the last one is not what it seems.
                None => {
                    if let Some(last) = self.found.len().checked_sub(1) {
                        self.distrust(last);
                    }
                }
            },
            Some(Mark::Skipped(tag)) => {
                self.cut(say::next_mark());
                self.skipped.insert(tag.to_owned());
            }
            Some(Mark::Last) => {
                self.cut(say::reply_end());
                self.finished = true;
            }
            None => {
                if let Some((_, body)) = &mut self.open {
                    body.extend_from_slice(line);
                    body.push(b'\n');
                }
            }
        }
    }

    fn mark_of<'l>(&self, line: &'l [u8]) -> Option<Mark<'l>> {
        let rest = std::str::from_utf8(line.strip_prefix(self.mark.as_slice())?).ok()?;
        match rest.split_once(' ') {
            Some(("B", tag)) => Some(Mark::Begin(tag)),
            Some(("E", code)) => Some(Mark::End(exit_code(code)?)),
            Some(("K", tag)) => Some(Mark::Skipped(tag)),
            Some(_) => None,
            None => (rest == "Z").then_some(Mark::Last),
        }
    }

    fn cut(&mut self, why: Said) {
        if let Some((place, _)) = self.open.take() {
            let what = say::cut(&self.tags[place], why);
            self.add(Found { place, outcome: Err(Gap::Truncated { what }) });
        }
    }

    fn add(&mut self, found: Found) {
        self.next = self.next.max(found.place + 1);
        self.found.push(found);
    }

    /// Where a tag stands, which is nearly always behind the one before it.
    fn place_of(&self, tag: &str) -> Option<usize> {
        let tags: &'a [String] = self.tags;
        if tags.get(self.next).is_some_and(|next| next == tag) {
            return Some(self.next);
        }
        let all = || tags.iter().map(String::as_str).zip(0..).collect::<BTreeMap<_, _>>();
        self.places.get_or_init(all).get(tag).copied()
    }

    /// Frames come in the order of the batch. One that is behind its time shows that an earlier one of the same place
    /// or a later place was printed by something else, and so was the end of the frame around it.
    fn check_order(&mut self, place: usize) {
        if place >= self.next {
            return;
        }
        let early: Vec<usize> =
            (0..self.found.len()).filter(|index| self.found[*index].place >= place).collect();
        for index in
            early.iter().copied().chain(early.first().and_then(|first| first.checked_sub(1)))
        {
            self.distrust(index);
        }
    }

    fn distrust(&mut self, index: usize) {
        let found = &mut self.found[index];
        found.outcome = Err(Gap::garbled(say::mixed(&self.tags[found.place])));
    }

    fn finish(mut self, whole: bool) -> Frames {
        self.cut(say::reply_ended());
        let page = self.oem_page();
        let mut answers: BTreeMap<String, Answer<Frame>> = BTreeMap::new();
        for found in self.found {
            let tag = &self.tags[found.place];
            let answer = match found.outcome {
                Ok((exit, body)) => decode(body, page)
                    .map(|text| Frame { exit, text })
                    .ok_or_else(|| Gap::garbled(say::no_code_page(tag))),
                Err(gap) => Err(gap),
            };
            // A tag that came twice stays untrusted, whichever of the two is ours.
            answers
                .entry(tag.clone())
                .and_modify(|known| {
                    *known = Err(Gap::garbled(say::twice(tag)));
                })
                .or_insert(answer);
        }
        Frames { answers, skipped: self.skipped, finished: self.finished && whole }
    }

    /// The code page that the guest itself names: the data of the one value in that frame.
    fn oem_page(&self) -> Option<CodePage> {
        let found = self.found.iter().find(|found| self.tags[found.place] == OEM_PAGE)?;
        let (_, body) = found.outcome.as_ref().ok()?;
        let number = body.split(|byte| *byte == b'\n').find_map(|line| {
            let text = std::str::from_utf8(line).ok()?;
            text.split_once("REG_SZ")?.1.trim().parse().ok()
        })?;
        CodePage::from_number(number)
    }
}

/// An exit code as `cmd` prints it: signed, or unsigned where a tool prints it itself.
fn exit_code(text: &str) -> Option<i32> {
    let number: i64 = text.parse().ok()?;
    i32::try_from(number).ok().or_else(|| u32::try_from(number).ok().map(u32::cast_signed))
}

fn decode(body: Vec<u8>, page: Option<CodePage>) -> Option<String> {
    let may_be = memchr2(0xff, 0xef, &body).is_some();
    let marked = may_be
        && body.split_inclusive(|byte| *byte == b'\n').any(|line| without_mark(line) != line);
    let body = if marked {
        body.split_inclusive(|byte| *byte == b'\n').flat_map(without_mark).copied().collect()
    } else {
        body
    };
    let text = match (String::from_utf8(body), page) {
        (Ok(text), _) => text,
        (Err(error), Some(page)) => page.decode(error.as_bytes()),
        (Err(_), None) => return None,
    };
    let harmless = |letter: char| !letter.is_control() || letter == '\n' || letter == '\t';
    let is_harmless = if text.is_ascii() {
        text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~'))
    } else {
        text.chars().all(harmless)
    };
    if is_harmless {
        return Some(text);
    }
    Some(
        text.chars()
            .map(|letter| if harmless(letter) { letter } else { char::REPLACEMENT_CHARACTER })
            .collect(),
    )
}

/// What consoles of UTF-16 put between letters is no part of an answer.
fn without_nuls(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&0) {
        Cow::Owned(raw.iter().copied().filter(|byte| *byte != 0).collect())
    } else {
        Cow::Borrowed(raw)
    }
}

/// A line without a byte order mark: of UTF-16 that was typed as it lies on disk, with its NULs gone already, or of UTF-8.
/// A file is typed behind other lines, so that a mark may stand in the middle of an answer.
fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(&[0xff, 0xfe])
        .or_else(|| line.strip_prefix(&[0xef, 0xbb, 0xbf]))
        .unwrap_or(line)
}

#[cfg(test)]
mod tests;
