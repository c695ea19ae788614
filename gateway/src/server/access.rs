//! Who may call what: the table, and the layer that asks it. What is not in the table nobody may call.

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use futures_util::future::Either;
use http::{Request, Response};
use madoguchi_core::Reason;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use super::Peer;
use crate::config::Role::{Admin, Emr, Gateway, Kiosk, Maker, Remote, Staff};
use crate::config::RoleSet;
use crate::rpc::status;

const READERS: RoleSet = RoleSet::of(&[Emr, Staff, Kiosk, Admin]);
const READERS_CHANGE: RoleSet = RoleSet::of(&[Staff, Admin]);
const CHECK_INS: RoleSet = RoleSet::of(&[Emr, Staff, Kiosk]);
const AUTHENTICATIONS: RoleSet = RoleSet::of(&[Emr, Staff, Kiosk, Remote]);
/// 目視 is a matter of staff with their own rights.
const VISUAL: RoleSet = RoleSet::of(&[Staff]);
const CERTIFICATES: RoleSet = RoleSet::of(&[Emr, Staff, Remote, Admin]);
const ANCHORS: RoleSet = RoleSet::of(&[Staff, Admin]);
const EXPIRING: RoleSet = RoleSet::of(&[Emr, Staff, Admin]);
const CONSENTS: RoleSet = RoleSet::of(&[Emr, Staff, Kiosk, Remote]);
/// Whose consent it was, and to take it back: nothing for a kiosk, where patients stand.
const CONSENTS_KEEP: RoleSet = RoleSet::of(&[Emr, Staff]);
const EVIDENCE: RoleSet = RoleSet::of(&[Emr, Staff, Remote]);
/// What signatures are checked with says nothing of anybody.
const KEY_SET: RoleSet = RoleSet::of(&[Emr, Staff, Kiosk, Admin, Maker, Remote, Gateway]);
const KEYS_CHANGE: RoleSet = RoleSet::of(&[Admin]);
const ELIGIBILITY: RoleSet = RoleSet::of(&[Emr, Staff, Gateway]);
/// Only a gateway has what a chip signed while nobody was there.
const ELIGIBILITY_LATER: RoleSet = RoleSet::of(&[Gateway]);
const DEFERRALS: RoleSet = RoleSet::of(&[Emr, Staff]);
const DEFERRALS_REPORT: RoleSet = RoleSet::of(&[Emr, Staff, Admin]);
/// Whoever stands at the counter may ask what to do; what was done is a matter of those who answer for it.
const NEXT_STEPS: RoleSet = RoleSet::of(&[Emr, Staff, Kiosk]);
const CASES: RoleSet = RoleSet::of(&[Emr, Staff]);
/// A gateway speaks for its own cards.
const GATEWAYS: RoleSet = RoleSet::of(&[Gateway]);
const RESULTS: RoleSet = RoleSet::of(&[Emr, Staff]);
const ELIGIBILITY_STATUS: RoleSet = RoleSet::of(&[Emr, Staff, Admin]);
const DRIVERS_SEE: RoleSet = RoleSet::of(&[Admin, Staff]);
const DRIVERS_CHANGE: RoleSet = RoleSet::of(&[Admin]);
const AUDIT: RoleSet = RoleSet::of(&[Admin]);
const USAGE_SEE: RoleSet = RoleSet::of(&[Emr, Staff, Admin]);
const USAGE_TELL: RoleSet = RoleSet::of(&[Emr, Staff]);

const GATEWAY_SEE: RoleSet = RoleSet::of(&[Admin, Staff]);

/// Every RPC and the roles that may call it.
pub const TABLE: &[(&str, RoleSet)] = &[
    ("/madoguchi.reader.v1.ReaderService/ListReaders", READERS),
    ("/madoguchi.reader.v1.ReaderService/GetReader", READERS),
    ("/madoguchi.reader.v1.ReaderService/WatchReaders", READERS),
    (
        "/madoguchi.reader.v1.ReaderService/TakeReaderOutOfService",
        READERS_CHANGE,
    ),
    (
        "/madoguchi.reader.v1.ReaderService/ReturnReaderToService",
        READERS_CHANGE,
    ),
    ("/madoguchi.checkin.v1.CheckInService/StartCheckIn", CHECK_INS),
    ("/madoguchi.checkin.v1.CheckInService/WatchCheckIn", CHECK_INS),
    ("/madoguchi.checkin.v1.CheckInService/GetCheckIn", CHECK_INS),
    ("/madoguchi.checkin.v1.CheckInService/CancelCheckIn", CHECK_INS),
    ("/madoguchi.checkin.v1.CheckInService/SubmitMedium", CHECK_INS),
    ("/madoguchi.checkin.v1.CheckInService/SubmitPin", CHECK_INS),
    ("/madoguchi.checkin.v1.CheckInService/SubmitMethod", CHECK_INS),
    ("/madoguchi.checkin.v1.CheckInService/SubmitVisualCheck", VISUAL),
    (
        "/madoguchi.checkin.v1.CheckInService/SubmitRegistration",
        CHECK_INS,
    ),
    ("/madoguchi.checkin.v1.CheckInService/SubmitConsents", CHECK_INS),
    (
        "/madoguchi.auth.v1.AuthService/StartAuthentication",
        AUTHENTICATIONS,
    ),
    (
        "/madoguchi.auth.v1.AuthService/WatchAuthentication",
        AUTHENTICATIONS,
    ),
    (
        "/madoguchi.auth.v1.AuthService/GetAuthentication",
        AUTHENTICATIONS,
    ),
    (
        "/madoguchi.auth.v1.AuthService/CancelAuthentication",
        AUTHENTICATIONS,
    ),
    ("/madoguchi.auth.v1.AuthService/SubmitMedium", AUTHENTICATIONS),
    ("/madoguchi.auth.v1.AuthService/SubmitPin", AUTHENTICATIONS),
    ("/madoguchi.auth.v1.AuthService/SubmitMethod", AUTHENTICATIONS),
    ("/madoguchi.auth.v1.AuthService/SubmitVisualCheck", VISUAL),
    (
        "/madoguchi.certificate.v1.CertificateService/ReadCertificate",
        CERTIFICATES,
    ),
    (
        "/madoguchi.certificate.v1.CertificateService/CheckCertificate",
        CERTIFICATES,
    ),
    (
        "/madoguchi.certificate.v1.CertificateService/ListTrustAnchors",
        ANCHORS,
    ),
    (
        "/madoguchi.certificate.v1.CertificateService/ListExpiring",
        EXPIRING,
    ),
    (
        "/madoguchi.consent.v1.ConsentService/GetConsentQuestion",
        CONSENTS,
    ),
    ("/madoguchi.consent.v1.ConsentService/GetConsentReceipt", CONSENTS),
    (
        "/madoguchi.consent.v1.ConsentService/ListConsentReceipts",
        CONSENTS,
    ),
    (
        "/madoguchi.consent.v1.ConsentService/FindConsentReceipts",
        CONSENTS_KEEP,
    ),
    (
        "/madoguchi.consent.v1.ConsentService/RecordConsent",
        CONSENTS_KEEP,
    ),
    (
        "/madoguchi.consent.v1.ConsentService/WithdrawConsent",
        CONSENTS_KEEP,
    ),
    (
        "/madoguchi.consent.v1.ConsentService/WatchConsentEvents",
        CONSENTS_KEEP,
    ),
    ("/madoguchi.evidence.v1.EvidenceService/GetEvidence", EVIDENCE),
    ("/madoguchi.evidence.v1.EvidenceService/GetKeySet", KEY_SET),
    ("/madoguchi.evidence.v1.EvidenceService/RotateKey", KEYS_CHANGE),
    (
        "/madoguchi.eligibility.v1.EligibilityService/CreateChallenge",
        ELIGIBILITY,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/CheckEligibility",
        ELIGIBILITY,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/CheckEligibilityByNumber",
        ELIGIBILITY,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/CreateBatchCheck",
        ELIGIBILITY,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/GetBatchCheck",
        ELIGIBILITY,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/ListUnmatchedResults",
        RESULTS,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/AssignResult",
        RESULTS,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/GetCardRegistration",
        GATEWAYS,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/RegisterCard",
        GATEWAYS,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/GetEligibilityStatus",
        ELIGIBILITY_STATUS,
    ),
    (
        "/madoguchi.eligibility.v1.EligibilityService/CheckDeferredEligibility",
        ELIGIBILITY_LATER,
    ),
    ("/madoguchi.eligibility.v1.DeferralService/GetDeferral", DEFERRALS),
    (
        "/madoguchi.eligibility.v1.DeferralService/ListDeferrals",
        DEFERRALS,
    ),
    (
        "/madoguchi.eligibility.v1.DeferralService/AbandonDeferral",
        DEFERRALS,
    ),
    (
        "/madoguchi.eligibility.v1.DeferralService/GetDeferralReport",
        DEFERRALS_REPORT,
    ),
    ("/madoguchi.fallback.v1.FallbackService/ListNextSteps", NEXT_STEPS),
    ("/madoguchi.fallback.v1.FallbackService/RecordCase", CASES),
    ("/madoguchi.fallback.v1.FallbackService/ReconcileCase", CASES),
    ("/madoguchi.fallback.v1.FallbackService/GetCase", CASES),
    ("/madoguchi.fallback.v1.FallbackService/ListCases", CASES),
    ("/madoguchi.admin.v1.DriverAdminService/ListDrivers", DRIVERS_SEE),
    ("/madoguchi.admin.v1.DriverAdminService/GetDriver", DRIVERS_SEE),
    (
        "/madoguchi.admin.v1.DriverAdminService/RestartDriver",
        DRIVERS_CHANGE,
    ),
    (
        "/madoguchi.admin.v1.DriverAdminService/UpgradeDriver",
        DRIVERS_CHANGE,
    ),
    ("/madoguchi.audit.v1.AuditService/ListAuditEvents", AUDIT),
    ("/madoguchi.audit.v1.AuditService/ExportAuditEvents", AUDIT),
    ("/madoguchi.audit.v1.AuditService/GetAuditStatus", AUDIT),
    ("/madoguchi.audit.v1.AuditService/ListCheckpoints", AUDIT),
    ("/madoguchi.audit.v1.AuditService/CreateCheckpoint", AUDIT),
    ("/madoguchi.usage.v1.UsageService/GetUsageReport", USAGE_SEE),
    ("/madoguchi.usage.v1.UsageService/RecordCheck", USAGE_TELL),
    ("/madoguchi.admin.v1.GatewayAdminService/ListUplinks", GATEWAY_SEE),
];

/// Services that everyone with an identity may call: they say nothing of patients.
const FOR_EVERYONE: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Whether a caller with these roles may call the RPC of that path.
#[must_use]
pub fn allows(path: &str, roles: RoleSet) -> bool {
    let listed = TABLE.iter().find(|(listed, _)| *listed == path);
    listed.is_some_and(|(_, allowed)| allowed.intersects(roles)) || is_for_everyone(path)
}

/// Whether the path is of a service that says nothing of patients.
pub(super) fn is_for_everyone(path: &str) -> bool {
    FOR_EVERYONE.iter().any(|service| path.starts_with(service))
}

/// The path as the table writes it, where it is a known one.
pub(super) fn known(path: &str) -> Option<&'static str> {
    let listed = TABLE
        .iter()
        .map(|(listed, _)| *listed)
        .find(|listed| *listed == path);
    listed.or_else(|| FOR_EVERYONE.into_iter().find(|service| path.starts_with(service)))
}

/// Lets through what the table allows.
#[derive(Debug, Clone, Copy)]
pub struct AccessLayer;

impl<S> Layer<S> for AccessLayer {
    type Service = Access<S>;

    fn layer(&self, inner: S) -> Access<S> {
        Access { inner }
    }
}

/// See [`AccessLayer`].
#[derive(Debug, Clone)]
pub struct Access<S> {
    inner: S,
}

/// Whether the call may go on.
fn judge<B>(request: &Request<B>) -> Result<(), Status> {
    let known = request
        .extensions()
        .get::<Peer>()
        .and_then(|peer| peer.identity.as_ref());
    let refuse = |reason| Err(status::of_reason(reason));
    match known {
        None => refuse(Reason::Unauthenticated),
        Some(identity) if allows(request.uri().path(), identity.roles) => Ok(()),
        Some(_) => refuse(Reason::PermissionDenied),
    }
}

impl<S, B> Service<Request<B>> for Access<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response<Body>, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match judge(&request) {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err(status) => Either::Right(ready(Ok(status.into_http()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Role;
    use prost::Message as _;
    use std::collections::BTreeSet;

    fn methods() -> BTreeSet<String> {
        let set = prost_types::FileDescriptorSet::decode(madoguchi_proto::DESCRIPTOR_SET).unwrap();
        let mut methods = BTreeSet::new();
        for file in &set.file {
            for service in &file.service {
                for method in &service.method {
                    methods.insert(format!(
                        "/{}.{}/{}",
                        file.package(),
                        service.name(),
                        method.name()
                    ));
                }
            }
        }
        methods
    }

    /// The same table once more, by hand and by service, as the protos' comments say it.
    fn expected(path: &str) -> &'static [Role] {
        let (service, method) = path[1..].split_once('/').unwrap();
        match (service, method) {
            (_, "TakeReaderOutOfService" | "ReturnReaderToService") => &[Staff, Admin],
            ("madoguchi.reader.v1.ReaderService", _) => &[Emr, Staff, Kiosk, Admin],
            (_, "SubmitVisualCheck") => &[Staff],
            ("madoguchi.checkin.v1.CheckInService", _) => &[Emr, Staff, Kiosk],
            (_, "FindConsentReceipts" | "RecordConsent" | "WithdrawConsent" | "WatchConsentEvents") => {
                &[Emr, Staff]
            }
            ("madoguchi.evidence.v1.EvidenceService", "GetEvidence") => &[Emr, Staff, Remote],
            ("madoguchi.evidence.v1.EvidenceService", "GetKeySet") => Role::ALL,
            ("madoguchi.evidence.v1.EvidenceService", "RotateKey") => &[Admin],
            ("madoguchi.auth.v1.AuthService" | "madoguchi.consent.v1.ConsentService", _) => {
                &[Emr, Staff, Kiosk, Remote]
            }
            (_, "ListTrustAnchors") => &[Staff, Admin],
            (_, "ListExpiring") => &[Emr, Staff, Admin],
            ("madoguchi.certificate.v1.CertificateService", _) => &[Emr, Staff, Remote, Admin],
            (_, "CheckDeferredEligibility") => &[Gateway],
            (_, "GetDeferralReport") => &[Emr, Staff, Admin],
            ("madoguchi.eligibility.v1.DeferralService", _) => &[Emr, Staff],
            ("madoguchi.eligibility.v1.EligibilityService", "ListUnmatchedResults" | "AssignResult") => {
                &[Emr, Staff]
            }
            ("madoguchi.eligibility.v1.EligibilityService", "GetCardRegistration" | "RegisterCard") => {
                &[Gateway]
            }
            ("madoguchi.eligibility.v1.EligibilityService", "GetEligibilityStatus") => &[Emr, Staff, Admin],
            ("madoguchi.eligibility.v1.EligibilityService", _) => &[Emr, Staff, Gateway],
            (_, "ListNextSteps") => &[Emr, Staff, Kiosk],
            ("madoguchi.fallback.v1.FallbackService", _) => &[Emr, Staff],
            ("madoguchi.admin.v1.DriverAdminService", "ListDrivers" | "GetDriver") => &[Admin, Staff],
            ("madoguchi.admin.v1.DriverAdminService", _) => &[Admin],
            ("madoguchi.audit.v1.AuditService", _) => &[Admin],
            ("madoguchi.usage.v1.UsageService", "GetUsageReport") => &[Emr, Staff, Admin],
            ("madoguchi.usage.v1.UsageService", _) => &[Emr, Staff],
            ("madoguchi.admin.v1.GatewayAdminService", "ListUplinks") => &[Admin, Staff],
            other => panic!("{other:?} is not decided"),
        }
    }

    #[test]
    fn the_table_is_the_interface_no_more_and_no_less() {
        let listed: BTreeSet<_> = TABLE.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(listed.len(), TABLE.len(), "a path is listed twice");
        assert_eq!(listed, methods());
    }

    #[test]
    fn every_cell() {
        let mut cells = 0;
        for path in methods() {
            for role in Role::ALL {
                let allowed = allows(&path, RoleSet::of(&[*role]));
                assert_eq!(allowed, expected(&path).contains(role), "{path} for {role:?}");
                cells += 1;
            }
            assert!(!allows(&path, RoleSet::NONE), "{path}");
        }
        assert_eq!(cells, TABLE.len() * 7);
    }

    /// What the far side of an uplink is told that it may call, by name.
    #[test]
    fn the_page_about_uplinks_lists_what_remote_may_call() {
        let page = include_str!("../../UPLINK.md");
        let listed = page.lines().scan(false, |is_in, line| {
            let line = line.trim_start();
            *is_in = line.starts_with("- ") && line.contains("Service: ") || (*is_in && !line.is_empty());
            Some(if *is_in { line } else { "" })
        });
        let words = listed.collect::<Vec<_>>().join(" ");
        let mut service = "";
        let mut told = BTreeSet::new();
        for word in words.split_whitespace() {
            if let Some(name) = word.strip_suffix("Service:") {
                service = name;
            } else if word != "-" {
                told.insert(format!(
                    "{service}Service/{}",
                    word.trim_end_matches([',', ';', '.'])
                ));
            }
        }
        let remote = TABLE.iter().filter(|(_, roles)| roles.contains(Remote));
        let allowed: BTreeSet<_> = remote
            .filter_map(|(path, _)| Some(path.rsplit_once('.')?.1.to_owned()))
            .collect();
        assert_eq!(told, allowed);
    }

    #[test]
    fn what_is_not_listed_nobody_may_call() {
        let all = RoleSet::of(Role::ALL);
        for path in [
            "",
            "/",
            "/madoguchi.reader.v1.ReaderService/DropReaders",
            "/madoguchi.driverhost.v1.DriverHostService/Sign",
            "/grpc.health.v1.HealthX/Check",
        ] {
            assert!(!allows(path, all), "{path}");
        }
        assert!(allows("/grpc.health.v1.Health/Check", RoleSet::NONE));
    }

    #[test]
    fn without_identity_nothing_goes() {
        let call = |peer: Option<Peer>, path: &str| {
            let mut request = Request::builder().uri(path).body(()).unwrap();
            if let Some(peer) = peer {
                request.extensions_mut().insert(peer);
            }
            judge(&request).map_err(|status| status.code())
        };
        let health = "/grpc.health.v1.Health/Check";
        let start = "/madoguchi.checkin.v1.CheckInService/StartCheckIn";
        assert_eq!(call(None, health), Err(tonic::Code::Unauthenticated));
        assert_eq!(
            call(Some(Peer::unknown(1)), health),
            Err(tonic::Code::Unauthenticated)
        );
        assert_eq!(call(Some(Peer::local(1)), start), Ok(()));
        assert_eq!(
            call(Some(Peer::local(1)), "/madoguchi.nothing.v1.X/Y"),
            Err(tonic::Code::PermissionDenied)
        );
    }
}
