//! Version 1 of the border. Frozen: a host that gains as much as a method here refuses every older plugin.
//!
//! Infos, events, screens, plans and outcomes are bytes of a [`message`](crate::message); APDUs are plain bytes; a
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
use abi_stable::std_types::{RBox, ROption, RResult, RSlice, RSliceMut, RStr, RString, RVec};
use abi_stable::{StableAbi, declare_root_module_statics, sabi_trait};

/// The version that this module describes.
pub const VERSION: u32 = 1;

/// Room that the host offers for a PIN, in bytes.
pub const PIN_ROOM: usize = 64;

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
    // The version of the border, not of this package: releases of madoguchi don't change it.
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("1.0.0");
}

/// An error as it crosses: a code of [`Error`](madoguchi_driver_api::Error) and its detail, if it has one.
#[repr(C)]
#[derive(StableAbi, Debug)]
pub struct Failure {
    /// Which.
    pub code: u32,
    /// For engineers; empty where the code says all.
    pub detail: RString,
}

/// A call's bounds as they cross.
#[repr(C)]
#[derive(StableAbi)]
pub struct Bounds {
    /// How long is left, in microseconds.
    pub remaining_us: u64,
    /// Whether it is still wanted.
    pub cancel: CancelBox,
}

/// The host as a plugin holds it.
pub type HostBox = ForeignHost_TO<RBox<()>>;
/// A cancel flag as a plugin holds it.
pub type CancelBox = ForeignCancel_TO<RBox<()>>;
/// A driver as the host holds it.
pub type DriverBox = ForeignDriver_TO<RBox<()>>;
/// A reader as the host holds it.
pub type ReaderBox = ForeignReader_TO<RBox<()>>;
/// The progress of one visit as a plugin holds it.
pub type ProgressBox<'a> = ForeignProgress_TO<'a, RBox<()>>;

/// What the host offers to a plugin.
#[sabi_trait]
pub trait ForeignHost: Send + Sync + 'static {
    /// Logs a line at a level of 0 (error) to 3 (debug).
    fn log(&self, level: u8, line: RStr<'_>);
}

/// Asks the host whether a call is still wanted.
#[sabi_trait]
pub trait ForeignCancel: Send + Sync + 'static {
    fn is_cancelled(&self) -> bool;
}

/// Tells the host how far a delegated visit is.
#[sabi_trait]
pub trait ForeignProgress {
    fn report(&mut self, progress: RSlice<'_, u8>);
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
    fn verify_face(&mut self, bounds: Bounds) -> RResult<RVec<u8>, Failure>;
    fn run_visit(
        &mut self,
        plan: RSlice<'_, u8>,
        progress: ProgressBox<'_>,
        bounds: Bounds,
    ) -> RResult<RVec<u8>, Failure>;
    fn control(&mut self, code: u32, input: RSlice<'_, u8>, bounds: Bounds) -> RResult<RVec<u8>, Failure>;
}
