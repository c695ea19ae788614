//! Names what differs between two layouts in one line, where abi_stable writes up to 90 KB.

use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::{AbiInstability as Differs, check_layout_compatibility};
use abi_stable::library::LibHeader;
use abi_stable::type_layout::TLFieldOrFunction;

/// The longest line that is made of foreign text, in characters.
const LONGEST: usize = 240;

/// The first place where the library's layout leaves the one of `M`.
pub(super) fn first<M: StableAbi>(header: &LibHeader) -> Option<String> {
    let differences = check_layout_compatibility(M::LAYOUT, header.layout()?).err()?;
    let difference = differences
        .errors
        .iter()
        .find(|difference| !difference.errs.is_empty())?;
    let steps = difference.stack_trace.iter().map(|step| name(&step.expected));
    // The fields of tuples, here the pointers around a module, say nothing.
    let steps: Vec<&str> = steps.filter(|name| name.parse::<u8>().is_err()).collect();
    let place = if steps.is_empty() {
        "the module".to_owned()
    } else {
        format!("`{}`", steps.join("."))
    };
    let types = difference
        .stack_trace
        .last()
        .map(|step| (type_of(&step.expected), type_of(&step.found)));
    Some(one_line(&match types {
        Some((expected, found)) if expected != found => {
            format!("{place} is `{found}` there and `{expected}` here")
        }
        _ => format!("{place} differs in {}", difference.errs.first().map(kind)?),
    }))
}

fn name(step: &TLFieldOrFunction) -> &str {
    match step {
        TLFieldOrFunction::Field(field) => field.name(),
        TLFieldOrFunction::Function(_) => "fn",
    }
}

fn type_of(step: &TLFieldOrFunction) -> String {
    match step {
        TLFieldOrFunction::Field(field) => field.full_type().to_string(),
        TLFieldOrFunction::Function(function) => function.to_string(),
    }
}

fn kind(difference: &Differs) -> String {
    match difference {
        Differs::Name(names) => format!("name: expected `{}`, found `{}`", names.expected, names.found),
        Differs::FieldCountMismatch(count) => {
            format!(
                "its number of fields: expected {}, found {}",
                count.expected, count.found
            )
        }
        Differs::MismatchedPrefixSize(count) => {
            format!(
                "its number of frozen fields: expected {}, found {}",
                count.expected, count.found
            )
        }
        Differs::UnexpectedField(field) => {
            format!(
                "a field: expected `{}`, found `{}`",
                field.expected.name(),
                field.found.name()
            )
        }
        Differs::Size(size) => format!("its size: expected {}, found {} bytes", size.expected, size.found),
        Differs::Package(package) => format!(
            "its package: expected {}, found {}",
            package.expected, package.found
        ),
        Differs::PackageVersion(version) => {
            format!(
                "its package's version: expected {}, found {}",
                version.expected, version.found
            )
        }
        _ => "its layout".to_owned(),
    }
}

/// The text in one line of a bearable length.
pub(super) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_short() {
        assert_eq!(one_line("\n a\tb\n\nc "), "a b c");
        let long = one_line(&"あ".repeat(1000));
        assert_eq!(long.chars().count(), LONGEST + 1);
    }
}
