//! Every service on the wire: ours, health and reflection.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_proto::admin::v1::driver_admin_service_server::DriverAdminServiceServer;
use madoguchi_proto::admin::v1::gateway_admin_service_server::GatewayAdminServiceServer;
use madoguchi_proto::audit::v1::audit_service_server::AuditServiceServer;
use madoguchi_proto::auth::v1::auth_service_server::AuthServiceServer;
use madoguchi_proto::certificate::v1::certificate_service_server::CertificateServiceServer;
use madoguchi_proto::checkin::v1::check_in_service_server::CheckInServiceServer;
use madoguchi_proto::consent::v1::consent_service_server::ConsentServiceServer;
use madoguchi_proto::eligibility::v1::deferral_service_server::DeferralServiceServer;
use madoguchi_proto::eligibility::v1::eligibility_service_server::EligibilityServiceServer;
use madoguchi_proto::evidence::v1::evidence_service_server::EvidenceServiceServer;
use madoguchi_proto::fallback::v1::fallback_service_server::FallbackServiceServer;
use madoguchi_proto::reader::v1::reader_service_server::ReaderServiceServer;
use madoguchi_proto::usage::v1::usage_service_server::UsageServiceServer;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use super::services::Services;
use crate::config::{Config, Problem};
use crate::rpc::disclosure::Disclosure;
use crate::rpc::paced::Watchers;
use crate::rpc::{
    VisitTimes, admin, audit, auth, certificate, checkin, consent, deferral, eligibility, evidence, fallback,
    gateway, reader, usage,
};
use crate::uplink::Statuses;

/// The routes; watch streams end with the token.
///
/// # Errors
/// [`Problem::Internal`] where what is built in does not fit together.
pub(super) fn all(
    config: &Config,
    services: Services,
    uplinks: Statuses,
    reporter: HealthReporter,
    ending: CancellationToken,
) -> Result<Routes, Problem> {
    let limits = &config.server.limits;
    let max = limits.max_message_bytes as usize;
    let watchers = Watchers::new(limits, ending);
    let times = visit_times(config);
    let Services {
        roster,
        drivers,
        certificates,
        clock,
        audit,
        keys,
        auditing,
        usage,
        consents,
        eligibility,
        consented: _,
        batches,
        deferrals,
        evidences,
        check_ins,
        authentications,
        workflow: _,
        budget: _,
        cases,
        counters,
        outlook,
    } = services;

    let mut routes = Routes::builder();
    let reader = reader::Service {
        roster: Arc::clone(&roster),
        watchers: watchers.clone(),
        audit: Arc::clone(&audit),
        clock: Arc::clone(&clock),
    };
    routes.add_service(ReaderServiceServer::new(reader).max_decoding_message_size(max));
    let disclosure = Disclosure {
        consents: Arc::clone(&consents),
        clock: Arc::clone(&clock),
    };
    let check_in = checkin::Service {
        check_ins: check_ins.clone(),
        disclosure: disclosure.clone(),
        watchers: watchers.clone(),
        times,
    };
    routes.add_service(CheckInServiceServer::new(check_in).max_decoding_message_size(max));
    let auth = auth::Service {
        authentications: authentications.clone(),
        watchers: watchers.clone(),
        times,
    };
    routes.add_service(AuthServiceServer::new(auth).max_decoding_message_size(max));
    let certificate = certificate::Service {
        authentications,
        certificates,
        outlook,
        clock: Arc::clone(&clock),
    };
    routes.add_service(CertificateServiceServer::new(certificate).max_decoding_message_size(max));
    let consent = consent::Service {
        consents: Arc::clone(&consents),
        check_ins: check_ins.clone(),
        watchers,
        clock: Arc::clone(&clock),
    };
    routes.add_service(ConsentServiceServer::new(consent).max_decoding_message_size(max));
    let eligibility = eligibility::Service {
        eligibility,
        consents,
        check_ins,
        deferrals: deferrals.clone(),
        batches,
        audit: Arc::clone(&audit),
        usage: usage.clone(),
        clock: Arc::clone(&clock),
    };
    routes.add_service(EligibilityServiceServer::new(eligibility).max_decoding_message_size(max));
    let deferral = deferral::Service {
        queue: deferrals,
        disclosure,
    };
    routes.add_service(DeferralServiceServer::new(deferral).max_decoding_message_size(max));
    let evidence = evidence::Service {
        evidences,
        ring: keys.ring,
        audit: Arc::clone(&audit),
    };
    routes.add_service(EvidenceServiceServer::new(evidence).max_decoding_message_size(max));
    let fallback = fallback::Service {
        cases,
        check_ins,
        roster,
        counters,
        clock: Arc::clone(&clock),
    };
    routes.add_service(FallbackServiceServer::new(fallback).max_decoding_message_size(max));
    let admin = admin::Service { drivers, audit };
    routes.add_service(DriverAdminServiceServer::new(admin).max_decoding_message_size(max));
    let gateway = gateway::Service { uplinks };
    routes.add_service(GatewayAdminServiceServer::new(gateway).max_decoding_message_size(max));

    let auditing = audit::Service {
        store: Arc::new(auditing.store),
        archive: auditing.archive,
        checkpoints: auditing.checkpoints,
        log: auditing.log,
        instance: auditing.instance,
        when_full: auditing.when_full,
    };
    routes.add_service(AuditServiceServer::new(auditing).max_decoding_message_size(max));
    let usage = usage::Service { usage, clock };
    routes.add_service(UsageServiceServer::new(usage).max_decoding_message_size(max));

    let health = HealthServer::new(HealthService::from_health_reporter(reporter));
    routes.add_service(health.max_decoding_message_size(max));
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(madoguchi_proto::DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let fault = |_| Problem::Internal("the descriptor set cannot be read");
    routes.add_service(
        reflection()
            .build_v1()
            .map_err(fault)?
            .max_decoding_message_size(max),
    );
    routes.add_service(
        reflection()
            .build_v1alpha()
            .map_err(fault)?
            .max_decoding_message_size(max),
    );
    Ok(routes.routes())
}

fn visit_times(config: &Config) -> VisitTimes {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    VisitTimes {
        default: seconds(config.check_in.default_timeout_seconds),
        max: seconds(config.check_in.max_timeout_seconds),
    }
}
