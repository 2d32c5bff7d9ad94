//! From a line to a command interpreter: the console, a channel of our own, somebody's log-on; and back.

use std::time::Duration;

use rdpctl_guest::sac::{
    Identity, Screen, Typing, asks, barred, channels, close, identity, is_sac, is_shell,
    shows_channel, switch_to,
};
use rdpctl_model::secret::Secret;

use super::failure::Failure;
use super::hand::Hand;
use super::talk::Talk;

/// How long the console itself may take to answer.
const CONSOLE: Duration = Duration::from_secs(4);
/// How long it may take to open a channel, or to let somebody in.
const OPENING: Duration = Duration::from_secs(30);
/// Back to the console's own channel.
const HOME: &str = "\u{1b}\t0";

/// As whom.
pub(super) struct Who<'a> {
    pub(super) user: &'a str,
    pub(super) domain: &'a str,
    pub(super) secret: &'a Secret,
}

/// Whether the log-on was taken.
pub(super) enum Answer {
    /// It was.
    In,
    /// It was not.
    Refused,
}

/// What the console answered, once it asks for its next command: until then any part of it may be missing.
pub(super) async fn answered<T>(
    talk: &mut Talk,
    read: impl Fn(&Screen) -> Option<T>,
) -> Result<Option<T>, Failure> {
    talk.until(CONSOLE, |screen| is_sac(screen).then(|| read(screen)).flatten()).await
}

/// Waits for the console.
pub(super) async fn attach(talk: &mut Talk) -> Result<(), Failure> {
    talk.send("\r").await?;
    if at_console(talk).await? {
        return Ok(());
    }
    // Somebody left a channel in front.
    talk.send(HOME).await?;
    talk.send("\r").await?;
    if at_console(talk).await? { Ok(()) } else { Err(Failure::NoConsole) }
}

async fn at_console(talk: &mut Talk) -> Result<bool, Failure> {
    Ok(talk.until(CONSOLE, |screen| is_sac(screen).then_some(())).await?.is_some())
}

/// Opens a channel, and gives its name.
pub(super) async fn open(talk: &mut Talk) -> Result<String, Failure> {
    let known = channels(talk.screen());
    talk.enter("cmd").await?;
    let answer = |screen: &Screen| {
        let mut shown = channels(screen).into_iter();
        shown.find(|name| !known.contains(name)).map(Ok).or_else(|| barred(screen).map(Err))
    };
    let name = match talk.until(OPENING, answer).await? {
        Some(Ok(name)) => name,
        Some(Err(why)) => return Err(Failure::NoChannel(said(talk).await, Some(why))),
        None => return Err(Failure::NoChannel(said(talk).await, None)),
    };
    at_console(talk).await?;
    Ok(name)
}

/// Who the machine says it is, for whoever cannot get further.
async fn said(talk: &mut Talk) -> Option<Identity> {
    talk.enter("id").await.ok()?;
    answered(talk, identity).await.ok()?
}

/// Shows a channel and logs on to it.
pub(super) async fn log_on(
    talk: &mut Talk,
    channel: &str,
    who: &Who<'_>,
) -> Result<Answer, Failure> {
    talk.enter(&switch_to(channel)).await?;
    let shown = |screen: &Screen| shows_channel(screen, channel).then_some(());
    talk.until(OPENING, shown).await?.ok_or(Failure::Late("page of the new channel"))?;
    talk.send("\r").await?;
    talk.until(OPENING, asks).await?.ok_or(Failure::Late("question for the account"))?;
    for text in [who.user, who.domain] {
        let before = talk.screen().cursor().0;
        talk.enter_once(text, OPENING).await?;
        let next = move |screen: &Screen| asks(screen).filter(|_| screen.cursor().0 != before);
        talk.until(OPENING, next).await?.ok_or(Failure::Late("next question of the log-on"))?;
    }
    password(talk, who.secret).await?;
    let before = talk.screen().cursor().0;
    talk.send("\r").await?;
    let outcome = move |screen: &Screen| {
        if is_shell(screen) {
            Some(Answer::In)
        } else {
            asks(screen).filter(|_| screen.cursor().0 != before).map(|_| Answer::Refused)
        }
    };
    talk.until(OPENING, outcome).await?.ok_or(Failure::Late("answer to the log-on"))
}

/// Types a password, of which at most its length comes back. A wrong length is not entered: it would count as a refusal.
async fn password(talk: &mut Talk, secret: &Secret) -> Result<(), Failure> {
    const PIECE: usize = 8;
    let letters: Vec<char> = secret.expose().chars().collect();
    let mut typed = 0;
    for piece in letters.chunks(PIECE) {
        talk.send(&piece.iter().collect::<String>()).await?;
        typed += piece.len();
        let stars = move |screen: &Screen| (screen.run_of('*') == typed).then_some(());
        if talk.until(Duration::from_secs(2), stars).await?.is_none()
            && talk.screen().run_of('*') > 0
        {
            return Err(Failure::Echo);
        }
    }
    Ok(())
}

/// Leaves, as far as the line lets us: what is left over is logged on until it closes itself.
pub(super) async fn leave(
    talk: &mut Talk,
    channel: Option<&str>,
    typing: &Typing,
    hand: Option<&mut Hand>,
) {
    talk.grant(Duration::from_secs(8));
    let left = async {
        if let Some(hand) = hand
            && hand.leave(talk, typing).await?
        {
            talk.enter("exit").await?;
        }
        talk.send(HOME).await?;
        talk.send("\r").await?;
        if let (true, Some(channel)) = (at_console(talk).await?, channel) {
            talk.enter(&close(channel)).await?;
            at_console(talk).await?;
        }
        Ok::<(), Failure>(())
    };
    if let Err(failure) = left.await {
        tracing::debug!(?failure, "a channel of a serial console was not closed");
    }
}
