//! The plugin border: the driver contract as a frozen, stable ABI.
//!
//! A maker's cdylib says [`export_driver!`] and nothing else; the host says [`load`]. Between the two lie the types
//! of [`v2`], which never change: what has to grow crosses as bytes of a versioned message ([`message`]) or through
//! `Reader::control`, and what outgrows that becomes another root module beside the others, as [`v2`] did beside
//! [`v1`]. The host goes on loading plugins of version 1, for cards and phones alone.
//!
//! A maker who writes C includes `include/madoguchi_driver.h`, which is generated from [`c`], and exports the one
//! function that it declares.
//!
//! Nothing unwinds across the border: each entry of a plugin catches its panics and answers
//! [`Error::DriverPanicked`](madoguchi_driver_api::Error::DriverPanicked) with the place, never with the panic's
//! text, which might hold what a card said. A library is never unloaded: an upgrade is a new process.
//!
//! This is the only crate that names `abi_stable`.

mod bounds;
pub mod c;
mod error;
mod host;
pub mod message;
#[doc(hidden)]
pub mod plugin;
pub mod v1;
pub mod v2;

pub use host::{LoadError, Loaded, load};

/// Makes the crate a plugin: exports its driver.
///
/// The argument is a function `fn(Host) -> Result<Box<dyn Driver>, Error>`. The crate is a cdylib and needs no
/// unsafe code of its own:
///
/// ```
/// #![forbid(unsafe_code)]
/// use madoguchi_driver_api::{Driver, Error, Host};
///
/// fn start(_host: Host) -> Result<Box<dyn Driver>, Error> {
///     Err(Error::ServiceUnavailable)
/// }
///
/// madoguchi_driver_abi::export_driver!(start);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export_driver {
    ($factory:path) => {
        const _: () = {
            struct Exported;

            impl $crate::plugin::Export for Exported {
                fn start(
                    host: $crate::plugin::Host,
                ) -> ::core::result::Result<
                    ::std::boxed::Box<dyn $crate::plugin::Driver>,
                    $crate::plugin::Error,
                > {
                    $factory(host)
                }
            }

            // The name under which abi_stable 0.11 looks for a library's header.
            #[unsafe(no_mangle)]
            #[allow(non_upper_case_globals)]
            pub static _1as_0lib_1header_0root_bmodule_bloader: $crate::plugin::LibHeader =
                $crate::plugin::header::<Exported>();
        };
    };
}
