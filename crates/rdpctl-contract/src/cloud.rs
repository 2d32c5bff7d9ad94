//! A cloud account: few methods, batch first.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_model::action::CloudVerb;
use rdpctl_model::cloud::{CloudSurvey, Handles};
use rdpctl_model::declaration::Selector;
use rdpctl_model::outcome::{Created, CreatedKind, Receipt};
use rdpctl_model::plan::Price;
use rdpctl_model::tariff::CloudTariff;
use rdpctl_model::{CloudAction, Gap, ProviderName, ResourceId, Said};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cause::Cause;
use crate::changes::{Changed, ChangesAsk};
use crate::disk_work::{DiskWork, WorkPriced};

/// Reads a cloud account. Holds no capability to change anything.
#[async_trait]
pub trait CloudReader: Send + Sync {
    /// Which declared provider this is.
    fn provider(&self) -> &ProviderName;

    /// Surveys instances in bulk. Pages are sent as they arrive, so that a hundred thousand need no memory at once.
    ///
    /// Every id asked for comes back exactly once, as facts or as a gap; a selector yields what matches.
    async fn survey(
        &self,
        ask: CloudAsk,
        pages: mpsc::Sender<CloudPage>,
        stop: &CancellationToken,
    ) -> Result<(), CloudError>;

    /// Checks the credentials and names the identity behind them.
    async fn identity(&self, stop: &CancellationToken) -> Result<String, CloudError>;

    /// The number or id of the account behind the credentials, by the vendor's own word: what a declaration cannot
    /// give itself another name for.
    async fn account(&self, stop: &CancellationToken) -> Result<String, CloudError>;

    /// What asking and changing costs here.
    fn tariff(&self) -> CloudTariff;

    /// The vendor's names of the permissions that reading needs.
    fn read_permissions(&self, needs: &CloudNeeds) -> Vec<String>;

    /// What was changed, by the vendor's own log, which may know of it minutes later. It is bounded: of very many
    /// changes not all are told.
    async fn changes(
        &self,
        ask: &ChangesAsk,
        stop: &CancellationToken,
    ) -> Result<Vec<Changed>, CloudError>;

    /// The vendor's names of the permissions that reading its log needs.
    fn log_permissions(&self) -> Vec<String>;
}

/// Changes a cloud account.
#[async_trait]
pub trait CloudChanger: CloudReader {
    /// Does each order and reads it back; an order is done when the read-back says so. Each is told of as soon as that
    /// is known, by its place among the orders, and once.
    ///
    /// Orders that a vendor can take together are sent together.
    async fn perform_each(&self, orders: Vec<CloudOrder>, told: Told, stop: &CancellationToken);

    /// The same, for whoever waits for all of them. Answers stand in the order of the orders.
    async fn perform(
        &self,
        orders: Vec<CloudOrder>,
        stop: &CancellationToken,
    ) -> Vec<Result<Receipt, CloudError>> {
        let mut answers = vec![Err(CloudError::Stopped); orders.len()];
        let (told, mut inbox) = mpsc::unbounded_channel();
        self.perform_each(orders, told, stop).await;
        while let Ok((place, answer)) = inbox.try_recv() {
            if let Some(slot) = answers.get_mut(place) {
                *slot = answer;
            }
        }
        answers
    }

    /// The API calls that an order means, for `--show-commands`; none where the cloud has no way to do it.
    fn describe(&self, order: &CloudOrder) -> Vec<String>;

    /// The vendor's names of the permissions that an action needs.
    fn change_permissions(&self, verb: CloudVerb) -> Vec<String>;

    /// What an order will make that costs money or opens a way in as long as it is there, under the name by which it is
    /// found again: it is on record before the order is sent, so that a kill leaves nothing unlisted.
    fn announced(&self, order: &CloudOrder) -> Option<Created>;

    /// Whether something that was made for one call is known to be waited for by nobody any more.
    fn is_left(&self, _: &Created) -> bool {
        false
    }

    /// Gives something back that rdpctl made, where it carries rdpctl's tag. What is gone already is given back.
    async fn give_back(
        &self,
        made: &Created,
        stop: &CancellationToken,
    ) -> Result<Receipt, CloudError>;

    /// The price of an action where the vendor quotes one.
    async fn price(
        &self,
        order: &CloudOrder,
        stop: &CancellationToken,
    ) -> Result<Option<Price>, CloudError>;

    /// The price of all that a work on the disk of a machine makes, where the vendor quotes one for each part of it.
    async fn price_of_work(
        &self,
        _: &DiskWork,
        _: &CancellationToken,
    ) -> Result<WorkPriced, CloudError> {
        Ok(WorkPriced::default())
    }
}

/// Where it is told what came of an order, by its place among the orders. No more is sent than there are orders.
pub type Told = mpsc::UnboundedSender<(usize, Result<Receipt, CloudError>)>;

/// What is asked of a cloud account.
#[derive(Clone, Debug)]
pub struct CloudAsk {
    /// Of which instances.
    pub which: Which,
    /// What about them.
    pub needs: CloudNeeds,
    /// Since when a rule set that was read back after an edit will do as well; without it everything is read anew.
    pub since: Option<Instant>,
}

impl CloudAsk {
    /// Asks for everything anew.
    #[must_use]
    pub const fn anew(which: Which, needs: CloudNeeds) -> Self {
        Self { which, needs, since: None }
    }
}

/// Which instances are meant.
#[derive(Clone, Debug)]
pub enum Which {
    /// These.
    Ids(Vec<ResourceId>),
    /// Those that the selector picks.
    Select(Selector),
}

/// Which facts are needed; what nobody needs is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudNeeds {
    /// Public addresses and bandwidth.
    pub addresses: bool,
    /// Effective inbound rules.
    pub doors: bool,
    /// The state of the vendor's agent in the guest.
    pub agent: bool,
}

/// Some instances of a survey.
pub type CloudPage = Vec<(ResourceId, Result<Arc<CloudSurvey>, Gap>)>;

/// One action on one instance, or on the object that the action names.
#[derive(Clone, Debug)]
pub struct CloudOrder {
    /// The instance; for a shared object, any member.
    pub instance: ResourceId,
    /// What is done.
    pub action: CloudAction,
    /// Ids that the action needs.
    pub handles: Handles,
    /// Names this order uniquely and stays the same when it is repeated after a kill: at most 64 ASCII characters.
    pub token: String,
    /// Objects that earlier steps of the same run made for this instance.
    pub created: Vec<Created>,
}

impl CloudOrder {
    /// The newest object of a kind that an earlier step of the same run made for this instance.
    #[must_use]
    pub fn made(&self, kind: CreatedKind) -> Option<&ResourceId> {
        self.created.iter().rev().find(|made| made.kind == kind).map(|made| &made.id)
    }
}

/// Why a cloud did not do as asked. Whoever shows it to people words what it [says](Self::said); for logs its keys do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CloudError {
    /// The endpoint did not answer.
    #[error("cannot reach {}", .endpoint.quote().unwrap_or(.endpoint.key().as_str()))]
    Unreachable {
        /// The endpoint.
        endpoint: Said,
        /// What came back.
        source: Cause,
    },
    /// No credentials, or none that work.
    #[error("there are no credentials that work")]
    Credentials {
        /// What was tried.
        source: Cause,
        /// What the user can do.
        advice: Said,
    },
    /// The vendor refused the call.
    #[error("{action}: {code}: {message}")]
    Refused {
        /// The API action.
        action: String,
        /// The vendor's code.
        code: String,
        /// The vendor's words; untrusted text.
        message: String,
        /// What the user can do.
        advice: Said,
        /// The vendor's request id.
        request_id: String,
        /// Whether trying again is sensible.
        retry: Retry,
    },
    /// The world is no longer as the plan saw it.
    #[error("the plan is stale: {}", .moved.key().as_str())]
    Stale {
        /// What moved.
        moved: Said,
    },
    /// It was done, and the read-back did not agree in time.
    #[error("an end state was not reached in {waited:?}: {}", .what.key().as_str())]
    NotSettled {
        /// What was waited for.
        what: Said,
        /// How long.
        waited: Duration,
        /// What was last seen.
        last: Said,
    },
    /// The answer made no sense.
    #[error("{action}: answer not understood")]
    Garbled {
        /// The API action.
        action: String,
        /// What made no sense.
        source: Cause,
    },
    /// The vendor has no way to do it.
    #[error("not possible here: {}: {}", .what.key().as_str(), .why.key().as_str())]
    Unsupported {
        /// What.
        what: Said,
        /// Why.
        why: Said,
    },
    /// Nobody granted what the declaration asks for, so that nobody was asked.
    #[error("not granted")]
    NotGranted {
        /// What it asks for, in a sentence.
        what: Said,
        /// The lines of a grants file that would grant it; empty where nothing can.
        grant: String,
    },
    /// The run was stopped.
    #[error("stopped")]
    Stopped,
}

/// Whether trying again is sensible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Never.
    Never,
    /// After a while.
    After(Duration),
    /// Once something has been changed by a person.
    OnChange,
    /// After looking again, since the effect is unknown.
    AfterReadBack,
}

impl CloudError {
    /// Whether trying again is sensible.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Unreachable { .. } => Retry::After(Duration::from_secs(5)),
            Self::Credentials { .. } | Self::NotGranted { .. } => Retry::OnChange,
            Self::Refused { retry, .. } => *retry,
            Self::NotSettled { .. } | Self::Garbled { .. } => Retry::AfterReadBack,
            Self::Stale { .. } | Self::Unsupported { .. } | Self::Stopped => Retry::Never,
        }
    }

    /// It with all that it rests on, in a sentence.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Unreachable { endpoint, source } => say::cannot_reach(endpoint, source),
            Self::Credentials { source, .. } => say::no_credentials(source),
            Self::Refused { action, code, message, .. } => say::refused(action, code, message),
            Self::Stale { moved } => say::stale(moved),
            Self::NotSettled { what, waited, last } => {
                say::not_settled(what, format!("{waited:?}"), last)
            }
            Self::Garbled { action, source } => say::garbled(action, source),
            Self::Unsupported { what, why } => say::unsupported(what, why),
            Self::NotGranted { what, .. } => say::not_granted(what),
            Self::Stopped => say::stopped(),
        }
    }

    /// What the user can do; nothing where the message says it.
    #[must_use]
    pub fn advice(&self) -> Said {
        match self {
            Self::Credentials { advice, .. } | Self::Refused { advice, .. } => advice.clone(),
            Self::Unreachable { .. } => say::check_the_endpoint(),
            Self::Stale { .. } => say::plan_again(),
            Self::NotGranted { .. } => say::trust_grants(),
            Self::NotSettled { .. } => say::may_arrive(),
            Self::Garbled { .. } | Self::Unsupported { .. } | Self::Stopped => Said::default(),
        }
    }

    /// The same as a gap in a survey.
    #[must_use]
    pub fn as_gap(&self) -> Gap {
        match self {
            Self::Unreachable { .. } => Gap::Unreachable { reason: self.said() },
            Self::Credentials { source, .. } => Gap::Denied { reason: say::credentials(source) },
            Self::Refused { code, advice, .. } => {
                Gap::ApiError { code: code.clone(), advice: advice.clone() }
            }
            Self::NotSettled { what, .. } => Gap::TimedOut { what: what.clone() },
            Self::NotGranted { what, grant } => {
                Gap::NotGranted { what: what.clone(), grant: grant.clone() }
            }
            Self::Garbled { .. }
            | Self::Stale { .. }
            | Self::Unsupported { .. }
            | Self::Stopped => Gap::garbled(self.said()),
        }
    }
}

rdpctl_model::says! { "cloud-error":
    cannot_reach(endpoint, cause);
    no_credentials(cause);
    refused(action, code, message);
    stale(moved);
    not_settled(what, waited, last);
    garbled(action, cause);
    unsupported(what, why);
    not_granted(what);
    stopped();
    credentials(cause);
    check_the_endpoint();
    plan_again();
    trust_grants();
    may_arrive();
}
