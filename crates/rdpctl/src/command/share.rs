//! How a limit is written: a number, or a share of all.

use rdpctl_model::declaration::Share;

/// Reads `3` or `10%`.
pub(crate) fn share(text: &str) -> Result<Share, String> {
    let wrong = || format!("`{text}` is neither a number nor a share such as 10%");
    match text.strip_suffix('%') {
        Some(percent) => match percent.parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Share::Percent(percent)),
            _ => Err(wrong()),
        },
        None => match text.parse() {
            Ok(0) => Err("0 would stop before anything is done; 1 stops at the first".to_owned()),
            Ok(count) => Ok(Share::Count(count)),
            Err(_) => Err(wrong()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_a_share_and_never_nothing() {
        assert_eq!(share("1"), Ok(Share::Count(1)));
        assert_eq!(share("10%"), Ok(Share::Percent(10.0)));
        assert!(share("0").is_err_and(|why| why.contains("1 stops at the first")));
        for wrong in ["-1", "many", "101%", "NaN%", ""] {
            assert!(share(wrong).is_err_and(|why| why.contains("neither a number")), "{wrong}");
        }
    }
}
