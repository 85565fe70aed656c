/// The pen: reports for people and programs, and the comments that the annotated capture carries.
///
/// Nothing is concluded here; wording that carries a judgement comes from the finding or its page.
package dev.rdptrace.report;
