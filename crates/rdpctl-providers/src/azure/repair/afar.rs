//! Where no link to a disk is given: it is read and written by a program in the machine that helps, which is sent there in
//! pieces. What it says comes back in parts, and is checked by its sum.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdpctl_contract::cloud::CloudError;
use rdpctl_model::{ResourceId, Said};
use tokio_util::sync::CancellationToken;

use super::script::{Sent, UNIT, sum};
use crate::azure::cloud::AzureCloud;
use crate::moved::say as moved;

/// Where the program lies: what is below `/run` is not run.
const FOLDER: &str = "/var/lib/rdpctl";
const NAME: &str = "rdpctl-rescue";
/// The most letters that are brought back: some seventy scripts, and half an hour.
const MOST_TOLD: usize = 256 << 10;
/// What they may come to.
const MOST_READ: usize = 64 << 20;
/// The most pieces that a program is sent in.
const MOST_PIECES: usize = 400;
/// Scripts besides those that bring the program: one puts it together, some look, some bring what is wanted, some make it.
const OTHERS: u64 = 8;

/// The program that is sent, as scripts.
#[derive(Clone, Debug)]
pub struct Program {
    sent: Sent,
    unpack: String,
    version: String,
    /// Its SHA-256.
    pub sum: String,
}

impl Program {
    /// The scripts that bring a program which says that it is of that version. Nothing where it is too long to be sent.
    #[must_use]
    pub fn of(file: &[u8], version: &str) -> Option<Self> {
        let (sent, sum) = (Sent::of(FOLDER, "p", file), sum(file));
        if sent.pieces.len() > MOST_PIECES {
            return None;
        }
        let unpack = format!(
            r#"set -eu
cd {FOLDER}
cat {names} | base64 -d | gzip -dc > {NAME}
now=$(sha256sum {NAME} | cut -c1-64)
if [ "$now" != {sum} ]; then echo "what was sent is not whole"; exit 0; fi
chmod 700 {NAME}
./{NAME} version
"#,
            names = sent.names.join(" "),
        );
        Some(Self { sent, unpack, version: version.to_owned(), sum })
    }

    /// How many scripts it takes to send and to use.
    #[must_use]
    pub fn scripts(&self) -> u64 {
        u64::try_from(self.sent.pieces.len()).unwrap_or(u64::MAX).saturating_add(OTHERS)
    }
}

impl AzureCloud {
    /// Sends the program, and asks it which it is.
    pub async fn bring(
        &self,
        helper: &ResourceId,
        program: &Program,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        self.send(helper, &program.sent, stop).await?;
        let said = self.shell(helper, &program.unpack, stop).await?;
        if said.trim().strip_prefix("ok ") == Some(program.version.as_str()) {
            return Ok(());
        }
        Err(unsupported(moved::sending_program(), Said::quoted(said.trim())))
    }

    /// What the program sees on the disk.
    pub async fn look_there(
        &self,
        helper: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<Vec<u8>, CloudError> {
        self.told(helper, &format!("look {} facts", device()), "facts", stop).await
    }

    /// Has a change made and written, and says what became of it.
    pub async fn make_there(
        &self,
        helper: &ResourceId,
        wanted: &[u8],
        stop: &CancellationToken,
    ) -> Result<Vec<u8>, CloudError> {
        let sent = Sent::of(FOLDER, "w", wanted);
        self.send(helper, &sent, stop).await?;
        let script = format!(
            "cat {} | base64 -d | gzip -dc > wanted\n./{NAME} make {} wanted made",
            sent.names.join(" "),
            device()
        );
        self.told_by(helper, &script, "made", stop).await
    }

    async fn told(
        &self,
        helper: &ResourceId,
        words: &str,
        kept: &str,
        stop: &CancellationToken,
    ) -> Result<Vec<u8>, CloudError> {
        self.told_by(helper, &format!("./{NAME} {words}"), kept, stop).await
    }

    /// All that a call of the program keeps, part by part.
    async fn told_by(
        &self,
        helper: &ResourceId,
        script: &str,
        kept: &str,
        stop: &CancellationToken,
    ) -> Result<Vec<u8>, CloudError> {
        let said = self.answer(helper, script, stop).await?;
        let mut words = said.split(' ');
        let head = (
            words.next(),
            words.next().and_then(|length| length.parse::<usize>().ok()),
            words.next(),
        );
        let (Some(whole), Some(length), Some(first)) = head else {
            return Err(garbled(&said));
        };
        if length > MOST_TOLD {
            return Err(unsupported(moved::reading_there(), moved::too_much_to_tell(length)));
        }
        let mut text = first.to_owned();
        while text.len() < length {
            let script = format!("./{NAME} part {kept} {}", text.len());
            let more = self.answer(helper, &script, stop).await?;
            if more.is_empty() {
                return Err(garbled(&said));
            }
            text.push_str(&more);
        }
        if sum(text.as_bytes()) != whole {
            return Err(unsupported(moved::reading_there(), moved::piece_not_whole(whole)));
        }
        let packed = STANDARD.decode(&text).map_err(|_| garbled(&said))?;
        miniz_oxide::inflate::decompress_to_vec_with_limit(&packed, MOST_READ)
            .map_err(|_| garbled(&said))
    }

    /// The line that the program answers with, where all is well.
    async fn answer(
        &self,
        helper: &ResourceId,
        script: &str,
        stop: &CancellationToken,
    ) -> Result<String, CloudError> {
        let said = self.shell(helper, &format!("set -eu\ncd {FOLDER}\n{script}\n"), stop).await?;
        match said.trim().split_once(' ') {
            Some(("ok", rest)) => Ok(rest.to_owned()),
            Some(("failed", why)) => Err(unsupported(moved::reading_there(), Said::quoted(why))),
            Some(_) | None => Err(garbled(&said)),
        }
    }
}

fn device() -> String {
    format!("/dev/disk/azure/scsi1/lun{UNIT}")
}

const fn unsupported(what: Said, why: Said) -> CloudError {
    CloudError::Unsupported { what, why }
}

fn garbled(said: &str) -> CloudError {
    let start: String = said.chars().take(200).collect();
    unsupported(moved::reading_there(), Said::quoted(start.trim()))
}
