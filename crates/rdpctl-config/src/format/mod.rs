//! The usual form of a declaration: how its text is laid out, and nothing about what it means.
//!
//! Works on tokens, so every comment, number and string stays as it was written. Keys of a block line up on their
//! `=`, one blank line at most separates what was separated, lists over several lines have one element a line.

mod line;
mod token;
mod value;

use toml_parser::Source as Text;
use toml_parser::lexer::Token;

use crate::diagnostic::{Diagnostics, Problems};
use crate::parse::check_syntax;
use crate::source::Source;

use line::{Line, lines};

/// The text in its usual form; text that is not TOML is told instead.
pub fn format(source: &Source) -> Result<String, Diagnostics> {
    let mut problems = Problems::default();
    check_syntax(source, &mut problems);
    if problems.any_error() {
        return Err(problems.into_diagnostics(vec![source.clone()]));
    }
    let text = source.text().strip_prefix('\u{feff}').unwrap_or(source.text());
    let tokens: Vec<Token> = Text::new(text).lex().collect();
    let laid_out = lay_out(&lines(text, &tokens));
    // Lines end as they did: whoever works on Windows has a whole file changed otherwise.
    let ends_windows = text.split_inclusive('\n').next().is_some_and(|line| line.ends_with("\r\n"));
    Ok(if ends_windows { laid_out.replace('\n', "\r\n") } else { laid_out })
}

fn lay_out(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut blank = false;
    let mut index = 0;
    while index < lines.len() {
        let block = lines[index..].iter().take_while(|line| line.aligns()).count();
        let before_header =
            matches!(lines[index], Line::Header { .. }) && !follows_its_comment(lines, index);
        if matches!(lines[index], Line::Blank) {
            blank = true;
            index += 1;
            continue;
        }
        if (blank || before_header) && !out.is_empty() {
            out.push('\n');
        }
        blank = false;
        if block > 0 {
            line::write_block(&lines[index..index + block], &mut out);
            index += block;
        } else {
            lines[index].write(&mut out);
            index += 1;
        }
    }
    out
}

/// Whether comments stand directly above a header, which then belong to it.
fn follows_its_comment(lines: &[Line], index: usize) -> bool {
    index > 0 && matches!(lines[index - 1], Line::Comment(_))
}
