//! Whom the loop tells what turns: signed, again where it did not arrive, nobody without a grant, and nobody who is told
//! holds it up.

use std::net::TcpListener;

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::receiver::{Came, Receiver};
use crate::tool::{Simulator, Tool, against};
use crate::watching::Loop;

const SECRET: &str = "a long word that two know";

/// Somebody who is told, and answers what a test has it answer, and then 204.
pub(crate) struct Listener {
    pub(crate) url: String,
    receiver: Receiver,
}

impl Listener {
    pub(crate) fn answering(statuses: &'static [&'static str]) -> Self {
        let receiver = Receiver::answering(statuses, "204 No Content");
        Self { url: format!("http://{}/hook", receiver.at), receiver }
    }

    #[track_caller]
    fn next(&self) -> Came {
        let came = self.receiver.next();
        assert_eq!(came.path, "/hook");
        came
    }

    /// The next event that is told and of which something holds.
    #[track_caller]
    pub(crate) fn event(&self, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let body: Value = serde_json::from_slice(&self.next().body).unwrap();
            if let Some(one) = body["events"].as_array().unwrap().iter().find(|one| holds(one)) {
                return one.clone();
            }
        }
    }
}

/// The quickstart's estate, and a loop that tells these.
fn telling(webhooks: &str) -> (Tool, Simulator) {
    let tool = Tool::quickstart().with("HOOK_SECRET", SECRET);
    let simulator = Simulator::start(&tool);
    tool.write("rdp.toml", &format!("{}\n{webhooks}", tool.read("rdp.toml")));
    (against(tool, &simulator), simulator)
}

#[test]
fn what_turns_is_told_signed_and_again_where_it_did_not_arrive() {
    let listener = Listener::answering(&["503 Service Unavailable"]);
    let declared =
        format!("[[run.webhook]]\nurl = \"{}\"\nsecret = \"env:HOOK_SECRET\"\n", listener.url);
    let (tool, simulator) = telling(&declared);
    let mut run = Loop::start(&tool, &[]);
    let (first, again) = (listener.next(), listener.next());
    assert_eq!(first.body, again.body, "the same message");
    assert_eq!(first.headers["webhook-id"], again.headers["webhook-id"], "so that it can be told");

    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let signed = |name: &str| again.headers[name].as_str();
    mac.update(format!("{}.{}.", signed("webhook-id"), signed("webhook-timestamp")).as_bytes());
    mac.update(&again.body);
    let code = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(signed("webhook-signature"), format!("v1,{code}"));

    run.until("ready");
    simulator.power("legacy-01", "stopped");
    let told = run.until_turned("legacy-01", "power", "drifted");
    // As the loop itself tells it.
    listener.event(|event| *event == told);
    assert_eq!(run.ends().0, Some(0));
}

#[test]
fn who_hangs_or_refuses_holds_nobody_up_and_a_chat_is_told_in_words() {
    // It takes the call, and never says anything.
    let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = Listener::answering(&["410 Gone"; 1]);
    let chat = Listener::answering(&[]);
    let declared = format!(
        "[[run.webhook]]\nurl = \"http://{}/hook\"\n[[run.webhook]]\nurl = \"{}\"\n[[run.webhook]]\nurl = \"env:CHAT\"\nform = \"slack\"\n",
        hangs.local_addr().unwrap(),
        gone.url
    );
    let tool = Tool::quickstart().with("CHAT", &chat.url);
    let simulator = Simulator::start(&tool);
    tool.write("rdp.toml", &format!("{}\n{declared}", tool.read("rdp.toml")));
    let tool = against(tool, &simulator);
    let mut run = Loop::start(&tool, &[]);
    run.until("ready");
    let text: Value = serde_json::from_slice(&chat.next().body).unwrap();
    let text = text["text"].as_str().unwrap();
    assert!(text.lines().any(|line| line.starts_with("web-01  ")), "{text}");
    gone.next();
    simulator.power("legacy-01", "stopped");
    run.until_turned("legacy-01", "power", "drifted");
    assert_eq!(run.ends().0, Some(0));
}

#[test]
fn nobody_is_told_whom_no_person_granted_it() {
    let listener = Listener::answering(&[]);
    let (tool, _simulator) = telling("");
    // Granted before the declaration grew.
    let grown = format!("{}\n[[run.webhook]]\nurl = \"{}\"\n", tool.read("rdp.toml"), listener.url);
    tool.write("rdp.toml", &grown);
    let asked = tool.run(&["trust", "--print"]).exits(3).out;
    assert!(asked.contains("[[webhook]]") && asked.contains(&listener.url), "{asked}");
    let mut run = Loop::start(&tool, &[]);
    run.until("ready");
    assert_eq!(run.ends().0, Some(0));
    assert!(listener.receiver.came.try_recv().is_err(), "somebody was told");
}
