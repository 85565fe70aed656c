/// What becomes of verdicts and packets while a capture goes on: files, programs, web hooks, figures.
///
/// Nothing here may hold the capture up or end it. Every sink has a bound on what it keeps, says what it could not
/// write, counts it, and goes on. Slow ones have a thread and a queue of their own ([DeliveryQueue]).
package dev.rdptrace.watch;
