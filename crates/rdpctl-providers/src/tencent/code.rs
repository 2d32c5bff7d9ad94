//! Every error code that the vendor documents for the actions used here: what it means and what helps.
//!
//! A table, because the codes are facts about the outside. A full code is looked up first, then its class (the part
//! before the last dot), so that a code nobody listed still gets its class's treatment.

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The key or the signature was not accepted.
    Credentials,
    /// The clocks differ by more than five minutes.
    Clock,
    /// A temporary token ran out or was refused.
    Token,
    /// The operation asks for a second factor.
    SecondFactor,
    /// Access management denies it.
    Permission,
    /// Too many calls; this one was not executed.
    Throttled,
    /// A fault of the server; whether a write took effect is not known.
    Server,
    /// The object is being worked on by somebody else.
    Busy,
    /// A quota is used up or the stock is empty.
    Exhausted,
    /// The account must be paid up first.
    Money,
    /// The object does not exist.
    Missing,
    /// The request itself is wrong.
    BadRequest,
    /// The wrong endpoint, region, version or action.
    Routing,
    /// The object's state or kind forbids it.
    State,
    /// The world moved on since it was looked at.
    Moved,
    /// Tried, and failed.
    Failed,
    /// The request or the answer is too big.
    TooBig,
    /// The account admits only certain client addresses.
    Address,
    /// The agent in the guest cannot take a command.
    Agent,
    /// Somebody in the organisation has to approve it.
    Approval,
    /// A dry run would have succeeded.
    DryRun,
    /// Not in the table.
    Unknown,
}

/// What may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recovery {
    /// Nothing that we could do.
    Never,
    /// Any request may be repeated after a while: it was not executed.
    Again,
    /// A read may be repeated; a write only after looking at the world again.
    AgainIfRead,
    /// Correct the clock by the server's, once.
    ResyncClock,
    /// Ask for new temporary credentials, once.
    RefreshCredentials,
    /// Wait until the object is free, then repeat.
    WaitUntilFree,
    /// Look again, and plan anew.
    LookAgain,
    /// Repeat with fewer items.
    Smaller,
    /// Repeat under another client token.
    NewToken,
    /// It is as wanted.
    Satisfied,
}

/// What is known of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What it is about.
    pub class: Class,
    /// What may help.
    pub recovery: Recovery,
    /// What the user can do; a sentence fragment.
    pub advice: &'static str,
}

const UNKNOWN: Meaning = Meaning {
    class: Class::Unknown,
    recovery: Recovery::Never,
    advice: "look the code up in the vendor's documentation, and quote the request id when asking",
};

/// What a code means: by its whole text, else by its class.
#[must_use]
pub fn meaning(code: &str) -> Meaning {
    let mut known = code;
    loop {
        if let Some(group) = TABLE.iter().find(|group| group.codes.contains(&known)) {
            return Meaning { class: group.class, recovery: group.recovery, advice: group.advice };
        }
        match known.rsplit_once('.') {
            Some((class, _)) => known = class,
            None => return UNKNOWN,
        }
    }
}

/// Codes that mean the same to us.
struct Group {
    class: Class,
    recovery: Recovery,
    advice: &'static str,
    codes: &'static [&'static str],
}

const fn group(
    class: Class,
    recovery: Recovery,
    advice: &'static str,
    codes: &'static [&'static str],
) -> Group {
    Group { class, recovery, advice, codes }
}

static TABLE: &[Group] = &[
    group(
        Class::Credentials,
        Recovery::Never,
        "check the secret id and secret key, and that the key is enabled",
        &[
            "AuthFailure",
            "AuthFailure.SignatureFailure",
            "AuthFailure.SecretIdNotFound",
            "AuthFailure.InvalidSecretId",
            "AuthFailure.InvalidAuthorization",
        ],
    ),
    group(
        Class::Clock,
        Recovery::ResyncClock,
        "set this machine's clock: it is more than five minutes off",
        &["AuthFailure.SignatureExpire"],
    ),
    group(
        Class::Token,
        Recovery::RefreshCredentials,
        "get new temporary credentials",
        &["AuthFailure.TokenFailure", "UnauthorizedOperation.InvalidToken"],
    ),
    group(
        Class::SecondFactor,
        Recovery::Never,
        "this operation is protected by a second factor: use a key without that protection, or do it in the console",
        &[
            "AuthFailure.MFAFailure",
            "UnauthorizedOperation.MFAExpired",
            "UnauthorizedOperation.MFANotFound",
            "MFAExpired",
        ],
    ),
    group(
        Class::Permission,
        Recovery::Never,
        "grant this action to the key's user or role; `rdpctl permissions` prints the policy",
        &[
            "AuthFailure.UnauthorizedOperation",
            "UnauthorizedOperation",
            "UnauthorizedOperation.CamAuthFailed",
            "InvalidPermission",
        ],
    ),
    group(
        Class::Throttled,
        Recovery::Again,
        "the account's request limit was reached; lower the provider's `rates`, or ask the vendor for a higher quota",
        &[
            "RequestLimitExceeded",
            "RequestLimitExceeded.IPLimitExceeded",
            "RequestLimitExceeded.UinLimitExceeded",
            "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
        ],
    ),
    group(
        Class::Server,
        Recovery::AgainIfRead,
        "the vendor's service failed; try again later and quote the request id when asking",
        &[
            "InternalError",
            "InternalError.ModuleError",
            "InternalServerError",
            "ServiceUnavailable",
            "FailedOperation.CVMError",
        ],
    ),
    group(
        Class::Busy,
        Recovery::WaitUntilFree,
        "another operation is running on this object; it is retried once that has ended",
        &[
            "ResourceInUse",
            "ResourceBusy",
            "ResourceUnavailable",
            "MutexOperation.TaskRunning",
            "OperationDenied.InstanceOperationInProgress",
            "OperationDenied.MutexTaskRunning",
            "DesOperation.MutexTaskRunning",
            "InvalidDisk.Busy",
            "InvalidDisk.SnapshotCreating",
            "ResourceInUse.DiskMigrating",
            "ResourceInUse.DiskRollbacking",
            "ResourceUnavailable.SnapshotCreating",
            "ResourceUnavailable.TooManyCreatingSnapshot",
            "UnsupportedOperation.InstanceStateStarting",
            "UnsupportedOperation.InstanceStateStopping",
            "UnsupportedOperation.InstanceStateRebooting",
            "UnsupportedOperation.InstanceStatePending",
        ],
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "a quota is used up or the stock is empty: release what is not needed, or ask the vendor for more",
        &[
            "ResourceInsufficient",
            "ResourceInsufficient.OverQuota",
            "LimitExceeded",
            "LimitExceeded.AssociateUSGLimitExceeded",
            "LimitExceeded.CvmsVifsPerSecGroupLimitExceeded",
            "LimitExceeded.InstanceAddressQuota",
            "LimitExceeded.InstanceAttachedDisk",
            "LimitExceeded.AccountReturnQuota",
            "InsufficientSnapshotQuota",
            "ResourceUnavailable.DiskSnapshotChainTooLarge",
            "ResourceUnavailable.UserHasNoQuotaCode",
        ],
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "no more elastic addresses in this region (20 by default): release unused ones, or ask for a higher quota",
        &["AddressQuotaLimitExceeded"],
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "today's allocations are used up (twice the address quota per day): try again tomorrow",
        &["AddressQuotaLimitExceeded.DailyAllocate"],
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "the bandwidth package is full: use another package, or ask for a higher quota",
        &["LimitExceeded.BandwidthPackageResourceQuota"],
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "the security group has no room for another rule (100 per direction): merge or delete rules first",
        &[
            "LimitExceeded.SecurityGroupPolicySet",
            "UnsupportedOperation.SgNumExceedLimit",
            "UnsupportedOperation.ClbPolicyLimit",
            "UnsupportedOperation.ClbPolicyExceedLimit",
        ],
    ),
    group(
        Class::Money,
        Recovery::Never,
        "top up the account, or pay or cancel the open order; rdpctl never pays",
        &[
            "InvalidAccount.InsufficientBalance",
            "InvalidAccount.UnpaidOrder",
            "FailedOperation.BalanceInsufficient",
            "UnsupportedOperation.UnpaidOrderAlreadyExists",
            "OperationDenied.AddressInArrears",
            "InvalidParameterValue.ResourceExpired",
        ],
    ),
    group(
        Class::Money,
        Recovery::Never,
        "this account may not buy that: ask the vendor, or use another charge type",
        &["InvalidAccount", "InvalidAccount.NotSupported"],
    ),
    group(
        Class::Missing,
        Recovery::LookAgain,
        "it does not exist any more: check the id and the region, and plan again",
        &[
            "ResourceNotFound",
            "ResourceNotFound.InstanceNotFound",
            "ResourceNotFound.InvocationNotFound",
            "InvalidInstanceId.NotFound",
            "InvalidAddressId.NotFound",
            "InvalidSecurityGroupId.NotFound",
            "InvalidSnapshotId.NotFound",
            "InvalidDiskId.NotFound",
            "InvalidParameterValue.BandwidthPackageNotFound",
        ],
    ),
    group(
        Class::BadRequest,
        Recovery::Never,
        "check the id: it is not well-formed",
        &[
            "InvalidInstanceId",
            "InvalidInstanceId.Malformed",
            "InvalidParameterValue.InstanceIdMalformed",
            "InvalidParameterValue.InvalidInstanceId",
            "InvalidSgId.Malformed",
            "InvalidAddressId",
            "InvalidDiskId",
            "InvalidSecurityGroupId",
            "InvalidSgId",
            "InvalidSnapshotId",
        ],
    ),
    group(
        Class::BadRequest,
        Recovery::Never,
        "the request is not as the vendor wants it; please report this with the request id",
        &[
            "InvalidParameter",
            "InvalidParameter.Coexist",
            "InvalidParameter.DiskSizeNotMatch",
            "InvalidParameter.InvalidClientToken",
            "InvalidParameterCombination",
            "InvalidParameterConflict",
            "InvalidParameterValue",
            "InvalidParameterValue.Malformed",
            "InvalidParameterValue.Range",
            "InvalidParameterValue.Empty",
            "InvalidParameterValue.TooLong",
            "InvalidParameterValue.LimitExceeded",
            "InvalidParameterValue.Combination",
            "InvalidParameterValue.InconsistentInstance",
            "InvalidParameterValue.InconsistentInstanceInternetChargeType",
            "InvalidParameterValue.CommandContentInvalid",
            "InvalidParameterValue.InvalidContent",
            "InvalidParameterValue.InvalidUsername",
            "InvalidParameterValue.InvalidWorkingDirectory",
            "InvalidParameterValue.InstanceIsNotRelatedToInvocation",
            "InvalidFilter",
            "InvalidFilterValue",
            "InvalidFilterValue.LimitExceeded",
            "InvalidPassword",
            "MissingParameter",
            "UnknownParameter",
            "UnknownParameter.WithGuess",
        ],
    ),
    group(
        Class::BadRequest,
        Recovery::Never,
        "the address cannot have that many Mbps under its charge type: declare another `raise-to`",
        &["InvalidParameterValue.BandwidthOutOfRange", "InvalidParameterValue.BandwidthTooSmall"],
    ),
    group(
        Class::Routing,
        Recovery::Never,
        "check the provider's `region` and `endpoint`",
        &[
            "InvalidAction",
            "NoSuchVersion",
            "NoSuchProduct",
            "ActionOffline",
            "UnsupportedRegion",
            "UnsupportedProtocol",
        ],
    ),
    group(
        Class::State,
        Recovery::LookAgain,
        "the object's state or kind does not allow this; plan again",
        &[
            "UnsupportedOperation",
            "UnsupportedOperation.AddressStatusNotPermit",
            "UnsupportedOperation.EdgeZoneInstance",
            "UnsupportedOperation.SpecialInstanceType",
            "UnsupportedOperation.ArmArchitecture",
            "UnsupportedOperation.DetachPod",
            "UnsupportedOperation.SnapshotHasBindedImage",
            "UnsupportedOperation.SnapHasShared",
            "UnsupportedOperation.InstanceStateNotSupported",
            "UnsupportedOperation.InstanceStateFreezing",
            "UnsupportedOperation.InstanceStateServiceLiveMigrate",
            "InvalidAddressState",
            "InvalidAddressIdStatus",
            "InvalidAddressIdStatus.NotPermit",
            "InvalidInstance",
            "InvalidInstance.NotSupported",
            "InvalidInstanceState",
            "InvalidParameterValue.InvalidInstanceState",
            "InvalidSnapshot",
            "InvalidSnapshot.NotSupported",
            "InvalidDisk",
            "InvalidDisk.NotPortable",
            "InvalidDisk.NotSupportSnapshot",
            "ResourceUnavailable.NotSupported",
            "ResourceUnavailable.NotPortable",
            "ResourceUnavailable.TypeError",
            "ResourceUnavailable.ZoneNotMatch",
            "ResourceUnavailable.Attached",
            "OperationDenied",
            "MutexOperation",
            "DesOperation",
        ],
    ),
    group(
        Class::State,
        Recovery::Never,
        "the instance is isolated, expired or being destroyed: renew or recover it in the console",
        &[
            "UnsupportedOperation.InstanceStateIsolating",
            "UnsupportedOperation.InstanceStateShutdown",
            "UnsupportedOperation.InstanceStateTerminated",
            "UnsupportedOperation.InstanceStateTerminating",
            "UnsupportedOperation.InstanceStateBanning",
            "UnsupportedOperation.InstanceStateCorrupted",
            "UnsupportedOperation.InstanceReinstallFailed",
        ],
    ),
    group(
        Class::State,
        Recovery::Never,
        "the instance is in rescue mode: leave it in the console, then plan again",
        &[
            "UnsupportedOperation.InstanceStateEnterRescueMode",
            "UnsupportedOperation.InstanceStateRescueMode",
            "UnsupportedOperation.InstanceStateExitRescueMode",
        ],
    ),
    group(
        Class::State,
        Recovery::LookAgain,
        "the instance is stopped without being charged, when nothing but a start is allowed: start it first",
        &[
            "UnsupportedOperation.StoppedModeStopCharging",
            "UnsupportedOperation.InstanceStatusNotPermit",
        ],
    ),
    group(
        Class::State,
        Recovery::Never,
        "this charge type cannot be changed this way: change it in the console",
        &[
            "UnsupportedOperation.InstanceChargeType",
            "UnsupportedOperation.BandwidthPackageIdNotSupported",
            "UnsupportedOperation.OfflineChargeType",
            "UnsupportedOperation.InvalidAddressInternetChargeType",
            "InvalidParameterValue.InvalidInstanceInternetChargeType",
            "InvalidParameterValue.AddressInternetChargeTypeConflict",
            "InvalidParameterValue.AddressTypeConflict",
        ],
    ),
    group(
        Class::State,
        Recovery::Never,
        "the address is blocked, usually after an attack: see the vendor's security console",
        &["InvalidAddressId.Blocked"],
    ),
    group(
        Class::State,
        Recovery::Never,
        "another product owns this security group or address: change it there",
        &[
            "UnsupportedOperation.LockedResources",
            "UnsupportedOperation.BpaasResources",
            "OperationDenied.AddressDeletionProtectionEnabled",
            "SecGroupActionFailure",
        ],
    ),
    group(
        Class::State,
        Recovery::LookAgain,
        "the instance has no public address: bind one first",
        &[
            "FailedOperation.NotFoundEIP",
            "InvalidParameterValue.InstanceNoWanIP",
            "InvalidParameterValue.InstanceNoCalcIP",
        ],
    ),
    group(
        Class::Moved,
        Recovery::LookAgain,
        "the world changed since it was looked at; plan again",
        &[
            "UnsupportedOperation.VersionMismatch",
            "UnsupportedOperation.DuplicatePolicy",
            "UnsupportedOperation.InstanceStateRunning",
            "UnsupportedOperation.InstanceStateStopped",
            "InvalidInstanceId.AlreadyBindEip",
            "InvalidPrivateIpAddress",
            "InvalidPrivateIpAddress.AlreadyBindEip",
            "InvalidParameterValue.InstanceHasWanIP",
        ],
    ),
    group(
        Class::Failed,
        Recovery::Never,
        "the vendor tried and failed; quote the request id when asking",
        &["FailedOperation", "FailedOperation.TaskFailed", "FailedOperation.InquiryPriceFailed"],
    ),
    group(
        Class::Failed,
        Recovery::NewToken,
        "the order was not delivered; it is placed again under another token",
        &["UnsupportedOperation.DeliveryFailed"],
    ),
    group(
        Class::TooBig,
        Recovery::Smaller,
        "ask for fewer instances at a time",
        &["RequestSizeLimitExceeded", "ResponseSizeLimitExceeded"],
    ),
    group(
        Class::Address,
        Recovery::Never,
        "the account admits only certain client addresses: call from one of them",
        &["IpInBlacklist", "IpNotInWhitelist"],
    ),
    group(
        Class::Agent,
        Recovery::LookAgain,
        "the agent in the guest cannot take commands: start the instance, install the agent, or allow it out on 443 and 8186",
        &[
            "ResourceUnavailable.AgentNotInstalled",
            "ResourceUnavailable.AgentStatusNotOnline",
            "ResourceUnavailable.InstanceStateNotRunning",
            "InvalidParameterValue.AgentUnsupportedCommandType",
        ],
    ),
    group(
        Class::Approval,
        Recovery::Never,
        "pending approval in your organisation: have it approved there, then plan again",
        &[
            "InvalidParameterValue.MemberApprovalApplicationStarted",
            "InvalidParameterValue.MemberApprovalApplicationNotApproved",
            "InvalidParameterValue.MemberApprovalApplicationRejected",
            "InvalidParameterValue.MemberApprovalApplicationIdMismatch",
        ],
    ),
    group(
        Class::DryRun,
        Recovery::Satisfied,
        "a dry run: it would have succeeded",
        &["DryRunOperation"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that the provider specification names, shorthand spelled out.
    const DOCUMENTED: &str = "
        AuthFailure.SignatureFailure AuthFailure.SecretIdNotFound AuthFailure.InvalidSecretId
        AuthFailure.InvalidAuthorization AuthFailure.SignatureExpire AuthFailure.TokenFailure
        UnauthorizedOperation.InvalidToken AuthFailure.MFAFailure UnauthorizedOperation.MFAExpired
        UnauthorizedOperation.MFANotFound AuthFailure.UnauthorizedOperation UnauthorizedOperation
        UnauthorizedOperation.CamAuthFailed RequestLimitExceeded RequestLimitExceeded.IPLimitExceeded
        RequestLimitExceeded.UinLimitExceeded RequestLimitExceeded.GlobalRegionUinLimitExceeded InternalError
        InternalServerError ServiceUnavailable ResourceInUse ResourceBusy ResourceUnavailable ResourceInsufficient
        LimitExceeded ResourceNotFound InvalidParameter InvalidParameterValue MissingParameter UnknownParameter
        UnknownParameter.WithGuess InvalidAction NoSuchVersion NoSuchProduct ActionOffline UnsupportedRegion
        UnsupportedProtocol UnsupportedOperation FailedOperation RequestSizeLimitExceeded ResponseSizeLimitExceeded
        IpInBlacklist IpNotInWhitelist DryRunOperation
        MutexOperation.TaskRunning OperationDenied.InstanceOperationInProgress OperationDenied.MutexTaskRunning
        DesOperation.MutexTaskRunning InvalidDisk.Busy InvalidDisk.SnapshotCreating ResourceInUse.DiskMigrating
        ResourceInUse.DiskRollbacking ResourceUnavailable.SnapshotCreating
        ResourceUnavailable.TooManyCreatingSnapshot UnsupportedOperation.InstanceStateStarting
        UnsupportedOperation.InstanceStateStopping UnsupportedOperation.InstanceStateRebooting
        UnsupportedOperation.InstanceStatePending
        UnsupportedOperation.VersionMismatch UnsupportedOperation.DuplicatePolicy InvalidInstanceId.AlreadyBindEip
        InvalidParameterValue.InstanceHasWanIP UnsupportedOperation.AddressStatusNotPermit
        UnsupportedOperation.InstanceStateRunning UnsupportedOperation.InstanceStateStopped
        ResourceUnavailable.AgentNotInstalled ResourceUnavailable.AgentStatusNotOnline
        ResourceUnavailable.InstanceStateNotRunning ResourceUnavailable.NotSupported ResourceUnavailable.NotPortable
        ResourceUnavailable.TypeError ResourceUnavailable.ZoneNotMatch ResourceUnavailable.Attached
        InvalidAccount.InsufficientBalance InvalidAccount.UnpaidOrder FailedOperation.BalanceInsufficient
        UnsupportedOperation.UnpaidOrderAlreadyExists
        InvalidInstanceId.Malformed InvalidParameterValue.InstanceIdMalformed InvalidFilter
        InvalidFilterValue.LimitExceeded InvalidParameterValue.LimitExceeded InvalidInstanceId.NotFound
        InvalidInstance.NotSupported UnsupportedOperation.InstanceStateCorrupted
        UnsupportedOperation.InstanceStateEnterRescueMode UnsupportedOperation.InstanceStateExitRescueMode
        UnsupportedOperation.InstanceStateRescueMode UnsupportedOperation.InstanceStateFreezing
        UnsupportedOperation.InstanceStateIsolating UnsupportedOperation.InstanceStateServiceLiveMigrate
        UnsupportedOperation.InstanceStateShutdown UnsupportedOperation.InstanceStateTerminated
        UnsupportedOperation.InstanceStateTerminating UnsupportedOperation.InstanceStateBanning
        UnsupportedOperation.InstanceReinstallFailed UnsupportedOperation.StoppedModeStopCharging
        InvalidParameterCombination FailedOperation.NotFoundEIP InvalidPermission InvalidParameterValue.Range
        UnsupportedOperation.InstanceChargeType UnsupportedOperation.BandwidthPackageIdNotSupported
        UnsupportedOperation.EdgeZoneInstance FailedOperation.InquiryPriceFailed
        LimitExceeded.AssociateUSGLimitExceeded LimitExceeded.CvmsVifsPerSecGroupLimitExceeded
        InvalidSecurityGroupId.NotFound InvalidSgId.Malformed SecGroupActionFailure InvalidInstanceState
        UnsupportedOperation.SpecialInstanceType InvalidPassword UnsupportedOperation.ArmArchitecture
        FailedOperation.TaskFailed AddressQuotaLimitExceeded AddressQuotaLimitExceeded.DailyAllocate
        InvalidParameterValue.BandwidthOutOfRange InvalidParameterValue.BandwidthTooSmall
        InvalidParameterValue.Combination InvalidParameterValue.BandwidthPackageNotFound
        LimitExceeded.BandwidthPackageResourceQuota InvalidAccount.NotSupported UnsupportedOperation.DeliveryFailed
        UnsupportedOperation.OfflineChargeType InvalidPrivateIpAddress.AlreadyBindEip InvalidAddressId.NotFound
        InvalidAddressId.Blocked InvalidParameterConflict InvalidParameterValue.InvalidInstanceState
        InvalidParameterValue.InvalidInstanceInternetChargeType OperationDenied.AddressInArrears
        UnsupportedOperation.InstanceStatusNotPermit UnsupportedOperation.InstanceStateNotSupported
        UnsupportedOperation.InvalidAddressInternetChargeType LimitExceeded.InstanceAddressQuota
        InvalidAddressIdStatus.NotPermit InvalidAddressState OperationDenied.AddressDeletionProtectionEnabled
        LimitExceeded.AccountReturnQuota InvalidParameterValue.AddressInternetChargeTypeConflict
        InvalidParameterValue.InconsistentInstanceInternetChargeType InvalidParameterValue.AddressTypeConflict
        InvalidParameterValue.ResourceExpired InvalidParameterValue.InstanceNoWanIP
        InvalidParameterValue.InstanceNoCalcIP InvalidParameter.Coexist InvalidParameterValue.Malformed
        InvalidParameterValue.Empty InvalidParameterValue.TooLong LimitExceeded.SecurityGroupPolicySet
        UnsupportedOperation.SgNumExceedLimit UnsupportedOperation.ClbPolicyLimit
        UnsupportedOperation.ClbPolicyExceedLimit UnsupportedOperation.LockedResources
        UnsupportedOperation.BpaasResources InvalidParameterValue.MemberApprovalApplicationStarted
        InvalidParameterValue.MemberApprovalApplicationNotApproved
        InvalidParameterValue.MemberApprovalApplicationRejected
        InvalidParameterValue.MemberApprovalApplicationIdMismatch InternalError.ModuleError
        InvalidParameter.InvalidClientToken InsufficientSnapshotQuota ResourceInsufficient.OverQuota
        InvalidDisk.NotSupportSnapshot ResourceUnavailable.DiskSnapshotChainTooLarge
        InvalidParameter.DiskSizeNotMatch InvalidSnapshot.NotSupported InvalidSnapshotId.NotFound MFAExpired
        UnsupportedOperation.SnapshotHasBindedImage UnsupportedOperation.SnapHasShared InvalidDisk.NotPortable
        LimitExceeded.InstanceAttachedDisk InvalidDiskId.NotFound UnsupportedOperation.DetachPod
        ResourceUnavailable.UserHasNoQuotaCode ResourceNotFound.InstanceNotFound
        InvalidParameterValue.AgentUnsupportedCommandType InvalidParameterValue.CommandContentInvalid
        InvalidParameterValue.InvalidContent InvalidParameterValue.InvalidInstanceId
        InvalidParameterValue.InconsistentInstance InvalidParameterValue.InvalidUsername
        InvalidParameterValue.InvalidWorkingDirectory OperationDenied FailedOperation.CVMError
        ResourceNotFound.InvocationNotFound InvalidParameterValue.InstanceIsNotRelatedToInvocation";

    #[test]
    fn every_documented_code_has_its_own_entry() {
        let missing: Vec<&str> = DOCUMENTED
            .split_whitespace()
            .filter(|code| !TABLE.iter().any(|group| group.codes.contains(code)))
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn no_code_is_listed_twice() {
        let mut codes: Vec<&str> = TABLE.iter().flat_map(|group| group.codes).copied().collect();
        codes.sort_unstable();
        let twice: Vec<&str> =
            codes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        assert_eq!(twice, Vec::<&str>::new());
    }

    #[test]
    fn a_code_that_nobody_listed_is_treated_as_its_class() {
        for (code, class, recovery) in [
            ("ResourceInUse.SomethingNew", Class::Busy, Recovery::WaitUntilFree),
            ("InternalError.DbError.Deep", Class::Server, Recovery::AgainIfRead),
            ("LimitExceeded.Whatever", Class::Exhausted, Recovery::Never),
            ("Nonsense.Code", Class::Unknown, Recovery::Never),
            ("", Class::Unknown, Recovery::Never),
        ] {
            let meaning = meaning(code);
            assert_eq!((meaning.class, meaning.recovery), (class, recovery), "{code}");
        }
    }

    #[test]
    fn an_offline_agent_is_not_a_busy_object_although_its_class_is() {
        assert_eq!(
            meaning("ResourceUnavailable.AgentStatusNotOnline").recovery,
            Recovery::LookAgain
        );
        assert_eq!(
            meaning("ResourceUnavailable.SnapshotCreating").recovery,
            Recovery::WaitUntilFree
        );
        assert_eq!(meaning("ResourceUnavailable.NotPortable").class, Class::State);
    }
}
