//! What the stand-in of the national service knows of a persona, uncut.

use std::fmt;

use madoguchi_core::eligibility::{Insurance, MedicalEntry, Validity};

/// What is known of a person before it is cut to what was consented. All of it is made up.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Whether the card is registered as insurance card (利用登録).
    pub registered: bool,
    /// Whether the person is insured now.
    pub validity: Validity,
    /// The insurances.
    pub insurances: Vec<Insurance>,
    /// 診療情報.
    pub diagnoses: Vec<MedicalEntry>,
    /// 薬剤情報.
    pub medications: Vec<MedicalEntry>,
    /// 手術情報.
    pub surgeries: Vec<MedicalEntry>,
    /// 特定健診.
    pub health_checkups: Vec<MedicalEntry>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}
