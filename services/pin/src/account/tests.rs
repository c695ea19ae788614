use proptest::prelude::*;

use super::*;

/// A card with its own counter, and what is remembered of it.
struct Pair {
    on_card: u8,
    account: Option<Account>,
}

impl Pair {
    fn change(&mut self, change: Change) -> Outcome {
        let (after, outcome) = Account::after(self.account, change);
        self.account = Some(after);
        outcome
    }

    fn remembered(&self) -> u8 {
        match self.account.unwrap().pin {
            Pin::Tries(tries) => tries,
            Pin::NotSet => panic!("this card has a PIN"),
        }
    }

    fn said(&self) -> PinStatus {
        match self.on_card {
            0 => PinStatus::Locked,
            tries => PinStatus::TriesLeft(tries),
        }
    }
}

/// What becomes of a PIN that was sent, or of the gateway that wanted to send it.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Right,
    Wrong,
    /// The card was pulled away after it had counted.
    LostAfter,
    /// The gateway was killed before it sent anything.
    LostBefore,
}

#[test]
fn a_try_is_spent_before_the_card_answers() {
    let mut pair = Pair {
        on_card: 3,
        account: None,
    };
    pair.change(Change::Learn(PinStatus::TriesLeft(3)));
    let leave = pair.change(Change::Reserve {
        last_try_confirmed: false,
    });
    assert!(matches!(
        leave,
        Outcome::Leave(Leave::Granted(Reservation { tries_left: 2, .. }))
    ));
    assert_eq!(pair.remembered(), 2);
    // Nobody settles it: the next visit hears the card, if it can.
    pair.change(Change::Learn(PinStatus::TriesLeft(3)));
    assert_eq!(pair.remembered(), 3);
}

#[test]
fn the_last_try_needs_a_yes_and_a_lock_stays_until_the_card_says_otherwise() {
    let mut pair = Pair {
        on_card: 1,
        account: None,
    };
    pair.change(Change::Learn(PinStatus::TriesLeft(1)));
    let refused = Outcome::Leave(Leave::LastTryNotConfirmed);
    assert_eq!(
        pair.change(Change::Reserve {
            last_try_confirmed: false
        }),
        refused
    );
    assert_eq!(pair.remembered(), 1, "a refusal costs nothing");
    let Outcome::Leave(Leave::Granted(last)) = pair.change(Change::Reserve {
        last_try_confirmed: true,
    }) else {
        panic!("patient and staff agreed");
    };
    let settlement = Settlement::Wrong { tries_left: 0 };
    pair.change(Change::Settle {
        generation: last.generation,
        settlement,
    });
    for last_try_confirmed in [false, true] {
        assert_eq!(
            pair.change(Change::Reserve { last_try_confirmed }),
            Outcome::Leave(Leave::Locked)
        );
    }
    assert_eq!(pair.account.unwrap().status(), PinStatus::Locked);
    // The municipality unlocked it.
    pair.change(Change::Learn(PinStatus::TriesLeft(3)));
    assert_eq!(pair.remembered(), 3);
}

#[test]
fn a_card_without_a_pin_spends_none() {
    let mut pair = Pair {
        on_card: 0,
        account: None,
    };
    pair.change(Change::Learn(PinStatus::NotSet));
    assert_eq!(
        pair.change(Change::Reserve {
            last_try_confirmed: true
        }),
        Outcome::Leave(Leave::Locked)
    );
    assert_eq!(pair.account.unwrap().status(), PinStatus::NotSet);
}

#[test]
fn an_answer_that_comes_after_the_cards_next_word_is_old() {
    let mut pair = Pair {
        on_card: 3,
        account: None,
    };
    let Outcome::Leave(Leave::Granted(slow)) = pair.change(Change::Reserve {
        last_try_confirmed: false,
    }) else {
        panic!("three are left");
    };
    pair.change(Change::Learn(PinStatus::TriesLeft(1)));
    for settlement in [Settlement::Verified, Settlement::Wrong { tries_left: 2 }] {
        pair.change(Change::Settle {
            generation: slow.generation,
            settlement,
        });
        assert_eq!(pair.remembered(), 1);
    }
}

proptest! {
    /// Whatever happens to PINs, cards and gateways: what is remembered is never more than what the card has, and the
    /// last try is never spent without a yes.
    #[test]
    fn it_never_believes_itself_more_than_the_card(
        visits in proptest::collection::vec(
            (any::<bool>(), any::<bool>(), prop_oneof![
                Just(Fate::Right), Just(Fate::Wrong), Just(Fate::LostAfter), Just(Fate::LostBefore),
            ]),
            1..40,
        ),
    ) {
        let mut pair = Pair { on_card: FULL, account: None };
        pair.change(Change::Learn(PinStatus::TriesLeft(FULL)));
        for (asks_the_card, last_try_confirmed, fate) in visits {
            if asks_the_card {
                let said = pair.said();
                pair.change(Change::Learn(said));
                prop_assert_eq!(pair.remembered(), pair.on_card);
            }
            let Outcome::Leave(Leave::Granted(reserved)) = pair.change(Change::Reserve { last_try_confirmed }) else {
                continue;
            };
            prop_assert!(pair.on_card > 0, "a PIN was sent to a locked card");
            prop_assert!(pair.on_card > 1 || last_try_confirmed, "the last try went without a yes");
            let settlement = match fate {
                Fate::Right => {
                    pair.on_card = FULL;
                    Some(Settlement::Verified)
                }
                Fate::Wrong | Fate::LostAfter => {
                    pair.on_card -= 1;
                    let tries_left = pair.on_card;
                    matches!(fate, Fate::Wrong).then_some(Settlement::Wrong { tries_left })
                }
                Fate::LostBefore => None,
            };
            prop_assert!(pair.remembered() < FULL, "the try counts before the card answers");
            if let Some(settlement) = settlement {
                pair.change(Change::Settle { generation: reserved.generation, settlement });
            }
            prop_assert!(pair.remembered() <= pair.on_card);
        }
    }
}
