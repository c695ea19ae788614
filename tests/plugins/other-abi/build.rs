//! abi_stable writes the package's name into each type and compares it first. To be told apart by a field, the
//! fixture takes the name and version of the real border.
fn main() {
    println!("cargo:rustc-env=CARGO_PKG_NAME=madoguchi-driver-abi");
    println!("cargo:rustc-env=CARGO_PKG_VERSION=1.0.0");
    println!("cargo:rerun-if-changed=build.rs");
}
