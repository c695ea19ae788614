//! Names and the constraints that an authority lays on them (RFC 5280 section 4.2.1.10).

mod address;
mod directory;
mod host;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, NameConstraints, ParsedExtension};
use x509_parser::oid_registry as oid;
use x509_parser::x509::X509Name;

use crate::fault::Fault;
use address::Network;
pub(crate) use directory::Directory;

/// Comparisons of a name with a subtree that are made for one path. A genuine path needs a handful; thousands of names
/// under thousands of constraints are somebody's attempt to keep the gateway busy.
pub(crate) const MAX_COMPARISONS: u32 = 1 << 16;

/// One subtree of a constraint.
#[derive(Debug, Clone)]
enum Subtree {
    Dns(String),
    Mail(String),
    Uri(String),
    Address(Network),
    Directory(Directory),
    /// A form that is not compared: whatever has a name of it is refused.
    Uncompared(Form),
}

/// The forms of a GeneralName, by their tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Other,
    Mail,
    Dns,
    X400,
    Directory,
    EdiParty,
    Uri,
    Address,
    RegisteredId,
}

/// What an authority may certify.
#[derive(Debug, Clone)]
pub(crate) struct Constraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

impl Constraints {
    /// `None` where a subtree cannot be understood, or there is none at all.
    pub(crate) fn new(constraints: &NameConstraints<'_>) -> Option<Self> {
        let read = |subtrees: &Option<Vec<x509_parser::extensions::GeneralSubtree<'_>>>| {
            let subtrees = subtrees.iter().flatten();
            subtrees
                .map(|one| Subtree::new(&one.base))
                .collect::<Option<Vec<_>>>()
        };
        let (permitted, excluded) = (
            read(&constraints.permitted_subtrees)?,
            read(&constraints.excluded_subtrees)?,
        );
        let is_empty = permitted.is_empty() && excluded.is_empty();
        (!is_empty).then_some(Self { permitted, excluded })
    }

    /// Whether every name of the certificate lies inside. `left` is what may still be compared.
    pub(crate) fn hold(&self, certificate: &X509Certificate<'_>, left: &mut u32) -> Result<(), Fault> {
        let subject = certificate.subject();
        let alternatives = alternatives(certificate);
        if subject.iter_attributes().next().is_some() {
            self.holds(&GeneralName::DirectoryName(subject.clone()), left)?;
        }
        for name in alternatives {
            self.holds(name, left)?;
        }
        // An old certificate carries its mail address in the subject.
        if alternatives.is_empty() {
            for mail in mails(subject) {
                self.holds(&GeneralName::RFC822Name(mail), left)?;
            }
        }
        Ok(())
    }

    fn holds(&self, name: &GeneralName<'_>, left: &mut u32) -> Result<(), Fault> {
        let subtrees = self.permitted.len().saturating_add(self.excluded.len());
        *left = u32::try_from(subtrees)
            .ok()
            .and_then(|cost| left.checked_sub(cost))
            .ok_or(Fault::TooCostly)?;
        let Some(form) = form(name) else {
            return Err(Fault::NameConstraint);
        };
        let same_form = |subtree: &&Subtree| subtree.form() == form;
        let mut permitted = self.permitted.iter().filter(same_form).peekable();
        let is_permitted = permitted.peek().is_none() || permitted.any(|one| one.covers(name));
        let is_excluded = self
            .excluded
            .iter()
            .filter(same_form)
            .any(|one| one.touches(name));
        if is_permitted && !is_excluded {
            Ok(())
        } else {
            Err(Fault::NameConstraint)
        }
    }
}

impl Subtree {
    fn new(base: &GeneralName<'_>) -> Option<Self> {
        Some(match base {
            GeneralName::DNSName(text) => Self::Dns(host::host_subtree(text)?),
            GeneralName::RFC822Name(text) => Self::Mail(host::mail_subtree(text)?),
            GeneralName::URI(text) => Self::Uri(host::subtree(text)?),
            GeneralName::IPAddress(bytes) => Self::Address(Network::new(bytes)?),
            GeneralName::DirectoryName(name) => Self::Directory(Directory::new(name)),
            other => Self::Uncompared(form(other)?),
        })
    }

    const fn form(&self) -> Form {
        match self {
            Self::Dns(_) => Form::Dns,
            Self::Mail(_) => Form::Mail,
            Self::Uri(_) => Form::Uri,
            Self::Address(_) => Form::Address,
            Self::Directory(_) => Form::Directory,
            Self::Uncompared(form) => *form,
        }
    }

    /// Whether the name, with whatever it may stand for, lies inside.
    fn covers(&self, name: &GeneralName<'_>) -> bool {
        match (self, name) {
            (Self::Dns(subtree), GeneralName::DNSName(name)) => host::covers(subtree, name),
            (Self::Mail(subtree), GeneralName::RFC822Name(name)) => {
                host::covers_mail(subtree, name) == Some(true)
            }
            (Self::Uri(subtree), GeneralName::URI(name)) => host::covers_uri(subtree, name) == Some(true),
            (Self::Address(network), GeneralName::IPAddress(bytes)) => network.has(bytes) == Some(true),
            (Self::Directory(subtree), GeneralName::DirectoryName(name)) => {
                subtree.covers(&Directory::new(name))
            }
            _ => false,
        }
    }

    /// Whether anything that the name may stand for lies inside, or that cannot be told.
    fn touches(&self, name: &GeneralName<'_>) -> bool {
        match (self, name) {
            (Self::Dns(subtree), GeneralName::DNSName(name)) => host::touches(subtree, name),
            (Self::Mail(subtree), GeneralName::RFC822Name(name)) => {
                host::covers_mail(subtree, name) != Some(false)
            }
            (Self::Uri(subtree), GeneralName::URI(name)) => host::covers_uri(subtree, name) != Some(false),
            (Self::Address(network), GeneralName::IPAddress(bytes)) => network.has(bytes) != Some(false),
            (Self::Uncompared(_), _) => true,
            _ => self.covers(name),
        }
    }
}

const fn form(name: &GeneralName<'_>) -> Option<Form> {
    Some(match name {
        GeneralName::OtherName(..) => Form::Other,
        GeneralName::RFC822Name(_) => Form::Mail,
        GeneralName::DNSName(_) => Form::Dns,
        GeneralName::X400Address(_) => Form::X400,
        GeneralName::DirectoryName(_) => Form::Directory,
        GeneralName::EDIPartyName(_) => Form::EdiParty,
        GeneralName::URI(_) => Form::Uri,
        GeneralName::IPAddress(_) => Form::Address,
        GeneralName::RegisteredID(_) => Form::RegisteredId,
        GeneralName::Invalid(..) => return None,
    })
}

/// The names of subjectAltName.
pub(crate) fn alternatives<'c>(certificate: &'c X509Certificate<'_>) -> &'c [GeneralName<'c>] {
    let found = certificate
        .extensions()
        .iter()
        .find(|extension| extension.oid == oid::OID_X509_EXT_SUBJECT_ALT_NAME);
    match found.map(|extension| extension.parsed_extension()) {
        Some(ParsedExtension::SubjectAlternativeName(names)) => &names.general_names,
        _ => &[],
    }
}

fn mails<'n>(subject: &'n X509Name<'_>) -> impl Iterator<Item = &'n str> {
    subject
        .iter_email()
        .filter_map(|attribute| attribute.as_str().ok())
}
