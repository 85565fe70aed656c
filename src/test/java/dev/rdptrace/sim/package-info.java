/// A world in which the truth is known: clients, servers and the path between them as state machines, one of which is
/// broken on purpose, and a capture of what they say. Everything comes from one number, so every run can be had again.
package dev.rdptrace.sim;
