//! Links in a work tree: whoever put one there may not have read, or shown, what it leads to.

use std::path::Path;

use crate::error::CliError;
use crate::out::safe;

/// Refuses a file to which a link leads out of the folder in which the link lies.
pub(crate) fn own(path: &Path) -> Result<&Path, CliError> {
    if rdpctl_config::elsewhere(path) {
        let shown = path.display().to_string();
        return Err(CliError::new(format!("a link leads from {} to another folder, and what lies there is not read", safe(&shown)))
            .hint("name the file itself that is meant: whoever writes a link would else have shown what is not his"));
    }
    Ok(path)
}
