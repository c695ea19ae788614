//! The screen.

use std::time::{Duration, Instant};

use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{Answer, Page, Screen};
use madoguchi_driver_api::{Call, Capability, Error, Item, Medium, Method, Reader};

use super::card;
use crate::ground::{Ground, LATE, SOON, cancelled, deadline, long, over};
use crate::hands::{Deed, Skill};
use crate::rule::{Checked, Group, Need, Rule, Stop, expect, good, told};

const SCREEN: &[Need] = &[Need::Reader, Need::Can(Capability::Screen)];
const STAFF: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Screen),
    Need::Can(Capability::StaffVisual),
];
const FINGERS: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Screen),
    Need::Hand(Skill::Fingers),
];
const STAFF_FINGERS: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Screen),
    Need::Can(Capability::StaffVisual),
    Need::Hand(Skill::Fingers),
];
const INSIDE: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Screen),
    Need::Hand(Skill::Inside),
];
const WITH_CARD: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Screen),
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
];

/// How long a device may take to show a page.
const AT_ONCE: Duration = Duration::from_millis(900);

const SEEN: &str = "A page that asks nothing is seen at once.";
const WAITS: &str = "A page that asks waits for its answer, until its deadline.";
const ENDS: &str = "A page that asks ends soon after it was called off.";
const ANSWERS: &str = "The answer is the button that was pressed.";

pub(super) const RULES: &[Rule] = &[
    Group::Screens.rule("seen-idle", SEEN, SCREEN, |ground| seen(ground, Page::Idle)),
    Group::Screens.rule("seen-present", SEEN, SCREEN, |ground| {
        seen(ground, Page::Present { medium: Medium::Card })
    }),
    Group::Screens.rule("seen-guide", SEEN, SCREEN, |ground| {
        seen(
            ground,
            Page::Guide {
                guidance: Guidance::TakeCard,
            },
        )
    }),
    Group::Screens.rule("seen-completed", SEEN, SCREEN, |ground| {
        seen(ground, Page::Completed)
    }),
    Group::Screens.rule("seen-failed", SEEN, SCREEN, |ground| seen(ground, Page::Failed)),
    Group::Screens.rule("seen-take-card", SEEN, SCREEN, |ground| {
        seen(ground, Page::TakeCard)
    }),
    Group::Screens.rule("deadline-choose-medium", WAITS, SCREEN, |ground| {
        waits(ground, media())
    }),
    Group::Screens.rule("deadline-choose-method", WAITS, SCREEN, |ground| {
        waits(ground, methods())
    }),
    Group::Screens.rule("deadline-register", WAITS, SCREEN, |ground| {
        waits(ground, Page::Register)
    }),
    Group::Screens.rule("deadline-consent", WAITS, SCREEN, |ground| {
        waits(ground, consent())
    }),
    Group::Screens.rule("deadline-staff-check", WAITS, STAFF, |ground| {
        waits(ground, Page::StaffCheck)
    }),
    Group::Screens.rule("cancel-choose-medium", ENDS, SCREEN, |ground| {
        called_off(ground, media())
    }),
    Group::Screens.rule("cancel-choose-method", ENDS, SCREEN, |ground| {
        called_off(ground, methods())
    }),
    Group::Screens.rule("cancel-register", ENDS, SCREEN, |ground| {
        called_off(ground, Page::Register)
    }),
    Group::Screens.rule("cancel-consent", ENDS, SCREEN, |ground| {
        called_off(ground, consent())
    }),
    Group::Screens.rule("cancel-staff-check", ENDS, STAFF, |ground| {
        called_off(ground, Page::StaffCheck)
    }),
    Group::Screens.rule("answer-choose-medium", ANSWERS, FINGERS, |ground| {
        answers(ground, media(), &[Answer::Medium(Medium::Card)])
    }),
    Group::Screens.rule("answer-choose-method", ANSWERS, FINGERS, |ground| {
        answers(
            ground,
            methods(),
            &[Answer::Method(Method::Face), Answer::Method(Method::Pin)],
        )
    }),
    Group::Screens.rule("answer-register", ANSWERS, FINGERS, |ground| {
        answers(ground, Page::Register, &[Answer::Yes, Answer::No])
    }),
    Group::Screens.rule("answer-consent", ANSWERS, FINGERS, |ground| {
        answers(ground, consent(), &[Answer::Yes, Answer::No])
    }),
    Group::Screens.rule("answer-staff-check", ANSWERS, STAFF_FINGERS, |ground| {
        answers(ground, Page::StaffCheck, &[Answer::Yes, Answer::No])
    }),
    Group::Screens.rule(
        "buttons-are-those-asked-for",
        "Media and methods that were not asked for are not offered.",
        INSIDE,
        buttons,
    ),
    Group::Screens.rule(
        "quit-is-an-answer",
        "Who may stop and does is told.",
        INSIDE,
        |ground| offered(ground, |answer| *answer == Answer::Quit),
    ),
    Group::Screens.rule(
        "language-is-an-answer",
        "Who wants another language is told, with the language.",
        INSIDE,
        |ground| offered(ground, |answer| matches!(answer, Answer::Language(_))),
    ),
    Group::Screens.rule(
        "every-language-is-shown",
        "A page is shown in each language, or in Japanese.",
        SCREEN,
        |ground| {
            let mut reader = ground.open()?;
            for language in ["ja", "en", "zh-Hans", "ko", "vi", "tlh", ""] {
                let screen = Screen {
                    page: Page::Completed,
                    language: language.to_owned(),
                };
                let answer = reader.present(&screen, &long());
                expect(answer == Ok(Answer::Seen), "Seen", || {
                    format!("{language:?}: {}", told(&answer))
                })?;
            }
            Ok(())
        },
    ),
    Group::Screens.rule(
        "long-texts-do-no-harm",
        "A long sentence is shown or refused, without a panic.",
        SCREEN,
        |ground| {
            let mut reader = ground.open()?;
            let page = Page::Consent {
                item: Item::Surgery,
                text: "手術情報の提供に同意しますか。".repeat(200),
            };
            let answer = reader.present(&screen(page), &Call::within(SOON));
            expect(
                matches!(
                    answer,
                    Err(Error::Timeout | Error::Unsupported | Error::Protocol { .. })
                ),
                "the page until its deadline, or a refusal",
                || told(&answer),
            )
        },
    ),
    Group::Screens.rule(
        "presenting-has-bounds",
        "A page is not shown when its time is up or it was called off.",
        SCREEN,
        |ground| {
            let mut reader = ground.open()?;
            let page = screen(Page::Register);
            over("presenting", |call| reader.present(&page, call))
        },
    ),
    Group::Screens.rule(
        "a-page-that-ended-is-cleared",
        "A page that was called off is not on the device any more.",
        INSIDE,
        |ground| {
            let mut reader = ground.open()?;
            let page = screen(Page::Register);
            cancelled("a page", |call| reader.present(&page, call))?;
            // The call is over when the device was told; it may take a moment to do it.
            let is_other = |on: Option<&str>| on != Some("register");
            let on = ground.look_for(LATE, |seen| is_other(seen.page.as_deref()))?.page;
            expect(is_other(on.as_deref()), "another page or none", || {
                format!("{on:?}")
            })
        },
    ),
    Group::Screens.rule(
        "pages-follow-each-other",
        "After a page that ended early the next one works.",
        SCREEN,
        |ground| {
            let mut reader = ground.open()?;
            for _ in 0..5 {
                let asked = reader.present(&screen(Page::Register), &Call::within(SOON / 4));
                expect(asked == Err(Error::Timeout), "the deadline passed", || {
                    told(&asked)
                })?;
                let shown = reader.present(&screen(Page::Idle), &long());
                expect(shown == Ok(Answer::Seen), "Seen", || told(&shown))?;
            }
            Ok(())
        },
    ),
    Group::Screens.rule(
        "card-stays-powered-while-showing",
        "A powered card stays powered while a page is shown.",
        WITH_CARD,
        |ground| {
            card::stays_powered(ground, |reader, call| {
                reader.present(&screen(Page::Register), call).map(drop)
            })
        },
    ),
    Group::Screens.rule(
        "no-screen-no-pages",
        "A reader that announces no screen says that it asks nothing; it may show what asks nothing.",
        &[Need::Reader, Need::Cannot(Capability::Screen)],
        |ground| {
            let mut reader = ground.open()?;
            for page in [Page::Idle, Page::Register, consent()] {
                let may_show = !page.asks();
                let answer = reader.present(&screen(page), &long());
                let shown = may_show && answer == Ok(Answer::Seen);
                expect(
                    shown || answer == Err(Error::Unsupported),
                    &Error::Unsupported.to_string(),
                    || told(&answer),
                )?;
            }
            Ok(())
        },
    ),
];

pub(crate) fn screen(page: Page) -> Screen {
    Screen {
        page,
        language: "ja".to_owned(),
    }
}

fn media() -> Page {
    Page::ChooseMedium {
        options: vec![Medium::Card, Medium::IPhone],
        notice: None,
    }
}

fn methods() -> Page {
    Page::ChooseMethod {
        options: vec![Method::Face, Method::Pin],
    }
}

fn consent() -> Page {
    Page::Consent {
        item: Item::Medication,
        text: "薬剤情報の提供に同意しますか。".to_owned(),
    }
}

/// Takes the page before off the screen: an answered one stays, and its buttons would be pressed.
fn blank(reader: &mut dyn Reader) -> Checked {
    good("the idle page", reader.present(&screen(Page::Idle), &long())).map(drop)
}

fn seen(ground: &mut Ground, page: Page) -> Checked {
    let mut reader = ground.open()?;
    let begun = Instant::now();
    let answer = reader.present(&screen(page), &long());
    let took = begun.elapsed();
    expect(
        answer == Ok(Answer::Seen) && took < AT_ONCE,
        "Seen within 900 ms",
        || format!("{} after {} ms", told(&answer), took.as_millis()),
    )
}

fn waits(ground: &mut Ground, page: Page) -> Checked {
    let mut reader = ground.open()?;
    let page = screen(page);
    deadline("the page", |call| reader.present(&page, call))
}

fn called_off(ground: &mut Ground, page: Page) -> Checked {
    let mut reader = ground.open()?;
    let page = screen(page);
    cancelled("the page", |call| reader.present(&page, call))
}

fn answers(ground: &mut Ground, page: Page, buttons: &[Answer]) -> Checked {
    let mut reader = ground.open()?;
    let page = screen(page);
    for button in buttons {
        blank(reader.as_mut())?;
        let pressing = vec![Deed::Press(button.clone())];
        let (answer, pressed) = ground.during(pressing, || reader.present(&page, &long()));
        expect(
            answer.as_ref() == Ok(button),
            &format!("{button:?}"),
            || match pressed {
                Err(Stop::Broken { seen, .. } | Stop::NotTried(seen) | Stop::NotApplicable(seen)) => {
                    format!("{}; {seen}", told(&answer))
                }
                Ok(_) => told(&answer),
            },
        )?;
    }
    Ok(())
}

fn buttons(ground: &mut Ground) -> Checked {
    let mut reader = ground.open()?;
    for page in [media(), methods()] {
        blank(reader.as_mut())?;
        let page = screen(page);
        let (_, seen) = ground.during(vec![Deed::AwaitQuestion], || {
            reader.present(&page, &Call::within(SOON * 2))
        });
        let buttons = seen?.buttons;
        let stray = buttons.iter().find(|button| match (button, &page.page) {
            (Answer::Medium(medium), Page::ChooseMedium { options, .. }) => !options.contains(medium),
            (Answer::Method(method), Page::ChooseMethod { options }) => !options.contains(method),
            (Answer::Medium(_) | Answer::Method(_) | Answer::Yes | Answer::No | Answer::Seen, _) => true,
            _ => false,
        });
        expect(stray.is_none(), "only what was asked for", || {
            format!("{stray:?}")
        })?;
    }
    Ok(())
}

/// Presses the first such button that a page offers.
fn offered(ground: &mut Ground, wanted: fn(&Answer) -> bool) -> Checked {
    let mut reader = ground.open()?;
    for page in [media(), methods(), Page::Register, consent()] {
        blank(reader.as_mut())?;
        let page = screen(page);
        let (_, seen) = ground.during(vec![Deed::AwaitQuestion], || {
            reader.present(&page, &Call::within(SOON * 2))
        });
        let Some(button) = seen?.buttons.into_iter().find(wanted) else {
            continue;
        };
        blank(reader.as_mut())?;
        let pressing = vec![Deed::Press(button.clone())];
        let (answer, _) = ground.during(pressing, || reader.present(&page, &long()));
        let given = good("the page", answer)?;
        return expect(given == button, &format!("{button:?}"), || format!("{given:?}"));
    }
    Err(Stop::NotApplicable("the device offers no such button".to_owned()))
}
