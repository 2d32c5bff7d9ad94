//! CVM: the instances, as their vendor shows and changes them.

mod bandwidth;
mod console;
mod describe;
mod find;
mod groups;
mod power;
mod show;

pub(crate) use bandwidth::{
    DescribeInstanceInternetBandwidthConfigs, InquiryPriceResetInstancesInternetMaxBandwidth,
    ResetInstancesInternetMaxBandwidth, hourly,
};
pub(crate) use console::{
    DescribeInstanceVncUrl, DescribeInstancesOperationLimit, EnterRescueMode, ExitRescueMode,
    ResetInstancesPassword,
};
pub(crate) use describe::{DescribeInstances, DescribeInstancesStatus};
pub(crate) use groups::{
    AssociateSecurityGroups, DisassociateSecurityGroups, ModifyInstancesAttribute,
};
pub(crate) use power::{RebootInstances, StartInstances, StopInstances};
