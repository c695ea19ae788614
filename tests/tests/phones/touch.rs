//! Who comes before the reception has started a visit.

use madoguchi_core::Medium;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::screen::Answer;
use madoguchi_tests::ending;
use madoguchi_twin::device::{Act, Field, PageKind};

use crate::scene::{page, press};

#[test]
fn a_touch_is_told_to_the_emr_and_answered_on_the_screen_and_a_card_laid_first_is_used() {
    madoguchi_tests::run(async {
        let clinic = super::clinic().await;
        for counter in &clinic.counters {
            let (stage, maker) = (counter.stage(), counter.stand.maker);
            stage.act(Act::Touch).unwrap();
            let greeted = page(stage, PageKind::Guide, |_| true).await.panel.unwrap();
            assert_eq!(
                greeted.about,
                Some(Field::Guidance(Guidance::WaitForStaff)),
                "{maker}"
            );
            clinic
                .gateway
                .readers_until("the touch is told", |readers| {
                    readers
                        .iter()
                        .any(|reader| reader.reader_id == counter.reader_id && reader.touch_count > 0)
                })
                .await;
            stage.insert("adult").unwrap();
            clinic
                .gateway
                .readers_until("the card is seen", |readers| {
                    readers
                        .iter()
                        .any(|reader| reader.reader_id == counter.reader_id && reader.card_present)
                })
                .await;
            let mut visit = clinic.start(counter, None).await;
            page(stage, PageKind::ChooseMedium, |_| true).await;
            press(stage, Answer::Medium(Medium::Card)).await;
            // It is read at once.
            page(stage, PageKind::ChooseMethod, |_| true).await;
            stage.act(Act::Quit).unwrap();
            assert_eq!(ending(&visit.end().await), "cancelled by patient", "{maker}");
            // It is asked back, and nobody else's visit begins with it.
            page(stage, PageKind::TakeCard, |_| true).await;
            stage.act(Act::Remove).unwrap();
            page(stage, PageKind::Idle, |_| true).await;
        }
    });
}
