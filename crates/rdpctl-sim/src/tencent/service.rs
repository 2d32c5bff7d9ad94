//! The vendor's products.

/// A product of the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Cvm,
    Vpc,
    Cbs,
    Tat,
    Sts,
    Cloudaudit,
}

impl Service {
    const ALL: [Self; 6] =
        [Self::Cvm, Self::Vpc, Self::Cbs, Self::Tat, Self::Sts, Self::Cloudaudit];

    /// Its label in host names and credential scopes.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cvm => "cvm",
            Self::Vpc => "vpc",
            Self::Cbs => "cbs",
            Self::Tat => "tat",
            Self::Sts => "sts",
            Self::Cloudaudit => "cloudaudit",
        }
    }

    pub(crate) const fn version(self) -> &'static str {
        match self {
            Self::Cvm | Self::Vpc | Self::Cbs => "2017-03-12",
            Self::Tat => "2020-10-28",
            Self::Sts => "2018-08-13",
            Self::Cloudaudit => "2019-03-19",
        }
    }

    pub(crate) fn named(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == label)
    }

    /// Whether its calls must say in which region.
    pub(crate) const fn is_regional(self) -> bool {
        match self {
            Self::Cvm | Self::Vpc | Self::Cbs | Self::Tat | Self::Cloudaudit => true,
            Self::Sts => false,
        }
    }
}
