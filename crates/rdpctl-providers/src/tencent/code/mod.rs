//! Every error code that the vendor documents for the actions used here: what it means and what helps.
//!
//! A table, because the codes are facts about the outside. A full code is looked up first, then its class (the part
//! before the last dot), so that a code nobody listed still gets its class's treatment.

pub(super) mod advice;
mod table;

use advice::say;
use rdpctl_model::Said;
use table::TABLE;

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
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    /// What it is about.
    pub class: Class,
    /// What may help.
    pub recovery: Recovery,
    /// What the user can do.
    pub advice: fn() -> Said,
}

const UNKNOWN: Meaning =
    Meaning { class: Class::Unknown, recovery: Recovery::Never, advice: say::look_it_up };

/// What a code means: by its whole text, else by its class.
#[must_use]
pub fn meaning(code: &str) -> Meaning {
    let mut known = code;
    loop {
        if let Some(group) = TABLE.iter().find(|group| group.codes().any(|code| code == known)) {
            return Meaning { class: group.class, recovery: group.recovery, advice: group.advice };
        }
        match known.rsplit_once('.') {
            Some((class, _)) => known = class,
            None => return UNKNOWN,
        }
    }
}

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
            .filter(|code| !TABLE.iter().flat_map(table::Group::codes).any(|known| known == *code))
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn no_code_is_listed_twice() {
        let mut codes: Vec<&str> = TABLE.iter().flat_map(table::Group::codes).collect();
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
