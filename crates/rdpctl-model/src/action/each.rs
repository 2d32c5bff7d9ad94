//! A sample of each of a closed set, for tests.

/// One list from which come a value of each kind and a match over the kinds, so that none can be missing.
macro_rules! each {
    ($name:ident, $kind:ty: $($pattern:pat => $value:expr,)*) => {
        pub(crate) fn $name() -> Vec<$kind> {
            fn known(value: $kind) -> $kind {
                match &value {
                    $($pattern => {})*
                }
                value
            }
            vec![$(known($value)),*]
        }
    };
}
