/// The judge: from what happened to what broke, who broke it, and what cannot have.
///
/// A [Case] is one [dev.rdptrace.timeline.Attempt] with the derived facts that rules share: how it ended ([Ending]),
/// who sent a reset ([Attribution]), what the capture cannot prove ([Fitness]). Every [Rule] answers found, clear or
/// unclear; [Judge] ranks what was found: explicit messages outrank inference, inference outranks absence.
package dev.rdptrace.diagnosis;
