/// What is shown of the packets that a verdict rests on, in values: their bytes, and how the bytes of a side went over time.
package dev.rdptrace.evidence;
