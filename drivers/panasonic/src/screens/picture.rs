//! What a page is about, as the number of a picture.

use super::{Item, Medium};
use madoguchi_core::check_in::Guidance;

pub(super) const fn medium(medium: Medium) -> u8 {
    match medium {
        Medium::Card => 0x00,
        Medium::IPhone => 0x01,
        Medium::Android => 0x02,
    }
}

pub(super) const fn item(item: Item) -> u8 {
    match item {
        Item::Diagnosis => 0x00,
        Item::Medication => 0x01,
        Item::Surgery => 0x02,
        Item::HealthCheckup => 0x03,
    }
}

pub(super) const fn guidance(guidance: Guidance) -> u8 {
    match guidance {
        Guidance::PresentCard => 0x00,
        Guidance::HoldPhone => 0x01,
        Guidance::OtherMedium => 0x02,
        Guidance::KeepStill => 0x03,
        Guidance::TryAgain => 0x04,
        Guidance::TypePin => 0x05,
        Guidance::TakeCard => 0x06,
        Guidance::TouchScreenFirst => 0x07,
        Guidance::UseReaderScreen => 0x08,
        Guidance::LookAtCamera => 0x09,
        Guidance::FaceAgain => 0x0A,
        Guidance::OnePersonOnly => 0x0B,
        Guidance::UncoverCamera => 0x0C,
        Guidance::ArmWallet => 0x0D,
        Guidance::WaitForStaff => 0x0E,
    }
}
