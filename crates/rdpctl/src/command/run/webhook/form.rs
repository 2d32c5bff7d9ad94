//! What a webhook is told, in its form: all of it for programs, the first lines for people.

use rdpctl_model::webhook::WebhookForm;
use serde_json::{Value, json};

/// Lines of one message for people.
const LINES: usize = 20;

/// Characters of one line for people.
const WIDTH: usize = 400;

/// Something that happened, for programs and for people.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    /// As `run --format json` tells it.
    pub(super) object: Value,
    /// As `run` tells it.
    pub(super) words: String,
}

/// The body of a request. `lost` events came faster than they could be told.
pub(super) fn body(form: WebhookForm, notices: &[Notice], lost: usize) -> String {
    match form {
        WebhookForm::Generic => {
            let events: Vec<&Value> = notices.iter().map(|notice| &notice.object).collect();
            json!({ "format": 1, "events": events, "lost": lost })
        }
        WebhookForm::Slack => json!({ "text": lines(notices, lost, slack).join("\n") }),
        WebhookForm::Teams => card(&lines(notices, lost, str::to_owned)),
    }
    .to_string()
}

/// The first lines, and how many more there are.
fn lines(notices: &[Notice], lost: usize, escaped: impl Fn(&str) -> String) -> Vec<String> {
    let line = |notice: &Notice| {
        let one: String = notice.words.split('\n').map(str::trim).collect::<Vec<_>>().join(" ");
        let short: String = one.chars().take(WIDTH).collect();
        let more = if short.len() < one.len() { "…" } else { "" };
        escaped(&format!("{short}{more}"))
    };
    let mut lines: Vec<String> = notices.iter().take(LINES).map(line).collect();
    match notices.len().saturating_sub(LINES) + lost {
        0 => {}
        more => lines.push(format!("and {more} more: `rdpctl drift` tells them")),
    }
    lines
}

/// Slack's three signs. What would call people or make a link is text afterwards.
fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A card of plain runs of text: in those Teams reads no Markdown.
fn card(lines: &[String]) -> Value {
    let block = |line: &String| json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": line }] });
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": lines.iter().map(block).collect::<Vec<_>>(),
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notices(words: &[&str]) -> Vec<Notice> {
        let notice = |words: &&str| Notice {
            object: json!({ "event": "turned" }),
            words: (*words).to_owned(),
        };
        words.iter().map(notice).collect()
    }

    #[test]
    fn what_a_guest_says_calls_nobody_and_links_to_nothing_in_a_chat() {
        let evil = notices(&["web-01  <!channel> <https://evil.example|look> [a](http://b)\nnext"]);
        assert_eq!(
            body(WebhookForm::Slack, &evil, 0),
            r#"{"text":"web-01  &lt;!channel&gt; &lt;https://evil.example|look&gt; [a](http://b) next"}"#
        );
        let card: Value = serde_json::from_str(&body(WebhookForm::Teams, &evil, 0)).unwrap();
        let block = &card["attachments"][0]["content"]["body"][0];
        assert_eq!(block["type"], "RichTextBlock", "{card}");
    }

    #[test]
    fn a_chat_gets_the_first_lines_and_the_number_of_the_others() {
        let many = notices(&["a machine differs"; 30]);
        let told: Value = serde_json::from_str(&body(WebhookForm::Slack, &many, 5)).unwrap();
        let text = told["text"].as_str().unwrap();
        assert_eq!(text.lines().count(), 21);
        assert!(text.ends_with("and 15 more: `rdpctl drift` tells them"), "{text}");
    }

    #[test]
    fn programs_get_every_event_and_how_many_are_lost() {
        let told = body(WebhookForm::Generic, &notices(&["a", "b"]), 3);
        insta::assert_snapshot!(told, @r#"{"events":[{"event":"turned"},{"event":"turned"}],"format":1,"lost":3}"#);
    }
}
