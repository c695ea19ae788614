//! Drivers.

use madoguchi_driver_host::{DriverState, DriverStatus, LoadPhase};
use madoguchi_proto::admin::v1 as pb;

use super::moment;

pub(crate) fn driver(status: DriverStatus) -> pb::Driver {
    let failed_phase = status
        .failed_phase
        .map_or(pb::driver::LoadPhase::Unspecified, phase);
    pb::Driver {
        driver_id: status.driver_id,
        maker: status.maker,
        models: status.models,
        version: status.version,
        abi_version: status.abi_version,
        library_sha256: status.library_sha256,
        state: state(status.state).into(),
        failed_phase: failed_phase.into(),
        problem: status.problem.unwrap_or_default(),
        process_id: status.process_id.unwrap_or_default(),
        restart_count: status.restart_count,
        ready_time: status.ready_time.map(moment),
        signed_by: status.signed_by,
        reader_count: u32::try_from(status.reader_count).unwrap_or(u32::MAX),
        leased_reader_count: u32::try_from(status.leased_reader_count).unwrap_or(u32::MAX),
    }
}

const fn state(state: DriverState) -> pb::driver::State {
    match state {
        DriverState::Starting => pb::driver::State::Starting,
        DriverState::Ready => pb::driver::State::Ready,
        DriverState::Draining => pb::driver::State::Draining,
        DriverState::BackingOff => pb::driver::State::BackingOff,
        DriverState::Refused => pb::driver::State::Refused,
        DriverState::Stopping => pb::driver::State::Stopping,
    }
}

const fn phase(phase: LoadPhase) -> pb::driver::LoadPhase {
    match phase {
        LoadPhase::Manifest => pb::driver::LoadPhase::Manifest,
        LoadPhase::AllowList => pb::driver::LoadPhase::AllowList,
        LoadPhase::Signature => pb::driver::LoadPhase::Signature,
        LoadPhase::Hash => pb::driver::LoadPhase::Hash,
        LoadPhase::Process => pb::driver::LoadPhase::Process,
        LoadPhase::Open => pb::driver::LoadPhase::Open,
        LoadPhase::Abi => pb::driver::LoadPhase::Abi,
        LoadPhase::Start => pb::driver::LoadPhase::Start,
        LoadPhase::Identity => pb::driver::LoadPhase::Identity,
    }
}
