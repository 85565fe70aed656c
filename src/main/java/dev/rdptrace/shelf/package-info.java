/// What is finished and waits for the report, packed into a temporary file.
///
/// A [Shelf] takes [dev.rdptrace.timeline.Attempt]s when they end and gives them back when their try is judged; then it takes
/// the [dev.rdptrace.diagnosis.Incident], which only names the places of its attempts. The facts that every attempt has are
/// packed and unpacked by hand, component by component, since there may be a hundred thousand; all else that may stand in a
/// detail is made of records, enums, lists, maps, optionals, strings and numbers, and one generic way does for these.
package dev.rdptrace.shelf;
