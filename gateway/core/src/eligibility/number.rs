//! Questions without a card.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::RequestId;

/// What an insurance card or 資格確認書 says, as the question to the national service. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberQuery {
    /// The caller's name for the question: sent again with it, it is the same question.
    pub request_id: RequestId,
    /// 保険者番号 InsurerNumber, up to 8 digits.
    pub insurer_number: String,
    /// 被保険者証記号 InsuredCardSymbol, where there is one.
    pub symbol: Option<String>,
    /// 被保険者証番号 InsuredIdentificationNumber.
    pub number: String,
    /// 枝番 InsuredBranchNumber, where there is one.
    pub branch_number: Option<String>,
    /// 生年月日 Birthdate.
    pub birth_date: Date,
    /// 資格確認日 QualificationConfirmationDate, where it is not today.
    pub on: Option<Date>,
}

impl std::fmt::Debug for NumberQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NumberQuery")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Whom a caller expects, as far as it knows. `Debug` shows no personal data.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// 生年月日.
    pub birth_date: Option<Date>,
    /// 氏名カナ, full or half width.
    pub name_kana: Option<String>,
    /// 保険者番号.
    pub insurer_number: Option<String>,
    /// 被保険者証番号.
    pub number: Option<String>,
    /// 被保険者証記号.
    pub symbol: Option<String>,
    /// 枝番: without it a number is a family's, and twins have one date of birth.
    pub branch_number: Option<String>,
    /// 照会番号 ReferenceNumber: the facility's own number of the patient.
    pub reference_number: Option<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(…)")
    }
}
