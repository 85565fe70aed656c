/// What happened on one connection, as facts that do not change any more.
///
/// This is the vocabulary between those who read packets and those who judge: [Attempt] is one connection with its
/// [Event]s, its transport facts and what was learnt of negotiation, TLS, authentication and session. Nothing here
/// draws a conclusion about blame.
package dev.rdptrace.timeline;
