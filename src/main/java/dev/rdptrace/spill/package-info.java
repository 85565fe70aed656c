/// What is finished and waits for the report, packed into a temporary file.
///
/// A [SpillFile] takes [dev.rdptrace.timeline.Attempt]s when they end and gives them back when their try is judged; then it takes
/// the [dev.rdptrace.diagnosis.Incident], which only names the places of its attempts. Nothing here knows what facts there are:
/// the declared type of each component of a record says how it is written. Records have to be public; null may stand for a text, an
/// enum, a record or a detail, not for a moment, a number, a list, a map or an optional.
package dev.rdptrace.spill;
