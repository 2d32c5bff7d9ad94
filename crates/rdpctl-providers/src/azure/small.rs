//! Sizes of a machine that helps for some minutes.

/// They are tried one after another: small ones of several families, because a region or a zone may lack any.
pub(super) const SIZES: [&str; 5] =
    ["Standard_B1s", "Standard_B1ms", "Standard_B2s", "Standard_D2s_v5", "Standard_D2as_v5"];
