//! A chunk of instances on disk: ids, names, what the last looks brought, and one column of slots per facet.
//!
//! A facet's column is marked with the facet's own number, so facets may come, go and change places without a
//! migration: a column that is missing reads as never observed. Columns of slots are shifted by one so that "never
//! observed" ([`UNSEEN`]) is zero and packs as tightly as the rest.

use rdpctl_model::facet::World;
use rdpctl_model::facts::{Arena, Chunk, Looks, Stamp, UNSEEN};
use rdpctl_model::{FacetId, ProviderName, SourceKey};

use super::packed::{self, Packed};
use super::{Garbled, Reader, texts};

const VERSION: u8 = 3;
const WHAT: &str = "a chunk of facts";
/// No chunk is larger; a damaged count must not make us allocate without bound.
const MOST: usize = 1 << 16;

/// The rows of a chunk as bytes; none when its columns have different lengths.
pub(crate) fn encode(chunk: &Chunk) -> Option<Vec<u8>> {
    let count = chunk.len();
    let whole = chunk.names.len() == count
        && chunk.looks.len() == count
        && chunk.slots.len() == count * FacetId::COUNT
        && chunk.grounds.len() == count
        && count <= MOST;
    if !whole {
        return None;
    }
    let mut out =
        Vec::with_capacity(64 + chunk.ids.text().len() + chunk.names.text().len() + count * 24);
    out.push(VERSION);
    out.extend_from_slice(&u32::try_from(count).ok()?.to_le_bytes());
    for arena in [&chunk.ids, &chunk.names] {
        let lengths: Vec<u32> = arena.lengths().collect();
        texts::write_whole(&mut out, lengths.iter().copied(), arena.text());
    }
    for world in World::ALL {
        let looks = || chunk.looks.iter();
        packed::write(&mut out, looks().map(|one| one.answered[world].seconds()));
        packed::write(&mut out, looks().map(|one| one.answered[world].thousandths()));
        packed::write(&mut out, looks().map(|one| one.failed[world].wrapping_add(1)));
        packed::write(&mut out, looks().map(|one| one.failed_at[world].seconds()));
        packed::write(&mut out, looks().map(|one| one.failed_at[world].thousandths()));
    }
    // Bits stand in the order in which facets are shown here and now, so they are written as facets' own numbers.
    let stale = |looks: &Looks| {
        FacetId::ALL
            .into_iter()
            .filter(|facet| looks.is_stale(*facet))
            .fold(0_u32, |bits, facet| bits | 1 << facet.number())
    };
    packed::write(&mut out, chunk.looks.iter().map(stale));
    packed::write(&mut out, chunk.grounds.iter().map(|slot| slot.wrapping_add(1)));
    out.push(u8::try_from(FacetId::COUNT).ok()?);
    for (place, facet) in FacetId::ALL.into_iter().enumerate() {
        out.push(facet.number());
        let column = chunk.slots.iter().skip(place).step_by(FacetId::COUNT);
        packed::write(&mut out, column.map(|slot| slot.wrapping_add(1)));
    }
    Some(out)
}

/// The rows of a source's chunk from bytes.
pub(crate) fn decode(
    bytes: &[u8],
    source: SourceKey,
    provider: Option<ProviderName>,
) -> Result<Chunk, Garbled> {
    let mut reader = Reader::new(bytes);
    let count = head(&mut reader)?;
    let ids = arena(&mut reader, count)?;
    let names = arena(&mut reader, count)?;
    let looks = looks(&mut reader, count)?;
    let mut grounds = vec![UNSEEN; count];
    fill(&mut grounds, Packed::read(&mut reader, count, WHAT)?, |ground, slot| {
        *ground = slot.wrapping_sub(1);
    });
    let mut slots = vec![UNSEEN; count * FacetId::COUNT];
    for _ in 0..reader.byte(WHAT)? {
        let facet = FacetId::from_number(reader.byte(WHAT)?);
        let column = Packed::read(&mut reader, count, WHAT)?;
        let Some(facet) = facet else { continue };
        let (rows, _) = slots.as_chunks_mut::<{ FacetId::COUNT }>();
        let mut rows = rows.iter_mut();
        column.for_each(|slot| {
            if let Some(row) = rows.next() {
                row[facet as usize] = slot.wrapping_sub(1);
            }
        });
    }
    reader.end(WHAT)?;
    Ok(Chunk { source, provider, ids, names, looks, slots, grounds })
}

fn looks(reader: &mut Reader<'_>, count: usize) -> Result<Vec<Looks>, Garbled> {
    let mut all = vec![Looks::default(); count];
    for world in World::ALL {
        stamps(reader, &mut all, |looks| &mut looks.answered[world])?;
        let failed = Packed::read(reader, count, WHAT)?;
        fill(&mut all, failed, |looks, slot| looks.failed[world] = slot.wrapping_sub(1));
        stamps(reader, &mut all, |looks| &mut looks.failed_at[world])?;
    }
    let stale = Packed::read(reader, count, WHAT)?;
    fill(&mut all, stale, |looks, bits| {
        for facet in FacetId::ALL {
            if bits & 1 << facet.number() != 0 {
                looks.stale |= 1 << facet as u32;
            }
        }
    });
    Ok(all)
}

/// Moments as two columns: whole seconds, and thousandths beyond them.
fn stamps(
    reader: &mut Reader<'_>,
    all: &mut [Looks],
    of: impl Fn(&mut Looks) -> &mut Stamp,
) -> Result<(), Garbled> {
    let seconds = Packed::read(reader, all.len(), WHAT)?;
    fill(all, seconds, |looks, at| *of(looks) = Stamp::new(at, 0));
    let thousandths = Packed::read(reader, all.len(), WHAT)?;
    fill(all, thousandths, |looks, part| {
        let at = of(looks);
        *at = Stamp::new(at.seconds(), part);
    });
    Ok(())
}

fn fill<T>(all: &mut [T], column: Packed<'_>, mut set: impl FnMut(&mut T, u32)) {
    let mut rows = all.iter_mut();
    column.for_each(|number| {
        if let Some(row) = rows.next() {
            set(row, number);
        }
    });
}

/// The ids alone, without the cost of the rest.
pub(crate) fn decode_ids(bytes: &[u8]) -> Result<Arena, Garbled> {
    let mut reader = Reader::new(bytes);
    let count = head(&mut reader)?;
    arena(&mut reader, count)
}

fn head(reader: &mut Reader<'_>) -> Result<usize, Garbled> {
    let version = reader.byte(WHAT)?;
    let count = reader.number(WHAT)? as usize;
    if version == VERSION && count <= MOST { Ok(count) } else { Err(Garbled { what: WHAT }) }
}

fn arena(reader: &mut Reader<'_>, count: usize) -> Result<Arena, Garbled> {
    let (lengths, text) = texts::read(reader, count, WHAT)?;
    Arena::from_lengths(text.to_owned(), lengths.into_iter()).ok_or(Garbled { what: WHAT })
}

#[cfg(test)]
mod tests {
    use rdpctl_model::facts::{Known, Row};

    use super::*;

    fn looks_of(index: u32) -> Looks {
        let mut looks = Looks::default();
        looks.answered[World::Guest] = Stamp::new(1_800_000_000 + index, index % 1000);
        looks.failed[World::Cloud] = index;
        looks.failed_at[World::Cloud] = Stamp::new(1_800_000_100 + index, index % 999);
        looks.stale = if index.is_multiple_of(2) { 1 << FacetId::Nla as u32 } else { 0 };
        looks
    }

    fn empty() -> Chunk {
        Chunk::new(SourceKey::fleet("kiosks".into(), ""), None)
    }

    fn back(bytes: &[u8]) -> Result<Chunk, Garbled> {
        decode(bytes, empty().source, None)
    }

    fn chunk(count: u32) -> Chunk {
        let mut chunk = empty();
        for index in 0..count {
            let mut slots = [0; FacetId::COUNT];
            slots[1] = index;
            slots[2] = UNSEEN;
            slots[3] = index * 1000;
            chunk.push(Row {
                id: &format!("ins-{index}"),
                name: "이름",
                known: Known { slots, ground: index % 3, looks: looks_of(index) },
            });
        }
        chunk
    }

    #[test]
    fn a_chunk_comes_back_as_it_was() {
        for count in [0, 1, 3, 1024] {
            let chunk = chunk(count);
            let bytes = encode(&chunk).unwrap();
            assert_eq!(back(&bytes).unwrap(), chunk, "{count} rows");
            assert_eq!(decode_ids(&bytes).unwrap(), chunk.ids, "{count} rows");
        }
    }

    #[test]
    fn columns_that_are_equal_in_all_rows_take_six_bytes_whatever_the_count() {
        let mut chunk = empty();
        for _ in 0..1000 {
            let known = Known { slots: [3; FacetId::COUNT], ..Known::default() };
            chunk.push(Row { id: "", name: "", known });
        }
        assert_eq!(encode(&chunk).unwrap().len(), 1 + 4 + 2 * 5 + 17 * 5 + 1 + FacetId::COUNT * 6);
    }

    #[test]
    fn a_column_of_an_unknown_facet_is_skipped_and_a_missing_one_reads_as_unseen() {
        let mut bytes = vec![VERSION, 1, 0, 0, 0];
        texts::write(&mut bytes, ["a"].into_iter());
        texts::write(&mut bytes, ["b"].into_iter());
        for column in [9, 0, 0, 0, 0, 8, 25, 0, 0, 0, 7, 0, 0, 0, 0, 0, 4] {
            packed::write(&mut bytes, [column].into_iter());
        }
        bytes.push(2);
        bytes.push(200);
        packed::write(&mut bytes, [77].into_iter());
        bytes.push(FacetId::Nla.number());
        packed::write(&mut bytes, [5].into_iter());
        let chunk = back(&bytes).unwrap();
        let row = chunk.row(0).unwrap();
        assert_eq!((row.id, row.name), ("a", "b"));
        assert_eq!(row.known.looks.answered[World::Guest], Stamp::new(8, 25));
        assert_eq!(row.known.ground, 3);
        assert_eq!(row.known.slots[FacetId::Nla as usize], 4);
        assert_eq!(row.known.slots[FacetId::Power as usize], UNSEEN);
    }

    #[test]
    fn a_chunk_that_was_cut_anywhere_is_garbled() {
        let bytes = encode(&chunk(3)).unwrap();
        for end in 0..bytes.len() {
            assert!(back(&bytes[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_chunk_whose_columns_have_different_lengths_is_not_written() {
        let mut ragged = chunk(3);
        ragged.looks.pop();
        assert_eq!(encode(&ragged), None);
    }

    #[test]
    fn every_facet_has_its_own_number() {
        for facet in FacetId::ALL {
            assert_eq!(FacetId::from_number(facet.number()), Some(facet));
        }
    }
}
