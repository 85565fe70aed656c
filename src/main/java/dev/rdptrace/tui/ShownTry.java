package dev.rdptrace.tui;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Report;

/// A try to be looked at.
///
/// @param number as it was added to the [Model]
public record ShownTry(int number, Report report, Incident incident, Disguise disguise) {}
