//! A reader's own thread: opens the reader when it is first needed, keeps it, and does what it is asked in order.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use madoguchi_core::Reason;
use madoguchi_driver_api::{Call, Driver, Error, Reader};

use super::inbox::{Command, Inbox, Person, tell};
use super::person;
use super::session::{self, Memory};

/// More commands than this do not wait for one reader: its lease is exclusive, so more is a fault.
const MAX_WAITING: usize = 8;

/// Starts the thread. It ends when every sender is gone.
pub(super) fn start(driver: Arc<dyn Driver>, selector: String) -> std::io::Result<SyncSender<Command>> {
    let (sender, receiver) = sync_channel(MAX_WAITING);
    std::thread::Builder::new()
        .name(format!("reader:{selector}"))
        .spawn(move || {
            Worker {
                driver,
                selector,
                reader: None,
                memory: Memory::default(),
            }
            .run(&Inbox::new(receiver));
        })?;
    Ok(sender)
}

struct Worker {
    driver: Arc<dyn Driver>,
    selector: String,
    reader: Option<Box<dyn Reader>>,
    memory: Memory,
}

impl Worker {
    fn run(mut self, inbox: &Inbox) {
        let mut next = None;
        while let Some(command) = next.take().or_else(|| inbox.wait()) {
            match command {
                Command::Open(open) => {
                    match opened(&mut self.reader, &*self.driver, &self.selector, &open.call) {
                        Ok(reader) => {
                            let after = session::serve(reader, inbox, &mut self.memory, open);
                            next = after.next;
                            if after.reader_lost {
                                self.reader = None;
                            }
                        }
                        Err(error) => tell(open.reply, Err(error.reason())),
                    }
                }
                Command::Ask(ask) => ask.question.refuse(Reason::CardRemoved),
                Command::Control {
                    code,
                    input,
                    call,
                    reply,
                } => {
                    tell(
                        reply,
                        self.control(code, &input, &call).map_err(|error| error.reason()),
                    );
                }
                Command::Person(person) => self.person(person),
                Command::Close { reply } => {
                    tell(reply, Ok(std::mem::take(&mut self.memory.apdu_count)));
                }
            }
        }
    }

    fn person(&mut self, person: Person) {
        match opened(&mut self.reader, &*self.driver, &self.selector, &person.call) {
            Ok(reader) => {
                if person::serve(reader, person).is_err_and(|error| session::loses_reader(&error)) {
                    self.reader = None;
                }
            }
            Err(error) => person::refuse(person, error.reason()),
        }
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        let reader = opened(&mut self.reader, &*self.driver, &self.selector, call)?;
        let result = reader.control(code, input, call);
        if result.as_ref().is_err_and(session::loses_reader) {
            self.reader = None;
        }
        result
    }
}

/// The reader, opened where it was not.
fn opened<'r>(
    reader: &'r mut Option<Box<dyn Reader>>,
    driver: &dyn Driver,
    selector: &str,
    call: &Call,
) -> Result<&'r mut dyn Reader, Error> {
    let open = match reader.take() {
        Some(open) => open,
        None => driver.open(selector, call)?,
    };
    Ok(&mut **reader.insert(open))
}
