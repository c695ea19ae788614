//! gRPC to one life of a driver's process: each call has a deadline, and a process that ignores it is condemned.

use std::future::Future;
use std::time::Duration;

use madoguchi_core::Reason;
use madoguchi_proto::driverhost::v1::driver_host_service_client::DriverHostServiceClient;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Response, Status};
use tonic_types::StatusExt as _;

use crate::wire;

pub(crate) type Client = DriverHostServiceClient<Channel>;

/// A connection to one life of a driver's process.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    client: Client,
    /// Raised by whoever found that the process must go; the supervisor kills it.
    condemned: CancellationToken,
    grace: Duration,
}

/// Why a call came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The child says so.
    Refused(Reason),
    /// The process or the line ended in the middle.
    Lost,
    /// No answer in time: the process was condemned.
    Overdue,
}

impl Failure {
    pub(crate) const fn reason(self) -> Reason {
        match self {
            Self::Refused(reason) => reason,
            Self::Lost => Reason::DriverFailed,
            Self::Overdue => Reason::DriverTimeout,
        }
    }

    /// What became of a call that carried the PIN: without an answer of the child nobody knows.
    pub(crate) const fn pin_reason(self) -> Reason {
        match self {
            Self::Refused(reason) => reason,
            Self::Lost | Self::Overdue => Reason::PinOutcomeUnknown,
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        // What comes from the child has an ErrorInfo; what tonic says of a broken line has none.
        let Some(info) = status.get_details_error_info() else {
            return Self::Lost;
        };
        match info.reason.parse() {
            Ok(reason) if info.domain == wire::DOMAIN => Self::Refused(reason),
            _ => Self::Refused(Reason::DriverProtocolError),
        }
    }
}

impl Connection {
    pub(crate) fn new(client: Client, grace: Duration) -> Self {
        Self {
            client,
            condemned: CancellationToken::new(),
            grace,
        }
    }

    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(crate) const fn condemned(&self) -> &CancellationToken {
        &self.condemned
    }

    /// Waits for a call that was given `timeout` on the other side. Who ignores it and the grace behind it is
    /// condemned. Dropping the future cancels the call on the other side.
    pub(crate) async fn call<T>(
        &self,
        timeout: Duration,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout(timeout + self.grace, call).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(status.into()),
            Err(_) => {
                self.condemned.cancel();
                Err(Failure::Overdue)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn reasons_cross_and_nonsense_is_called_so() {
        let sent = wire::status(Reason::CardRemoved, HashMap::new());
        assert_eq!(Failure::from(sent), Failure::Refused(Reason::CardRemoved));
        assert_eq!(Failure::from(Status::unavailable("broken pipe")), Failure::Lost);
        let details = tonic_types::ErrorDetails::with_error_info("CARD_REMOVED", "elsewhere", HashMap::new());
        let foreign = Status::with_error_details(tonic::Code::Aborted, "", details);
        assert_eq!(Failure::from(foreign).reason(), Reason::DriverProtocolError);
        let details = tonic_types::ErrorDetails::with_error_info("NO_SUCH", wire::DOMAIN, HashMap::new());
        let unknown = Status::with_error_details(tonic::Code::Aborted, "", details);
        assert_eq!(Failure::from(unknown).reason(), Reason::DriverProtocolError);
    }

    #[test]
    fn without_an_answer_the_outcome_of_a_pin_is_unknown() {
        assert_eq!(Failure::Lost.pin_reason(), Reason::PinOutcomeUnknown);
        assert_eq!(Failure::Overdue.pin_reason(), Reason::PinOutcomeUnknown);
        assert_eq!(
            Failure::Refused(Reason::CardRemoved).pin_reason(),
            Reason::CardRemoved
        );
    }
}
