//! A hive of which no more is read than what is asked of it: the software's has seventy megabytes and more, and a look
//! wants some hundred keys.

use std::sync::Arc;

use super::absent::{Absent, PART};
use super::base::{Base, LENGTH};
use super::image::Hive;
use crate::bytes::index64;
use crate::error::{Damage, Error, Structure};

impl Hive {
    /// Calls `ask` again and again, and reads in between what it looked at and was not there, until nothing is missing.
    ///
    /// Nothing where the hive was not closed: its logs change it anywhere, so that it is to be read whole. What comes
    /// back answers those questions and is not fit for others, nor for editing.
    pub fn by_parts(
        length: u64,
        mut read: impl FnMut(u64, usize) -> Result<Vec<u8>, Error>,
        mut ask: impl FnMut(&Self),
    ) -> Result<Option<Self>, Error> {
        let damage = |what| Damage::new(Structure::Hive, 0_u64, what);
        let whole = index64(length);
        let first = read(0, whole.min(PART))?;
        let Some(base) = Base::read(&first)
            .filter(|base| base.kind == 0 && base.is_plausible && base.primary == base.secondary)
        else {
            return Ok(None);
        };
        if LENGTH + base.bins() > whole {
            return Err(damage("the file ends before the hive does").into());
        }
        let mut bytes = vec![0; whole];
        let place = bytes.get_mut(..first.len()).ok_or_else(|| damage("it is cut off"))?;
        place.copy_from_slice(&first);
        let absent = Arc::new(Absent::default());
        // The first part is there.
        absent.has(0, 1);
        absent.take();
        let mut hive = Self::read_in_parts(bytes, base, Arc::clone(&absent));
        loop {
            ask(&hive);
            let runs = absent.take();
            if runs.is_empty() {
                return Ok(Some(hive));
            }
            for (part, count) in runs {
                let start = part * PART;
                let wanted = (count * PART).min(whole.saturating_sub(start));
                let at = u64::try_from(start).unwrap_or(u64::MAX);
                let content = read(at, wanted)?;
                hive.fill(start, &content)
                    .ok_or_else(|| damage("a part is not as long as asked"))?;
            }
        }
    }
}
