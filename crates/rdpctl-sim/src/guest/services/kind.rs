//! Of what kind a service is: where it runs, and in which safe modes.

/// The process that a service runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The kernel.
    Driver,
    /// `svchost.exe -k GROUP`.
    Group(&'static str),
    /// A program of Windows that may hold several services.
    Image(&'static str),
    /// A program of the service's own, named by the definition.
    Own,
}

/// In which safe modes it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SafeBoot {
    Never,
    WithNetwork,
    Always,
}
