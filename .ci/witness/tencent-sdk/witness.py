#!/usr/bin/env python3
"""The vendor's own SDK and command line against the simulator, unchanged, through every action that it serves.

    python3 -m venv .venv && .venv/bin/pip install -r .ci/witness/tencent-sdk/requirements.txt
    RDPCTL=target/debug/rdpctl .venv/bin/python .ci/witness/tencent-sdk/witness.py [WORDS OF A CASE]

A field that the SDK does not know, or an answer that it cannot read, fails its case. Ends with "N passed, N failed".
"""

import base64
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time
import traceback
import urllib.request
import warnings

from tencentcloud.cbs.v20170312 import cbs_client, models as cbs_models
from tencentcloud.cloudaudit.v20190319 import cloudaudit_client, models as cloudaudit_models
from tencentcloud.common import credential
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.cvm.v20170312 import cvm_client, models as cvm_models
from tencentcloud.sts.v20180813 import models as sts_models, sts_client
from tencentcloud.tat.v20201028 import models as tat_models, tat_client
from tencentcloud.vpc.v20170312 import models as vpc_models, vpc_client

HERE = pathlib.Path(__file__).parent
RDPCTL = shlex.split(os.environ.get("RDPCTL", "rdpctl"))
REGION = "ap-seoul"
SERVICES = {
    "cvm": (cvm_client.CvmClient, cvm_models),
    "vpc": (vpc_client.VpcClient, vpc_models),
    "cbs": (cbs_client.CbsClient, cbs_models),
    # Part of the whole SDK, which the command line brings along.
    "cloudaudit": (cloudaudit_client.CloudauditClient, cloudaudit_models),
    "tat": (tat_client.TatClient, tat_models),
    "sts": (sts_client.StsClient, sts_models),
}
warnings.filterwarnings("error", message=".*fields are useless.*")

CASES = []
CALLED = set()


def case(function):
    """Registers a case; its docstring is the fact that it proves."""
    CASES.append(function)
    return function


class Sim:
    """A running simulator, seen through the vendor's clients."""

    def __init__(self, world):
        self.process = subprocess.Popen(
            [*RDPCTL, "sim", str(world), "--format", "json"], stdout=subprocess.PIPE, text=True
        )
        self.said = json.loads(self.process.stdout.readline())
        self.base = self.said["tencent"]

    def close(self):
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(timeout=10)

    def profile(self, token=None):
        host = self.base.split("//")[1]
        http = HttpProfile(protocol="http", endpoint=host, reqMethod="POST", reqTimeout=20)
        return ClientProfile(signMethod="TC3-HMAC-SHA256", httpProfile=http, language="en-US")

    def credential(self, account="main"):
        keys = self.said["credentials"][account]
        return credential.Credential(keys["secret-id"], keys["secret-key"])

    def call(self, service, action, parameters=None, account="main", keys=None):
        """One action through the typed client; the answer as the SDK understood it."""
        client, models = SERVICES[service]
        client = client(keys or self.credential(account), REGION, self.profile())
        request = getattr(models, action + "Request")()
        request.from_json_string(json.dumps(parameters or {}))
        CALLED.add((service, action))
        answer = json.loads(getattr(client, action)(request).to_json_string())
        assert answer["RequestId"], f"{action} has no RequestId"
        return answer

    def refused(self, service, action, parameters=None, account="main", keys=None):
        """The code with which an action is refused."""
        try:
            self.call(service, action, parameters, account, keys)
        except TencentCloudSDKException as refusal:
            assert refusal.get_request_id(), f"{refusal.get_code()} without a RequestId"
            return refusal.get_code()
        return None

    def until(self, look, wanted, looks=200):
        """Looks again until what is seen is wanted, and lets simulated time pass in between."""
        while (seen := look()) != wanted and looks > 0:
            self.hatch("time", {"seconds": 30})
            time.sleep(0.05)  # the vendor's limits on calls are in real time
            looks -= 1
        return same(seen, wanted)

    def instance(self, instance, account="main"):
        found = self.call("cvm", "DescribeInstances", {"InstanceIds": [instance]}, account)["InstanceSet"]
        return found[0]

    def settled(self, instance, request, account="main"):
        """Waits until the operation that a write began is over; says how it ended."""
        seen = lambda: self.instance(instance, account)["LatestOperationState"]
        self.until(seen, "SUCCESS")
        same(self.instance(instance, account)["LatestOperationRequestId"], request)

    def address(self, address, account="main"):
        return self.call("vpc", "DescribeAddresses", {"AddressIds": [address], "Limit": 100}, account)["AddressSet"][0]

    def task(self, task):
        """Waits for a task; the answer of a write is text, the question a number."""
        assert isinstance(task, str), f"{task!r} should be text"
        look = lambda: self.call("vpc", "DescribeTaskResult", {"TaskId": int(task)})["Result"]
        self.until(look, "SUCCESS")

    def rules(self, group):
        answer = self.call("vpc", "DescribeSecurityGroupPolicies", {"SecurityGroupId": group})
        return answer["SecurityGroupPolicySet"]

    def counters(self):
        with urllib.request.urlopen(self.base + "/__sim/counters") as answer:
            return json.load(answer)

    def hatch(self, name, body):
        data = json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.base}/__sim/{name}", data)) as answer:
            return json.load(answer)


def same(seen, expected):
    assert seen == expected, f"seen {seen!r}, expected {expected!r}"
    return seen


def shorten(policy):
    """A rule in one line."""
    peer = (
        policy["CidrBlock"]
        or policy["Ipv6CidrBlock"]
        or policy["SecurityGroupId"]
        or policy["AddressTemplate"]["AddressId"]
        or policy["AddressTemplate"]["AddressGroupId"]
    )
    service = policy["ServiceTemplate"]["ServiceId"] or policy["ServiceTemplate"]["ServiceGroupId"]
    what = service or f"{policy['Protocol']} {policy['Port']}"
    return f"{policy['PolicyIndex']} {policy['Action']} {what} {peer}"


# -- identity -----------------------------------------------------------------------------------------------------


@case
def identity(sim):
    """a key says who it is, a wrong one is refused, and a role's key works until its token is wrong"""
    who = sim.call("sts", "GetCallerIdentity")
    same(who["Type"], "RootAccount")
    wrong = credential.Credential(sim.said["credentials"]["main"]["secret-id"], "not the key")
    same(sim.refused("sts", "GetCallerIdentity", keys=wrong), "AuthFailure.SignatureFailure")
    unknown = credential.Credential("AKIDnobody", "x")
    same(sim.refused("cvm", "DescribeInstances", keys=unknown), "AuthFailure.SecretIdNotFound")
    role = {"RoleArn": f"qcs::cam::uin/{who['AccountId']}:roleName/reader", "RoleSessionName": "witness"}
    lent = sim.call("sts", "AssumeRole", role)["Credentials"]
    keys = credential.Credential(lent["TmpSecretId"], lent["TmpSecretKey"], lent["Token"])
    same(sim.call("sts", "GetCallerIdentity", keys=keys)["AccountId"], who["AccountId"])
    keys = credential.Credential(lent["TmpSecretId"], lent["TmpSecretKey"], "another")
    same(sim.refused("sts", "GetCallerIdentity", keys=keys), "AuthFailure.TokenFailure")


@case
def routing(sim):
    """what is not routed says why"""

    def code(service, version, action, parameters=None):
        try:
            client = CommonClient(service, version, sim.credential(), REGION, sim.profile())
            client.call_json(action, parameters or {})
        except TencentCloudSDKException as refusal:
            return refusal.get_code()

    same(code("cvm", "2017-03-12", "LaunchRockets"), "InvalidAction")
    same(code("cvm", "2001-01-01", "DescribeInstances"), "NoSuchVersion")
    same(code("moon", "2017-03-12", "DescribeInstances"), "NoSuchProduct")
    same(code("cvm", "2017-03-12", "DescribeInstances", {"Limitt": 1}), "UnknownParameter")
    same(code("cvm", "2017-03-12", "StartInstances"), "MissingParameter")
    same(code("cvm", "2017-03-12", "DescribeInstances", {"Limit": [1]}), "InvalidParameter")
    same(code("vpc", "2017-03-12", "DescribeSecurityGroups", {"Offset": "0", "Limit": "1"}), None)


# -- instances ----------------------------------------------------------------------------------------------------


@case
def listing(sim):
    """instances are found by id, by filter and page by page"""
    everything = sim.call("cvm", "DescribeInstances", {"Limit": 100})
    same((everything["TotalCount"], len(everything["InstanceSet"])), (254, 100))
    last = sim.call("cvm", "DescribeInstances", {"Limit": 100, "Offset": 200})
    same(len(last["InstanceSet"]), 54)
    count = lambda *filters: sim.call(
        "cvm", "DescribeInstances", {"Filters": [{"Name": name, "Values": values} for name, values in filters]}
    )["TotalCount"]
    same(count(("tag:role", ["kiosk"])), 250)
    same(count(("tag:role", ["kiosk"]), ("instance-state", ["STOPPED"])), 5)
    same(count(("instance-name", ["kiosk-0000"])), 9)
    same(count(("security-group-id", ["sg-web00001"])), 2)
    same(count(("zone", ["ap-seoul-9"])), 0)
    one = everything["InstanceSet"][0]
    same(count(("private-ip-address", one["PrivateIpAddresses"])), 1)
    same(sim.call("cvm", "DescribeInstances", {"InstanceIds": ["ins-00000000"]})["TotalCount"], 0)
    same(sim.refused("cvm", "DescribeInstances", {"InstanceIds": ["web-01"]}), "InvalidInstanceId.Malformed")
    same(sim.refused("cvm", "DescribeInstances", {"Limit": 101}), "InvalidParameterValue.LimitExceeded")
    same(sim.refused("cvm", "DescribeInstances", {"Filters": [{"Name": "colour", "Values": ["x"]}]}), "InvalidFilter")
    both = {"InstanceIds": ["ins-web00001"], "Filters": [{"Name": "zone", "Values": ["x"]}]}
    same(sim.refused("cvm", "DescribeInstances", both), "InvalidParameterCombination")
    web = sim.instance("ins-web00001")
    same((web["InstanceState"], web["StopChargingMode"]), ("STOPPED", "KEEP_CHARGING"))
    same((web["PublicIpAddresses"], web["Tags"]), (None, [{"Key": "role", "Value": "web"}]))
    same(sim.instance("ins-fla00001")["VirtualPrivateCloud"]["VpcId"], "")
    status = sim.call("cvm", "DescribeInstancesStatus", {"InstanceIds": ["ins-web00001"]})["InstanceStatusSet"]
    same(status, [{"InstanceId": "ins-web00001", "InstanceState": "STOPPED"}])


@case
def power(sim):
    """an instance starts, reboots and stops through its transitional states"""
    web = {"InstanceIds": ["ins-web00001"]}
    request = sim.call("cvm", "StartInstances", web)["RequestId"]
    seen = sim.instance("ins-web00001")
    same((seen["InstanceState"], seen["LatestOperationState"]), ("STARTING", "OPERATING"))
    same((seen["LatestOperation"], seen["LatestOperationRequestId"]), ("StartInstances", request))
    same(sim.refused("cvm", "StartInstances", web), "UnsupportedOperation.InstanceStateStarting")
    sim.settled("ins-web00001", request)
    same(sim.instance("ins-web00001")["InstanceState"], "RUNNING")
    same(sim.refused("cvm", "StartInstances", web), "UnsupportedOperation.InstanceStateRunning")
    one_wrong = {"InstanceIds": ["ins-web00001", "ins-00000000"]}
    same(sim.refused("cvm", "RebootInstances", one_wrong), "InvalidInstanceId.NotFound")
    request = sim.call("cvm", "RebootInstances", {**web, "StopType": "SOFT"})["RequestId"]
    same(sim.instance("ins-web00001")["InstanceState"], "REBOOTING")
    sim.settled("ins-web00001", request)
    request = sim.call("cvm", "StopInstances", {**web, "StoppedMode": "KEEP_CHARGING"})["RequestId"]
    same(sim.instance("ins-web00001")["InstanceState"], "STOPPING")
    sim.settled("ins-web00001", request)
    same(sim.refused("cvm", "StopInstances", web), "UnsupportedOperation.InstanceStateStopped")
    request = sim.call("cvm", "StartInstances", web)["RequestId"]
    sim.settled("ins-web00001", request)


@case
def audit(sim):
    """the account's log tells who stopped an instance, and refuses a month at once"""
    now = int(time.time())
    ask = {"StartTime": now - 86_400, "EndTime": now + 20 * 86_400, "MaxResults": 50,
           "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "StopInstances"}]}
    told = sim.call("cloudaudit", "DescribeEvents", ask)["Events"]
    stopped = [event for event in told if event["ErrorCode"] == 0]
    assert stopped, told
    same({event["EventName"] for event in stopped}, {"StopInstances"})
    assert all(event["Username"] and int(event["EventTime"]) for event in stopped), stopped
    month = {**ask, "StartTime": now - 31 * 86_400}
    same(sim.refused("cloudaudit", "DescribeEvents", month), "InvalidParameterValue.Time")


@case
def bandwidth(sim):
    """bandwidth is changed on the instance where it belongs to the instance"""
    ask = lambda instance, mbps: {
        "InstanceIds": [instance],
        "InternetAccessible": {"InternetMaxBandwidthOut": mbps},
    }
    action = "ResetInstancesInternetMaxBandwidth"
    same(sim.instance("ins-leg00001", "old")["InternetAccessible"]["InternetMaxBandwidthOut"], 0)
    request = sim.call("cvm", action, ask("ins-leg00001", 5), "old")["RequestId"]
    sim.settled("ins-leg00001", request, "old")
    same(sim.instance("ins-leg00001", "old")["InternetAccessible"]["InternetMaxBandwidthOut"], 5)
    same(sim.refused("cvm", action, ask("ins-web00001", 5)), "FailedOperation.NotFoundEIP")
    same(sim.refused("cvm", action, ask("ins-wan00001", 101)), "InvalidParameterValue.Range")
    dated = {**ask("ins-wan00001", 6), "StartTime": "2030-01-01"}
    same(sim.refused("cvm", action, dated), "InvalidParameterCombination")
    price = sim.call("cvm", "InquiryPriceResetInstancesInternetMaxBandwidth", ask("ins-wan00001", 6))["Price"]
    same(price["BandwidthPrice"]["ChargeUnit"], "GB")
    configs = sim.call("cvm", "DescribeInstanceInternetBandwidthConfigs", {"InstanceId": "ins-wan00001"})
    same(configs["InternetBandwidthConfigSet"][0]["InternetAccessible"]["InternetMaxBandwidthOut"], 3)


@case
def groups_of_instances(sim):
    """the ordered list of an instance's groups is set, appended to and shortened"""
    instance = {"InstanceIds": ["ins-sil00001"]}
    request = sim.call("cvm", "ModifyInstancesAttribute", {**instance, "SecurityGroups": ["sg-rdp00001"]})["RequestId"]
    sim.settled("ins-sil00001", request)
    request = sim.call("cvm", "AssociateSecurityGroups", {**instance, "SecurityGroupIds": ["sg-web00001"]})["RequestId"]
    sim.settled("ins-sil00001", request)
    same(sim.instance("ins-sil00001")["SecurityGroupIds"], ["sg-rdp00001", "sg-web00001"])
    statistics = sim.call(
        "vpc", "DescribeSecurityGroupAssociationStatistics", {"SecurityGroupIds": ["sg-rdp00001", "sg-web00001"]}
    )["SecurityGroupAssociationStatisticsSet"]
    same([group["CVM"] for group in statistics], [252, 3])
    request = sim.call("cvm", "DisassociateSecurityGroups", {**instance, "SecurityGroupIds": ["sg-rdp00001"]})["RequestId"]
    sim.settled("ins-sil00001", request)
    same(sim.instance("ins-sil00001")["SecurityGroupIds"], ["sg-web00001"])
    missing = {**instance, "SecurityGroups": ["sg-00000000"]}
    same(sim.refused("cvm", "ModifyInstancesAttribute", missing), "InvalidSecurityGroupId.NotFound")
    request = sim.call("cvm", "ModifyInstancesAttribute", {**instance, "InstanceName": "loud-01"})["RequestId"]
    sim.settled("ins-sil00001", request)
    same(sim.instance("ins-sil00001")["InstanceName"], "loud-01")


@case
def emergencies(sim):
    """a console for a person, a rescue system, a new password"""
    url = sim.call("cvm", "DescribeInstanceVncUrl", {"InstanceId": "ins-sil00001"})["InstanceVncUrl"]
    assert url.startswith("wss%3A%2F%2F"), url
    weak = {"InstanceIds": ["ins-sil00001"], "Password": "weak"}
    same(sim.refused("cvm", "ResetInstancesPassword", weak), "InvalidPassword")
    strong = {"InstanceIds": ["ins-sil00001"], "Password": "Str0ng-enough-for-this"}
    same(sim.refused("cvm", "ResetInstancesPassword", strong), "UnsupportedOperation.InstanceStateRunning")
    request = sim.call("cvm", "ResetInstancesPassword", {**strong, "ForceStop": True})["RequestId"]
    sim.settled("ins-sil00001", request)
    request = sim.call("cvm", "EnterRescueMode", {"InstanceId": "ins-sil00001", "Password": "Str0ng-enough-for-this"})
    same(sim.instance("ins-sil00001")["InstanceState"], "ENTER_RESCUE_MODE")
    sim.settled("ins-sil00001", request["RequestId"])
    same(sim.instance("ins-sil00001")["InstanceState"], "RESCUE_MODE")
    request = sim.call("cvm", "ExitRescueMode", {"InstanceId": "ins-sil00001"})["RequestId"]
    sim.settled("ins-sil00001", request)
    same(sim.instance("ins-sil00001")["InstanceState"], "RUNNING")
    limits = {"InstanceIds": ["ins-sil00001"], "Operation": "INSTANCE_REINSTALL"}
    same(len(sim.call("cvm", "DescribeInstancesOperationLimit", limits)["InstanceOperationLimitSet"]), 1)


# -- addresses ----------------------------------------------------------------------------------------------------


@case
def account_types(sim):
    """the two sorts of accounts tell themselves apart, and where bandwidth belongs"""
    same(sim.call("vpc", "DescribeNetworkAccountType")["NetworkAccountType"], "STANDARD")
    same(sim.call("vpc", "DescribeNetworkAccountType", account="old")["NetworkAccountType"], "LEGACY")
    legacy = {"Filters": [{"Name": "instance-id", "Values": ["ins-leg00001"]}, {"Name": "address-type", "Values": ["WanIP", "EIP"]}]}
    address = sim.call("vpc", "DescribeAddresses", legacy, "old")["AddressSet"][0]
    same((address["Bandwidth"], address["InternetChargeType"], address["AddressType"]), (None, None, "WanIP"))
    charged = {"InternetChargeType": "TRAFFIC_POSTPAID_BY_HOUR"}
    same(sim.refused("vpc", "AllocateAddresses", charged, "old"), "InvalidAccount.NotSupported")


@case
def addresses(sim):
    """an address is bought once per token, bound, widened, unbound and given back"""
    quota = {item["QuotaId"]: item for item in sim.call("vpc", "DescribeAddressQuota")["QuotaSet"]}
    same(quota["TOTAL_EIP_QUOTA"]["QuotaCurrent"], 252)
    order = {"AddressCount": 1, "InternetChargeType": "TRAFFIC_POSTPAID_BY_HOUR", "InternetMaxBandwidthOut": 1,
             "AddressName": "web-01", "ClientToken": "witness-1", "Tags": [{"Key": "owner", "Value": "rdpctl"}]}
    price = {key: order[key] for key in ("InternetChargeType", "InternetMaxBandwidthOut")}
    same(sim.call("vpc", "InquiryPriceAllocateAddresses", price)["Price"]["AddressPrice"]["ChargeUnit"], "HOUR")
    bought = sim.call("vpc", "AllocateAddresses", order)
    again = sim.call("vpc", "AllocateAddresses", order)
    same(again["AddressSet"], bought["AddressSet"])
    eip = bought["AddressSet"][0]
    same(sim.address(eip)["AddressStatus"], "CREATING")
    sim.task(bought["TaskId"])
    same(sim.address(eip)["AddressStatus"], "UNBIND")
    tagged = sim.call("vpc", "DescribeAddresses", {"Filters": [{"Name": "tag:owner", "Values": ["rdpctl"]}]})
    same([address["AddressId"] for address in tagged["AddressSet"]], [eip])

    bind = {"AddressId": eip, "InstanceId": "ins-web00001"}
    begun = sim.call("vpc", "AssociateAddress", bind)
    same(sim.address(eip)["AddressStatus"], "BINDING")
    same(sim.refused("vpc", "AssociateAddress", bind), "OperationDenied.MutexTaskRunning")
    sim.task(begun["TaskId"])
    same(sim.instance("ins-web00001")["PublicIpAddresses"], [sim.address(eip)["AddressIp"]])
    other = {"AddressId": "eip-free0001", "InstanceId": "ins-web00001"}
    same(sim.refused("vpc", "AssociateAddress", other), "InvalidInstanceId.AlreadyBindEip")
    wan = {"AddressId": "eip-free0001", "InstanceId": "ins-wan00001"}
    same(sim.refused("vpc", "AssociateAddress", wan), "InvalidParameterValue.InstanceHasWanIP")
    blocked = {"AddressId": "eip-bad00001", "InstanceId": "ins-sil00001"}
    same(sim.refused("vpc", "AssociateAddress", blocked), "InvalidAddressId.Blocked")
    same(sim.refused("vpc", "ReleaseAddresses", {"AddressIds": [eip]}), "InvalidAddressState")

    wider = {"AddressIds": [eip], "InternetMaxBandwidthOut": 5}
    same(sim.call("vpc", "InquiryPriceModifyAddressesBandwidth", wider)["Price"]["AddressPrice"]["UnitPrice"], 0.8)
    limits = sim.call("vpc", "DescribeAddressBandwidthRange", {"AddressIds": [eip]})["BandwidthRangeSet"]
    same(limits, [{"ResourceId": eip, "BandwidthLowerLimit": 1, "BandwidthUpperLimit": 100}])
    sim.task(sim.call("vpc", "ModifyAddressesBandwidth", wider)["TaskId"])
    same(sim.address(eip)["Bandwidth"], 5)
    too_wide = {"AddressIds": [eip], "InternetMaxBandwidthOut": 1000}
    same(sim.refused("vpc", "ModifyAddressesBandwidth", too_wide), "InvalidParameterValue.BandwidthOutOfRange")

    sim.task(sim.call("vpc", "DisassociateAddress", {"AddressId": eip})["TaskId"])
    same(sim.instance("ins-web00001")["PublicIpAddresses"], None)
    sim.call("vpc", "ReleaseAddresses", {"AddressIds": [eip]})
    gone = lambda: sim.call("vpc", "DescribeAddresses", {"AddressIds": [eip]})["TotalCount"]
    sim.until(gone, 0)


@case
def ordinary_addresses(sim):
    """ordinary addresses are hidden unless asked for, become elastic, and are returned"""
    mine = {"Name": "instance-id", "Values": ["ins-wan00001"]}
    same(sim.call("vpc", "DescribeAddresses", {"Filters": [mine]})["TotalCount"], 0)
    asked = {"Filters": [mine, {"Name": "address-type", "Values": ["WanIP"]}]}
    wan = sim.call("vpc", "DescribeAddresses", asked)["AddressSet"][0]
    same((wan["Bandwidth"], wan["AddressType"]), (3, "WanIP"))
    begun = sim.call("vpc", "TransformAddress", {"InstanceId": "ins-wan00001"})
    sim.task(str(begun["TaskId"]))
    now = sim.address(begun["AddressId"])
    same((now["AddressType"], now["AddressIp"]), ("EIP", wan["AddressIp"]))
    undo = {"AddressId": begun["AddressId"], "ReallocateNormalPublicIp": True}
    sim.task(sim.call("vpc", "DisassociateAddress", undo)["TaskId"])
    fresh = sim.instance("ins-wan00001")["PublicIpAddresses"]
    assert fresh != [wan["AddressIp"]], "another ordinary address"
    sim.call("vpc", "ReturnNormalAddresses", {"AddressIps": fresh})
    same(sim.instance("ins-wan00001")["PublicIpAddresses"], None)


# -- security groups ----------------------------------------------------------------------------------------------


@case
def security_groups(sim):
    """groups are listed and made; who depends on them is told"""
    listed = sim.call("vpc", "DescribeSecurityGroups", {"Offset": "0", "Limit": "100"})
    same(listed["TotalCount"], 3)
    tagged = sim.call("vpc", "DescribeSecurityGroups", {"Filters": [{"Name": "tag:team", "Values": ["desk"]}]})
    same([group["SecurityGroupName"] for group in tagged["SecurityGroupSet"]], ["rdp"])
    made = sim.call("vpc", "CreateSecurityGroup", {"GroupName": "new", "GroupDescription": "made by the witness"})
    rules = sim.rules(made["SecurityGroup"]["SecurityGroupId"])
    same((rules["Ingress"], rules["Egress"]), ([], []))
    limits = sim.call("vpc", "DescribeSecurityGroupLimits")["SecurityGroupLimitSet"]
    same(limits["SecurityGroupPolicyLimit"], 100)
    references = sim.call("vpc", "DescribeSecurityGroupReferences", {"SecurityGroupIds": ["sg-web00001"]})
    same(references["ReferredSecurityGroupSet"][0]["ReferredSecurityGroupIds"], ["sg-rdp00001"])
    same(sim.refused("vpc", "DescribeSecurityGroupPolicies", {"SecurityGroupId": "sg-00000000"}), "ResourceNotFound")


@case
def templates(sim):
    """templates and their groups are listed, and expanded in rules"""
    found = sim.call("vpc", "DescribeAddressTemplates", {"Filters": [{"Name": "address-template-id", "Values": ["ipm-ofc00001"]}]})
    same(found["AddressTemplateSet"][0]["AddressSet"], ["203.0.113.0/24", "198.51.100.1-198.51.100.9"])
    inside = sim.call("vpc", "DescribeAddressTemplates", {"Filters": [{"Name": "address-ip", "Values": ["198.51.100.3"]}]})
    same(inside["TotalCount"], 1)
    groups = sim.call("vpc", "DescribeAddressTemplateGroups", {"Limit": "100"})["AddressTemplateGroupSet"]
    same(groups[0]["AddressTemplateIdSet"], ["ipm-ofc00001"])
    services = sim.call("vpc", "DescribeServiceTemplates")["ServiceTemplateSet"]
    same(services[0]["ServiceSet"], ["tcp:3389", "udp:3389"])
    groups = sim.call("vpc", "DescribeServiceTemplateGroups")["ServiceTemplateGroupSet"]
    same(groups[0]["ServiceTemplateIdSet"], ["ppm-rdp00001"])
    expanded = sim.call("vpc", "DescribeSecurityGroupExpandedPolicies", {"SecurityGroupId": "sg-rdp00001"})
    same([shorten(rule) for rule in expanded["SecurityGroupPolicySet"]["Ingress"]], [
        "0 ACCEPT tcp 3389 203.0.113.0/24",
        "1 ACCEPT tcp 3389 198.51.100.1-198.51.100.9",
        "2 ACCEPT udp 3389 203.0.113.0/24",
        "3 ACCEPT udp 3389 198.51.100.1-198.51.100.9",
        "4 ACCEPT tcp 3000-4000 sg-web00001",
    ])


@case
def rules(sim):
    """rules are inserted, replaced, moved and deleted under the group's version"""
    group = {"SecurityGroupId": "sg-web00001"}
    send = lambda action, ingress, version=None, **more: (
        "vpc", action, {**group, **more, "SecurityGroupPolicySet": {"Ingress": ingress, **({"Version": version} if version else {})}}
    )
    rdp = {"PolicyIndex": 1, "Protocol": "TCP", "Port": "3389", "CidrBlock": "203.0.113.0/24", "Action": "ACCEPT", "PolicyDescription": "rdpctl"}
    before = sim.rules("sg-web00001")
    same([shorten(rule) for rule in before["Ingress"]], [
        "0 ACCEPT tcp 80,443 0.0.0.0/0", "1 DROP tcp 3389 0.0.0.0/0", "2 ACCEPT icmpv6 ALL ::/0",
    ])
    same(before["PolicyStatistics"], {"IngressIPv4TotalCount": 2, "IngressIPv6TotalCount": 1, "EgressIPv4TotalCount": 1, "EgressIPv6TotalCount": 0})
    sim.call(*send("CreateSecurityGroupPolicies", [rdp], before["Version"]))
    after = sim.rules("sg-web00001")
    same(int(after["Version"]), int(before["Version"]) + 1)
    same(shorten(after["Ingress"][1]), "1 ACCEPT tcp 3389 203.0.113.0/24")
    same(sim.refused(*send("CreateSecurityGroupPolicies", [rdp], before["Version"])), "UnsupportedOperation.VersionMismatch")
    same(sim.refused(*send("CreateSecurityGroupPolicies", [rdp], after["Version"])), "UnsupportedOperation.DuplicatePolicy")
    other = {**rdp, "CidrBlock": "198.51.100.7", "PolicyIndex": 0}
    same(sim.refused(*send("CreateSecurityGroupPolicies", [other, {**rdp, "Port": "1"}])), "InvalidParameterValue.Range")
    sim.call(*send("ReplaceSecurityGroupPolicy", [{**rdp, "CidrBlock": "198.51.100.0/24"}], after["Version"]))
    same(shorten(sim.rules("sg-web00001")["Ingress"][1]), "1 ACCEPT tcp 3389 198.51.100.0/24")
    sim.call(*send("ReplaceSecurityGroupPolicies", [{**rdp, "CidrBlock": "192.0.2.0/24"}]))
    moved = {**rdp, "CidrBlock": "192.0.2.0/24"}
    original = {"Ingress": [moved]}
    sim.call(*send("ReplaceSecurityGroupPolicies", [{**moved, "PolicyIndex": 0}], UpdateType="Priority", OriginalSecurityGroupPolicySet=original))
    same(shorten(sim.rules("sg-web00001")["Ingress"][0]), "0 ACCEPT tcp 3389 192.0.2.0/24")
    mine = {**rdp, "CidrBlock": "MY_PUBLIC_IP", "PolicyIndex": 0}
    del mine["PolicyDescription"]
    sim.call(*send("CreateSecurityGroupPolicies", [mine]))
    top = sim.rules("sg-web00001")["Ingress"][0]
    same((top["CidrBlock"], top["PolicyDescription"]), ("127.0.0.1", "Replaced-From-MY_PUBLIC_IP"))
    sim.call(*send("DeleteSecurityGroupPolicies", [{"PolicyIndex": 0}, {"PolicyIndex": 1}]))
    same([shorten(rule) for rule in sim.rules("sg-web00001")["Ingress"]], [shorten(rule) for rule in before["Ingress"]])
    two = {**group, "SecurityGroupPolicySet": {"Ingress": [rdp], "Egress": [rdp]}}
    same(sim.refused("vpc", "CreateSecurityGroupPolicies", two), "InvalidParameter.Coexist")
    locked = {"SecurityGroupId": "sg-lock0001", "SecurityGroupPolicySet": {"Ingress": [rdp]}}
    same(sim.refused("vpc", "CreateSecurityGroupPolicies", locked), "UnsupportedOperation.LockedResources")
    many = [{**rdp, "PolicyIndex": 0, "Port": str(port)} for port in range(1, 101)]
    same(sim.refused(*send("CreateSecurityGroupPolicies", many)), "LimitExceeded.SecurityGroupPolicySet")
    wipe = {"SecurityGroupId": "sg-rdp00001", "SecurityGroupPolicySet": {"Version": "0", "Ingress": [], "Egress": []}}
    sim.call("vpc", "ModifySecurityGroupPolicies", wipe)
    same(sim.rules("sg-rdp00001")["Ingress"], [])


# -- disks --------------------------------------------------------------------------------------------------------


@case
def disks(sim):
    """data disks are listed, attached and detached; system disks stay"""
    own = sim.call("cbs", "DescribeDisks", {"Filters": [{"Name": "instance-id", "Values": ["ins-web00001"]}]})["DiskSet"]
    same(sorted((disk["DiskUsage"], disk["DiskSize"]) for disk in own), [("DATA_DISK", 100), ("SYSTEM_DISK", 50)])
    system = next(disk["DiskId"] for disk in own if disk["DiskUsage"] == "SYSTEM_DISK")
    same(sim.instance("ins-web00001")["SystemDisk"]["DiskId"], system)
    same(sim.refused("cbs", "DetachDisks", {"DiskIds": [system]}), "InvalidDisk.NotPortable")
    state = lambda: sim.call("cbs", "DescribeDisks", {"DiskIds": ["disk-free0001"]})["DiskSet"][0]["DiskState"]
    sim.call("cbs", "AttachDisks", {"DiskIds": ["disk-free0001"], "InstanceId": "ins-web00001"})
    same(state(), "ATTACHING")
    sim.until(state, "ATTACHED")
    same(len(sim.instance("ins-web00001")["DataDisks"]), 2)
    again = {"DiskIds": ["disk-free0001"], "InstanceId": "ins-web00001"}
    same(sim.refused("cbs", "AttachDisks", again), "ResourceUnavailable.Attached")
    sim.call("cbs", "DetachDisks", {"DiskIds": ["disk-free0001"], "InstanceId": "ins-web00001"})
    sim.until(state, "UNATTACHED")


@case
def snapshots(sim):
    """a snapshot is taken, rolled back to with the guest in it, and deleted"""
    disk = sim.instance("ins-web00001")["SystemDisk"]["DiskId"]
    taken = sim.call("cbs", "CreateSnapshot", {"DiskId": disk, "SnapshotName": "before"})["SnapshotId"]
    look = lambda: sim.call("cbs", "DescribeSnapshots", {"SnapshotIds": [taken]})["SnapshotSet"][0]["SnapshotState"]
    same(look(), "CREATING")
    same(sim.refused("cbs", "CreateSnapshot", {"DiskId": disk}), "InvalidDisk.SnapshotCreating")
    apply = {"SnapshotId": taken, "DiskId": disk}
    same(sim.refused("cbs", "ApplySnapshot", apply), "ResourceUnavailable.SnapshotCreating")
    sim.until(look, "NORMAL")
    same(sim.hatch("run", {"vm": "web-01", "command": "reg add HKLM\\SOFTWARE\\Witness /v Mark /d 1 /f"})["exit"], 0)
    query = {"vm": "web-01", "command": "reg query HKLM\\SOFTWARE\\Witness /v Mark"}
    same(sim.hatch("run", query)["exit"], 0)
    same(sim.refused("cbs", "ApplySnapshot", apply), "ResourceBusy")
    sim.call("cbs", "ApplySnapshot", {**apply, "AutoStopInstance": True, "AutoStartInstance": True})
    same(look(), "ROLLBACKING")
    sim.until(look, "NORMAL")
    sim.until(lambda: sim.instance("ins-web00001")["InstanceState"], "RUNNING")
    same(sim.hatch("run", query)["exit"], 1)
    sim.call("cbs", "DeleteSnapshots", {"SnapshotIds": [taken]})
    same(sim.call("cbs", "DescribeSnapshots")["TotalCount"], 0)


# -- commands -----------------------------------------------------------------------------------------------------


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def agents(sim, *instances):
    answer = sim.call("tat", "DescribeAutomationAgentStatus", {"InstanceIds": list(instances)})
    return {agent["InstanceId"]: agent["AgentStatus"] for agent in answer["AutomationAgentSet"]}


@case
def agents_answer(sim):
    """agents say whether they answer; without one an instance is not listed"""
    sim.until(lambda: agents(sim, "ins-web00001"), {"ins-web00001": "Online"})
    same(agents(sim, "ins-sil00001", "ins-fla00001"), {"ins-sil00001": "Offline"})
    online = {"Filters": [{"Name": "agent-status", "Values": ["Online"]}], "Limit": 1}
    assert sim.call("tat", "DescribeAutomationAgentStatus", online)["TotalCount"] > 200


@case
def commands(sim):
    """a command file runs in the guest, and its output, exit code and what was dropped come back"""
    run = lambda text, **more: sim.call(
        "tat", "RunCommand", {"Content": encoded(text), "InstanceIds": ["ins-web00001"], "CommandType": "BAT", **more}
    )["InvocationId"]

    def task(invocation):
        asked = {"Filters": [{"Name": "invocation-id", "Values": [invocation]}], "HideOutput": False}
        return sim.call("tat", "DescribeInvocationTasks", asked)["InvocationTaskSet"][0]

    def finished(invocation):
        final = ("SUCCESS", "FAILED", "START_FAILED", "TIMEOUT", "TERMINATED", "CANCELLED")
        sim.until(lambda: task(invocation)["TaskStatus"] in final, True)
        return task(invocation)

    done = finished(run("@echo off\r\n%SystemRoot%\\System32\\sc.exe query TermService\r\nexit /b 3\r\n"))
    same((done["TaskStatus"], done["TaskResult"]["ExitCode"]), ("FAILED", 3))
    output = base64.b64decode(done["TaskResult"]["Output"])
    assert b"SERVICE_NAME: TermService" in output, output
    same(done["CommandDocument"]["Username"], "System")
    lines = "@echo off\r\n" + "".join(f"echo {'x' * 98}\r\n" for _ in range(300))
    long = finished(run(lines))
    same((len(base64.b64decode(long["TaskResult"]["Output"])), long["TaskResult"]["Dropped"]), (24576, 300 * 100 - 24576))
    listed = sim.call("tat", "DescribeInvocations", {"InvocationIds": [long["InvocationId"]]})["InvocationSet"][0]
    same((listed["InvocationStatus"], listed["InvocationTaskBasicInfoSet"][0]["TaskStatus"]), ("SUCCESS", "SUCCESS"))
    same(finished(run("Get-Service", CommandType="POWERSHELL"))["TaskStatus"], "START_FAILED")
    slow = run("%SystemRoot%\\System32\\ping.exe -n 600 127.0.0.1 >nul\r\n", Timeout=3600)
    sim.until(lambda: task(slow)["TaskStatus"], "RUNNING")
    sim.call("tat", "CancelInvocation", {"InvocationId": slow})
    same(task(slow)["TaskStatus"], "TERMINATED")
    same(finished(run("%SystemRoot%\\System32\\ping.exe -n 600 127.0.0.1 >nul\r\n", Timeout=5))["TaskStatus"], "TIMEOUT")


@case
def commands_registered(sim):
    """a command that the vendor holds is made, found, changed, and run by its id alone"""
    made = {"CommandName": "version", "Content": encoded("ver\r\n"), "CommandType": "BAT"}
    held = sim.call("tat", "CreateCommand", made)["CommandId"]
    found = lambda: sim.call("tat", "DescribeCommands", {"CommandIds": [held]})["CommandSet"][0]
    same((found()["CommandName"], base64.b64decode(found()["Content"])), ("version", b"ver\r\n"))
    sim.call("tat", "ModifyCommand", {"CommandId": held, "Content": encoded("hostname\r\n")})
    same(base64.b64decode(found()["Content"]), b"hostname\r\n")
    ran = sim.call("tat", "InvokeCommand", {"CommandId": held, "InstanceIds": ["ins-web00001"]})["InvocationId"]
    task = {"Filters": [{"Name": "invocation-id", "Values": [ran]}], "HideOutput": False}
    status = lambda: sim.call("tat", "DescribeInvocationTasks", task)["InvocationTaskSet"][0]["TaskStatus"]
    sim.until(status, "SUCCESS")


@case
def commands_refused(sim):
    """a command is refused for all instances when one of them cannot run it"""
    run = lambda *instances, **more: sim.refused(
        "tat", "RunCommand", {"Content": encoded("ver"), "InstanceIds": list(instances), "CommandType": "BAT", **more}
    )
    same(run("ins-web00001", "ins-sil00001"), "ResourceUnavailable.AgentStatusNotOnline")
    same(run("ins-fla00001"), "ResourceUnavailable.AgentNotInstalled")
    same(run("ins-00000000"), "ResourceNotFound.InstanceNotFound")
    same(run("ins-web00001", CommandType="SHELL"), "InvalidParameterValue.AgentUnsupportedCommandType")
    same(run("ins-web00001", Timeout=0), "InvalidParameterValue.Range")
    same(run("ins-web00001", Content="%%%"), "InvalidParameterValue.CommandContentInvalid")
    stopped = {"Filters": [{"Name": "instance-state", "Values": ["STOPPED"]}], "Limit": 1}
    off = sim.call("cvm", "DescribeInstances", stopped)["InstanceSet"][0]["InstanceId"]
    same(run(off), "ResourceUnavailable.InstanceStateNotRunning")
    same(sim.refused("tat", "CancelInvocation", {"InvocationId": "inv-00000000"}), "ResourceNotFound.InvocationNotFound")


# -- the rest -----------------------------------------------------------------------------------------------------


@case
def command_line(sim):
    """tccli works with its scheme in the endpoint, which it also signs as the host"""
    keys = sim.said["credentials"]["main"]
    environment = {
        **os.environ,
        "TENCENTCLOUD_SECRET_ID": keys["secret-id"],
        "TENCENTCLOUD_SECRET_KEY": keys["secret-key"],
        "TENCENTCLOUD_REGION": REGION,
    }
    tccli = pathlib.Path(sys.executable).with_name("tccli")

    def run(*words):
        command = [str(tccli), *words, "--endpoint", sim.base, "--region", REGION]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    same(run("cvm", "DescribeInstances", "--InstanceIds", '["ins-web00001"]')["TotalCount"], 1)
    same(run("vpc", "DescribeNetworkAccountType")["NetworkAccountType"], "STANDARD")
    same(len(run("tat", "DescribeAutomationAgentStatus", "--Limit", "5")["AutomationAgentSet"]), 5)
    same(run("sts", "GetCallerIdentity")["Type"], "RootAccount")


@case
def rates(sim):
    """the sixth quick call in a second of an action with five is not executed"""
    ask = lambda _: sim.refused("vpc", "ReturnNormalAddresses", {"AddressIps": ["192.0.2.1"]})
    with concurrent.futures.ThreadPoolExecutor(16) as crowd:  # side by side: quick even where the machine is not
        codes = list(crowd.map(ask, range(48)))
    assert "RequestLimitExceeded" in codes, codes
    assert codes.count("InvalidParameterValue.AddressIpNotFound") >= 2, codes


@case
def counters(sim):
    """every call is counted by service and action"""
    before = sim.counters()["actions"]["sts"]["GetCallerIdentity"]
    sim.call("sts", "GetCallerIdentity")
    same(sim.counters()["actions"]["sts"]["GetCallerIdentity"], before + 1)
    total = sum(sum(actions.values()) for actions in sim.counters()["actions"].values())
    same(sim.counters()["total"], total)


@case
def all_actions(sim):
    """this witness leaves out no action that the simulator serves"""
    served = {(service, action) for service, actions in sim.hatch("actions", {}).items() for action in actions}
    same(sorted(served - CALLED), [])


def main():
    words = " ".join(sys.argv[1:])
    passed, failed = 0, 0
    sim = Sim(HERE / "world.toml")
    try:
        for function in CASES:
            if words not in function.__doc__:
                continue
            try:
                function(sim)
                passed += 1
            except Exception as error:
                failed += 1
                print(f"FAILED {function.__name__}: {function.__doc__}", flush=True)
                if not isinstance(error, AssertionError):
                    traceback.print_exc()
                else:
                    line = traceback.extract_tb(error.__traceback__)[-2 if "same" in traceback.format_tb(error.__traceback__)[-1] else -1]
                    print(f"    line {line.lineno}: {line.line}\n    {error}", flush=True)
    finally:
        code = sim.close()
    if code != 0:
        failed += 1
        print(f"FAILED the simulator ended with {code}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
