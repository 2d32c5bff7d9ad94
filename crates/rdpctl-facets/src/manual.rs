//! A facet's manual page, shown by `rdpctl explain`.

use rdpctl_model::declaration::ProviderKind;

/// What a facet reads and sets, what that risks, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manual {
    /// One line.
    pub summary: &'static str,
    /// How it is declared, with the values that it takes.
    pub declare: &'static str,
    /// What it reads, whatever the vendor.
    pub reads: &'static [&'static str],
    /// When it is healthy.
    pub healthy: &'static str,
    /// What it sets, and through what, whatever the vendor.
    pub sets: &'static [&'static str],
    /// What can go wrong and what is disrupted.
    pub risk: &'static str,
    /// The way back.
    pub undo: &'static str,
    /// The founding documents' steps.
    pub seed: &'static [&'static str],
    /// The vendors' pages.
    pub pages: &'static [&'static str],
    /// Where the founding documents are wrong, and what is done instead.
    pub errata: &'static [Erratum],
}

/// What a facet reads and sets through one vendor's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorManual {
    /// The vendor.
    pub kind: ProviderKind,
    /// What it reads.
    pub reads: &'static [&'static str],
    /// What it sets, and through what.
    pub sets: &'static [&'static str],
}

/// The founding documents' step for something that is done in a vendor's cloud, for each vendor where there is one:
/// nobody is told a step of another vendor's console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloudSeed {
    /// In Tencent Cloud's document.
    pub tencent: &'static str,
    /// In Azure's.
    pub azure: &'static str,
}

impl CloudSeed {
    /// The step for an instance of that vendor; nothing where its document has none.
    #[must_use]
    pub const fn at(&self, kind: ProviderKind) -> &'static str {
        match kind {
            ProviderKind::Tencent => self.tencent,
            ProviderKind::Azure => self.azure,
            ProviderKind::Static => "",
        }
    }
}

/// A command of the founding documents that is wrong, beside the corrected form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erratum {
    /// What the document says.
    pub says: &'static str,
    /// Why that is wrong.
    pub wrong: &'static str,
    /// What rdpctl does.
    pub instead: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_in_a_cloud_is_named_by_that_clouds_own_document() {
        let seed = CloudSeed { tencent: "Tencent 2", azure: "" };
        assert_eq!(seed.at(ProviderKind::Tencent), "Tencent 2");
        assert_eq!(seed.at(ProviderKind::Azure), "");
        assert_eq!(seed.at(ProviderKind::Static), "");
    }
}
