//! A facet's manual page, shown by `rdpctl explain`.

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
