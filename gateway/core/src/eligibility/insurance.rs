//! One insurance, normalised, beside its raw values.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{NationalConsent, RawField};

/// One insurance (資格). The fields are the normalised copy; `raw` has each value as it came. `Debug` shows no personal
/// data.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insurance {
    /// 保険者番号 InsurerNumber, up to 8 digits, without padding.
    pub insurer_number: String,
    /// 保険者名 InsurerName.
    pub insurer_name: String,
    /// 被保険者証記号 InsuredCardSymbol.
    pub symbol: Option<String>,
    /// 被保険者証番号 InsuredIdentificationNumber.
    pub number: String,
    /// 枝番 InsuredBranchNumber.
    pub branch_number: Option<String>,
    /// 氏名 Name.
    pub name: String,
    /// 氏名カナ NameKana, in full width.
    pub name_kana: Option<String>,
    /// 生年月日 Birthdate; none where the answer has none that is a date.
    pub birth_date: Option<Date>,
    /// 性別 Sex1: 1 male, 2 female, 3 not known; 0 where it is not said.
    pub sex: u8,
    /// 住所 Address.
    pub address: Option<String>,
    /// 負担割合 InsuredPartialContributionRatio in percent (30 = 3割).
    pub contribution_percent: Option<u8>,
    /// 資格取得日 QualificationDate.
    pub qualified_on: Option<Date>,
    /// 資格喪失日 DisqualificationDate.
    pub disqualified_on: Option<Date>,
    /// 限度額適用認定証適用区分: passed on without consent since October 2024.
    pub limit_classification: Option<String>,
    /// 被保険者証区分 InsuredCardClassification, a code such as `01`.
    #[serde(default)]
    pub card_classification: Option<String>,
    /// 本人・家族の別 PersonalFamilyClassification: 1 insured person, 2 family.
    #[serde(default)]
    pub relation: Option<String>,
    /// 被保険者氏名（世帯主氏名） InsuredName.
    #[serde(default)]
    pub insured_name: Option<String>,
    /// 氏名（その他） NameOfOther.
    #[serde(default)]
    pub name_of_other: Option<String>,
    /// 氏名カナ（その他） NameOfOtherKana, in full width.
    #[serde(default)]
    pub name_of_other_kana: Option<String>,
    /// 性別2 Sex2, as [`Insurance::sex`].
    #[serde(default)]
    pub sex2: Option<u8>,
    /// 郵便番号 PostNumber.
    #[serde(default)]
    pub post_number: Option<String>,
    /// 被保険者証交付日 InsuredCertificateIssuanceDate.
    #[serde(default)]
    pub issued_on: Option<Date>,
    /// 被保険者証有効開始日 InsuredCardValidDate.
    #[serde(default)]
    pub valid_from: Option<Date>,
    /// 被保険者証有効終了日 InsuredCardExpirationDate.
    #[serde(default)]
    pub valid_until: Option<Date>,
    /// 未就学区分 PreschoolClassification: 1 before school, 2 at school.
    #[serde(default)]
    pub preschool: Option<String>,
    /// 資格喪失事由 ReasonOfLoss, a code.
    #[serde(default)]
    pub loss_reason: Option<String>,
    /// 高齢受給者証 ElderlyRecipientCertificateInfo.
    #[serde(default)]
    pub elderly: Option<ElderlyCertificate>,
    /// 限度額適用認定証 LimitApplicationCertificateRelatedInfo.
    #[serde(default)]
    pub limit: Option<LimitCertificate>,
    /// 特定疾病療養受療証, only where the national service says that consent was given.
    #[serde(default)]
    pub specific_diseases: Vec<SpecificDisease>,
    /// 公費 PublicExpenseResultList.
    #[serde(default)]
    pub public_expenses: Vec<PublicExpense>,
    /// The consents as the national service has them.
    #[serde(default)]
    pub consents: Vec<NationalConsent>,
    /// 照会番号 ReferenceNumber: the facility's own number of the patient.
    #[serde(default)]
    pub reference_number: Option<String>,
    /// Each value as it came, in the order of the answer.
    #[serde(default)]
    pub raw: Vec<RawField>,
}

impl Insurance {
    /// The raw value of a path, where the answer has it.
    #[must_use]
    pub fn raw_value(&self, path: &str) -> Option<&str> {
        let found = self.raw.iter().find(|field| field.path == path);
        found.map(|field| field.value.as_str())
    }
}

/// 高齢受給者証.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElderlyCertificate {
    /// 交付日.
    pub issued_on: Option<Date>,
    /// 有効開始日.
    pub valid_from: Option<Date>,
    /// 有効終了日.
    pub valid_until: Option<Date>,
    /// 一部負担金割合 in percent.
    pub contribution_percent: Option<u8>,
}

/// 限度額適用認定証.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitCertificate {
    /// 認定証区分, a code.
    pub certificate: Option<String>,
    /// 適用区分, a code.
    pub classification: Option<String>,
    /// 交付日.
    pub issued_on: Option<Date>,
    /// 有効開始日.
    pub valid_from: Option<Date>,
    /// 有効終了日.
    pub valid_until: Option<Date>,
    /// 長期入院該当日.
    pub long_term_on: Option<Date>,
}

/// 特定疾病療養受療証.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecificDisease {
    /// 認定疾病区分, a code.
    pub category: Option<String>,
    /// 交付日.
    pub issued_on: Option<Date>,
    /// 有効開始日.
    pub valid_from: Option<Date>,
    /// 有効終了日.
    pub valid_until: Option<Date>,
    /// 自己負担限度額 in yen.
    pub self_pay_yen: Option<u32>,
}

/// 医療券・調剤券 of 公費. What else its ticket says is in [`Insurance::raw`].
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicExpense {
    /// 医療券・調剤券別, a code.
    pub ticket_type: Option<String>,
    /// 交付番号.
    pub issue_number: Option<String>,
    /// 診療年月, yyyyMM.
    pub treatment_month: Option<String>,
    /// 有効開始日.
    pub valid_from: Option<Date>,
    /// 有効終了日.
    pub valid_until: Option<Date>,
    /// 指定医療機関コード.
    pub institution_code: Option<String>,
    /// 指定医療機関名.
    pub institution_name: Option<String>,
    /// 本人支払額 in yen.
    pub self_pay_yen: Option<u32>,
}

macro_rules! silent {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

silent!(
    Insurance,
    ElderlyCertificate,
    LimitCertificate,
    SpecificDisease,
    PublicExpense
);
