//! What comes of running a program that anybody may have put there: whoever did has the runner's rights.

use super::files::Node;
use super::machine::Guest;
use super::order::User;

/// What every notice of a sprung trap begins with.
pub const TRAP: &str = "TRAP SPRUNG";

/// The file in which the intruder signs.
const SIGNATURE: &str = r"C:\Windows\System32\intruder.txt";

/// More is not worth telling.
const MOST: usize = 20;

impl Guest {
    /// Lets the intruder's program run, and tells it loudly: nothing that rdpctl sends may come here.
    pub(super) fn spring(&mut self, path: &str, arguments: &str, user: &User) -> String {
        let user = match user {
            User::System => "SYSTEM",
            User::Named(name) | User::Ordinary(name) => name,
        };
        let text = format!(
            "{TRAP} in {}: {path} ran as {user} with {:?}",
            self.hostname(),
            arguments.trim()
        );
        self.put_file(SIGNATURE, Node::file("intruder.txt", text.as_bytes()));
        if self.sprung.len() < MOST {
            self.sprung.push(text.clone());
        }
        text
    }

    /// The traps that were sprung since this was last asked.
    pub fn take_sprung(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sprung)
    }
}
