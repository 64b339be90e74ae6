//! GP Connect Send Document: from a consultation to a message, from a message to a checked document.
