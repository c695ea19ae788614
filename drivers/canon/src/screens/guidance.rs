//! The numbers of what the patient is told to do.

use madoguchi_core::check_in::Guidance;

pub(super) const fn number(guidance: Guidance) -> u8 {
    match guidance {
        Guidance::PresentCard => 1,
        Guidance::HoldPhone => 2,
        Guidance::OtherMedium => 3,
        Guidance::KeepStill => 4,
        Guidance::TryAgain => 5,
        Guidance::TypePin => 6,
        Guidance::TakeCard => 7,
        Guidance::TouchScreenFirst => 8,
        Guidance::UseReaderScreen => 9,
        Guidance::LookAtCamera => 10,
        Guidance::FaceAgain => 11,
        Guidance::OnePersonOnly => 12,
        Guidance::UncoverCamera => 13,
        Guidance::ArmWallet => 14,
        Guidance::WaitForStaff => 15,
    }
}
