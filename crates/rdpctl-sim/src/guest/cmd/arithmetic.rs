//! `set /a`: 32-bit arithmetic with assignments.

use super::condition::number;
use super::shell::Shell;

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArithmeticError {
    Operand,
    DivisionByZero,
}

type Value = Result<i32, ArithmeticError>;

/// Operators by rising precedence.
const LEVELS: [&[&str]; 6] = [&["|"], &["^"], &["&"], &["<<", ">>"], &["+", "-"], &["*", "/", "%"]];

struct Evaluator<'e, 'g, 's> {
    rest: &'e str,
    shell: &'s mut Shell<'g>,
    depth: u32,
}

/// Evaluates a whole expression; the result is that of its last part.
pub(super) fn evaluate(shell: &mut Shell<'_>, text: &str) -> Value {
    let text = text.replace('"', "");
    let mut evaluator = Evaluator { rest: &text, shell, depth: 0 };
    loop {
        let value = evaluator.assignment()?;
        evaluator.skip();
        if evaluator.rest.is_empty() {
            return Ok(value);
        }
        evaluator.rest = evaluator.rest.strip_prefix(',').ok_or(ArithmeticError::Operand)?;
    }
}

fn apply(operator: &str, left: i32, right: i32) -> Value {
    let shift = u32::try_from(right).unwrap_or(32);
    Ok(match operator {
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "<<" => left.checked_shl(shift).unwrap_or(0),
        ">>" => left.checked_shr(shift).unwrap_or(if left < 0 { -1 } else { 0 }),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        _ if right == 0 => return Err(ArithmeticError::DivisionByZero),
        "/" => left.wrapping_div(right),
        _ => left.wrapping_rem(right),
    })
}

impl Evaluator<'_, '_, '_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn name(&self) -> &str {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || "()!~-+*/%<>&^|=,;\"".contains(c))
            .unwrap_or(self.rest.len());
        &self.rest[..end]
    }

    fn assignment(&mut self) -> Value {
        self.skip();
        let name = self.name().to_owned();
        if !name.is_empty() && number(&name).is_none() {
            let after = self.rest[name.len()..].trim_start();
            for operator in ["", "<<", ">>", "+", "-", "*", "/", "%", "&", "^", "|"] {
                let assign = after.strip_prefix(operator).and_then(|rest| rest.strip_prefix('='));
                if let Some(rest) = assign {
                    self.rest = rest;
                    let right = self.assignment()?;
                    let value = if operator.is_empty() {
                        right
                    } else {
                        apply(operator, self.value_of(&name), right)?
                    };
                    self.shell.environment.set(&name, &value.to_string());
                    return Ok(value);
                }
            }
        }
        self.binary(0)
    }

    fn value_of(&self, name: &str) -> i32 {
        self.shell.variable(name).and_then(|text| number(text.trim())).unwrap_or(0)
    }

    fn binary(&mut self, level: usize) -> Value {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.skip();
            let Some(operator) = operators.iter().find(|op| self.rest.starts_with(**op)) else {
                return Ok(left);
            };
            self.rest = &self.rest[operator.len()..];
            let right = self.binary(level + 1)?;
            left = apply(operator, left, right)?;
        }
    }

    fn unary(&mut self) -> Value {
        self.depth += 1;
        if self.depth > 200 {
            return Err(ArithmeticError::Operand);
        }
        self.skip();
        let mut chars = self.rest.chars();
        let first = chars.next().ok_or(ArithmeticError::Operand)?;
        let value = match first {
            '-' | '+' | '~' | '!' => {
                self.rest = chars.as_str();
                let value = self.unary()?;
                match first {
                    '-' => value.wrapping_neg(),
                    '~' => !value,
                    '!' => i32::from(value == 0),
                    _ => value,
                }
            }
            '(' => {
                self.rest = chars.as_str();
                let value = self.assignment()?;
                self.skip();
                self.rest = self.rest.strip_prefix(')').ok_or(ArithmeticError::Operand)?;
                value
            }
            _ => {
                let name = self.name().to_owned();
                if name.is_empty() {
                    return Err(ArithmeticError::Operand);
                }
                self.rest = &self.rest[name.len()..];
                number(&name).unwrap_or_else(|| self.value_of(&name))
            }
        };
        self.depth -= 1;
        Ok(value)
    }
}
