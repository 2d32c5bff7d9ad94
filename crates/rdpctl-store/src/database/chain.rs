//! The chain of hashes over the journal: whoever changes, drops or inserts a row breaks it from there on.
//!
//! The hash of a row is `SHA-256(hash before ‖ fields)`, each field with its length before it. Before the first row
//! stands a hash of zeroes. The last hash stands for all of them: written down elsewhere, it shows later whether the
//! end was cut off.

use sha2::{Digest, Sha256};

use super::fault::Fault;
use super::sql::{Connection, Row};
use super::value::params;
use crate::codec::Garbled;

/// A hash.
pub(crate) type Hash = [u8; 32];

/// What a row tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A run began.
    Began,
    /// An observation added to its plan.
    Grew,
    /// Something happened to a step on a subject.
    Step,
    /// It ended.
    Ended,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Began, Self::Grew, Self::Step, Self::Ended];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Began => "began",
            Self::Grew => "grew",
            Self::Step => "step",
            Self::Ended => "ended",
        }
    }

    pub(crate) fn parse(name: &str) -> Result<Self, Garbled> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or(Garbled { what: "the kind of an entry of the journal" })
    }
}

/// One row, as it is hashed.
pub(crate) struct Link<'a> {
    pub(crate) run: &'a str,
    pub(crate) kind: Kind,
    pub(crate) step: Option<&'a str>,
    pub(crate) subject: Option<&'a str>,
    pub(crate) shared: Option<&'a str>,
    pub(crate) at: &'a str,
    pub(crate) event: &'a str,
}

impl Link<'_> {
    fn after(&self, before: &Hash) -> Hash {
        let fields = [
            Some(self.run),
            Some(self.kind.name()),
            self.step,
            self.subject,
            self.shared,
            Some(self.at),
            Some(self.event),
        ];
        let mut hash = Sha256::new();
        hash.update(before);
        for field in fields {
            let field = field.unwrap_or_default();
            hash.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(field);
        }
        hash.finalize().into()
    }
}

/// Appends a row of the run with that number.
pub(crate) fn append(
    connection: &Connection<'_>,
    number: i64,
    link: &Link<'_>,
) -> Result<(), Fault> {
    let hash = link.after(&head(connection)?);
    connection
        .prepare_cached(
            "INSERT INTO journal (run, kind, step, subject, shared, at, event, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            number,
            link.kind.name(),
            link.step,
            link.subject,
            link.shared,
            link.at,
            link.event,
            hash
        ])?;
    Ok(())
}

/// The last hash.
pub(crate) fn head(connection: &Connection<'_>) -> Result<Hash, Fault> {
    let last = connection
        .prepare_cached("SELECT hash FROM journal ORDER BY seq DESC LIMIT 1")?
        .query_row_if_any(&[], |row| {
            let hash = row.blob(0)?.try_into();
            Ok(hash.map_err(|_| Garbled { what: "a hash of the journal" })?)
        })?;
    Ok(last.unwrap_or_default())
}

/// Whether a row has that hash, or the chain began with it.
pub(crate) fn holds(connection: &Connection<'_>, hash: &str) -> Result<bool, Fault> {
    if hash == hexadecimal(&Hash::default()) {
        return Ok(true);
    }
    let Some(hash) = bytes(hash) else { return Ok(false) };
    let found = connection
        .prepare_cached("SELECT count(*) FROM journal WHERE hash = ?1")?
        .query_row(params![hash], |row| row.get::<i64>(0))?;
    Ok(found > 0)
}

/// What came of following the chain.
pub(crate) enum Followed {
    /// It holds.
    Whole {
        /// How many rows there are.
        rows: u64,
        /// The last hash.
        head: Hash,
    },
    /// A row is not what it was when it was written, or stands where another one stood.
    Broken {
        /// Its number among the rows that are there, from 1.
        row: u64,
    },
}

/// Follows the chain from the first row to the last, and hands each row to `look` on the way.
pub(crate) fn follow(
    connection: &Connection<'_>,
    mut look: impl FnMut(&Link<'_>) -> Result<(), Fault>,
) -> Result<Followed, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT run.id, kind, step, subject, shared, at, event, hash
         FROM journal LEFT JOIN run ON run.number = journal.run ORDER BY seq",
    )?;
    let mut rows = statement.query(&[])?;
    let (mut count, mut head) = (0, Hash::default());
    while let Some(row) = rows.next()? {
        count += 1;
        let (link, hash) = link(&row)?;
        head = link.after(&head);
        if head != hash {
            return Ok(Followed::Broken { row: count });
        }
        look(&link)?;
    }
    Ok(Followed::Whole { rows: count, head })
}

fn link<'a>(row: &'a Row<'_>) -> Result<(Link<'a>, Hash), Fault> {
    let text = |column: usize| -> Result<Option<&'a str>, Fault> { row.text_or_null(column) };
    let hash = row.blob(7)?;
    let hash = hash.try_into().map_err(|_| Garbled { what: "a hash of the journal" })?;
    let link = Link {
        // A row whose run was dropped has no name for it, and breaks the chain by that.
        run: text(0)?.unwrap_or_default(),
        kind: Kind::parse(text(1)?.unwrap_or_default())?,
        step: text(2)?,
        subject: text(3)?,
        shared: text(4)?,
        at: text(5)?.unwrap_or_default(),
        event: text(6)?.unwrap_or_default(),
    };
    Ok((link, hash))
}

/// What people wrote down as a hash.
fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let pairs = hexadecimal.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A hash as people compare it.
pub(crate) fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of a document.
pub(crate) fn digest(plain: &[u8]) -> String {
    hexadecimal(&Sha256::digest(plain))
}
