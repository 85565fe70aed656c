package dev.rdptrace.diagnosis;

/// An attempt that has its verdict: what else is true about it?
///
/// @param c the attempt with every step that the capture shows, known to the one who closed or not
public record Aside(Case c, Finding verdict) {}
