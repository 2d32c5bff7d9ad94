//! How lines come to an interpreter: typed and seen back, or given unseen to a script that says what it has.

use std::time::Duration;

use rdpctl_guest::sac::keys::{self, Had, had};
use rdpctl_guest::sac::{Mark, Screen, Typing, Way, is_shell, is_shell_before, mark};
use tokio::time::Instant;

use super::failure::Failure;
use super::talk::{CLEARED, IDLE, Talk};

/// How much is given before it is asked what came: the guest's buffer is small.
const CHUNK: usize = 256;
/// How little, on a line that loses much.
const LEAST: usize = 32;
/// How often a line is asked for beyond what its length needs.
const SPARE: usize = 24;
/// How many answers a screen shows before it is cleared: one that scrolls is painted anew.
const ANSWERS: usize = 18;
/// How long the script may take to begin: a runtime is loaded.
const BEGIN: Duration = Duration::from_secs(30);
/// How long it may take to say what it has, and how often it is asked.
const ANSWER: Duration = Duration::from_secs(10);
const TRIES: u32 = 3;
/// How long a line may take before it is asked whether it was begun.
const BEGUN: Duration = Duration::from_secs(5);
/// How long an interpreter may take to show that it waits.
const PROMPT: Duration = Duration::from_secs(4);

/// Who types.
pub(super) enum Hand {
    /// Each piece is seen back before the next.
    Seen,
    /// Nothing is seen back.
    Unseen(Unseen),
}

/// What is known of the script that reads keys.
pub(super) struct Unseen {
    /// How often it has answered.
    asked: u32,
    /// Answers on the screen.
    answers: usize,
}

/// What came of a line that was run.
enum Ended {
    /// It has its mark.
    Marked(Mark),
    /// It is through, and its mark got lost.
    Through,
    /// It is not known to be through.
    Late,
}

impl Hand {
    /// Begins with what shows nothing, where the guest lets it; otherwise with an interpreter that is typed at.
    pub(super) async fn begin(talk: &mut Talk, typing: &mut Typing) -> Result<Self, Failure> {
        if let Some(unseen) = Unseen::begin(talk, typing).await? {
            typing.go(Way::Unseen);
            return Ok(Self::Unseen(unseen));
        }
        Self::seen(talk, typing).await
    }

    /// The interpreter in which lines are typed.
    async fn seen(talk: &mut Talk, typing: &mut Typing) -> Result<Self, Failure> {
        typing.go(Way::Seen);
        talk.enter(&Typing::interpreter()).await?;
        Ok(Self::Seen)
    }

    /// Goes over to typing, where a script that reads keys did not do as it should; nothing where it was not that.
    pub(super) async fn instead(
        &mut self,
        talk: &mut Talk,
        typing: &mut Typing,
    ) -> Result<bool, Failure> {
        let Self::Unseen(_) = self else { return Ok(false) };
        if !end(talk).await? {
            return Ok(false);
        }
        *self = Self::seen(talk, typing).await?;
        Ok(true)
    }

    /// Brings a line there, and does not enter it.
    pub(super) async fn ready(
        &mut self,
        talk: &mut Talk,
        typing: &Typing,
        line: &str,
    ) -> Result<(), Failure> {
        match self {
            Self::Seen => {
                talk.blank().await?;
                talk.type_line(line).await
            }
            Self::Unseen(unseen) => unseen.put(talk, typing, line).await,
        }
    }

    /// Enters it.
    pub(super) async fn enter(&mut self, talk: &mut Talk) -> Result<(), Failure> {
        match self {
            Self::Seen => talk.send("\r").await,
            Self::Unseen(_) => talk.send(&keys::RUN.to_string()).await,
        }
    }

    /// Waits for a line's mark.
    pub(super) async fn mark(
        &mut self,
        talk: &mut Talk,
        typing: &Typing,
        number: u32,
        within: Duration,
    ) -> Result<Option<Mark>, Failure> {
        match self {
            Self::Seen => talk.mark(typing, number, within).await,
            Self::Unseen(unseen) => match unseen.mark(talk, typing, number, within).await? {
                Ended::Marked(mark) => Ok(Some(mark)),
                Ended::Through | Ended::Late => Ok(None),
            },
        }
    }

    /// Waits until a line is through, whether or not its mark is seen.
    pub(super) async fn through(
        &mut self,
        talk: &mut Talk,
        typing: &Typing,
        number: u32,
        within: Duration,
    ) -> Result<bool, Failure> {
        match self {
            Self::Seen => Ok(talk.mark(typing, number, within).await?.is_some()),
            Self::Unseen(unseen) => match unseen.mark(talk, typing, number, within).await? {
                Ended::Marked(_) | Ended::Through => Ok(true),
                Ended::Late => Ok(false),
            },
        }
    }

    /// Brings a line there, enters it and waits for its mark. It may be entered twice: a script that says that it is through
    /// with it leaves open what came of it where the mark got lost.
    pub(super) async fn marked(
        &mut self,
        talk: &mut Talk,
        typing: &Typing,
        line: &(String, u32),
        within: Duration,
        what: &'static str,
    ) -> Result<Mark, Failure> {
        let begun = Instant::now();
        loop {
            self.ready(talk, typing, &line.0).await?;
            self.enter(talk).await?;
            let left = within.saturating_sub(begun.elapsed());
            if let Some(mark) = self.mark(talk, typing, line.1, left).await? {
                return Ok(mark);
            }
            if matches!(self, Self::Seen) || begun.elapsed() >= within {
                return Err(Failure::Late(what));
            }
        }
    }

    /// Takes away what was brought, and leaves to the interpreter of the log-on; whether that waits.
    pub(super) async fn leave(
        &mut self,
        talk: &mut Talk,
        typing: &Typing,
    ) -> Result<bool, Failure> {
        let line = typing.leave();
        match self {
            Self::Seen => {
                talk.enter(&line).await?;
                prompt(talk).await
            }
            Self::Unseen(unseen) => {
                unseen.put(talk, typing, &line).await?;
                talk.send(&keys::RUN.to_string()).await?;
                end(talk).await
            }
        }
    }
}

impl Unseen {
    /// Begins the script; nothing where it is not there, may not read keys, or does not answer.
    async fn begin(talk: &mut Talk, typing: &Typing) -> Result<Option<Self>, Failure> {
        let [settings, script] = keys::reader(typing.nonce());
        talk.enter(&settings).await?;
        talk.enter(&script).await?;
        talk.send(&keys::ASK.to_string()).await?;
        let outcome = |screen: &Screen| match had(screen, typing.nonce()) {
            Some(had) => Some(Some(had)),
            // What was asked stands behind the prompt, where nobody reads keys.
            None => is_shell_before(screen, keys::ASK).then_some(None),
        };
        let is_left = match talk.until(BEGIN, outcome).await? {
            Some(Some(had)) if had.of("").is_some() => {
                return Ok(Some(Self { asked: had.asked, answers: 1 }));
            }
            Some(None) => interrupt(talk).await?,
            Some(Some(_)) | None => end(talk).await?,
        };
        if is_left { Ok(None) } else { Err(Failure::Late("prompt")) }
    }

    /// Gives keys, and asks what came of them.
    async fn ask(&mut self, talk: &mut Talk, typing: &Typing, given: &str) -> Result<Had, Failure> {
        let asked = self.asked;
        let look = |screen: &Screen| had(screen, typing.nonce()).filter(|had| had.asked > asked);
        talk.send(&keys::apart(&format!("{given}{}", keys::ASK))).await?;
        for _ in 0..TRIES {
            if let Some(had) = talk.until(ANSWER, look).await? {
                self.asked = had.asked;
                self.answers += 1;
                return Ok(had);
            }
            talk.send(&format!("{}{}", keys::NOTHING, keys::ASK)).await?;
        }
        Err(Failure::Echo)
    }

    /// Clears the screen, there and here.
    async fn clear(&mut self, talk: &mut Talk) -> Result<(), Failure> {
        talk.send(&keys::CLEAR.to_string()).await?;
        self.answers = 0;
        talk.cleared(CLEARED).await
    }

    /// Gives a line, until it is there as it should be.
    async fn put(&mut self, talk: &mut Talk, typing: &Typing, line: &str) -> Result<(), Failure> {
        if !keys::can_be_given(line) {
            return Err(Failure::Echo);
        }
        self.clear(talk).await?;
        let (mut at, mut size) = (0, CHUNK);
        let mut first = String::new();
        for _ in 0..line.len().div_ceil(CHUNK) + SPARE {
            if self.answers >= ANSWERS {
                first.push(keys::CLEAR);
                self.answers = 0;
            }
            let end = (at + size).min(line.len());
            let had = self.ask(talk, typing, &format!("{first}{}", &line[at..end])).await?;
            first.clear();
            if let Some(length) = had.of(line) {
                if length == line.len() {
                    return Ok(());
                }
                at = length;
                first.push(keys::KEEP);
                continue;
            }
            // Something got lost or came in between: what was kept before stands.
            size = (size / 2).max(LEAST);
            if let Some(length) = self.ask(talk, typing, &keys::FORGET.to_string()).await?.of(line)
            {
                at = length;
            }
        }
        Err(Failure::Echo)
    }

    /// Waits for a mark. A script that says meanwhile that it has nothing any more is through with the line, and the mark
    /// got lost; one that still has the line was not told to run it.
    async fn mark(
        &mut self,
        talk: &mut Talk,
        typing: &Typing,
        number: u32,
        within: Duration,
    ) -> Result<Ended, Failure> {
        let end = Instant::now() + within;
        let mut pause = BEGUN;
        loop {
            let asked = self.asked;
            let look = |screen: &Screen| match mark(screen, typing.nonce(), number) {
                Some(mark) => Some(Ok(mark)),
                None => had(screen, typing.nonce()).filter(|had| had.asked > asked).map(Err),
            };
            let left = end.saturating_duration_since(Instant::now());
            match talk.until(left.min(pause), look).await? {
                Some(Ok(mark)) => return Ok(Ended::Marked(mark)),
                Some(Err(had)) if had.length == 0 => {
                    self.asked = had.asked;
                    return Ok(Ended::Through);
                }
                Some(Err(had)) => {
                    self.asked = had.asked;
                    // Where nothing is left to be run, nothing is run twice.
                    talk.send(&format!("{}{}", keys::NOTHING, keys::RUN)).await?;
                }
                None if left <= pause => return Ok(Ended::Late),
                None => {
                    talk.send(&format!("{}{}", keys::NOTHING, keys::ASK)).await?;
                    pause = IDLE;
                }
            }
        }
    }
}

/// Ends whatever reads keys, and leaves nothing of what was typed; whether the interpreter waits then.
async fn end(talk: &mut Talk) -> Result<bool, Failure> {
    talk.send(&keys::END.to_string()).await?;
    Ok(prompt(talk).await? || interrupt(talk).await?)
}

/// Ends what runs, and gives up what was typed; whether the interpreter waits then.
async fn interrupt(talk: &mut Talk) -> Result<bool, Failure> {
    talk.send("\u{3}").await?;
    prompt(talk).await
}

async fn prompt(talk: &mut Talk) -> Result<bool, Failure> {
    Ok(talk.until(PROMPT, |screen| is_shell(screen).then_some(())).await?.is_some())
}
