//! The house seen from the street: the scenarios are in `tests/house`.
