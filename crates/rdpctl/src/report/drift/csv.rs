//! A drift report as a table for a spreadsheet: RFC 4180, one row a finding.

use super::Report;
use crate::out::safe;
use crate::report::who::Suspect;

/// What spreadsheets take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

impl Report {
    /// As CSV with a row of names.
    pub(crate) fn csv(&self) -> String {
        let mut text = String::from(
            "instance,facets,verdict,seen and declared,follows from,accepted,owner,until,seen since,may have been changed by,step of the documents,plan would,shows at\r\n",
        );
        for finding in self.shown() {
            let facets: Vec<&str> = finding.facets.iter().map(|facet| facet.name()).collect();
            let accepted = finding.accepted.as_ref();
            let row = [
                finding.instance.clone(),
                facets.join(" "),
                super::kind(&finding.verdict).to_owned(),
                finding.words.clone(),
                finding.follows_from.map_or_else(String::new, |facet| facet.to_string()),
                accepted.map_or_else(String::new, |accepted| accepted.reason.clone()),
                accepted.and_then(|accepted| accepted.owner.clone()).unwrap_or_default(),
                accepted
                    .and_then(|accepted| accepted.until)
                    .map_or_else(String::new, |until| until.to_string()),
                finding.since.map_or_else(String::new, |since| since.to_string()),
                finding.changed_by.as_ref().map_or_else(String::new, Suspect::words),
                finding.seed.join("; "),
                finding.plan_would.join("; "),
                finding.stage.map_or_else(String::new, |stage| stage.to_string()),
            ];
            let cells: Vec<String> = row.iter().map(|cell| field(cell)).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
        text
    }
}

/// A cell that is text to every reader: quoted where it must be, and no formula.
fn field(text: &str) -> String {
    let shown = safe(text);
    let guarded = if shown.starts_with(FORMULA) { format!("'{shown}") } else { shown.into_owned() };
    if guarded.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_cell_is_text_and_neither_a_formula_nor_two_cells() {
        assert_eq!(field("=HYPERLINK(\"http://x\",1)"), "\"'=HYPERLINK(\"\"http://x\"\",1)\"");
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("plain"), "plain");
    }
}
