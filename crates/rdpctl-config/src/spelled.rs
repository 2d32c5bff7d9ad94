//! Whom a text names, by the heads of its tables alone: a shell that completes a name waits for it, and a declaration of a
//! hundred thousand takes longer to judge than anybody waits.

use crate::source::Source;

/// How somebody is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelled<'a> {
    /// By the head of the table of an instance.
    Instance(&'a str),
    /// By that of a fleet.
    Fleet(&'a str),
    /// In another way, dotted, quoted or within braces: whoever wants these names has to judge the text.
    Otherwise,
}

/// Whom a text names, in its order; a name stands once for each table of it.
pub fn spelled(source: &Source) -> impl Iterator<Item = Spelled<'_>> {
    source.text().lines().filter_map(of_line)
}

/// Whom a line names. Most begin with a letter that no such line begins with.
fn of_line(line: &str) -> Option<Spelled<'_>> {
    let first = line.bytes().find(|byte| !matches!(byte, b' ' | b'\t'))?;
    match first {
        b'[' => head(line).or_else(|| names_otherwise(line).then_some(Spelled::Otherwise)),
        b'i' | b'f' | b'"' | b'\'' => names_otherwise(line).then_some(Spelled::Otherwise),
        _ => None,
    }
}

/// Whether a line may name an instance or a fleet without being the head of its table.
fn names_otherwise(line: &str) -> bool {
    let line = line.trim_start();
    let (is_head, text) = match line.strip_prefix('[') {
        Some(inside) => (true, inside.trim_start()),
        None => (false, line),
    };
    let text = text.trim_start_matches(['"', '\'']);
    let rest = ["instance", "fleet"].iter().find_map(|kind| text.strip_prefix(kind));
    let rest = rest.map(|rest| rest.trim_start_matches(['"', '\'']).trim_start());
    rest.is_some_and(|rest| match rest.strip_prefix('=') {
        Some(value) => value.trim_start().starts_with('{'),
        None => is_head || rest.starts_with('.'),
    })
}

/// Whose table a line begins, if it is that of an instance or a fleet, or of a part of one.
fn head(line: &str) -> Option<Spelled<'_>> {
    let (kind, rest) = line.trim_start().strip_prefix('[')?.split_once('.')?;
    let of = match kind.trim() {
        "instance" => Spelled::Instance,
        "fleet" => Spelled::Fleet,
        _ => return None,
    };
    let name = match rest.trim_start().strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(['.', ']']).next()?.trim(),
    };
    Some(of(name))
}

#[cfg(test)]
mod tests {
    use super::{Spelled, of_line};

    #[test]
    fn whoever_is_named_in_another_way_is_not_missed() {
        for line in [
            "instance.web-01.id = \"ins-1\"",
            "[instance]",
            "[ \"instance\".web-01]",
            "instance = { web-01 = { id = \"ins-1\" } }",
            "  \"fleet\".kiosks.provider = \"gz\"",
        ] {
            assert_eq!(of_line(line), Some(Spelled::Otherwise), "{line}");
        }
        for line in
            ["id = \"instance\"", "# instance", "instance = \"web-01\"", "", "[provider.gz]"]
        {
            assert_eq!(of_line(line), None, "{line}");
        }
    }

    #[test]
    fn the_head_of_a_table_names_an_instance_or_a_fleet() {
        assert_eq!(of_line("[instance.web-01]"), Some(Spelled::Instance("web-01")));
        assert_eq!(
            of_line("  [instance.web-01.guest] # its way in"),
            Some(Spelled::Instance("web-01"))
        );
        assert_eq!(of_line("[fleet.\"kiosks\"]"), Some(Spelled::Fleet("kiosks")));
        assert_eq!(of_line("[fleet.kiosks.select]"), Some(Spelled::Fleet("kiosks")));
        assert_eq!(of_line("id = \"[instance.x]\""), None);
    }
}
