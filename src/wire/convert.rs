//! Wire messages to domain values and back. Bad remote data is skipped or shown as unknown, never a panic.
