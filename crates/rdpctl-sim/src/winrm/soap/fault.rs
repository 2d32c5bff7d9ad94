//! The faults of the service (specs/winrm.md, section 4).

/// Why a request was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing to hand out within the operation's time; ask again.
    TimedOut,
    /// No such shell: expired, deleted, or the guest rebooted.
    NoSuchShell,
    /// No such command in the shell.
    NoSuchCommand,
    /// Logged on, but not allowed.
    AccessDenied,
    /// Too many shells of this user.
    TooManyShells,
    /// Too many operations of this user at once.
    TooManyOperations,
    /// Too many commands in the shell.
    TooManyCommands,
    /// The command was killed, or the service is stopping.
    Aborted,
    /// Remote shells are switched off by policy.
    ShellsDisabled,
    /// The resource URI is not known.
    NoSuchResource,
    /// The action is not known.
    NoSuchAction,
    /// A header that must be there is not.
    HeaderMissing,
    /// A header's value makes no sense.
    HeaderInvalid,
    /// A header that must be understood is not.
    MustUnderstand,
    /// The largest answer asked for is below the minimum.
    EnvelopeTooSmall,
    /// The request is larger than the service takes.
    RequestTooLarge,
    /// The document is not valid.
    Schema,
}

/// A fault as it stands in the answer.
pub(in crate::winrm) struct Wording {
    /// Whose fault it is, or SOAP's own code.
    pub(in crate::winrm) code: &'static str,
    /// The useful part.
    pub(in crate::winrm) subcode: Option<&'static str>,
    /// The Windows error number.
    pub(in crate::winrm) number: u32,
    /// For people.
    pub(in crate::winrm) text: &'static str,
}

const fn sender(subcode: &'static str, number: u32, text: &'static str) -> Wording {
    Wording { code: "s:Sender", subcode: Some(subcode), number, text }
}

const fn receiver(subcode: &'static str, number: u32, text: &'static str) -> Wording {
    Wording { code: "s:Receiver", subcode: Some(subcode), number, text }
}

impl Fault {
    /// How the service words it.
    pub(in crate::winrm) const fn wording(self) -> Wording {
        match self {
            Self::TimedOut => receiver(
                "w:TimedOut",
                2_150_858_793,
                "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.",
            ),
            Self::NoSuchShell => sender(
                "w:InvalidSelectors",
                2_150_858_843,
                "The request for the Windows Remote Shell with ShellId failed because the shell was not found on the server.",
            ),
            Self::NoSuchCommand => sender(
                "w:InvalidSelectors",
                2_150_858_843,
                "The command was not found in the shell.",
            ),
            Self::AccessDenied => sender("w:AccessDenied", 5, "Access is denied."),
            Self::TooManyShells => receiver(
                "w:QuotaLimit",
                2_150_859_173,
                "The WS-Management service cannot process the request. This user has exceeded the maximum number of concurrent shells.",
            ),
            Self::TooManyOperations => receiver(
                "w:QuotaLimit",
                2_150_859_174,
                "The WS-Management service cannot process the request. This user has exceeded the maximum number of concurrent operations.",
            ),
            Self::TooManyCommands => receiver(
                "w:QuotaLimit",
                2_150_859_241,
                "The WS-Management service cannot process the request because the maximum number of concurrent commands per shell has been exceeded.",
            ),
            Self::Aborted => receiver(
                "w:InternalError",
                995,
                "The I/O operation has been aborted because of either a thread exit or an application request.",
            ),
            Self::ShellsDisabled => receiver(
                "w:InternalError",
                2_150_859_180,
                "The WinRM client cannot process the request. Remote shells are disabled by policy.",
            ),
            Self::NoSuchResource => sender(
                "a:DestinationUnreachable",
                2_150_858_752,
                "The WS-Management service cannot process the request. The resource URI is not known.",
            ),
            Self::NoSuchAction => sender(
                "a:ActionNotSupported",
                2_150_858_753,
                "The action is not supported by the service.",
            ),
            Self::HeaderMissing => sender(
                "a:MessageInformationHeaderRequired",
                2_150_858_769,
                "A required header is missing.",
            ),
            Self::HeaderInvalid => {
                sender("a:InvalidMessageInformationHeader", 2_150_858_767, "A header is not valid.")
            }
            Self::MustUnderstand => Wording {
                code: "s:MustUnderstand",
                subcode: None,
                number: 2_150_858_768,
                text: "The service did not understand a mandatory header.",
            },
            Self::EnvelopeTooSmall => {
                sender("w:EncodingLimit", 2_150_858_878, "MaxEnvelopeSize is below the minimum.")
            }
            Self::RequestTooLarge => sender(
                "w:EncodingLimit",
                2_150_858_825,
                "The request is larger than the service allows.",
            ),
            Self::Schema => {
                sender("w:SchemaValidationError", 2_150_858_819, "The XML is not valid.")
            }
        }
    }
}
