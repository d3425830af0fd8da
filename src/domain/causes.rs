//! What lies below an error: libraries wrap the failure that matters in several that only say that something failed.

use std::error::Error;
use std::io;

/// Looks for a type in the chain of causes, also inside I/O errors, which hide theirs from `source`.
pub fn find_cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        let inside = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inside {
            Some(inside) => Some(inside as &(dyn Error + 'static)),
            None => current.source(),
        };
    }
    None
}

/// The most concrete words in a chain of causes: the outer ones only repeat that something failed.
pub fn innermost_words(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(current) = next {
        words = current.to_string();
        next = current.source();
    }
    // The kernel's number says nothing that its words do not.
    match words.find(" (os error ") {
        Some(at) => words[..at].to_lowercase(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_io_error_hides_is_found() {
        let inner = "x".parse::<i32>().expect_err("no number");
        let outer = io::Error::other(io::Error::other(inner.clone()));
        assert_eq!(find_cause::<std::num::ParseIntError>(&outer), Some(&inner));
        assert!(find_cause::<std::fmt::Error>(&outer).is_none());
    }

    #[test]
    fn words_come_without_the_kernels_number() {
        let error = io::Error::from_raw_os_error(nix::libc::ECONNREFUSED);
        assert_eq!(innermost_words(&error), "connection refused");
    }
}
