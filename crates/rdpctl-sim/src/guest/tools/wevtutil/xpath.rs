//! The part of `XPath` that event queries use: conditions on the system fields and on named data.

use crate::guest::events::Event;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Always,
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Provider(String),
    Number(Field, Order, u64),
    /// Not older than so many milliseconds.
    Age(u64),
    Data(String, String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Field {
    EventId,
    Level,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Equal,
    NotEqual,
    AtMost,
    AtLeast,
    Less,
    More,
}

/// A whole query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query(Condition);

impl Query {
    pub(super) fn everything() -> Self {
        Self(Condition::Always)
    }

    pub(super) fn admits(&self, event: &Event, now: u64) -> bool {
        self.0.holds(event, now)
    }
}

impl Condition {
    fn holds(&self, event: &Event, now: u64) -> bool {
        match self {
            Self::Always => true,
            Self::And(left, right) => left.holds(event, now) && right.holds(event, now),
            Self::Or(left, right) => left.holds(event, now) || right.holds(event, now),
            Self::Provider(name) => event.provider.name() == name,
            Self::Number(field, order, number) => {
                let value = match field {
                    Field::EventId => u64::from(event.id),
                    Field::Level => u64::from(event.level),
                };
                match order {
                    Order::Equal => value == *number,
                    Order::NotEqual => value != *number,
                    Order::AtMost => value <= *number,
                    Order::AtLeast => value >= *number,
                    Order::Less => value < *number,
                    Order::More => value > *number,
                }
            }
            Self::Age(most) => now.saturating_sub(event.time) <= *most,
            Self::Data(name, value) => {
                event.data.iter().any(|(known, data)| **known == **name && **data == **value)
            }
        }
    }
}

/// Reads a query; `None` when it is outside of the language.
pub(super) fn parse(text: &str) -> Option<Query> {
    let mut parser = Parser { rest: text.trim(), depth: 0 };
    if parser.rest == "*" {
        return Some(Query::everything());
    }
    parser.take("Event");
    parser.take("*");
    let condition = parser.bracketed()?;
    parser.rest.is_empty().then_some(Query(condition))
}

struct Parser<'a> {
    rest: &'a str,
    depth: u32,
}

impl Parser<'_> {
    fn take(&mut self, token: &str) -> bool {
        let trimmed = self.rest.trim_start();
        match trimmed.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        let found = self.rest.strip_prefix(word).filter(|rest| ends(rest));
        match found {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn bracketed(&mut self) -> Option<Condition> {
        if !self.take("[") {
            return None;
        }
        let condition = self.or()?;
        self.take("]").then_some(condition)
    }

    fn or(&mut self) -> Option<Condition> {
        self.depth += 1;
        if self.depth > 40 {
            return None;
        }
        let mut left = self.and()?;
        while self.word("or") {
            left = Condition::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Some(left)
    }

    fn and(&mut self) -> Option<Condition> {
        let mut left = self.primary()?;
        while self.word("and") {
            left = Condition::And(Box::new(left), Box::new(self.primary()?));
        }
        Some(left)
    }

    fn primary(&mut self) -> Option<Condition> {
        if self.take("(") {
            let condition = self.or()?;
            return self.take(")").then_some(condition);
        }
        for (name, field) in [("EventID", Field::EventId), ("Level", Field::Level)] {
            if self.word(name) {
                let order = self.order()?;
                return Some(Condition::Number(field, order, self.number()?));
            }
        }
        if self.word("System") || self.word("EventData") || self.word("*") {
            return self.bracketed();
        }
        if self.word("Provider") {
            let named = self.take("[") && self.take("@Name") && self.take("=");
            let name = self.quoted().filter(|_| named)?;
            return self.take("]").then_some(Condition::Provider(name));
        }
        if self.word("TimeCreated") {
            let shape = self.take("[") && self.take("timediff") && self.take("(");
            let shape = shape && self.take("@SystemTime") && self.take(")");
            let shape = shape && (self.take("&lt;=") || self.take("<="));
            let age = self.number().filter(|_| shape)?;
            return self.take("]").then_some(Condition::Age(age));
        }
        if self.word("Data") {
            let shape = self.take("[") && self.take("@Name") && self.take("=");
            let name = self.quoted().filter(|_| shape)?;
            let shape = self.take("]") && self.take("=");
            let value = self.quoted().filter(|_| shape)?;
            return Some(Condition::Data(name, value));
        }
        None
    }

    fn order(&mut self) -> Option<Order> {
        for (token, order) in [
            ("!=", Order::NotEqual),
            ("<=", Order::AtMost),
            ("&lt;=", Order::AtMost),
            (">=", Order::AtLeast),
            ("&gt;=", Order::AtLeast),
            ("=", Order::Equal),
            ("<", Order::Less),
            (">", Order::More),
        ] {
            if self.take(token) {
                return Some(order);
            }
        }
        None
    }

    fn number(&mut self) -> Option<u64> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        digits.parse().ok()
    }

    fn quoted(&mut self) -> Option<String> {
        let mark = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (text, rest) = self.rest[1..].split_once(mark)?;
        self.rest = rest.trim_start();
        Some(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::events::Provider;

    #[test]
    fn queries() {
        let event = Event::new(1_000_000, Provider::Schannel, 36870, 2, &[("Type", "server")]);
        for (query, expected) in [
            ("*", Some(true)),
            ("*[System[Provider[@Name='Schannel'] and (EventID=36870)]]", Some(true)),
            ("*[System[(Provider[@Name='TermDD'] or Level=2)]]", Some(true)),
            ("*[System[Provider[@Name='Schannel'] and (Level=1 or Level=3)]]", Some(false)),
            ("*[System[TimeCreated[timediff(@SystemTime) <= 500]]]", Some(false)),
            ("*[System[TimeCreated[timediff(@SystemTime) <= 1000]]]", Some(true)),
            ("*[EventData[Data[@Name='Type']='server']]", Some(true)),
            ("*[System[Nonsense]]", None),
            ("*[System[EventID=1]", None),
        ] {
            let answer = parse(query).map(|query| query.admits(&event, 1_001_000));
            assert_eq!(answer, expected, "{query}");
        }
    }
}
