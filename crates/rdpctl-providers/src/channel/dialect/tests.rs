//! What guests are sent, together and once, and what their replies become.

use std::collections::BTreeSet;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdpctl_contract::channel::Questions;
use rdpctl_model::guest::RegData;
use rdpctl_model::step::{Check, Setting};
use rdpctl_model::tariff::ChannelTariff;
use rdpctl_model::{InstanceName, ResourceId};
use rdpctl_words::english;
use ring::digest::{SHA256, digest};

use super::*;

type Answering = fn(&str, &str) -> Result<RawReply, ChannelError>;

/// A transport whose guests answer by their name and the script's text.
struct Scripted {
    form: Form,
    answering: Answering,
    /// The guests of each load and its script.
    carried: Mutex<Vec<(Vec<String>, String)>>,
}

impl Scripted {
    fn dialect(form: Form, answering: Answering) -> Dialect<Self> {
        Dialect::new(Self { form, answering, carried: Mutex::new(Vec::new()) })
    }

    fn carried(&self) -> Vec<(Vec<String>, String)> {
        self.carried.lock().map(|carried| carried.clone()).unwrap_or_default()
    }
}

#[async_trait]
impl Carrier for Scripted {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Winrm
    }

    fn form(&self) -> Form {
        self.form
    }

    async fn carry(
        &self,
        loads: Vec<Load>,
        _: &CancellationToken,
    ) -> Vec<Vec<Result<RawReply, ChannelError>>> {
        let mut replies = Vec::new();
        for load in loads {
            let text = match &*load.script {
                Script::Lines(lines) => lines.join("\n"),
                Script::File(text) | Script::Registered(text) => text.clone(),
            };
            let names: Vec<String> =
                load.targets.iter().map(|target| target.instance.to_string()).collect();
            replies.push(names.iter().map(|name| (self.answering)(name, &text)).collect());
            if let Ok(mut carried) = self.carried.lock() {
                carried.push((names, text));
            }
        }
        replies
    }

    fn tariff(&self) -> ChannelTariff {
        ChannelTariff::default()
    }

    fn guests_per_trip(&self) -> usize {
        100
    }
}

fn target(name: &str) -> GuestTarget {
    GuestTarget {
        instance: InstanceName::new(name),
        id: ResourceId::new(name),
        host: None,
        access: Arc::default(),
    }
}

fn ask(name: &str, port: u16) -> Ask {
    let questions =
        Questions { ports: BTreeSet::from([port]), pinned: None, ..Questions::default() };
    Ask { target: target(name), questions: Arc::new(questions), within: Duration::from_mins(1) }
}

fn set(number: u32) -> GuestAction {
    GuestAction::SetRegistry {
        key: r"HKLM\SOFTWARE\A".to_owned(),
        name: "V".to_owned(),
        data: RegData::Dword(number),
        setting: Setting::RemoteConnections,
    }
}

fn order(name: &str, actions: Vec<GuestAction>) -> Order {
    Order {
        target: target(name),
        actions,
        token: "run-1".to_owned(),
        within: Duration::from_mins(1),
    }
}

fn value(number: u32) -> Check {
    Check::Registry {
        key: r"HKLM\SOFTWARE\A".to_owned(),
        name: "V".to_owned(),
        data: Some(RegData::Dword(number)),
    }
}

/// Every command succeeds; every query prints that `V` is 1.
#[expect(clippy::unnecessary_wraps, reason = "the carrier takes functions that may fail")]
fn obedient(_: &str, script: &str) -> Result<RawReply, ChannelError> {
    Ok(RawReply { stdout: output(script).into_bytes(), ..RawReply::default() })
}

fn output(script: &str) -> String {
    let nonce = script.split_once("echo #").map_or("", |(_, rest)| &rest[..8]);
    let begin = format!("echo #{nonce} B ");
    let mut text = String::new();
    for part in script.split(&begin).skip(1) {
        let (tag, command) = part.split_once('&').unwrap_or((part, ""));
        let body = if command.contains("reg.exe query") {
            "HKEY_LOCAL_MACHINE\\SOFTWARE\\A\r\n    V    REG_DWORD    0x1\r\n"
        } else {
            ""
        };
        text.push_str(&format!("#{nonce} B {tag}\r\n{body}#{nonce} E 0\r\n"));
    }
    text + &format!("#{nonce} Z\r\n")
}

/// The same over a channel that cuts: the output as base64, eight lines of it in the first reply.
#[expect(clippy::unnecessary_wraps, reason = "the carrier takes functions that may fail")]
fn packing(_: &str, script: &str) -> Result<RawReply, ChannelError> {
    let plain = "#".repeat(1_000);
    let lines: Vec<String> = STANDARD
        .encode(&plain)
        .as_bytes()
        .chunks(64)
        .map(|row| String::from_utf8_lossy(row).into_owned())
        .collect();
    let bound = |word: &str| -> usize {
        let rest = script.split_once(word).map_or("", |(_, rest)| rest);
        rest.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let (from, to) = (bound("!n! gtr "), bound("!n! leq "));
    let mut text: String = (1..)
        .zip(&lines)
        .filter(|(number, _)| *number > from && *number <= to)
        .map(|(number, line)| format!("{number}:{line}\r\n"))
        .collect();
    if script.contains("makecab") {
        let nonce = script.split_once("echo #").map_or("", |(_, rest)| &rest[..8]);
        let hash: String = digest(&SHA256, plain.as_bytes())
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        text.push_str(&format!("#{nonce} H {} txt {hash}\r\n", lines.len()));
    }
    Ok(RawReply { stdout: text.into_bytes(), ..RawReply::default() })
}

#[tokio::test]
async fn guests_that_are_asked_the_same_share_one_script_and_answers_keep_their_order() {
    let answering: Answering = |name, script| {
        if name == "b" {
            return Err(ChannelError::Stopped);
        }
        obedient(name, script)
    };
    let dialect = Scripted::dialect(Form::Lines, answering);
    let asks = vec![ask("a", 3389), ask("b", 3389), ask("c", 3390), ask("d", 3389)];
    let answers = dialect.answer(asks, &CancellationToken::new()).await;
    let carried: Vec<Vec<String>> =
        dialect.carrier().carried().into_iter().map(|(names, _)| names).collect();
    assert_eq!(carried, [vec!["a", "b", "d"], vec!["c"]]);
    let whole: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(whole, [true, false, true, true]);
}

#[tokio::test]
async fn a_reply_without_any_answer_is_damaged_and_says_what_came_instead() {
    let dialect = Scripted::dialect(Form::Lines, |_, _| {
        Ok(RawReply {
            stderr: b"'cmd' is\x1b[2J unknown".to_vec(),
            exit: Some(9009),
            ..RawReply::default()
        })
    });
    let answers = dialect.answer(vec![ask("a", 3389)], &CancellationToken::new()).await;
    let error =
        answers.into_iter().next().and_then(Result::err).map(|error| english(&error.said()));
    let text = "a's answer over winrm is damaged: no answer in it, exit code 9009, but \"'cmd' is[2J unknown\"";
    assert_eq!(error.as_deref(), Some(text));
}

#[tokio::test]
async fn checks_find_what_holds_and_what_differs() {
    let dialect = Scripted::dialect(Form::File, obedient);
    let ask = CheckAsk {
        target: target("a"),
        checks: vec![value(1), value(0)],
        within: Duration::from_secs(1),
    };
    let findings = dialect.check(vec![ask], &CancellationToken::new()).await;
    let differs =
        serde_json::from_str(r#"{"key":"guest.is","args":{"name":"V","value":"1"}}"#).unwrap();
    let expected = vec![Finding::Holds, Finding::Differs(differs)];
    assert!(matches!(findings.as_slice(), [Ok(found)] if *found == expected), "{findings:?}");
}

#[tokio::test]
async fn an_order_is_done_when_its_read_back_says_so() {
    let dialect = Scripted::dialect(Form::Lines, obedient);
    let orders = vec![order("a", vec![set(1)]), order("b", vec![set(0)])];
    let outcomes = dialect.perform(orders, &CancellationToken::new()).await;
    let [Ok(receipts), Err(ChannelError::NotProved { action: 0, found, .. })] = outcomes.as_slice()
    else {
        panic!("{outcomes:?}")
    };
    assert_eq!(receipts[0].undo, [set(1)]);
    assert_eq!(rdpctl_words::english(found), "V is 1");
}

#[tokio::test]
async fn equal_orders_share_a_script_and_one_whose_outcome_is_unknown_is_not_sent_again() {
    let dialect = Scripted::dialect(Form::Lines, |name, script| {
        if name == "b" { Ok(RawReply::default()) } else { obedient(name, script) }
    });
    let orders = vec![order("a", vec![set(1)]), order("b", vec![set(1)])];
    let outcomes = dialect.perform(orders, &CancellationToken::new()).await;
    assert!(matches!(outcomes.as_slice(), [Ok(_), Err(ChannelError::OutcomeUnknown { .. })]));
    assert_eq!(dialect.carrier().carried().len(), 1);
}

#[tokio::test]
async fn after_the_first_part_nothing_is_said_to_be_unexecuted() {
    let dialect = Scripted::dialect(Form::Lines, |name, script| {
        // The first part of an order asks for the code page, the others do not.
        if script.contains("OEMCP") {
            obedient(name, script)
        } else {
            Err(ChannelError::Quota {
                instance: InstanceName::new(name),
                channel: ChannelKind::Winrm,
                source: rdpctl_model::Said::quoted("full").into(),
            })
        }
    });
    let actions: Vec<GuestAction> = (0..40).map(|_| set(1)).collect();
    let outcomes = dialect.perform(vec![order("a", actions)], &CancellationToken::new()).await;
    assert!(
        matches!(outcomes.as_slice(), [Err(ChannelError::OutcomeUnknown { .. })]),
        "{outcomes:?}"
    );
    assert_eq!(dialect.carrier().carried().len(), 2);
}

#[tokio::test]
async fn what_would_cut_its_own_connection_or_has_no_safe_spelling_is_not_sent() {
    let dialect = Scripted::dialect(Form::Lines, obedient);
    let orders = vec![
        order("a", vec![GuestAction::BootstrapWinrm { sources: Vec::new() }]),
        order("b", vec![GuestAction::StopService { service: "x\"&y".to_owned() }]),
    ];
    let outcomes = dialect.perform(orders, &CancellationToken::new()).await;
    let refused = |outcome: &Result<Vec<Receipt>, ChannelError>| {
        matches!(outcome, Err(ChannelError::Unavailable { .. }))
    };
    assert!(outcomes.iter().all(refused), "{outcomes:?}");
    assert_eq!(dialect.carrier().carried().len(), 0);
}

#[tokio::test]
async fn a_packed_reply_is_fetched_slice_by_slice() {
    let dialect = Scripted::dialect(Form::Packed { reply: 776 }, packing);
    let answers =
        dialect.answer(vec![ask("a", 3389), ask("b", 3389)], &CancellationToken::new()).await;
    // The text is a thousand hashes and no answer: it came whole and is refused for what it says.
    for answer in answers {
        let error = answer.map(|_| ()).map_err(|error| english(&error.said()));
        assert!(error.is_err_and(|text| text.contains("no answer in it")), "not damaged");
    }
    // 22 lines, eight a slice, for both guests together.
    assert_eq!(dialect.carrier().carried().len(), 3);
}

#[tokio::test]
async fn a_stopped_run_sends_nothing_more() {
    let dialect = Scripted::dialect(Form::Lines, obedient);
    let stop = CancellationToken::new();
    stop.cancel();
    let outcomes = dialect.perform(vec![order("a", vec![set(1)])], &stop).await;
    assert!(matches!(outcomes.as_slice(), [Err(ChannelError::Stopped)]));
    assert_eq!(dialect.carrier().carried().len(), 0);
}
