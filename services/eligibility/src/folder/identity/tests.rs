use time::macros::date;

use super::*;

fn insurance() -> Insurance {
    Insurance {
        insurer_number: "06139999".to_owned(),
        symbol: Some("見本１２".to_owned()),
        number: "3456".to_owned(),
        branch_number: Some("01".to_owned()),
        name_kana: Some("ミホン　キョウコ".to_owned()),
        birth_date: Some(date!(1979 - 04 - 01)),
        reference_number: Some("77".to_owned()),
        ..Insurance::default()
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Everything that the insurance says, as a practice writes it.
fn person() -> Person {
    Person {
        birth_date: Some(date!(1979 - 04 - 01)),
        name_kana: text("ﾐﾎﾝ ｷﾖｳｺ"),
        insurer_number: text("6139999"),
        symbol: text("見本12"),
        number: text("３４５６"),
        branch_number: text("1"),
        reference_number: text("77"),
    }
}

#[test]
fn a_person_is_proven_by_a_name_or_by_a_number_of_one() {
    let nobody = Person::default;
    let birth = person().birth_date;
    let fit = |person: Person| expected(&person, &[insurance()]);
    assert_eq!(fit(person()), Fit::Proven);
    assert_eq!(fit(nobody()), Fit::Possible);
    let by_name = Person {
        birth_date: birth,
        name_kana: person().name_kana,
        ..nobody()
    };
    let by_number = Person {
        name_kana: None,
        symbol: None,
        reference_number: None,
        ..person()
    };
    let by_own_number = Person {
        reference_number: text("77"),
        ..nobody()
    };
    for proof in [&by_name, &by_number, &by_own_number] {
        assert_eq!(fit(proof.clone()), Fit::Proven);
    }
    // A family's number, a name without a date, a number without one.
    let family = Person {
        branch_number: None,
        ..by_number.clone()
    };
    let name = Person {
        birth_date: None,
        ..by_name
    };
    let number = Person {
        birth_date: None,
        ..by_number.clone()
    };
    for possible in [family, name, number] {
        assert_eq!(fit(possible), Fit::Possible);
    }
    // Two companies of one insurer count their people anew.
    let other_company = Person {
        symbol: text("他"),
        ..by_number
    };
    assert_eq!(fit(other_company), Fit::Doubtful);
}

#[test]
fn old_data_of_a_practice_excludes_nobody_but_by_the_date_of_birth() {
    let birth = person().birth_date;
    let of = |change: fn(&mut Person)| {
        let mut person = Person {
            birth_date: birth,
            ..Person::default()
        };
        change(&mut person);
        expected(&person, &[insurance()])
    };
    assert_eq!(of(|_| ()), Fit::Possible);
    assert_eq!(of(|person| person.name_kana = text("ﾔﾏﾀﾞ ｷﾖｳｺ")), Fit::Doubtful);
    assert_eq!(
        of(|person| person.insurer_number = text("01130012")),
        Fit::Doubtful
    );
    assert_eq!(of(|person| person.number = text("1")), Fit::Doubtful);
    assert_eq!(of(|person| person.branch_number = text("02")), Fit::Doubtful);
    assert_eq!(of(|person| person.reference_number = text("78")), Fit::Doubtful);
    assert_eq!(
        of(|person| person.birth_date = Some(date!(1979 - 04 - 02))),
        Fit::No
    );
    // What a result lacks speaks against nobody.
    let bare = Insurance {
        insurer_number: "06139999".to_owned(),
        ..Insurance::default()
    };
    assert_eq!(expected(&person(), &[bare]), Fit::Possible);
    assert_eq!(expected(&person(), &[]), Fit::Possible);
    // One of a person's insurances is enough.
    let former = Insurance {
        insurer_number: "01130012".to_owned(),
        number: "9".to_owned(),
        name_kana: None,
        reference_number: None,
        ..insurance()
    };
    assert_eq!(expected(&person(), &[former, insurance()]), Fit::Proven);
}

#[test]
fn another_result_of_a_patient_who_was_answered_is_known() {
    let of = |change: fn(&mut Insurance)| {
        let mut other = insurance();
        other.reference_number = None;
        change(&mut other);
        again(&[insurance()], &[other])
    };
    assert_eq!(of(|_| ()), Fit::Proven);
    // A new insurance of the same person, and one whose branch is not said.
    assert_eq!(
        of(|other| other.insurer_number = "01130012".to_owned()),
        Fit::Proven
    );
    assert_eq!(of(|other| other.branch_number = None), Fit::Proven);
    // Twins.
    let twin = |other: &mut Insurance| {
        other.name_kana = text("ミホン　ハナコ");
        other.branch_number = text("02");
    };
    assert_eq!(of(twin), Fit::No);
    let by_name = |other: &mut Insurance| {
        other.name_kana = text("ミホン　ハナコ");
        other.branch_number = None;
    };
    assert_eq!(of(by_name), Fit::No);
    let by_branch = |other: &mut Insurance| {
        other.name_kana = None;
        other.branch_number = text("02");
    };
    assert_eq!(of(by_branch), Fit::No);
    assert_eq!(
        of(|other| other.birth_date = Some(date!(2020 - 01 - 01))),
        Fit::No
    );
    // Nobody knows.
    let unknown = |other: &mut Insurance| {
        other.name_kana = None;
        other.branch_number = None;
    };
    assert_eq!(of(unknown), Fit::Possible);
    assert_eq!(again(&[insurance()], &[]), Fit::Possible);
    assert_eq!(again(&[], &[insurance()]), Fit::Possible);
}

#[test]
fn numbers_of_the_elderly_are_one_person_s() {
    let elderly = Insurance {
        insurer_number: "39131234".to_owned(),
        symbol: None,
        branch_number: None,
        name_kana: None,
        reference_number: None,
        ..insurance()
    };
    let person = Person {
        birth_date: elderly.birth_date,
        insurer_number: text("39131234"),
        number: text("3456"),
        ..Person::default()
    };
    assert_eq!(expected(&person, std::slice::from_ref(&elderly)), Fit::Proven);
    assert_eq!(
        again(std::slice::from_ref(&elderly), std::slice::from_ref(&elderly)),
        Fit::Proven
    );
}
