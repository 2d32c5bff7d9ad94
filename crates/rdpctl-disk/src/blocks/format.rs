//! What kind of image a file is, by its first and last bytes.

use std::fmt;

use crate::bytes::{array, u32_at};

/// How the disk's bytes lie in the file or device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As they are.
    Raw,
    /// As they are, with a sector of description behind them.
    FixedVhd {
        /// How many bytes the disk itself has.
        size: u64,
    },
    /// Wrapped in a format of its own, which another program can show as plain bytes.
    Wrapped(Wrapper),
}

/// Image formats that rdpctl does not read by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// A VHD that grows, or one that only holds differences.
    DynamicVhd,
    /// Hyper-V's newer format.
    Vhdx,
    /// QEMU's.
    Qcow2,
    /// `VMware`'s.
    Vmdk,
    /// `VirtualBox`'s.
    Vdi,
}

impl Wrapper {
    /// The name by which QEMU knows it.
    #[must_use]
    pub fn driver(self) -> &'static str {
        match self {
            Self::DynamicVhd => "vpc",
            Self::Vhdx => "vhdx",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "vmdk",
            Self::Vdi => "vdi",
        }
    }
}

impl fmt::Display for Wrapper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::DynamicVhd => "dynamic VHD",
            Self::Vhdx => "VHDX",
            Self::Qcow2 => "QCOW2",
            Self::Vmdk => "VMDK",
            Self::Vdi => "VDI",
        })
    }
}

/// The VHD's footer: one sector at the end (and, where it is dynamic, a copy at the start).
const FOOTER: usize = 512;

impl Format {
    /// By the first sector and the last one, each as far as there is one.
    #[must_use]
    pub fn of(first: &[u8], last: &[u8], length: u64) -> Self {
        if first.starts_with(b"vhdxfile") {
            return Self::Wrapped(Wrapper::Vhdx);
        }
        if first.starts_with(b"QFI\xfb") {
            return Self::Wrapped(Wrapper::Qcow2);
        }
        if first.starts_with(b"KDMV") || first.starts_with(b"# Disk DescriptorFile") {
            return Self::Wrapped(Wrapper::Vmdk);
        }
        if first.get(64..68) == Some(&[0x7f, 0x10, 0xda, 0xbe]) {
            return Self::Wrapped(Wrapper::Vdi);
        }
        match footer(last) {
            Some(Footer::Fixed(size)) if size <= length.saturating_sub(512) => {
                Self::FixedVhd { size }
            }
            Some(Footer::Fixed(_)) | None => Self::Raw,
            Some(Footer::Growing) => Self::Wrapped(Wrapper::DynamicVhd),
        }
    }
}

enum Footer {
    Fixed(u64),
    Growing,
}

fn footer(sector: &[u8]) -> Option<Footer> {
    let sector: &[u8; FOOTER] = sector.try_into().ok()?;
    if !sector.starts_with(b"conectix") {
        return None;
    }
    // One's complement of the sum of all bytes but the sum's own.
    let sum = sector
        .iter()
        .enumerate()
        .filter(|(at, _)| !(64..68).contains(at))
        .fold(0_u32, |sum, (_, byte)| sum.wrapping_add(u32::from(*byte)));
    if array(sector, 64).map(u32::from_be_bytes) != Some(!sum) {
        return None;
    }
    match u32_at(sector, 60).map(u32::swap_bytes) {
        Some(2) => array(sector, 48).map(u64::from_be_bytes).map(Footer::Fixed),
        Some(3 | 4) => Some(Footer::Growing),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A footer as the format's description says, with its sum.
    fn vhd(kind: u32, size: u64) -> [u8; 512] {
        let mut sector = [0; 512];
        sector[..8].copy_from_slice(b"conectix");
        sector[48..56].copy_from_slice(&size.to_be_bytes());
        sector[60..64].copy_from_slice(&kind.to_be_bytes());
        let sum: u32 = sector.iter().map(|byte| u32::from(*byte)).sum();
        sector[64..68].copy_from_slice(&(!sum).to_be_bytes());
        sector
    }

    #[test]
    fn a_fixed_vhd_is_its_disk_and_a_sector_behind_it() {
        let size = 1 << 20;
        assert_eq!(Format::of(&[0; 512], &vhd(2, size), size + 512), Format::FixedVhd { size });
    }

    #[test]
    fn a_footer_that_does_not_add_up_or_claims_more_than_there_is_makes_no_vhd() {
        let mut broken = vhd(2, 1 << 20);
        broken[40] ^= 1;
        assert_eq!(Format::of(&[0; 512], &broken, (1 << 20) + 512), Format::Raw);
        assert_eq!(Format::of(&[0; 512], &vhd(2, 1 << 30), 1 << 20), Format::Raw);
    }

    #[test]
    fn wrapped_images_are_known_by_their_first_bytes() {
        let of = |first: &[u8]| {
            let mut sector = [0; 512];
            sector[..first.len()].copy_from_slice(first);
            Format::of(&sector, &[0; 512], 1 << 20)
        };
        assert_eq!(of(b"vhdxfile"), Format::Wrapped(Wrapper::Vhdx));
        assert_eq!(of(b"QFI\xfb\0\0\0\x03"), Format::Wrapped(Wrapper::Qcow2));
        assert_eq!(of(b"KDMV"), Format::Wrapped(Wrapper::Vmdk));
        assert_eq!(Format::of(&vhd(3, 1), &vhd(3, 1), 4096), Format::Wrapped(Wrapper::DynamicVhd));
        assert_eq!(of(b"\x33\xc0\x8e\xd0"), Format::Raw);
    }
}
