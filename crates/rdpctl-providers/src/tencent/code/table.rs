//! Every code that the vendor documents for the actions used here, with what it means.

use rdpctl_model::Said;

use super::advice::say;
use super::{Class, Recovery};

/// Codes that mean the same to us.
pub(super) struct Group {
    pub(super) class: Class,
    pub(super) recovery: Recovery,
    pub(super) advice: fn() -> Said,
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
    advice: fn() -> Said,
    codes: &'static str,
) -> Group {
    Group { class, recovery, advice, codes }
}

pub(super) static TABLE: &[Group] = &[
    group(
        Class::Credentials,
        Recovery::Never,
        say::check_the_key,
        "AuthFailure AuthFailure.SignatureFailure AuthFailure.SecretIdNotFound
         AuthFailure.InvalidSecretId AuthFailure.InvalidAuthorization",
    ),
    group(
        Class::Clock,
        Recovery::ResyncClock,
        say::set_the_clock,
        "AuthFailure.SignatureExpire",
    ),
    group(
        Class::Token,
        Recovery::RefreshCredentials,
        say::new_temporary_credentials,
        "AuthFailure.TokenFailure UnauthorizedOperation.InvalidToken",
    ),
    group(
        Class::SecondFactor,
        Recovery::Never,
        say::second_factor,
        "AuthFailure.MFAFailure UnauthorizedOperation.MFAExpired UnauthorizedOperation.MFANotFound
         MFAExpired",
    ),
    group(
        Class::Permission,
        Recovery::Never,
        say::grant_the_action,
        "AuthFailure.UnauthorizedOperation UnauthorizedOperation UnauthorizedOperation.CamAuthFailed
         InvalidPermission",
    ),
    group(
        Class::Throttled,
        Recovery::Again,
        say::lower_the_rates,
        "RequestLimitExceeded RequestLimitExceeded.IPLimitExceeded RequestLimitExceeded.UinLimitExceeded
         RequestLimitExceeded.GlobalRegionUinLimitExceeded",
    ),
    group(
        Class::Server,
        Recovery::AgainIfRead,
        say::service_failed,
        "InternalError InternalError.ModuleError InternalServerError ServiceUnavailable
         FailedOperation.CVMError",
    ),
    group(
        Class::Busy,
        Recovery::WaitUntilFree,
        say::another_operation,
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
        say::quota_or_stock,
        "ResourceInsufficient ResourceInsufficient.OverQuota LimitExceeded
         LimitExceeded.AssociateUSGLimitExceeded LimitExceeded.CvmsVifsPerSecGroupLimitExceeded
         LimitExceeded.InstanceAddressQuota LimitExceeded.InstanceAttachedDisk
         LimitExceeded.AccountReturnQuota InsufficientSnapshotQuota
         ResourceUnavailable.DiskSnapshotChainTooLarge ResourceUnavailable.UserHasNoQuotaCode",
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        say::no_more_addresses,
        "AddressQuotaLimitExceeded",
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        say::no_more_today,
        "AddressQuotaLimitExceeded.DailyAllocate",
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        say::package_full,
        "LimitExceeded.BandwidthPackageResourceQuota",
    ),
    group(
        Class::Exhausted,
        Recovery::Never,
        say::no_room_for_rules,
        "LimitExceeded.SecurityGroupPolicySet UnsupportedOperation.SgNumExceedLimit
         UnsupportedOperation.ClbPolicyLimit UnsupportedOperation.ClbPolicyExceedLimit",
    ),
    group(
        Class::Money,
        Recovery::Never,
        say::pay,
        "InvalidAccount.InsufficientBalance InvalidAccount.UnpaidOrder
         FailedOperation.BalanceInsufficient UnsupportedOperation.UnpaidOrderAlreadyExists
         OperationDenied.AddressInArrears InvalidParameterValue.ResourceExpired",
    ),
    group(
        Class::Money,
        Recovery::Never,
        say::may_not_buy,
        "InvalidAccount InvalidAccount.NotSupported",
    ),
    group(
        Class::Missing,
        Recovery::LookAgain,
        say::gone,
        "ResourceNotFound ResourceNotFound.InstanceNotFound ResourceNotFound.InvocationNotFound
         InvalidInstanceId.NotFound InvalidAddressId.NotFound InvalidSecurityGroupId.NotFound
         InvalidSnapshotId.NotFound InvalidDiskId.NotFound InvalidParameterValue.BandwidthPackageNotFound",
    ),
    group(
        Class::BadRequest,
        Recovery::Never,
        say::malformed_id,
        "InvalidInstanceId InvalidInstanceId.Malformed InvalidParameterValue.InstanceIdMalformed
         InvalidParameterValue.InvalidInstanceId InvalidSgId.Malformed InvalidAddressId InvalidDiskId
         InvalidSecurityGroupId InvalidSgId InvalidSnapshotId",
    ),
    group(
        Class::BadRequest,
        Recovery::Never,
        say::report_this,
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
        say::another_raise_to,
        "InvalidParameterValue.BandwidthOutOfRange InvalidParameterValue.BandwidthTooSmall",
    ),
    group(
        Class::Routing,
        Recovery::Never,
        say::check_region_and_endpoint,
        "InvalidAction NoSuchVersion NoSuchProduct ActionOffline UnsupportedRegion UnsupportedProtocol",
    ),
    group(
        Class::State,
        Recovery::LookAgain,
        say::state_forbids,
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
        say::renew_or_recover,
        "UnsupportedOperation.InstanceStateIsolating UnsupportedOperation.InstanceStateShutdown
         UnsupportedOperation.InstanceStateTerminated UnsupportedOperation.InstanceStateTerminating
         UnsupportedOperation.InstanceStateBanning UnsupportedOperation.InstanceStateCorrupted
         UnsupportedOperation.InstanceReinstallFailed",
    ),
    group(
        Class::State,
        Recovery::Never,
        say::leave_rescue_mode,
        "UnsupportedOperation.InstanceStateEnterRescueMode UnsupportedOperation.InstanceStateRescueMode
         UnsupportedOperation.InstanceStateExitRescueMode",
    ),
    group(
        Class::State,
        Recovery::LookAgain,
        say::start_it_first,
        "UnsupportedOperation.StoppedModeStopCharging UnsupportedOperation.InstanceStatusNotPermit",
    ),
    group(
        Class::State,
        Recovery::Never,
        say::charge_type_by_hand,
        "UnsupportedOperation.InstanceChargeType UnsupportedOperation.BandwidthPackageIdNotSupported
         UnsupportedOperation.OfflineChargeType UnsupportedOperation.InvalidAddressInternetChargeType
         InvalidParameterValue.InvalidInstanceInternetChargeType
         InvalidParameterValue.AddressInternetChargeTypeConflict
         InvalidParameterValue.AddressTypeConflict",
    ),
    group(
        Class::State,
        Recovery::Never,
        say::address_blocked,
        "InvalidAddressId.Blocked",
    ),
    group(
        Class::State,
        Recovery::Never,
        say::owned_elsewhere,
        "UnsupportedOperation.LockedResources UnsupportedOperation.BpaasResources
         OperationDenied.AddressDeletionProtectionEnabled SecGroupActionFailure",
    ),
    group(
        Class::State,
        Recovery::LookAgain,
        say::bind_an_address,
        "FailedOperation.NotFoundEIP InvalidParameterValue.InstanceNoWanIP
         InvalidParameterValue.InstanceNoCalcIP",
    ),
    group(
        Class::Moved,
        Recovery::LookAgain,
        say::plan_again,
        "UnsupportedOperation.VersionMismatch UnsupportedOperation.DuplicatePolicy
         UnsupportedOperation.InstanceStateRunning UnsupportedOperation.InstanceStateStopped
         InvalidInstanceId.AlreadyBindEip InvalidPrivateIpAddress InvalidPrivateIpAddress.AlreadyBindEip
         InvalidParameterValue.InstanceHasWanIP",
    ),
    group(
        Class::Failed,
        Recovery::Never,
        say::vendor_failed,
        "FailedOperation FailedOperation.TaskFailed FailedOperation.InquiryPriceFailed",
    ),
    group(
        Class::Failed,
        Recovery::NewToken,
        say::not_delivered,
        "UnsupportedOperation.DeliveryFailed",
    ),
    group(
        Class::TooBig,
        Recovery::Smaller,
        say::fewer_at_a_time,
        "RequestSizeLimitExceeded ResponseSizeLimitExceeded",
    ),
    group(
        Class::Address,
        Recovery::Never,
        say::certain_clients,
        "IpInBlacklist IpNotInWhitelist",
    ),
    group(
        Class::Agent,
        Recovery::LookAgain,
        say::agent_cannot,
        "ResourceUnavailable.AgentNotInstalled ResourceUnavailable.AgentStatusNotOnline
         ResourceUnavailable.InstanceStateNotRunning InvalidParameterValue.AgentUnsupportedCommandType",
    ),
    group(
        Class::Approval,
        Recovery::Never,
        say::approval,
        "InvalidParameterValue.MemberApprovalApplicationStarted
         InvalidParameterValue.MemberApprovalApplicationNotApproved
         InvalidParameterValue.MemberApprovalApplicationRejected
         InvalidParameterValue.MemberApprovalApplicationIdMismatch",
    ),
    group(
        Class::DryRun,
        Recovery::Satisfied,
        say::dry_run,
        "DryRunOperation",
    ),
];
