//! The exam: messages that people reported in public and that were put aside while the table was written. How many are
//! placed rightly is a figure that may only grow; none may be placed where it does not belong.

use rdpctl_model::Stage;
use serde::Deserialize;

use crate::library::Library;
use crate::texts::Language;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exam {
    message: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    text: String,
    stages: Vec<Stage>,
    source: String,
}

/// Placed rightly when the exam was last looked through, of all.
const RIGHT: usize = 58;
const ALL: usize = 63;

#[test]
fn messages_that_were_put_aside_are_placed_rightly_or_said_to_be_unknown() {
    let library = Library::read(Language::English).unwrap();
    let exam: Exam = toml::from_str(include_str!("exam.toml")).unwrap();
    let mut right = 0;
    let mut wrong = Vec::new();
    for message in &exam.message {
        let complaint = library.messages.recognise(&message.text, &library.texts);
        match complaint.stage {
            None if message.stages.is_empty() => right += 1,
            None => {}
            Some(stage) if message.stages.contains(&stage) => right += 1,
            Some(stage) => wrong.push(format!("{stage}: {} ({})", message.text, message.source)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((right, exam.message.len()), (RIGHT, ALL));
}
