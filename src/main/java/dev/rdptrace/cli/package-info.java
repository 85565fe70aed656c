/// The command line: options in, exit code out.
///
/// The only place that sees the clock, the environment, the time zone, standard streams and signals. A command turns
/// what the user typed into a record, calls one method of the program below, and prints what it answers. Reports go to
/// standard output, everything else to standard error.
package dev.rdptrace.cli;
