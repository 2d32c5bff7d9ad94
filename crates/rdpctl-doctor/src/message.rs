//! What the user saw: texts of clients in any spelling, mapped to the place in a tree where they lead.

use rdpctl_model::FacetId;
use serde::Deserialize;

use crate::diagnosis::Complaint;
use crate::texts::Texts;

/// Characters of a complaint that are looked at.
const LENGTH: usize = 600;
/// Known messages that are offered when none fits.
const NEAREST: usize = 3;
/// How alike a message must be to be offered.
const ALIKE: f64 = 0.25;

/// How alike a text must be to be taken for a message with a slip of the pen.
const SLIP: f64 = 0.9;

/// The file of messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Messages {
    pub(crate) message: Vec<Message>,
}

/// One message of a client.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Message {
    /// Its name, under which its meaning is found.
    pub(crate) id: String,
    /// The node at which the walk begins.
    pub(crate) entry: String,
    /// What it usually comes from, most likely first.
    pub(crate) suspects: Vec<FacetId>,
    /// Its texts, or telling parts of them, in any language.
    pub(crate) says: Vec<String>,
}

impl Messages {
    /// Recognises what somebody saw.
    pub(crate) fn recognise(&self, text: &str, texts: &Texts) -> Complaint {
        let text: String = text.trim().chars().take(LENGTH).collect();
        let plain = normal(&text);
        let known = self
            .message
            .iter()
            .flat_map(|message| message.says.iter().map(move |says| (message, normal(says))))
            .filter(|(_, says)| plain.contains(says.as_str()))
            .max_by_key(|(_, says)| says.len())
            .map(|(message, _)| message)
            .or_else(|| self.mistyped(&plain));
        match known {
            Some(message) => Complaint {
                text,
                message: Some(message.id.clone()),
                meaning: texts.get(&format!("message.{}", message.id)).to_owned(),
                entry: Some(message.entry.clone()),
                suspects: message.suspects.clone(),
                nearest: Vec::new(),
            },
            None => Complaint {
                meaning: texts.get("words.unknown-message").to_owned(),
                nearest: self.nearest(&plain),
                text,
                message: None,
                entry: None,
                suspects: Vec::new(),
            },
        }
    }

    /// The message that somebody copied by hand, with a slip or two.
    fn mistyped(&self, plain: &str) -> Option<&Message> {
        self.message
            .iter()
            .flat_map(|message| {
                message.says.iter().map(move |says| {
                    (strsim::normalized_levenshtein(plain, &normal(says)), message)
                })
            })
            .filter(|(alike, _)| *alike >= SLIP)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, message)| message)
    }

    /// Known messages that resemble a text, the most alike first, one for each message.
    fn nearest(&self, plain: &str) -> Vec<String> {
        let mut alike: Vec<(f64, &str)> = self
            .message
            .iter()
            .filter_map(|message| {
                message
                    .says
                    .iter()
                    .map(|says| (strsim::sorensen_dice(plain, &normal(says)), says.as_str()))
                    .max_by(|a, b| a.0.total_cmp(&b.0))
            })
            .filter(|(alike, _)| *alike >= ALIKE)
            .collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        alike.into_iter().take(NEAREST).map(|(_, says)| says.to_owned()).collect()
    }
}

/// Letters and digits alone, in lower case: quotes, spaces and full stops differ between clients.
fn normal(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
