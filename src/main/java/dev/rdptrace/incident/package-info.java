/// Which attempts are one user's try.
///
/// [Tries] groups by the parties and by time alone; what became of a try is judged elsewhere.
package dev.rdptrace.incident;
