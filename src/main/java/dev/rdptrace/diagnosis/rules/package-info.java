/// The law: every diagnosis, a family a file, in the order of the protocol. [Rules] lists them.
package dev.rdptrace.diagnosis.rules;
