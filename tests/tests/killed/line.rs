//! A client's connection, which goes with the gateway.

use std::time::Duration;

use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::{CheckIn, GetCheckInRequest};
use madoguchi_proto::consent::v1::consent_service_client::ConsentServiceClient;
use madoguchi_proto::consent::v1::{ConsentReceipt, ListConsentReceiptsRequest};
use madoguchi_proto::eligibility::v1::deferral_service_client::DeferralServiceClient;
use madoguchi_proto::eligibility::v1::{DeferralReport, GetDeferralReportRequest};
use madoguchi_proto::evidence::v1::GetEvidenceRequest;
use madoguchi_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use madoguchi_proto::reader::v1::WatchReadersRequest;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::usage::v1::GetUsageReportRequest;
use madoguchi_proto::usage::v1::usage_service_client::UsageServiceClient;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt as _;

/// A call that is not answered within that time never will be.
const ANSWER: Duration = Duration::from_secs(30);
/// Between two attempts.
pub(crate) const PAUSE: Duration = Duration::from_millis(10);

/// A connection. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Line {
    channel: Channel,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The connection is gone: whether it was done nobody knows.
    Gone,
    /// The gateway says no.
    Refused(String),
}

impl From<Status> for Trouble {
    fn from(status: Status) -> Self {
        match status.get_details_error_info() {
            Some(info) => Self::Refused(info.reason),
            None => Self::Gone,
        }
    }
}

impl Line {
    /// Opens it; none where nobody listens.
    pub(crate) async fn open(endpoint: &str) -> Option<Self> {
        let endpoint = Endpoint::from_shared(endpoint.to_owned())
            .unwrap()
            .timeout(ANSWER);
        let channel = endpoint.connect().await.ok()?;
        Some(Self { channel })
    }

    /// Opens it as soon as somebody listens.
    pub(crate) async fn wait(endpoint: &str) -> Self {
        loop {
            if let Some(line) = Self::open(endpoint).await {
                return line;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub(crate) fn check_ins(&self) -> CheckInServiceClient<Channel> {
        CheckInServiceClient::new(self.channel.clone())
    }

    /// What became of the checks that were put off.
    pub(crate) async fn deferral_report(&self) -> Result<DeferralReport, Trouble> {
        let at = |day: i64| {
            let now = time::OffsetDateTime::now_utc().unix_timestamp();
            Some(prost_types::Timestamp {
                seconds: now + day * 86_400,
                nanos: 0,
            })
        };
        let request = GetDeferralReportRequest {
            from_time: at(-1),
            to_time: at(1),
        };
        let mut deferrals = DeferralServiceClient::new(self.channel.clone());
        let answer = deferrals.get_deferral_report(request).await?.into_inner();
        Ok(answer.report.unwrap())
    }

    /// How many checks the usage report has.
    pub(crate) async fn check_count(&self) -> Result<u64, Trouble> {
        let day = |ahead: i64| {
            let now = time::OffsetDateTime::now_utc() + time::Duration::hours(9);
            (now + time::Duration::days(ahead)).date().to_string()
        };
        let request = GetUsageReportRequest {
            from_day: day(-1),
            to_day: day(0),
            group_by: Vec::new(),
        };
        let mut usage = UsageServiceClient::new(self.channel.clone());
        let answer = usage.get_usage_report(request).await?.into_inner();
        Ok(answer.total.unwrap().check_count)
    }

    pub(crate) async fn check_in(&self, check_in_id: &str) -> Result<CheckIn, Trouble> {
        let request = GetCheckInRequest {
            check_in_id: check_in_id.to_owned(),
        };
        let got = self.check_ins().get_check_in(request).await?;
        Ok(got.into_inner().check_in.unwrap())
    }

    pub(crate) async fn receipts(&self, check_in_id: &str) -> Result<Vec<ConsentReceipt>, Trouble> {
        let request = ListConsentReceiptsRequest {
            check_in_id: check_in_id.to_owned(),
        };
        let mut consents = ConsentServiceClient::new(self.channel.clone());
        Ok(consents
            .list_consent_receipts(request)
            .await?
            .into_inner()
            .receipts)
    }

    /// The evidence of a visit; none where it has none.
    pub(crate) async fn evidence(&self, check_in_id: &str) -> Result<Option<String>, Trouble> {
        let request = GetEvidenceRequest {
            check_in_id: check_in_id.to_owned(),
        };
        let mut evidences = EvidenceServiceClient::new(self.channel.clone());
        match evidences.get_evidence(request).await.map_err(Trouble::from) {
            Ok(got) => Ok(Some(got.into_inner().evidence.unwrap().token)),
            Err(Trouble::Refused(reason)) if reason == "EVIDENCE_NOT_FOUND" => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Waits until that reader can be used and is empty.
    pub(crate) async fn empty(&self, reader_id: &str) -> Result<(), Trouble> {
        let mut readers = ReaderServiceClient::new(self.channel.clone());
        let mut changes = readers.watch_readers(WatchReadersRequest {}).await?.into_inner();
        while let Some(change) = changes.message().await? {
            let is_met = change.readers.iter().any(|reader| {
                reader.reader_id == reader_id && reader.reason.is_empty() && !reader.card_present
            });
            if is_met {
                return Ok(());
            }
        }
        Err(Trouble::Gone)
    }
}
