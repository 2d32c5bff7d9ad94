//! The part of the query language that inventories are read with: `where`, `project` and `order by` over one table.

use serde_json::{Map, Value};

/// A query that was understood.
#[derive(Debug)]
pub(super) struct Query {
    /// Whether it is the table of what Virtual Network Manager has in force.
    pub(super) table: Table,
    conditions: Vec<Condition>,
    columns: Option<Vec<(String, Column)>>,
}

/// The tables that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Resources,
    NetworkResources,
}

#[derive(Debug)]
struct Condition {
    path: Vec<String>,
    /// Without case.
    among: Vec<String>,
}

#[derive(Debug)]
struct Column {
    path: Vec<String>,
    text: bool,
}

impl Query {
    /// Reads a query; says what is not understood.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = split(text, '|').into_iter();
        let table = steps.next().unwrap_or_default();
        let table = match table.trim().to_ascii_lowercase().as_str() {
            "resources" => Table::Resources,
            "networkresources" => Table::NetworkResources,
            _ => return Err(format!("the table `{}` does not exist", table.trim())),
        };
        let mut query = Self { table, conditions: Vec::new(), columns: None };
        for step in steps {
            let step = step.trim();
            let (word, rest) = step.split_once(char::is_whitespace).unwrap_or((step, ""));
            match word {
                "where" => query.conditions.push(condition(rest.trim())?),
                "project" => {
                    query.columns =
                        Some(split(rest, ',').iter().map(|text| column(text)).collect());
                }
                // All tables are sorted by id here.
                "order" if rest.trim() == "by id asc" => {}
                _ => return Err(format!("`{step}` is not understood")),
            }
        }
        Ok(query)
    }

    /// The types that it may yield.
    pub(super) fn types(&self) -> Option<&[String]> {
        self.conditions
            .iter()
            .find(|condition| condition.path == ["type"])
            .map(|condition| condition.among.as_slice())
    }

    /// A row, as far as it is picked.
    pub(super) fn row(&self, resource: Value) -> Option<Value> {
        let picked = self.conditions.iter().all(|condition| {
            let value = text(at(&resource, &condition.path));
            condition.among.iter().any(|wanted| wanted.eq_ignore_ascii_case(&value))
        });
        if !picked {
            return None;
        }
        let Some(columns) = &self.columns else { return Some(resource) };
        let row: Map<String, Value> = columns
            .iter()
            .map(|(name, column)| {
                let value = at(&resource, &column.path);
                let value = if column.text {
                    Value::String(text(value))
                } else {
                    value.cloned().unwrap_or(Value::Null)
                };
                (name.clone(), value)
            })
            .collect();
        Some(Value::Object(row))
    }
}

fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, part| value.get(part))
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// `PATH =~ 'TEXT'` or `PATH in~ ('TEXT', …)`; the path may stand in `tostring(…)`.
fn condition(text: &str) -> Result<Condition, String> {
    let failed = || format!("`where {text}` is not understood");
    let (path, among) = if let Some((path, value)) = text.split_once("=~") {
        (path, vec![quoted(value).ok_or_else(failed)?])
    } else if let Some((path, values)) = text.split_once(" in~ ") {
        let inside = values.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let inside = inside.ok_or_else(failed)?;
        let values: Option<Vec<String>> =
            split(inside, ',').iter().map(|one| quoted(one)).collect();
        (path, values.ok_or_else(failed)?)
    } else {
        return Err(failed());
    };
    Ok(Condition { path: expression(path).path, among })
}

fn quoted(text: &str) -> Option<String> {
    let text = text.trim();
    let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inside.contains('\'')).then(|| inside.to_owned())
}

fn column(text: &str) -> (String, Column) {
    let (name, path) = text.split_once('=').unwrap_or((text, text));
    (name.trim().to_owned(), expression(path))
}

fn expression(text: &str) -> Column {
    let text = text.trim();
    let inside = text.strip_prefix("tostring(").and_then(|rest| rest.strip_suffix(')'));
    let path = inside.unwrap_or(text).split('.').map(|part| part.trim().to_owned()).collect();
    Column { path, text: inside.is_some() }
}

/// Splits outside of quotes and brackets.
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut inside) = (Vec::new(), 0, 0_u32, false);
    for (place, letter) in text.char_indices() {
        match letter {
            '\'' => inside = !inside,
            '(' if !inside => depth += 1,
            ')' if !inside => depth = depth.saturating_sub(1),
            _ if letter == at && !inside && depth == 0 => {
                parts.push(&text[start..place]);
                start = place + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_picks_rows_and_columns_without_case() {
        let query = Query::parse(
            "Resources | where type =~ 'a/B' | where id in~ ('X', 'y') | project id, n=tostring(p.q), all=p | order by id asc",
        )
        .unwrap();
        let row = query.row(json!({ "type": "A/b", "id": "x", "p": { "q": 1 } }));
        assert_eq!(row, Some(json!({ "id": "x", "n": "1", "all": { "q": 1 } })));
        assert_eq!(query.row(json!({ "type": "A/b", "id": "z" })), None);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for text in ["Disks", "Resources | take 5", "Resources | where id == 'x'"] {
            assert!(Query::parse(text).is_err(), "{text}");
        }
    }
}
