//! What must hold for any bytes, a target for each family of parsers.
//!
//! A target takes whatever bytes a fuzzer makes up and panics where something does not hold: no parser panics, none keeps
//! more than it may, what is written is read back the same, an answer is not taken twice, and what a simulated device
//! says is understood by the driver of its maker. `cargo xtask soak fuzz` runs the fuzzer over them; what it found worth
//! keeping is in `corpus/` and runs through them with every test.

mod almex;
mod atlas;
mod canon;
mod common;
mod device;
mod eligibility;
mod feed;
mod fujitsu;
mod panasonic;

pub use almex::almex;
pub use atlas::atlas;
pub use canon::canon;
pub use common::common;
pub use eligibility::eligibility;
pub use fujitsu::fujitsu;
pub use panasonic::panasonic;

/// What takes a fuzzer's bytes.
pub type Target = fn(&[u8]);

/// Every target, by name; the names are those of the fuzzer's programs and of the corpus's folders.
pub const TARGETS: [(&str, Target); 7] = [
    ("almex", almex),
    ("atlas", atlas),
    ("canon", canon),
    ("common", common),
    ("eligibility", eligibility),
    ("fujitsu", fujitsu),
    ("panasonic", panasonic),
];
