//! The measurements measure something. What they find is judged in release builds, by `bench`.

use madoguchi_driver_host::bench::{PluginCallOptions, plugin_call};

use crate::support::{Plugins, program};

#[test]
fn a_plugin_call_is_measured_against_a_bare_one() {
    let plugins = Plugins::with("full");
    let plugin = plugins.path().join("full");
    let report = plugin_call(PluginCallOptions {
        program: program(),
        plugin,
        payload_len: 100,
        calls: 200,
    })
    .unwrap();
    assert_eq!((report.calls, report.payload_bytes), (200, 100));
    assert!(report.driver_call.median_us > 0.0 && report.bare_call.median_us > 0.0);
    let expected = report.driver_call.median_us / report.bare_call.median_us;
    assert!((report.ratio - expected).abs() < 1e-9);
    println!("{}", serde_json::to_string(&report).unwrap());
}
