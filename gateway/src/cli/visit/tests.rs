//! The player against a gateway of a few lines, whose streams break after every message.

mod gateway;

use std::future::pending;

use madoguchi_proto::checkin::v1::check_in::State;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::cli::exit::Exit;
use gateway::Gateway;

/// Types these PINs, then has none left.
struct Typist {
    pins: Vec<&'static str>,
    heard: Vec<(u64, State)>,
    /// Thinks about the PIN for ever.
    dreams: bool,
}

impl Typist {
    fn new(pins: &[&'static str]) -> Self {
        Self {
            pins: pins.to_vec(),
            heard: Vec::new(),
            dreams: false,
        }
    }
}

#[async_trait]
impl Desk for Typist {
    async fn changed(&mut self, check_in: &CheckIn) -> Result<(), Error> {
        self.heard.push((check_in.sequence, check_in.state()));
        Ok(())
    }

    async fn medium(&mut self, _options: &[Medium]) -> Result<Reply<Medium>, Error> {
        Ok(Reply::Give(Medium::Card))
    }

    async fn pin(&mut self, prompt: &EnterPin) -> Result<Reply<TypedPin>, Error> {
        if self.dreams {
            pending::<()>().await;
        }
        if self.pins.is_empty() {
            return Ok(Reply::GiveUp(
                prompt.again_because.parse().unwrap_or(Reason::VisitCancelled),
            ));
        }
        let digits = Zeroizing::new(self.pins.remove(0).to_owned());
        Ok(Reply::Give(TypedPin {
            digits,
            confirm_last_try: false,
        }))
    }

    async fn consents(&mut self, question: &ConsentQuestion) -> Result<Reply<Vec<ConsentDecision>>, Error> {
        let grant = |item| ConsentDecision {
            item,
            granted: true,
            ..ConsentDecision::default()
        };
        Ok(Reply::Give(
            question.items.iter().map(|asked| grant(asked.item)).collect(),
        ))
    }
}

async fn played(gateway: &Gateway, typist: &mut Typist) -> Result<End, Error> {
    let request = StartCheckInRequest {
        request_id: "r-1".to_owned(),
        ..StartCheckInRequest::default()
    };
    play(gateway.serve().await, request, typist, &CancellationToken::new()).await
}

#[tokio::test]
async fn a_visit_goes_on_over_broken_streams_and_no_change_is_heard_twice() {
    let gateway = Gateway::new();
    let mut typist = Typist::new(&["1234"]);
    let end = played(&gateway, &mut typist).await.unwrap();
    assert_eq!((end.exit(), end.gave_up), (Exit::Completed, None));
    let sequences: Vec<_> = typist.heard.iter().map(|(sequence, _)| *sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4]);
    assert_eq!(gateway.resumed_after(), [1, 2, 3]);
    assert_eq!(gateway.pins_submitted(), 1);
}

#[tokio::test]
async fn a_wrong_pin_is_not_tried_again_and_the_visit_is_cancelled() {
    let gateway = Gateway::new();
    let end = played(&gateway, &mut Typist::new(&["0000"])).await.unwrap();
    assert_eq!(
        (end.outcome(), end.reason()),
        ("cancelled", Some(Reason::PinWrong))
    );
    assert_eq!(end.exit(), Exit::Pin);
    assert_eq!(gateway.pins_submitted(), 1);
}

#[tokio::test]
async fn the_next_line_is_the_next_try() {
    let gateway = Gateway::new();
    let end = played(&gateway, &mut Typist::new(&["0000", "1234"]))
        .await
        .unwrap();
    assert_eq!(end.exit(), Exit::Completed);
    assert_eq!(gateway.pins_submitted(), 2);
}

#[tokio::test]
async fn who_thinks_too_long_is_told_that_the_time_is_up() {
    let gateway = Gateway::new();
    let mut typist = Typist::new(&[]);
    typist.dreams = true;
    let expire = async {
        gateway.until_watched().await;
        gateway.end(State::Expired);
        pending::<()>().await;
    };
    let end = tokio::select! {
        end = played(&gateway, &mut typist) => end.unwrap(),
        () = expire => unreachable!("it waits for ever"),
    };
    assert_eq!(
        (end.exit(), end.reason()),
        (Exit::Expired, Some(Reason::VisitExpired))
    );
}

#[tokio::test]
async fn ctrl_c_cancels_the_visit() {
    let gateway = Gateway::new();
    let (mut typist, stop) = (Typist::new(&[]), CancellationToken::new());
    typist.dreams = true;
    let interrupt = async {
        gateway.until_watched().await;
        stop.cancel();
        pending::<()>().await;
    };
    let channel = gateway.serve().await;
    let end = tokio::select! {
        end = play(channel, StartCheckInRequest::default(), &mut typist, &stop) => end.unwrap(),
        () = interrupt => unreachable!("it waits for ever"),
    };
    assert_eq!(
        (end.exit(), end.reason()),
        (Exit::Cancelled, Some(Reason::VisitCancelled))
    );
}

#[tokio::test]
async fn a_desk_that_fails_leaves_no_visit_behind() {
    struct Absent;
    #[async_trait]
    impl Desk for Absent {
        async fn changed(&mut self, _check_in: &CheckIn) -> Result<(), Error> {
            Ok(())
        }
        async fn medium(&mut self, _options: &[Medium]) -> Result<Reply<Medium>, Error> {
            Err(Error::Interrupted)
        }
        async fn pin(&mut self, _prompt: &EnterPin) -> Result<Reply<TypedPin>, Error> {
            Err(Error::Usage("nobody can be asked"))
        }
        async fn consents(
            &mut self,
            _question: &ConsentQuestion,
        ) -> Result<Reply<Vec<ConsentDecision>>, Error> {
            Err(Error::Interrupted)
        }
    }
    let gateway = Gateway::new();
    let request = StartCheckInRequest::default();
    let error = play(
        gateway.serve().await,
        request,
        &mut Absent,
        &CancellationToken::new(),
    )
    .await
    .err()
    .unwrap();
    assert_eq!(error.exit(), Exit::Usage);
    assert_eq!(gateway.state(), State::Cancelled);
}
