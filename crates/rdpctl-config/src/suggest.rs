//! "Did you mean": the nearest of the words that would have been right.

/// Distances to more names than these would cost more than the advice is worth.
const SEARCHED: usize = 2_000;
/// Longer lists help nobody.
const LISTED: usize = 24;

/// The candidate that was most likely meant, if any is near enough.
#[must_use]
pub fn nearest<'c>(text: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = fold(text);
    let allowed = (wanted.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .take(SEARCHED)
        .filter_map(|candidate| {
            let folded = fold(candidate);
            // A word cut short, or drawn out, is nearer than its edit distance says.
            let cut = wanted.len() >= 3
                && (folded.starts_with(&wanted)
                    || (folded.len() >= 3 && wanted.starts_with(&folded)));
            // Computing distances to thousands of long names costs; lengths alone rule most of them out.
            if folded.len().abs_diff(wanted.len()) > allowed * 4 && !cut {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&wanted, &folded);
            let near = distance <= allowed || cut;
            near.then_some((if cut { distance.min(allowed) } else { distance }, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", or the list of what is known when nothing is near and the list is short.
pub(crate) fn did_you_mean<'c>(
    text: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
) -> Option<String> {
    if let Some(candidate) = nearest(text, candidates.clone()) {
        return Some(format!("did you mean `{candidate}`?"));
    }
    let known: Vec<String> =
        candidates.into_iter().take(LISTED + 1).map(|one| format!("`{one}`")).collect();
    match known.as_slice() {
        [] => None,
        [one] => Some(format!("only {one} is known here")),
        known if known.len() <= LISTED => Some(format!("known here: {}", known.join(", "))),
        _ => None,
    }
}

fn fold(text: &str) -> String {
    text.chars()
        .take(128)
        .map(|c| if c == '_' || c == ' ' { '-' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_recognized_and_strangers_are_not() {
        let keys = ["provider", "profile", "instance", "fleet", "guard"];
        for (text, expected) in [
            ("porvider", Some("provider")),
            ("providers", Some("provider")),
            ("Profile", Some("profile")),
            ("inst", Some("instance")),
            ("fleat", Some("fleet")),
            ("world", None),
            ("x", None),
        ] {
            assert_eq!(nearest(text, keys), expected, "{text}");
        }
    }
}
