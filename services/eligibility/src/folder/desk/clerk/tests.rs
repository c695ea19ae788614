use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use madoguchi_core::eligibility::{Source, Validity, Why};
use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;
use crate::MemoryResults;
use crate::xml::Charset;

const NOON: OffsetDateTime = datetime!(2026-11-26 12:00 +9);
/// How long a visit may wait for its result, and a challenge be used.
const LONGEST: i64 = 900;

/// A clock that is moved by hand.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        NOON + time::Duration::seconds(self.0.load(Ordering::SeqCst))
    }
}

struct Scene {
    clerk: Clerk,
    clock: Arc<Hand>,
    results: u32,
    answers: BTreeMap<u8, oneshot::Receiver<Result<StoredResult, Reason>>>,
    /// Whose record each visit was given, and when.
    given: BTreeMap<u8, (String, i64)>,
}

fn insurance(person: u8) -> Insurance {
    Insurance {
        insurer_number: "06139999".to_owned(),
        number: person.to_string(),
        branch_number: Some("00".to_owned()),
        name_kana: "アイウエオカ".chars().nth(person.into()).map(String::from),
        birth_date: Some(date!(1980 - 01 - 01)),
        ..Insurance::default()
    }
}

fn challenge(visit: u8) -> ChallengeId {
    ChallengeId::new(format!("challenge-{visit}")).unwrap()
}

impl Scene {
    fn new() -> Self {
        let clock = Arc::new(Hand::default());
        let options = Options {
            req: PathBuf::new(),
            res: PathBuf::new(),
            face: PathBuf::new(),
            institution_code: String::new(),
            charset: Charset::Utf8,
            poll: Duration::from_secs(1),
            deadline: Duration::from_secs(60),
            window: Duration::from_secs(180),
            settle: Duration::ZERO,
            max_age: Duration::from_secs(86_400),
        };
        let health = Arc::new(Health::new(clock.clone()));
        let store = Arc::new(MemoryResults::default());
        let earlier = Earlier {
            waiting: Vec::new(),
            last_visit_at: None,
        };
        Self {
            clerk: Clerk::new(options, store, clock.clone(), health, earlier),
            clock,
            results: 0,
            answers: BTreeMap::new(),
            given: BTreeMap::new(),
        }
    }

    async fn at(&mut self, seconds: i64) {
        self.clock.0.store(seconds, Ordering::SeqCst);
        self.clerk.settle().await;
    }

    async fn begin(&mut self, visit: u8) {
        let (reply, answer) = oneshot::channel();
        let order = Order::Begin {
            challenge: challenge(visit),
            expires_at: self.clock.now() + time::Duration::seconds(LONGEST),
            reply,
        };
        self.clerk.obey(order).await;
        self.clerk.settle().await;
        assert_eq!(answer.await.unwrap(), Ok(()));
    }

    async fn wait(&mut self, visit: u8, expected: Option<Person>) {
        let (reply, answer) = oneshot::channel();
        let order = Order::Wait {
            challenge: challenge(visit),
            visit: Some(CheckInId::new(format!("visit-{visit}")).unwrap()),
            expected,
            reply,
        };
        self.clerk.obey(order).await;
        self.answers.insert(visit, answer);
        self.clerk.settle().await;
    }

    async fn leave(&mut self, visit: u8) {
        self.clerk.obey(Order::Leave(challenge(visit), None)).await;
        self.clerk.settle().await;
    }

    /// A result of that person, made then and found now.
    async fn find(&mut self, person: u8, at: i64) {
        self.put(person, at, vec![insurance(person)]).await;
    }

    /// One that the national service knows nobody for.
    async fn find_nobody(&mut self, person: u8, at: i64) {
        self.put(person, at, Vec::new()).await;
    }

    async fn put(&mut self, person: u8, at: i64, insurances: Vec<Insurance>) {
        self.results += 1;
        let id = ResultId::new(format!("{:064}", self.results)).unwrap();
        let mut record = Record::new(Source::Folder, Validity::Valid, insurances);
        // Nothing that the desk looks at: so the test knows whose it is.
        record.prescription_issue = Some(person.to_string());
        let at = NOON + time::Duration::seconds(at);
        assert!(self.clerk.keep(id, record, Some(at)).await);
        self.clerk.settle().await;
    }

    /// Notes what was given by now.
    fn note(&mut self) {
        for (visit, answer) in &mut self.answers {
            if let Ok(Ok(answer)) = answer.try_recv() {
                let whose = answer.record.prescription_issue.clone().unwrap();
                self.given
                    .insert(*visit, (whose, self.clock.0.load(Ordering::SeqCst)));
            }
        }
    }

    /// Whose record a visit was given.
    fn given(&mut self, visit: u8) -> Option<String> {
        self.note();
        Some(self.given.get(&visit)?.0.clone())
    }

    fn why(&self) -> Vec<Why> {
        self.clerk.unmatched().iter().map(|one| one.why).collect()
    }
}

#[tokio::test]
async fn a_visit_that_leaves_does_not_leave_its_result_to_another() {
    let mut scene = Scene::new();
    for visit in [1, 2] {
        scene.begin(visit).await;
        scene.wait(visit, None).await;
    }
    scene.at(10).await;
    scene.find(1, 10).await;
    assert_eq!(scene.why(), [Why::SeveralVisits]);
    // The first one's time is up.
    scene.at(60).await;
    scene.leave(1).await;
    for seconds in [61, 200, 400, 890] {
        scene.at(seconds).await;
        assert_eq!(scene.given(2), None, "the first patient's record");
        assert_eq!(scene.why(), [Why::SeveralVisits]);
    }
}

#[tokio::test]
async fn what_comes_late_for_a_visit_that_left_is_not_the_next_ones() {
    let mut scene = Scene::new();
    scene.begin(1).await;
    scene.at(20).await;
    scene.leave(1).await;
    scene.begin(2).await;
    scene.wait(2, None).await;
    scene.at(40).await;
    scene.find(1, 35).await;
    assert_eq!((scene.given(2), scene.why()), (None, vec![Why::SeveralVisits]));
    // Long after the first has left, what comes is the second's.
    scene.at(700).await;
    scene.find(2, 690).await;
    assert_eq!(scene.given(2), None, "two results for one visit");
}

#[tokio::test]
async fn a_visit_that_takes_long_gets_its_result_and_an_old_one_is_nobodys() {
    let mut scene = Scene::new();
    scene.begin(1).await;
    scene.at(300).await;
    scene.find(1, 290).await;
    assert_eq!(scene.why(), [], "held for the visit");
    scene.at(600).await;
    scene.wait(1, None).await;
    assert_eq!(scene.given(1).as_deref(), Some("1"));
    scene.begin(2).await;
    scene.wait(2, None).await;
    // Found after an outage of the share.
    scene.find(3, 600 - 31).await;
    assert_eq!((scene.given(2), scene.why()), (None, vec![Why::NoVisit]));
}

#[tokio::test]
async fn what_staff_gave_before_the_visit_waited_is_its_answer() {
    let mut scene = Scene::new();
    scene.find(1, -100).await;
    let listed = scene.clerk.unmatched();
    let (reply, _answer) = oneshot::channel();
    let visit = CheckInId::new("visit-1".to_owned()).unwrap();
    scene
        .clerk
        .obey(Order::Assign(listed[0].id.clone(), visit, reply))
        .await;
    scene.begin(1).await;
    scene.wait(1, None).await;
    assert_eq!(scene.given(1).as_deref(), Some("1"));
}

#[tokio::test]
async fn a_desk_that_is_full_refuses_and_old_results_are_dropped() {
    let mut scene = Scene::new();
    scene.find(1, 0).await;
    assert_eq!(scene.why().len(), 1);
    scene.at(86_400).await;
    assert_eq!(scene.why().len(), 0);
    for _ in 0..1_024 {
        let (reply, _answer) = oneshot::channel();
        let order = Order::Begin {
            challenge: ChallengeId::generate(),
            expires_at: scene.clock.now() + time::Duration::HOUR,
            reply,
        };
        scene.clerk.obey(order).await;
    }
    scene.wait(9, None).await;
    let refused = scene.answers.get_mut(&9).unwrap().try_recv().unwrap();
    assert_eq!(refused.unwrap_err(), Reason::Overloaded);
}

/// One patient's visit: when it begins, waits and ends, when the terminal makes results, and how long later they are
/// found.
#[derive(Debug, Clone)]
struct Plan {
    begins: i64,
    waits: Option<i64>,
    lasts: i64,
    made: Vec<(i64, i64, bool)>,
    expects: u8,
}

fn plan() -> impl Strategy<Value = Plan> {
    let made = prop::collection::vec((0i64..1_070, 0i64..600, any::<bool>()), 0..3);
    (
        0i64..600,
        prop::option::of(0i64..400),
        1i64..LONGEST,
        made,
        0u8..4,
    )
        .prop_map(|(begins, waits, lasts, made, expects)| Plan {
            begins,
            waits: waits.filter(|waits| *waits < lasts),
            lasts,
            // The patient is there from the visit's begin until a little after its end, which an answer is too.
            made: made
                .into_iter()
                .map(|(at, late, is_known)| (at.min(lasts + 180), late, is_known))
                .collect(),
            expects,
        })
}

/// Whom a caller expects of that patient: nobody, a date of birth that everybody has, exactly that one, or that one with a
/// former insurance, which may be another's by now.
fn expected(patient: u8, how: u8) -> Option<Person> {
    let birth = Person {
        birth_date: Some(date!(1980 - 01 - 01)),
        ..Person::default()
    };
    match how {
        0 => None,
        1 => Some(birth),
        _ => Some(Person {
            insurer_number: Some("06139999".to_owned()),
            number: Some(match how {
                2 => patient.to_string(),
                _ => format!("9{patient}"),
            }),
            branch_number: Some("00".to_owned()),
            ..birth
        }),
    }
}

proptest! {
    #[test]
    fn no_visit_ever_gets_another_patients_record(plans in prop::collection::vec(plan(), 1..5)) {
        let mut steps = Vec::new();
        for (patient, plan) in (0u8..).zip(&plans) {
            steps.push((plan.begins, 0, patient, 0));
            if let Some(waits) = plan.waits {
                steps.push((plan.begins + waits, 1, patient, 0));
            }
            steps.push((plan.begins + plan.lasts, 3, patient, 0));
            for (made, late, is_known) in &plan.made {
                let at = plan.begins + made;
                steps.push((at + late, if *is_known { 2 } else { 4 }, patient, at));
            }
        }
        steps.sort_unstable();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut scene = Scene::new();
        for (now, what, patient, at) in steps {
            runtime.block_on(async {
                scene.at(now).await;
                scene.note();
                let is_gone = scene.given.get(&patient).is_some_and(|(_, given)| at > given + 180);
                match what {
                    2 | 4 if is_gone => {}
                    0 => scene.begin(patient).await,
                    1 => scene.wait(patient, expected(patient, plans[usize::from(patient)].expects)).await,
                    2 => scene.find(patient, at).await,
                    4 => scene.find_nobody(patient, at).await,
                    _ => scene.leave(patient).await,
                }
                scene.note();
            });
        }
        for patient in (0u8..).take(plans.len()) {
            let given = scene.given(patient);
            prop_assert!(given.is_none() || given == Some(patient.to_string()), "{given:?} for {patient}");
        }
    }
}
