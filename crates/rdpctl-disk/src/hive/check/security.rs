//! Securities: each in one ring with all others, and named by as many keys as it says.

use std::collections::BTreeMap;

use super::Report;
use super::bins::Map;
use crate::bytes::{index, u32_at};
use crate::hive::cell::Cells;
use crate::hive::image::Hive;

/// Checks what keys name, and then the ring.
pub(super) fn check(hive: &Hive, map: &mut Map, named: &BTreeMap<u32, u32>, report: &mut Report) {
    let cells = hive.cells();
    for (offset, keys) in named {
        if !map.claim(*offset, report) {
            continue;
        }
        let Some(cell) = cells.get(*offset).ok().filter(|cell| cell.starts_with(b"sk")) else {
            report.error(*offset, "a key's security is none");
            continue;
        };
        let length = u32_at(cell, 16).map_or(usize::MAX, index);
        if cell.len().checked_sub(20).is_none_or(|room| room < length) {
            report.error(*offset, "a security is cut off");
        }
        match u32_at(cell, 12) {
            // Windows' own healing leaves the number too high.
            Some(count) if count > *keys => {
                report.remark(*offset, "a security counts more keys than name it");
            }
            Some(count) if count < *keys => {
                report.error(*offset, "a security counts fewer keys than name it");
            }
            Some(_) => {}
            None => report.error(*offset, "a security is cut off"),
        }
    }
    ring(cells, map, named, report);
}

/// Forward and backward must agree for every security that a key names, with one that is a security too.
fn ring(cells: Cells<'_>, map: &mut Map, named: &BTreeMap<u32, u32>, report: &mut Report) {
    let link = |offset: u32, at: usize| {
        let cell = cells.get(offset).ok().filter(|cell| cell.starts_with(b"sk"))?;
        u32_at(cell, at)
    };
    let mut stray = Vec::new();
    for offset in named.keys() {
        for (there, back) in [(4, 8), (8, 4)] {
            let next = link(*offset, there);
            match next.and_then(|next| link(next, back)) {
                Some(own) if own == *offset => {}
                Some(_) | None => report.error(*offset, "the ring of securities is broken"),
            }
            stray.extend(next.filter(|next| !named.contains_key(next)));
        }
    }
    // Securities that no key names any more are part of the ring all the same.
    for offset in stray {
        if !map.is_claimed(offset) && map.claim(offset, report) {
            report.remark(offset, "a security is named by no key");
        }
    }
}
