//! The content of a snapshot by a signed link: a page blob that is read by ranges, until its time is over or it is taken
//! back.

use std::sync::Arc;

use serde_json::json;

use super::{
    call::{Call, Follow, Served},
    memory::{Arm, Link},
    refusal::Refusal,
    request::{Reply, Request},
    work::Operation,
};
use crate::{
    counters::Counters,
    estate::Estate,
    estate::Mishap,
    world::{DiskNetwork, Text, VmIndex},
};

/// Under which reading a blob is counted and struck by faults.
const READ: &str = "Microsoft.Storage/blob/read";
/// The most that one request may ask for.
const MOST: usize = 64 << 20;

impl Call<'_> {
    /// Gives a link to a snapshot's content.
    pub(super) fn begin_access(&mut self, id: &Text) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        let seconds = asked["durationInSeconds"].as_i64().filter(|seconds| *seconds > 0);
        let (Some("Read"), Some(seconds)) = (asked["access"].as_str(), seconds) else {
            return Err(Refusal::new(
                400,
                "InvalidParameter",
                "access has to be Read here, and durationInSeconds a number.",
            ));
        };
        let Some(known) = self.estate.snapshots.get(id).cloned() else {
            return Err(Refusal::missing(id));
        };
        if known.ready > self.estate.now {
            return Err(Refusal::new(409, "OperationNotAllowed", "The snapshot is not complete."));
        }
        if self.is_lent(id) {
            return Err(Refusal::new(
                409,
                "OperationNotAllowed",
                "There is an active shared access signature outstanding for the snapshot.",
            ));
        }
        if known.network == Some(DiskNetwork::DenyAll) {
            return Err(Refusal::new(
                409,
                "OperationNotAllowed",
                "The snapshot cannot be exported: its networkAccessPolicy is DenyAll.",
            ));
        }
        let content = Arc::new(with_footer(self.estate.content_of(&known)));
        let signature = uuid::Uuid::new_v4().simple().to_string();
        let until = self.estate.now + jiff::SignedDuration::from_secs(seconds);
        if let Some(known) = self.estate.snapshot_mut(id) {
            known.lent = Some(until);
        }
        let reads = self.estate.world.faults.link_reads;
        let is_served = known.network.is_none();
        let link = Link { snapshot: id.clone(), until, reads, is_served, content };
        self.arm.links.insert(signature.clone(), link);
        let name = known.name;
        let url = format!(
            "{}/md-simulated/{name}/abcd?sv=2018-03-28&sr=b&si=lend&sig={signature}",
            self.base
        );
        let operation = Operation::Answered(json!({ "accessSAS": url }));
        let accepted = Served::empty(202);
        Ok(self.following(accepted, operation, "Microsoft.Compute", &known.region, Follow::Both))
    }

    /// Whether somebody holds a link to a snapshot whose time is not over.
    pub(super) fn is_lent(&self, id: &Text) -> bool {
        let lent = self.estate.snapshots.get(id).and_then(|known| known.lent);
        lent.is_some_and(|until| until > self.estate.now)
    }

    /// Takes all links to a snapshot back.
    pub(super) fn end_access(&mut self, id: &Text) -> Served {
        self.arm.links.retain(|_, link| link.snapshot != *id);
        if let Some(known) = self.estate.snapshot_mut(id) {
            known.lent = None;
        }
        let operation = Operation::Until(self.estate.now);
        let accepted = Served::empty(202);
        self.following(accepted, operation, "Microsoft.Compute", "koreacentral", Follow::Both)
    }
}

/// Where pictures of screens lie.
const SCREENS: &str = "/md-simulated/screens/";

/// A picture of one dark point.
const PICTURE: [u8; 58] = {
    let mut picture = [0; 58];
    (picture[0], picture[1], picture[2], picture[10]) = (b'B', b'M', 58, 54);
    (picture[14], picture[18], picture[22], picture[26], picture[28]) = (40, 1, 1, 1, 24);
    picture
};

impl Call<'_> {
    /// Where the last picture of a VM's screen lies, and what went over its serial port.
    pub(super) fn boot_diagnostics(&self, vm: VmIndex) -> Served {
        let name = self.estate.vm_name(vm);
        let link = |what: &str| format!("{}{SCREENS}{name}.{what}?sp=r&sig=simulated", self.base);
        Served::ok(json!({
            "consoleScreenshotBlobUri": link("screenshot.bmp"),
            "serialConsoleLogBlobUri": link("serialconsole.log"),
        }))
    }
}

/// Answers a request for a blob; nothing where it is for something else.
pub(super) fn answer(
    arm: &mut Arm,
    estate: &mut Estate,
    counters: &mut Counters,
    request: &Request<'_>,
) -> Option<Reply> {
    if !request.path.starts_with("/md-simulated/") {
        return None;
    }
    if request.path.starts_with(SCREENS) {
        let mut reply = Reply::json(200, &json!(null));
        reply.body = PICTURE.to_vec();
        return Some(reply);
    }
    counters.requested(request.method, READ, request.header("host").unwrap_or_default());
    let refused = |status, code: &str| {
        let mut reply = Reply::json(status, &json!(null));
        reply.body = format!("<Error><Code>{code}</Code></Error>").into_bytes();
        reply
    };
    let signature = request.query.split('&').find_map(|pair| pair.strip_prefix("sig="));
    let link = signature.and_then(|signature| arm.links.get_mut(signature));
    // Whoever sends a token along has shown it to another service.
    if request.header("authorization").is_some() {
        return Some(refused(400, "InvalidAuthenticationInfo"));
    }
    let mut reply = Reply::json(206, &json!(null));
    reply.held = estate.world.faults.latency.of(READ);
    match estate.mishap(READ) {
        None => {}
        Some(Mishap::Error { code, .. }) => return Some(refused(503, &code)),
        Some(Mishap::Reset { .. }) => {
            reply.reset = true;
            return Some(reply);
        }
        Some(Mishap::PowerCut { .. }) => {
            reply.cut = true;
            return Some(reply);
        }
    }
    let honoured = |link: &&mut Link| link.until > estate.now && link.reads != Some(0);
    let Some(link) = link.filter(honoured) else {
        return Some(refused(403, "AuthenticationFailed"));
    };
    // Who comes over a public network is nobody's private endpoint.
    if !link.is_served {
        return Some(refused(403, "AuthorizationFailure"));
    }
    link.reads = link.reads.map(|left| left - 1);
    let range = request.header("range").and_then(|range| {
        let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
        let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
        (from <= to && from < link.content.len() && to - from < MOST).then_some((from, to))
    });
    let Some((from, to)) = range else { return Some(refused(416, "InvalidRange")) };
    let to = to.min(link.content.len() - 1);
    reply.body = link.content[from..=to].to_vec();
    let length = link.content.len();
    counters.served(request.method, READ);
    reply.headers.push(("content-range", format!("bytes {from}-{to}/{length}")));
    reply.headers.push(("x-ms-blob-type", "PageBlob".to_owned()));
    Some(reply)
}

/// The disk as a fixed VHD: a sector of description behind it.
fn with_footer(mut disk: Vec<u8>) -> Vec<u8> {
    let size = u64::try_from(disk.len()).unwrap_or(0).to_be_bytes();
    let mut footer = [0_u8; 512];
    footer[..8].copy_from_slice(b"conectix");
    footer[11] = 2;
    footer[12] = 0;
    footer[13] = 1;
    footer[16..24].fill(0xff);
    footer[40..48].copy_from_slice(&size);
    footer[48..56].copy_from_slice(&size);
    footer[63] = 2;
    let sum = footer.iter().fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
    footer[64..68].copy_from_slice(&(!sum).to_be_bytes());
    disk.extend(footer);
    disk
}
