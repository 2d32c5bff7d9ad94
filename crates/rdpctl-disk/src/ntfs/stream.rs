//! The content of a file, wherever its clusters lie.

use super::ground::Ground;
use super::runs::Run;
use crate::blocks::{self, Region};
use crate::bytes::index64;
use crate::error::{Damage, Error, Structure};
use crate::refusal::NotPlain;

/// A file's bytes: their number, and where they are.
#[derive(Clone, Debug)]
pub struct Stream {
    pub(super) size: u64,
    /// What lies behind this reads as zeros, whatever the clusters hold.
    pub(super) initialized: u64,
    pub(super) flags: u16,
    pub(super) place: Place,
}

#[derive(Clone, Debug)]
pub(super) enum Place {
    Resident(Vec<u8>),
    Clusters(Vec<Run>),
}

const COMPRESSED: u16 = 0x00ff;
const ENCRYPTED: u16 = 0x4000;
const SPARSE: u16 = 0x8000;

impl Stream {
    /// How many bytes there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes were ever written: what follows reads as zeros.
    #[must_use]
    pub fn initialized(&self) -> u64 {
        self.initialized
    }

    /// Why the bytes cannot be changed where they lie, if so.
    #[must_use]
    pub fn not_plain(&self) -> Option<NotPlain> {
        match &self.place {
            Place::Resident(_) => Some(NotPlain::Resident),
            Place::Clusters(_) if self.flags & ENCRYPTED != 0 => Some(NotPlain::Encrypted),
            Place::Clusters(_) if self.flags & COMPRESSED != 0 => Some(NotPlain::Compressed),
            Place::Clusters(runs)
                if self.flags & SPARSE != 0 || runs.iter().any(|run| run.place.is_none()) =>
            {
                Some(NotPlain::Sparse)
            }
            Place::Clusters(_) => None,
        }
    }

    /// Why the bytes cannot be read by their places alone, if so. A hole can: it is zeros.
    fn unreadable(&self) -> Option<NotPlain> {
        self.not_plain().filter(|why| matches!(why, NotPlain::Encrypted | NotPlain::Compressed))
    }

    /// The whole content, if it has no more than `most` bytes.
    pub fn read_all(&self, volume: &Ground<'_>, most: u64) -> Result<Vec<u8>, Error> {
        if self.size > most {
            return Err(Damage::new(
                Structure::Ntfs,
                self.size,
                "a file is larger than any of its kind",
            )
            .into());
        }
        self.read(volume, 0, index64(self.size))
    }

    /// `length` bytes from `at` on.
    pub fn read(&self, volume: &Ground<'_>, at: u64, length: usize) -> Result<Vec<u8>, Error> {
        if let Some(why) = self.unreadable() {
            return Err(crate::Refusal::NotPlain(why).into());
        }
        let outside = || Damage::new(Structure::Ntfs, at, "a file ends before this place");
        let end = at.checked_add(u64::try_from(length).unwrap_or(u64::MAX)).ok_or_else(outside)?;
        if end > self.size {
            return Err(outside().into());
        }
        let runs = match &self.place {
            Place::Resident(value) => {
                return value
                    .get(index64(at)..index64(end))
                    .map(<[u8]>::to_vec)
                    .ok_or_else(|| outside().into());
            }
            Place::Clusters(runs) => runs,
        };
        let written = end.min(self.initialized.max(at));
        if end > volume.covered(runs) {
            return Err(Damage::new(
                Structure::Ntfs,
                at,
                "a file has fewer clusters than its size needs",
            )
            .into());
        }
        let mut bytes = Vec::new();
        let mut here = at;
        for piece in self.pieces(volume, at, written) {
            let piece = piece?;
            let step = index64(piece.length);
            match piece.place {
                Some(place) => bytes.append(&mut blocks::read(volume.blocks, place, step)?),
                None => bytes.resize(bytes.len() + step, 0),
            }
            here += piece.length;
        }
        bytes.resize(bytes.len() + index64(end - here), 0);
        Ok(bytes)
    }

    /// Where `length` bytes from `at` on lie on the disk. The stream is plain.
    pub fn locate(&self, volume: &Ground<'_>, at: u64, length: u64) -> Result<Vec<Region>, Error> {
        if let Some(why) = self.not_plain() {
            return Err(crate::Refusal::NotPlain(why).into());
        }
        let end =
            at.checked_add(length).filter(|end| *end <= self.initialized && *end <= self.size);
        let end = end.ok_or(crate::Refusal::NotPlain(NotPlain::Uninitialized))?;
        let mut regions = Vec::new();
        for piece in self.pieces(volume, at, end) {
            let piece = piece?;
            let start = piece.place.ok_or(crate::Refusal::NotPlain(NotPlain::Sparse))?;
            regions.push(Region { start, length: piece.length });
        }
        Ok(regions)
    }

    /// The pieces between two bytes, each in one run. What no run covers ends with damage.
    fn pieces<'a>(
        &'a self,
        volume: &'a Ground<'_>,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = Result<Piece, Error>> + 'a {
        let runs: &[Run] = match &self.place {
            Place::Resident(_) => &[],
            Place::Clusters(runs) => runs,
        };
        let cluster = volume.geometry.cluster;
        let mut here = from;
        let mut next = runs.partition_point(|run| {
            run.first.saturating_add(run.count).saturating_mul(cluster) <= from
        });
        std::iter::from_fn(move || {
            if here >= to {
                return None;
            }
            let found = runs.get(next).and_then(|run| {
                let start = run.first.checked_mul(cluster)?;
                let end = run.first.checked_add(run.count)?.checked_mul(cluster)?;
                (start <= here && here < end).then_some((run, start, end.min(to)))
            });
            let Some((run, start, end)) = found else {
                here = to;
                return Some(Err(Damage::new(
                    Structure::Ntfs,
                    from,
                    "a file's clusters have a gap",
                )
                .into()));
            };
            next += 1;
            let length = end - here;
            let place = match run.place {
                None => None,
                Some(first) => match volume.place(first, here - start, length) {
                    Some(place) => Some(place),
                    None => {
                        return Some(Err(Damage::new(
                            Structure::Ntfs,
                            from,
                            "a cluster lies outside the volume",
                        )
                        .into()));
                    }
                },
            };
            here = end;
            Some(Ok(Piece { place, length }))
        })
    }
}

struct Piece {
    place: Option<u64>,
    length: u64,
}
