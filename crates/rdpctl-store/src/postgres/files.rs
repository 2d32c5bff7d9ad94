//! The two files in which users of libpq keep what they do not want to say each time: passwords and services.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::keywords::{Keyword, Wrong};
use super::url::Said;

/// Others may read or write it.
const OTHERS: u32 = 0o077;

fn wrong(file: &Path, why: impl ToString) -> Wrong {
    Wrong::File { file: file.display().to_string(), why: why.to_string() }
}

/// The password for one connection in a file of passwords; none where there is no such file.
pub(crate) fn password(
    file: &Path,
    [host, port, database, user]: [&str; 4],
) -> Result<Option<String>, Wrong> {
    let found = match fs::metadata(file) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(file, error)),
    };
    if found.permissions().mode() & OTHERS != 0 {
        return Err(wrong(file, "others may read it: chmod 600"));
    }
    let text = fs::read_to_string(file).map_err(|error| wrong(file, error))?;
    Ok(text.lines().find_map(|line| password_of(line, [host, port, database, user])))
}

/// The password of a line, if the line is about that connection.
fn password_of(line: &str, wanted: [&str; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => fields.last_mut()?.extend(letters.next()),
            ':' if fields.len() <= wanted.len() => fields.push(String::new()),
            other => fields.last_mut()?.push(other),
        }
    }
    let password = (fields.len() > wanted.len()).then(|| fields.pop())??;
    let fits = |(field, wanted): (&String, &str)| field == "*" || field == wanted;
    fields.iter().zip(wanted).all(fits).then_some(password)
}

/// What a file says of a service; none where it does not name it.
pub(crate) fn service(file: &Path, name: &str) -> Result<Option<Said>, Wrong> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(file, error)),
    };
    let mut said = None;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            if said.is_some() {
                break;
            }
            if section == name {
                said = Some(Said::new());
            }
        } else if let Some(said) = &mut said
            && !line.is_empty()
            && !line.starts_with('#')
        {
            let (key, value) = line
                .split_once('=')
                .ok_or_else(|| wrong(file, format!("`{line}` is no setting of a service")))?;
            let keyword = Keyword::parse(key.trim())?;
            if keyword == Keyword::Service {
                return Err(wrong(file, "a service cannot name another one"));
            }
            said.insert(keyword, value.trim().to_owned());
        }
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_by_host_port_database_and_user() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgpass");
        let text = "# ours\ndb:5432:state:ana:a\\:b\\\\c\n*:*:state:ben:other:colon\nshort:line\n";
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let of = |wanted| password(&file, wanted).unwrap();
        assert_eq!(of(["db", "5432", "state", "ana"]).unwrap(), "a:b\\c");
        assert_eq!(of(["x", "1", "state", "ben"]).unwrap(), "other:colon");
        assert_eq!(of(["db", "5433", "state", "ana"]), None);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = password(&file, ["db", "5432", "state", "ana"]).unwrap_err().to_string();
        assert!(refused.ends_with("others may read it: chmod 600"), "{refused}");
        assert_eq!(password(&folder.path().join("none"), ["a"; 4]).unwrap(), None);
    }

    #[test]
    fn a_service_says_what_stands_below_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pg_service.conf");
        fs::write(
            &file,
            "[other]\nhost=x\n\n[state]\n# a comment\nhost = db\nport=5433\n[next]\nuser=y\n",
        )
        .unwrap();
        let said = service(&file, "state").unwrap().unwrap();
        let said: Vec<&str> = said.values().map(String::as_str).collect();
        assert_eq!(said, ["db", "5433"]);
        assert!(service(&file, "none").unwrap().is_none());
        fs::write(&file, "[state]\nservice=state\n").unwrap();
        assert!(service(&file, "state").unwrap_err().to_string().contains("cannot name another"));
    }
}
