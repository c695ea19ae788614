//! A plugin of a border that looks like version 2, with a wider `abi_version`.

use abi_stable::library::RootModule;
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::{StableAbi, declare_root_module_statics, export_root_module};

/// What this plugin exports; the real one has a `u32` here.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = DriverModuleRef)))]
#[sabi(missing_field(panic))]
pub struct DriverModule {
    /// Wider than it should be.
    pub abi_version: u64,
    /// Starts nothing.
    #[sabi(last_prefix_field)]
    pub start: extern "C" fn(),
}

impl RootModule for DriverModuleRef {
    declare_root_module_statics! {DriverModuleRef}
    const BASE_NAME: &'static str = "madoguchi_plugin";
    const NAME: &'static str = "madoguchi driver";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("2.0.0");
}

extern "C" fn start() {}

/// The root module.
#[export_root_module]
pub fn root() -> DriverModuleRef {
    DriverModule {
        abi_version: 2,
        start,
    }
    .leak_into_prefix()
}
