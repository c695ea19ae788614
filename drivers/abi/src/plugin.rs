//! The plugin's side of the border: what [`export_driver!`](crate::export_driver) stands on. Not for other use.

mod driver;
mod guard;
mod reader;

use std::sync::Arc;

pub use abi_stable::library::LibHeader;
use abi_stable::library::{__call_root_module_loader, CheckTypeLayout, RootModuleResult};
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::RResult;
use madoguchi_driver_api::LogLevel;
pub use madoguchi_driver_api::{Driver, Error, Host};

use crate::v2::{DriverBox, DriverModule, DriverModuleRef, Failure, HostBox, VERSION};

/// A plugin's factory as a type, so that its entries need no state.
pub trait Export {
    /// Makes the driver.
    ///
    /// # Errors
    /// Why it cannot be made.
    fn start(host: Host) -> Result<Box<dyn Driver>, Error>;
}

/// The header that a host looks for.
#[must_use]
#[expect(
    unsafe_code,
    reason = "abi_stable's own export macro would have every plugin depend on abi_stable"
)]
pub const fn header<E: Export>() -> LibHeader {
    extern "C" fn module<E: Export>() -> RootModuleResult {
        __call_root_module_loader(root::<E>)
    }
    // SAFETY: `module` returns what `root` makes, a prefix reference of the very type named here.
    unsafe { LibHeader::from_constructor::<DriverModuleRef>(module::<E>, CheckTypeLayout::Yes) }
}

fn root<E: Export>() -> DriverModuleRef {
    DriverModule {
        abi_version: VERSION,
        start: start::<E>,
    }
    .leak_into_prefix()
}

extern "C" fn start<E: Export>(host: HostBox) -> RResult<DriverBox, Failure> {
    guard::entry(|| {
        let host = contract_host(host);
        guard::listen(host.clone());
        E::start(host).map(|driver| DriverBox::from_value(driver::Exported::new(driver), TD_Opaque))
    })
}

fn contract_host(host: HostBox) -> Host {
    let settings = host.settings();
    // The host sends JSON; a plugin that was sent something else sees no settings rather than half of them.
    let settings = std::str::from_utf8(&settings).unwrap_or("{}").to_owned();
    let host = Arc::new(host);
    let host = Host::new(move |level, line| {
        let level = match level {
            LogLevel::Error => 0,
            LogLevel::Warn => 1,
            LogLevel::Info => 2,
            LogLevel::Debug => 3,
        };
        host.log(level, line.into());
    });
    host.with_settings(&settings)
}
