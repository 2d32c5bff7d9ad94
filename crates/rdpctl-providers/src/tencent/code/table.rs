//! Every code that the vendor documents for the actions used here, with what it means.

use super::{Class, Recovery};

/// Codes that mean the same to us.
pub(super) struct Group {
    pub(super) class: Class,
    pub(super) recovery: Recovery,
    pub(super) advice: &'static str,
    /// Separated by blanks.
    codes: &'static str,
}

impl Group {
    /// The codes.
    pub(super) fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.codes.split_whitespace()
    }
}

const fn group(
    class: Class,
    recovery: Recovery,
    advice: &'static str,
    codes: &'static str,
) -> Group {
    Group { class, recovery, advice, codes }
}

pub(super) static TABLE: &[Group] = &[
    group(
        Class::Credentials,
        Recovery::Never,
        "check the secret id and secret key, and that the key is enabled",
        "AuthFailure AuthFailure.SignatureFailure AuthFailure.SecretIdNotFound
         AuthFailure.InvalidSecretId AuthFailure.InvalidAuthorization",
    ),
    group(
        Class::Clock,
        Recovery::ResyncClock,
        "set this machine's clock: it is more than five minutes off",
        "AuthFailure.SignatureExpire",
    ),
    group(
        Class::Token,
        Recovery::RefreshCredentials,
        "get new temporary credentials",
        "AuthFailure.TokenFailure UnauthorizedOperation.InvalidToken",
    ),
    group(
        Class::SecondFactor,
        Recovery::Never,
        "this operation is protected by a second factor: use a key without that protection, or do it in the console",
        "AuthFailure.MFAFailure UnauthorizedOperation.MFAExpired UnauthorizedOperation.MFANotFound
         MFAExpired",
    ),
    group(
        Class::Permission,
        Recovery::Never,
        "grant this action to the key's user or role; `rdpctl permissions` prints the policy",
        "AuthFailure.UnauthorizedOperation UnauthorizedOperation UnauthorizedOperation.CamAuthFailed
         InvalidPermission",
    ),
    group(
        Class::Throttled,
        Recovery::Again,
        "the account's request limit was reached; lower the provider's `rates`, or ask the vendor for a higher quota",
        "RequestLimitExceeded RequestLimitExceeded.IPLimitExceeded RequestLimitExceeded.UinLimitExceeded
         RequestLimitExceeded.GlobalRegionUinLimitExceeded",
    ),
    group(
        Class::Server,
        Recovery::AgainIfRead,
        "the vendor's service failed; try again later and quote the request id when asking",
        "InternalError InternalError.ModuleError InternalServerError ServiceUnavailable
         FailedOperation.CVMError",
    ),
    group(
        Class::Busy,
        Recovery::WaitUntilFree,
        "another operation is running on this object; it is retried once that has ended",
        "ResourceInUse ResourceBusy ResourceUnavailable MutexOperation.TaskRunning
         OperationDenied.InstanceOperationInProgress OperationDenied.MutexTaskRunning
         DesOperation.MutexTaskRunning InvalidDisk.Busy InvalidDisk.SnapshotCreating
         ResourceInUse.DiskMigrating ResourceInUse.DiskRollbacking ResourceUnavailable.SnapshotCreating
         ResourceUnavailable.TooManyCreatingSnapshot UnsupportedOperation.InstanceStateStarting
         UnsupportedOperation.InstanceStateStopping UnsupportedOperation.InstanceStateRebooting
         UnsupportedOperation.InstanceStatePending",
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "a quota is used up or the stock is empty: release what is not needed, or ask the vendor for more",
        "ResourceInsufficient ResourceInsufficient.OverQuota LimitExceeded
         LimitExceeded.AssociateUSGLimitExceeded LimitExceeded.CvmsVifsPerSecGroupLimitExceeded
         LimitExceeded.InstanceAddressQuota LimitExceeded.InstanceAttachedDisk
         LimitExceeded.AccountReturnQuota InsufficientSnapshotQuota
         ResourceUnavailable.DiskSnapshotChainTooLarge ResourceUnavailable.UserHasNoQuotaCode",
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "no more elastic addresses in this region (20 by default): release unused ones, or ask for a higher quota",
        "AddressQuotaLimitExceeded",
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "today's allocations are used up (twice the address quota per day): try again tomorrow",
        "AddressQuotaLimitExceeded.DailyAllocate",
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "the bandwidth package is full: use another package, or ask for a higher quota",
        "LimitExceeded.BandwidthPackageResourceQuota",
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        "the security group has no room for another rule (100 per direction): merge or delete rules first",
        "LimitExceeded.SecurityGroupPolicySet UnsupportedOperation.SgNumExceedLimit
         UnsupportedOperation.ClbPolicyLimit UnsupportedOperation.ClbPolicyExceedLimit",
    ),
    group(
        Class::Money,
        Recovery::Never,
        "top up the account, or pay or cancel the open order; rdpctl never pays",
        "InvalidAccount.InsufficientBalance InvalidAccount.UnpaidOrder
         FailedOperation.BalanceInsufficient UnsupportedOperation.UnpaidOrderAlreadyExists
         OperationDenied.AddressInArrears InvalidParameterValue.ResourceExpired",
    ),
    group(
        Class::Money,
        Recovery::Never,
        "this account may not buy that: ask the vendor, or use another charge type",
        "InvalidAccount InvalidAccount.NotSupported",
    ),
    group(
        Class::Missing,
        Recovery::LookAgain,
        "it does not exist any more: check the id and the region, and plan again",
        "ResourceNotFound ResourceNotFound.InstanceNotFound ResourceNotFound.InvocationNotFound
         InvalidInstanceId.NotFound InvalidAddressId.NotFound InvalidSecurityGroupId.NotFound
         InvalidSnapshotId.NotFound InvalidDiskId.NotFound InvalidParameterValue.BandwidthPackageNotFound",
    ),
    group(
        Class::BadRequest,
        Recovery::Never,
        "check the id: it is not well-formed",
        "InvalidInstanceId InvalidInstanceId.Malformed InvalidParameterValue.InstanceIdMalformed
         InvalidParameterValue.InvalidInstanceId InvalidSgId.Malformed InvalidAddressId InvalidDiskId
         InvalidSecurityGroupId InvalidSgId InvalidSnapshotId",
    ),
    group(
        Class::BadRequest,
        Recovery::Never,
        "the request is not as the vendor wants it; please report this with the request id",
        "InvalidParameter InvalidParameter.Coexist InvalidParameter.DiskSizeNotMatch
         InvalidParameter.InvalidClientToken InvalidParameterCombination InvalidParameterConflict
         InvalidParameterValue InvalidParameterValue.Malformed InvalidParameterValue.Range
         InvalidParameterValue.Empty InvalidParameterValue.TooLong InvalidParameterValue.LimitExceeded
         InvalidParameterValue.Combination InvalidParameterValue.InconsistentInstance
         InvalidParameterValue.InconsistentInstanceInternetChargeType
         InvalidParameterValue.CommandContentInvalid InvalidParameterValue.InvalidContent
         InvalidParameterValue.InvalidUsername InvalidParameterValue.InvalidWorkingDirectory
         InvalidParameterValue.InstanceIsNotRelatedToInvocation InvalidFilter InvalidFilterValue
         InvalidFilterValue.LimitExceeded InvalidPassword MissingParameter UnknownParameter
         UnknownParameter.WithGuess",
    ),
    group(
        Class::BadRequest,
        Recovery::Never,
        "the address cannot have that many Mbps under its charge type: declare another `raise-to`",
        "InvalidParameterValue.BandwidthOutOfRange InvalidParameterValue.BandwidthTooSmall",
    ),
    group(
        Class::Routing,
        Recovery::Never,
        "check the provider's `region` and `endpoint`",
        "InvalidAction NoSuchVersion NoSuchProduct ActionOffline UnsupportedRegion UnsupportedProtocol",
    ),
    group(
        Class::State,
        Recovery::LookAgain,
        "the object's state or kind does not allow this; plan again",
        "UnsupportedOperation UnsupportedOperation.AddressStatusNotPermit
         UnsupportedOperation.EdgeZoneInstance UnsupportedOperation.SpecialInstanceType
         UnsupportedOperation.ArmArchitecture UnsupportedOperation.DetachPod
         UnsupportedOperation.SnapshotHasBindedImage UnsupportedOperation.SnapHasShared
         UnsupportedOperation.InstanceStateNotSupported UnsupportedOperation.InstanceStateFreezing
         UnsupportedOperation.InstanceStateServiceLiveMigrate InvalidAddressState InvalidAddressIdStatus
         InvalidAddressIdStatus.NotPermit InvalidInstance InvalidInstance.NotSupported
         InvalidInstanceState InvalidParameterValue.InvalidInstanceState InvalidSnapshot
         InvalidSnapshot.NotSupported InvalidDisk InvalidDisk.NotPortable InvalidDisk.NotSupportSnapshot
         ResourceUnavailable.NotSupported ResourceUnavailable.NotPortable ResourceUnavailable.TypeError
         ResourceUnavailable.ZoneNotMatch ResourceUnavailable.Attached OperationDenied MutexOperation
         DesOperation",
    ),
    group(
        Class::State,
        Recovery::Never,
        "the instance is isolated, expired or being destroyed: renew or recover it in the console",
        "UnsupportedOperation.InstanceStateIsolating UnsupportedOperation.InstanceStateShutdown
         UnsupportedOperation.InstanceStateTerminated UnsupportedOperation.InstanceStateTerminating
         UnsupportedOperation.InstanceStateBanning UnsupportedOperation.InstanceStateCorrupted
         UnsupportedOperation.InstanceReinstallFailed",
    ),
    group(
        Class::State,
        Recovery::Never,
        "the instance is in rescue mode: leave it in the console, then plan again",
        "UnsupportedOperation.InstanceStateEnterRescueMode UnsupportedOperation.InstanceStateRescueMode
         UnsupportedOperation.InstanceStateExitRescueMode",
    ),
    group(
        Class::State,
        Recovery::LookAgain,
        "the instance is stopped without being charged, when nothing but a start is allowed: start it first",
        "UnsupportedOperation.StoppedModeStopCharging UnsupportedOperation.InstanceStatusNotPermit",
    ),
    group(
        Class::State,
        Recovery::Never,
        "this charge type cannot be changed this way: change it in the console",
        "UnsupportedOperation.InstanceChargeType UnsupportedOperation.BandwidthPackageIdNotSupported
         UnsupportedOperation.OfflineChargeType UnsupportedOperation.InvalidAddressInternetChargeType
         InvalidParameterValue.InvalidInstanceInternetChargeType
         InvalidParameterValue.AddressInternetChargeTypeConflict
         InvalidParameterValue.AddressTypeConflict",
    ),
    group(
        Class::State,
        Recovery::Never,
        "the address is blocked, usually after an attack: see the vendor's security console",
        "InvalidAddressId.Blocked",
    ),
    group(
        Class::State,
        Recovery::Never,
        "another product owns this security group or address: change it there",
        "UnsupportedOperation.LockedResources UnsupportedOperation.BpaasResources
         OperationDenied.AddressDeletionProtectionEnabled SecGroupActionFailure",
    ),
    group(
        Class::State,
        Recovery::LookAgain,
        "the instance has no public address: bind one first",
        "FailedOperation.NotFoundEIP InvalidParameterValue.InstanceNoWanIP
         InvalidParameterValue.InstanceNoCalcIP",
    ),
    group(
        Class::Moved,
        Recovery::LookAgain,
        "the world changed since it was looked at; plan again",
        "UnsupportedOperation.VersionMismatch UnsupportedOperation.DuplicatePolicy
         UnsupportedOperation.InstanceStateRunning UnsupportedOperation.InstanceStateStopped
         InvalidInstanceId.AlreadyBindEip InvalidPrivateIpAddress InvalidPrivateIpAddress.AlreadyBindEip
         InvalidParameterValue.InstanceHasWanIP",
    ),
    group(
        Class::Failed,
        Recovery::Never,
        "the vendor tried and failed; quote the request id when asking",
        "FailedOperation FailedOperation.TaskFailed FailedOperation.InquiryPriceFailed",
    ),
    group(
        Class::Failed,
        Recovery::NewToken,
        "the order was not delivered; it is placed again under another token",
        "UnsupportedOperation.DeliveryFailed",
    ),
    group(
        Class::TooBig,
        Recovery::Smaller,
        "ask for fewer instances at a time",
        "RequestSizeLimitExceeded ResponseSizeLimitExceeded",
    ),
    group(
        Class::Address,
        Recovery::Never,
        "the account admits only certain client addresses: call from one of them",
        "IpInBlacklist IpNotInWhitelist",
    ),
    group(
        Class::Agent,
        Recovery::LookAgain,
        "the agent in the guest cannot take commands: start the instance, install the agent, or allow it out on 443 and 8186",
        "ResourceUnavailable.AgentNotInstalled ResourceUnavailable.AgentStatusNotOnline
         ResourceUnavailable.InstanceStateNotRunning InvalidParameterValue.AgentUnsupportedCommandType",
    ),
    group(
        Class::Approval,
        Recovery::Never,
        "pending approval in your organisation: have it approved there, then plan again",
        "InvalidParameterValue.MemberApprovalApplicationStarted
         InvalidParameterValue.MemberApprovalApplicationNotApproved
         InvalidParameterValue.MemberApprovalApplicationRejected
         InvalidParameterValue.MemberApprovalApplicationIdMismatch",
    ),
    group(
        Class::DryRun,
        Recovery::Satisfied,
        "a dry run: it would have succeeded",
        "DryRunOperation",
    ),
];
