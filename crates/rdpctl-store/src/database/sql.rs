//! The little of a database that is used here, one way for both: statements with numbered places, rows, columns.
//!
//! Statements are written as `SQLite` reads them (`?1`), and so that Postgres reads them alike once the places are
//! written its way: what each has of its own (pragmas, `INSERT OR REPLACE`, `hex`) is not used.

use super::fault::Fault;
use super::value::Value;
use crate::postgres::link::{Link, Prepared};

/// A connection, inside a transaction.
pub(crate) enum Connection<'a> {
    /// To a file.
    Sqlite(&'a rusqlite::Connection),
    /// To a server.
    Postgres(&'a Link),
}

/// A statement that is ready to be executed many times.
pub(crate) enum Statement<'a> {
    /// To a file.
    Sqlite(rusqlite::CachedStatement<'a>),
    /// To a server.
    Postgres(&'a Link, Prepared),
}

/// What a query yields, row by row.
pub(crate) enum Rows<'a> {
    /// Of a file.
    Sqlite(rusqlite::Rows<'a>),
    /// Of a server: all of them came at once.
    Postgres(std::vec::IntoIter<tokio_postgres::Row>),
}

/// One row.
pub(crate) enum Row<'a> {
    /// Of a file.
    Sqlite(&'a rusqlite::Row<'a>),
    /// Of a server.
    Postgres(Box<tokio_postgres::Row>),
}

impl Connection<'_> {
    /// Makes a statement ready, or takes the one that is.
    pub(crate) fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>, Fault> {
        Ok(match self {
            Self::Sqlite(connection) => Statement::Sqlite(connection.prepare_cached(sql)?),
            Self::Postgres(link) => Statement::Postgres(link, link.prepared(sql)?),
        })
    }

    /// Executes many statements, one after another, without a round trip for each.
    pub(crate) fn execute_all(&self, all: &[(&str, Vec<Value<'_>>)]) -> Result<(), Fault> {
        match self {
            Self::Sqlite(connection) => all.iter().try_for_each(|(sql, values)| {
                connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?;
                Ok(())
            }),
            Self::Postgres(link) => link.execute_all(all),
        }
    }

    /// Executes statements that yield nothing, one after another.
    pub(crate) fn execute_batch(&self, sql: &str) -> Result<(), Fault> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Self::Postgres(link) => link.batch(sql),
        }
    }
}

impl Statement<'_> {
    /// Executes it; says how many rows it touched.
    pub(crate) fn execute(&mut self, values: &[Value<'_>]) -> Result<usize, Fault> {
        Ok(match self {
            Self::Sqlite(statement) => statement.execute(rusqlite::params_from_iter(values))?,
            Self::Postgres(link, prepared) => link.execute(prepared, values)?,
        })
    }

    /// Asks.
    pub(crate) fn query(&mut self, values: &[Value<'_>]) -> Result<Rows<'_>, Fault> {
        Ok(match self {
            Self::Sqlite(statement) => {
                Rows::Sqlite(statement.query(rusqlite::params_from_iter(values))?)
            }
            Self::Postgres(link, prepared) => {
                Rows::Postgres(link.query(prepared, values)?.into_iter())
            }
        })
    }

    /// Asks for one row, which must be there.
    pub(crate) fn query_row<T>(
        &mut self,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.query_row_if_any(values, read)?.ok_or(Fault::NoRow)
    }

    /// Asks for one row, which may be missing.
    pub(crate) fn query_row_if_any<T>(
        &mut self,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut rows = self.query(values)?;
        rows.next()?.map(|row| read(&row)).transpose()
    }

    /// Asks, and reads every row.
    pub(crate) fn query_all<T>(
        &mut self,
        values: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut rows = self.query(values)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(&row)?);
        }
        Ok(all)
    }
}

impl Rows<'_> {
    /// The next row, if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, Fault> {
        Ok(match self {
            Self::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Self::Postgres(rows) => rows.next().map(|row| Row::Postgres(Box::new(row))),
        })
    }
}

impl Row<'_> {
    /// What stands in a column.
    pub(crate) fn get<T: Column>(&self, column: usize) -> Result<T, Fault> {
        T::read(self, column)
    }

    /// The text in a column.
    pub(crate) fn text(&self, column: usize) -> Result<&str, Fault> {
        Ok(match self {
            Self::Sqlite(row) => row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// The text in a column, if there is any.
    pub(crate) fn text_or_null(&self, column: usize) -> Result<Option<&str>, Fault> {
        Ok(match self {
            Self::Sqlite(row) => {
                row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?
            }
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// The bytes in a column.
    pub(crate) fn blob(&self, column: usize) -> Result<&[u8], Fault> {
        Ok(match self {
            Self::Sqlite(row) => row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// The bytes in a column, if there are any.
    pub(crate) fn blob_or_null(&self, column: usize) -> Result<Option<&[u8]>, Fault> {
        Ok(match self {
            Self::Sqlite(row) => {
                row.get_ref(column)?.as_blob_or_null().map_err(rusqlite::Error::from)?
            }
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    fn number(&self, column: usize) -> Result<i64, Fault> {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}

/// A kind of value that a column can hold.
pub(crate) trait Column: Sized {
    /// Reads it.
    fn read(row: &Row<'_>, column: usize) -> Result<Self, Fault>;
}

impl Column for String {
    fn read(row: &Row<'_>, column: usize) -> Result<Self, Fault> {
        row.text(column).map(str::to_owned)
    }
}

impl Column for Option<String> {
    fn read(row: &Row<'_>, column: usize) -> Result<Self, Fault> {
        Ok(row.text_or_null(column)?.map(str::to_owned))
    }
}

impl Column for Vec<u8> {
    fn read(row: &Row<'_>, column: usize) -> Result<Self, Fault> {
        row.blob(column).map(<[u8]>::to_vec)
    }
}

impl Column for i64 {
    fn read(row: &Row<'_>, column: usize) -> Result<Self, Fault> {
        row.number(column)
    }
}

/// Whether a number says yes.
impl Column for bool {
    fn read(row: &Row<'_>, column: usize) -> Result<Self, Fault> {
        Ok(row.number(column)? != 0)
    }
}

/// A number that is too small or too large for what it counts was written by somebody else.
macro_rules! counted {
    ($($kind:ty),*) => {
        $(impl Column for $kind {
            fn read(row: &Row<'_>, column: usize) -> Result<Self, Fault> {
                <$kind>::try_from(row.number(column)?).map_err(|_| Fault::OutOfRange)
            }
        })*
    };
}
counted!(u32, u64, usize);
