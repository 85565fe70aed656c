/// Measurements of single steps, by JMH; not part of the program.
package dev.rdptrace.bench;
