//! SHOW: a page, and the button that was pressed where it asks.

use madoguchi_driver_api::Error;

use super::{Button, Command, Texts, buttons, byte, one, tag};
use crate::codec::message::{Field, Fields};

/// A page as the device is told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Show {
    pub(crate) page: u8,
    /// What the page is about, where its number does not say it.
    pub(crate) subject: Option<u8>,
    pub(crate) texts: Texts,
    pub(crate) buttons: Vec<Button>,
    pub(crate) asks: bool,
}

impl Command for Show {
    const CODE: u8 = 0x10;
    /// The id of the button, where the page asks.
    type Answer = Option<u8>;

    fn fields(&self) -> Vec<Field<'_>> {
        let mut fields = vec![byte(tag::PAGE, self.page)];
        fields.extend(self.texts.fields());
        fields.extend(buttons(&self.buttons));
        fields.push(byte(tag::ASKS, u8::from(self.asks)));
        fields.extend(self.subject.map(|subject| byte(tag::SUBJECT, subject)));
        fields
    }

    fn answer(&self, fields: Fields<'_>) -> Result<Option<u8>, Error> {
        self.asks.then(|| one(fields, tag::BUTTON)).transpose()
    }
}
