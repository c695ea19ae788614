//! The target `eligibility` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| madoguchi_fuzz::eligibility(data));
