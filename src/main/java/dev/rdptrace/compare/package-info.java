/// Two captures of the same connections, taken at two places: which packet is which.
///
/// [PacketLog] keeps the packets of the connections that an analysis has found, [Pairing] finds which connection of one
/// capture is which of the other, [Alignment] puts both on one clock, and [Matching] tells what became of every packet.
/// What comes out is a [dev.rdptrace.timeline.Comparison]; nothing is concluded here.
package dev.rdptrace.compare;
