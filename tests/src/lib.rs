//! The house seen from the street: scenarios through the binary.
