//! `[[run.webhook]]`: whom the continuous loop tells what turned.

use rdpctl_model::webhook::{Webhook, WebhookForm, WebhookUrl};

use crate::diagnostic::Problems;
use crate::tree::{Fields, Node};

use super::calls;
use super::scalar::secret;

pub(crate) const KEYS: &[&str] = &["url", "form", "secret"];
pub(crate) const FORMS: [(&str, WebhookForm); 3] = [
    ("generic", WebhookForm::Generic),
    ("slack", WebhookForm::Slack),
    ("teams", WebhookForm::Teams),
];

/// So many are told at most.
const MOST: usize = 16;

pub(super) fn decode(node: Node<'_>, problems: &mut Problems) -> Vec<Webhook> {
    let Some(tables) = node.list("webhook", problems) else { return Vec::new() };
    if tables.len() > MOST {
        problems
            .error(node.place, format!("at most {MOST} webhooks are told"))
            .help("let one of them tell the others");
    }
    tables.into_iter().filter_map(|table| webhook(table, problems)).collect()
}

fn webhook(node: Node<'_>, problems: &mut Problems) -> Option<Webhook> {
    let fields = Fields::open(node, node.place, "`[[run.webhook]]`".to_owned(), KEYS, problems)?;
    let url = fields
        .need("url", "\"https://hooks.example.com/rdp\" or \"env:SLACK_WEBHOOK\"", problems)
        .and_then(|node| url(node, problems));
    let form = fields
        .optional("form", |node| node.choice("form", &FORMS, problems))
        .ok()?
        .unwrap_or_default();
    let secret = fields.optional("secret", |node| secret(node, "secret", problems)).ok()?;
    Some(Webhook { url: url?, form, secret, closed: None })
}

fn url(node: Node<'_>, problems: &mut Problems) -> Option<WebhookUrl> {
    let text = node.text("url", problems)?;
    if ["env:", "file:", "cmd:"].iter().any(|scheme| text.starts_with(scheme)) {
        return secret(node, "url", problems).map(WebhookUrl::Secret);
    }
    calls::api(node, "url", problems).map(WebhookUrl::Plain)
}
