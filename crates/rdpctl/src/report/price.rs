//! Prices in words, as the vendor quoted them.

use rdpctl_model::plan::{Budget, Per, Price, Sighted};

/// The price of one of these, where the vendor quoted it.
pub(crate) fn quoted(budget: &Budget, what: &str) -> Option<String> {
    let quote = budget.quotes.iter().find(|quote| quote.what == what)?;
    let Sighted::Seen(price) = &quote.price else { return None };
    let per = match price.per {
        Per::Once => "once",
        Per::Hour => "an hour",
        Per::Month => "a month",
        Per::Gigabyte => "a GB",
    };
    let amount = amount(price.millionths);
    Some(match &price.currency {
        Some(currency) => format!("{amount} {currency} {per}"),
        None => format!("{amount} {per} in the account's currency"),
    })
}

/// The same as an amount alone, for what is paid once.
pub(crate) fn amount_of(budget: &Budget, what: &str) -> Option<String> {
    let quote = budget.quotes.iter().find(|quote| quote.what == what)?;
    let Sighted::Seen(price) = &quote.price else { return None };
    Some(plain(price))
}

/// A price, without the time for which it is paid.
pub(crate) fn plain(price: &Price) -> String {
    let currency = price.currency.as_deref().unwrap_or_default();
    format!("{} {currency}", amount(price.millionths)).trim_end().to_owned()
}

/// An amount with as many digits as it has, and two at least behind the point.
fn amount(millionths: u64) -> String {
    let digits = format!("{:06}", millionths % 1_000_000);
    let kept = digits.trim_end_matches('0').len().max(2);
    format!("{}.{}", millionths / 1_000_000, &digits[..kept])
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn an_amount_has_the_digits_that_it_needs() {
        for (millionths, text) in [
            (0, "0.00"),
            (63_000, "0.063"),
            (800_000, "0.80"),
            (12_000_000, "12.00"),
            (1, "0.000001"),
        ] {
            assert_eq!(amount(millionths), text);
        }
    }
}
