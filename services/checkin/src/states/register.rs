//! Is the card registered as insurance card (利用登録)? The first time it is not, and the patient is offered to register
//! it on the spot, on the reader or through the caller.

use madoguchi_auth::Submission;
use madoguchi_core::Reason;
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::check_in::{Action, Guidance, State};
use madoguchi_core::screen::{Answer, Page};

use super::ask;
use super::authenticate::Person;
use crate::visit::Visit;

pub(crate) async fn run(visit: &mut Visit<'_>, person: &Person) -> Result<(), Reason> {
    let certificate = &person.authenticated.proof.certificate;
    if visit.desk.now.outage.is_some() {
        // Nobody can say whether it is; the service does when it is asked.
        return Ok(());
    }
    match visit.parts.eligibility.is_registered(certificate).await {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        Err(reason) => return visit.go_on_without(reason),
    }
    visit.desk.now.state = State::WaitingForRegistration;
    visit.desk.now.guidance = visit.on_screen().then_some(Guidance::UseReaderScreen);
    let asked = visit.desk.ask(visit.tray, Action::DecideRegistration);
    let register = tokio::select! {
        biased;
        taken = asked => match taken?.settle(Ok(())) {
            Submission::Registration(register) => register,
            _ => return Err(Reason::Internal),
        },
        answer = ask::answer(&mut visit.station, |_| Page::Register) => {
            let register = match answer? {
                Answer::Yes => true,
                Answer::No => false,
                _ => return Err(Reason::DriverProtocolError),
            };
            visit.desk.answered().await?;
            register
        }
    };
    let registered = if register {
        visit.parts.eligibility.register(certificate).await
    } else {
        Err(Reason::RegistrationDeclined)
    };
    let event = visit.event(AuditAction::CardRegistered, registered.err());
    visit.parts.audit.append(event).await?;
    registered.or_else(|reason| visit.go_on_without(reason))
}
