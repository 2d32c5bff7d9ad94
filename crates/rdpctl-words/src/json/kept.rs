//! From sentences with keys beside them back to the keys.

use rdpctl_model::Said;
use serde_json::Value;

use super::inside::BESIDE;
use crate::words::english;

/// What counts where a sentence and its key do not agree.
#[derive(Clone, Copy)]
pub(super) enum Trust {
    /// The key: a wording may have changed since.
    Keys,
    /// The sentence: it is what somebody read.
    Sentences,
}

/// Puts every key in the place of its sentence.
pub(super) fn restore(document: &mut Value, trust: Trust) {
    match document {
        Value::Array(list) => list.iter_mut().for_each(|one| restore(one, trust)),
        Value::Object(object) => {
            // Others call a part of theirs so as well, and that one names none beside it.
            let is_ours = object.get(BESIDE).and_then(Value::as_object).is_some_and(|keys| {
                !keys.is_empty() && keys.keys().all(|name| object.contains_key(name))
            });
            if is_ours && let Some(Value::Object(keys)) = object.remove(BESIDE) {
                for (name, kept) in keys {
                    let stands = match (trust, object.get(&name)) {
                        (Trust::Keys, _) | (Trust::Sentences, None) => true,
                        (Trust::Sentences, Some(sentence)) => says(&kept, sentence),
                    };
                    if stands {
                        object.insert(name, kept);
                    }
                }
            }
            object.values_mut().for_each(|one| restore(one, trust));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether what is kept says this.
fn says(kept: &Value, sentence: &Value) -> bool {
    match (kept, sentence) {
        (Value::Array(kept), Value::Array(sentences)) => {
            kept.len() == sentences.len()
                && kept.iter().zip(sentences).all(|(kept, sentence)| says(kept, sentence))
        }
        (kept, sentence) => serde_json::from_value::<Said>(kept.clone())
            .is_ok_and(|said| sentence.as_str() == Some(&*english(&said))),
    }
}
