//! Version 2 of the border: version 1's shape, and what screens, faces and settings need. Frozen as well.
//!
//! What did not change is version 1's own: failures, bounds, the cancel flag and the progress of a visit. Infos,
//! events, screens, requests, plans and outcomes are bytes of a [`message`](crate::message); APDUs are plain bytes; a
//! PIN is written into a buffer of the host's and wiped on both sides.

#![expect(
    unsafe_code,
    unused_qualifications,
    non_local_definitions,
    missing_docs,
    reason = "code that the macros of abi_stable write"
)]

use abi_stable::library::RootModule;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RBox, ROption, RResult, RSlice, RSliceMut, RStr, RVec};
use abi_stable::{StableAbi, declare_root_module_statics, sabi_trait};

pub use crate::v1::{Bounds, Failure, PIN_ROOM, ProgressBox};

/// The version that this module describes.
pub const VERSION: u32 = 2;

/// What a plugin exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = DriverModuleRef)))]
#[sabi(missing_field(panic))]
pub struct DriverModule {
    /// The version of the border that the plugin was built with.
    pub abi_version: u32,
    /// Makes the driver.
    #[sabi(last_prefix_field)]
    pub start: extern "C" fn(host: HostBox) -> RResult<DriverBox, Failure>,
}

impl RootModule for DriverModuleRef {
    declare_root_module_statics! {DriverModuleRef}
    const BASE_NAME: &'static str = "madoguchi_plugin";
    const NAME: &'static str = "madoguchi driver";
    // The version of the border, not of this package, which stays what version 1's types were built with.
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("2.0.0");
}

/// The host as a plugin holds it.
pub type HostBox = ForeignHost_TO<RBox<()>>;
/// A driver as the host holds it.
pub type DriverBox = ForeignDriver_TO<RBox<()>>;
/// A reader as the host holds it.
pub type ReaderBox = ForeignReader_TO<RBox<()>>;

/// What the host offers to a plugin.
#[sabi_trait]
pub trait ForeignHost: Send + Sync + 'static {
    /// Logs a line at a level of 0 (error) to 3 (debug).
    fn log(&self, level: u8, line: RStr<'_>);
    /// The driver's section of the configuration: a JSON object, as it is, without a message around it.
    fn settings(&self) -> RVec<u8>;
}

/// A plugin's driver.
#[sabi_trait]
pub trait ForeignDriver: Send + Sync + 'static {
    fn info(&self) -> RResult<RVec<u8>, Failure>;
    fn readers(&self) -> RResult<RVec<u8>, Failure>;
    fn next_event(&self, timeout_us: u64) -> RResult<ROption<RVec<u8>>, Failure>;
    fn interrupt(&self);
    fn open(&self, selector: RStr<'_>, bounds: Bounds) -> RResult<ReaderBox, Failure>;
}

/// A plugin's open reader.
#[sabi_trait]
pub trait ForeignReader: Send + 'static {
    fn power_on(&mut self, bounds: Bounds) -> RResult<RVec<u8>, Failure>;
    fn transmit(
        &mut self,
        command: RSlice<'_, u8>,
        response: &mut RVec<u8>,
        bounds: Bounds,
    ) -> RResult<(), Failure>;
    fn power_off(&mut self);
    fn present(&mut self, screen: RSlice<'_, u8>, bounds: Bounds) -> RResult<RVec<u8>, Failure>;
    /// Writes the digits into `room` and answers how many; none where the patient chose not to.
    fn enter_pin(
        &mut self,
        request: RSlice<'_, u8>,
        room: RSliceMut<'_, u8>,
        bounds: Bounds,
    ) -> RResult<ROption<u32>, Failure>;
    fn verify_face(&mut self, request: RSlice<'_, u8>, bounds: Bounds) -> RResult<RVec<u8>, Failure>;
    fn accept_visual(&mut self, bounds: Bounds) -> RResult<(), Failure>;
    fn run_visit(
        &mut self,
        plan: RSlice<'_, u8>,
        progress: ProgressBox<'_>,
        bounds: Bounds,
    ) -> RResult<RVec<u8>, Failure>;
    fn control(&mut self, code: u32, input: RSlice<'_, u8>, bounds: Bounds) -> RResult<RVec<u8>, Failure>;
}
