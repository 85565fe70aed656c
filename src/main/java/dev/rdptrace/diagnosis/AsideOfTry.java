package dev.rdptrace.diagnosis;

/// A try that has its verdict: what else is true about it?
public record AsideOfTry(JudgedTry tried, Finding verdict) {}
