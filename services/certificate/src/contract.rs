//! What every [`Outlook`] keeps to. The one in memory and each database run the same suite.

use madoguchi_core::outlook::{ExpiringDay, Outlook, Sighting, Window};
use madoguchi_core::{CardKey, Medium};
use time::Date;
use time::macros::date;

/// A card whose key is that digit, repeated.
///
/// # Panics
/// Where it is no hexadecimal digit.
#[must_use]
pub fn card(digit: char) -> CardKey {
    #[expect(clippy::expect_used, reason = "a suite for tests")]
    CardKey::new(digit.to_string().repeat(64)).expect("a hexadecimal digit")
}

fn sighting(digit: char, not_after: Date, good_until: Date) -> Sighting {
    Sighting {
        card_key: card(digit),
        medium: Medium::Card,
        not_after,
        good_until,
        seen_on: date!(2026 - 11 - 22),
    }
}

fn window(from: Date, to: Date) -> Window {
    Window {
        today: date!(2026 - 11 - 22),
        from,
        to,
        after: None,
        limit: 10,
    }
}

/// Runs the whole suite on an empty outlook.
///
/// # Panics
/// Where the outlook breaks the contract.
pub async fn outlook(outlook: &dyn Outlook) {
    let (january, february) = (date!(2027 - 01 - 31), date!(2027 - 02 - 01));
    let all = window(date!(2027 - 01 - 01), date!(2027 - 12 - 31));
    assert_eq!(outlook.days(&all).await, Ok(Vec::new()));
    assert_eq!(outlook.expiring(&all).await, Ok(Vec::new()));

    // What goes in comes out, by day and then by key.
    let a = sighting('a', february, date!(2027 - 05 - 31));
    let b = sighting('b', january, date!(2027 - 04 - 30));
    let c = Sighting {
        medium: Medium::IPhone,
        ..sighting('c', january, january)
    };
    for one in [&a, &b, &c] {
        assert_eq!(outlook.record(one.clone()).await, Ok(()));
    }
    let told = outlook.expiring(&all).await;
    assert_eq!(told, Ok(vec![b.clone(), c.clone(), a.clone()]));
    let days = [(january, 2), (february, 1)].map(|(date, count)| ExpiringDay { date, count });
    assert_eq!(outlook.days(&all).await, Ok(days.to_vec()));

    // Both ends of the window belong to it.
    assert_eq!(
        outlook.expiring(&window(february, february)).await,
        Ok(vec![a.clone()])
    );
    let before = window(date!(2027 - 01 - 01), date!(2027 - 01 - 30));
    assert_eq!(outlook.expiring(&before).await, Ok(Vec::new()));
    assert_eq!(outlook.days(&before).await, Ok(Vec::new()));

    // Part by part nothing is told twice and nothing left out.
    let mut part = Window {
        limit: 1,
        ..all.clone()
    };
    for expected in [&b, &c, &a] {
        assert_eq!(outlook.expiring(&part).await, Ok(vec![expected.clone()]));
        part.after = Some((expected.not_after, expected.card_key.clone()));
    }
    assert_eq!(outlook.expiring(&part).await, Ok(Vec::new()));

    // Once its validity has passed a card stands under the end of its grace, whenever it was seen; a phone has none.
    let graced = Window {
        today: february,
        ..window(february, date!(2027 - 12 - 31))
    };
    assert_eq!(outlook.expiring(&graced).await, Ok(vec![a.clone(), b.clone()]));
    let days = [(february, 1), (b.good_until, 1)].map(|(date, count)| ExpiringDay { date, count });
    assert_eq!(outlook.days(&graced).await, Ok(days.to_vec()));
    let rest = Window {
        after: Some((february, a.card_key.clone())),
        ..graced
    };
    assert_eq!(outlook.expiring(&rest).await, Ok(vec![b.clone()]));

    // Seen again is one; an older sighting that arrives late does not make it unseen.
    let later = Sighting {
        seen_on: date!(2026 - 12 - 24),
        ..b.clone()
    };
    assert_eq!(outlook.record(later.clone()).await, Ok(()));
    assert_eq!(outlook.record(b.clone()).await, Ok(()));
    assert_eq!(
        outlook.expiring(&window(january, january)).await,
        Ok(vec![later.clone(), c])
    );

    // A phone serves for nothing after its validity, a card after its grace.
    assert_eq!(outlook.forget_before(january).await, Ok(0));
    assert_eq!(outlook.forget_before(february).await, Ok(1));
    assert_eq!(outlook.expiring(&all).await, Ok(vec![later, a]));
    assert_eq!(outlook.forget_before(date!(2027 - 06 - 01)).await, Ok(2));
    assert_eq!(outlook.days(&all).await, Ok(Vec::new()));
}
