//! The gateway's messages as a client reads them: numbers back to names.

use madoguchi_core::certificate::Outcome as CertificateOutcome;
use madoguchi_core::consent::Item;
use madoguchi_core::eligibility::Validity;
use madoguchi_core::{Medium, Method};
use madoguchi_proto::auth::v1 as auth;
use madoguchi_proto::certificate::v1 as certificate;
use madoguchi_proto::checkin::v1 as checkin;
use madoguchi_proto::consent::v1 as consent;
use madoguchi_proto::eligibility::v1 as eligibility;

/// What the patient holds up.
#[must_use]
pub fn medium(wire: i32) -> Option<Medium> {
    match certificate::Medium::try_from(wire).ok()? {
        certificate::Medium::Unspecified => None,
        certificate::Medium::Card => Some(Medium::Card),
        certificate::Medium::Android => Some(Medium::Android),
        certificate::Medium::Iphone => Some(Medium::IPhone),
    }
}

/// The same back.
#[must_use]
pub const fn medium_to_wire(medium: Medium) -> certificate::Medium {
    match medium {
        Medium::Card => certificate::Medium::Card,
        Medium::Android => certificate::Medium::Android,
        Medium::IPhone => certificate::Medium::Iphone,
    }
}

/// How the person was verified.
#[must_use]
pub fn method(wire: i32) -> Option<Method> {
    match auth::Method::try_from(wire).ok()? {
        auth::Method::Unspecified => None,
        auth::Method::Face => Some(Method::Face),
        auth::Method::Pin => Some(Method::Pin),
        auth::Method::GuardianPin => Some(Method::GuardianPin),
        auth::Method::StaffVisual => Some(Method::StaffVisual),
        auth::Method::Device => Some(Method::Device),
    }
}

/// The same back.
#[must_use]
pub const fn method_to_wire(method: Method) -> auth::Method {
    match method {
        Method::Face => auth::Method::Face,
        Method::Pin => auth::Method::Pin,
        Method::GuardianPin => auth::Method::GuardianPin,
        Method::StaffVisual => auth::Method::StaffVisual,
        Method::Device => auth::Method::Device,
    }
}

/// What a certificate is good for.
#[must_use]
pub fn certificate_outcome(wire: i32) -> Option<CertificateOutcome> {
    use certificate::certificate_check::Outcome;
    match Outcome::try_from(wire).ok()? {
        Outcome::Unspecified => None,
        Outcome::Full => Some(CertificateOutcome::Full),
        Outcome::EligibilityOnly => Some(CertificateOutcome::EligibilityOnly),
        Outcome::Refused => Some(CertificateOutcome::Refused),
    }
}

/// An item of consent.
#[must_use]
pub fn item(wire: i32) -> Option<Item> {
    match consent::ConsentItem::try_from(wire).ok()? {
        consent::ConsentItem::Unspecified => None,
        consent::ConsentItem::Diagnosis => Some(Item::Diagnosis),
        consent::ConsentItem::Medication => Some(Item::Medication),
        consent::ConsentItem::Surgery => Some(Item::Surgery),
        consent::ConsentItem::HealthCheckup => Some(Item::HealthCheckup),
    }
}

/// Whether the patient is insured.
#[must_use]
pub fn validity(wire: i32) -> Option<Validity> {
    use eligibility::eligibility_answer::Validity as Wire;
    match Wire::try_from(wire).ok()? {
        Wire::Unspecified => None,
        Wire::Valid => Some(Validity::Valid),
        Wire::Invalid => Some(Validity::Invalid),
        Wire::InvalidWithNew => Some(Validity::InvalidWithNew),
        Wire::NotFound => Some(Validity::NotFound),
        Wire::Several => Some(Validity::Several),
        Wire::ValidNotRegistered => Some(Validity::ValidNotRegistered),
    }
}

/// Whether nothing follows any more.
#[must_use]
pub const fn is_terminal(state: checkin::check_in::State) -> bool {
    use checkin::check_in::State;
    matches!(
        state,
        State::Completed | State::Deferred | State::Failed | State::Cancelled | State::Expired
    )
}

/// What to tell the patient, in plain English.
#[must_use]
pub const fn guidance(guidance: auth::Guidance) -> Option<&'static str> {
    match guidance {
        auth::Guidance::Unspecified => None,
        auth::Guidance::PresentCard => Some("Please put the card on the reader."),
        auth::Guidance::HoldPhone => Some("Please hold the phone to the reader."),
        auth::Guidance::OtherMedium => Some("This is not what was chosen: please hold up the right one."),
        auth::Guidance::KeepStill => Some("It was taken away too early: please hold it still."),
        auth::Guidance::TryAgain => {
            Some("It could not be read: please try again, perhaps another way round.")
        }
        auth::Guidance::TypePin => Some("Please leave the card where it is and type the PIN."),
        auth::Guidance::TakeCard => Some("Please take the card along."),
        auth::Guidance::TouchScreenFirst => {
            Some("Please answer on the reader's screen first, then hold it up again.")
        }
        auth::Guidance::UseReaderScreen => Some("Please go on at the reader's screen."),
        auth::Guidance::LookAtCamera => Some("Please look at the camera."),
        auth::Guidance::FaceAgain => {
            Some("The face was not recognised: please look again, without mask or sunglasses.")
        }
        auth::Guidance::OnePersonOnly => Some("Please stand before the camera alone."),
        auth::Guidance::UncoverCamera => Some("The camera is covered: please uncover it."),
        auth::Guidance::ArmWallet => {
            Some("Please confirm in Wallet by Face ID or Touch ID again, then hold the iPhone to the reader.")
        }
        auth::Guidance::WaitForStaff => Some("Please wait: staff come and look."),
    }
}

/// What may be done instead, in plain English with the Japanese word.
#[must_use]
pub const fn next_step(step: auth::NextStep) -> Option<&'static str> {
    use auth::NextStep;
    match step {
        NextStep::Unspecified => None,
        NextStep::TryAgain => Some("start again with the same medium"),
        NextStep::UseCard => Some("use the card instead of the phone"),
        NextStep::ShowMynaportal => Some("show the 資格情報 screen of マイナポータル"),
        NextStep::ShowEligibilityNotice => Some("show 資格情報のお知らせ together with the card"),
        NextStep::ShowEligibilityCertificate => Some("show 資格確認書"),
        NextStep::ConfirmOrally => {
            Some("returning patient: confirm by word of mouth against known data (口頭確認)")
        }
        NextStep::FileDeclaration => Some("first visit: fill in 被保険者資格申立書"),
        NextStep::VisitMunicipality => {
            Some("afterwards, have PIN, certificate or card seen to at the municipality (市区町村の窓口)")
        }
        NextStep::CheckReader => Some("staff look at the reader: cable, power, driver"),
        NextStep::UseFace => Some("verify by face at the counter's reader (顔認証)"),
        NextStep::CheckVisually => Some("staff compare face and card (目視)"),
        NextStep::ShowInsuranceCard => Some("show the old 健康保険証"),
        NextStep::UsePin => Some("type the card's PIN (暗証番号)"),
        NextStep::ContinueEligibilityOnly => Some("go on with the insurance alone (資格情報のみ)"),
        NextStep::RegisterCard => {
            Some("register the card as insurance card (利用登録), here or in マイナポータル")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_medium_comes_back_as_it_went() {
        for each in Medium::ALL {
            assert_eq!(medium(medium_to_wire(each) as i32), Some(each));
        }
        assert_eq!(medium(0), None);
        assert_eq!(medium(99), None);
    }
}
