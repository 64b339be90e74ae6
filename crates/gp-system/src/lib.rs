//! A practice: consultations out, documents in, acknowledgements both ways, the workflow inbox and its pages.
