//! `if`.

use super::ast::{Comparison, Condition, If};
use super::parse::unquoted;
use super::shell::Shell;

impl Shell<'_> {
    pub(super) fn holds(&self, node: &If) -> bool {
        let same = |a: &str, b: &str| {
            if node.any_case { a.to_lowercase() == b.to_lowercase() } else { a == b }
        };
        let holds = match &node.condition {
            Condition::ErrorLevel(number) => {
                let number = self.expand_late(number).trim().parse().unwrap_or(0);
                self.error_level >= number
            }
            Condition::Exists(path) => {
                let path = self.full_path(&unquoted(&self.expand_late(path)));
                !self.guest.files().matching(&path).is_empty()
            }
            Condition::Defined(name) => self.variable(&self.expand_late(name)).is_some(),
            Condition::Equal(left, right) => {
                same(&self.expand_late(left), &self.expand_late(right))
            }
            Condition::Compare(left, comparison, right) => {
                let (left, right) = (self.expand_late(left), self.expand_late(right));
                let order = match (number(&left), number(&right)) {
                    (Some(left), Some(right)) => left.cmp(&right),
                    _ if node.any_case => left.to_lowercase().cmp(&right.to_lowercase()),
                    _ => left.cmp(&right),
                };
                match comparison {
                    Comparison::Equ => order.is_eq(),
                    Comparison::Neq => order.is_ne(),
                    Comparison::Lss => order.is_lt(),
                    Comparison::Leq => order.is_le(),
                    Comparison::Gtr => order.is_gt(),
                    Comparison::Geq => order.is_ge(),
                }
            }
        };
        holds != node.negated
    }
}

/// A number as the interpreter writes them: decimal, `0x`, or octal with a leading zero.
pub(super) fn number(text: &str) -> Option<i32> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let lower = digits.to_ascii_lowercase();
    let value = match lower.strip_prefix("0x") {
        Some(hex) => i64::from(u32::from_str_radix(hex, 16).ok()?),
        None if lower.len() > 1 && lower.starts_with('0') => i64::from_str_radix(&lower, 8).ok()?,
        None => lower.parse().ok()?,
    };
    let value = if negative { -value } else { value };
    // Numbers are 32 bits wide; larger hexadecimal ones wrap.
    i32::try_from(value).ok().or_else(|| u32::try_from(value).ok().map(u32::cast_signed))
}
